"""Counts of what was kept though not understood."""

from __future__ import annotations

from feeds.counters import Refusal
from feeds.signals.counters import MOST_KINDS, OTHER, SignalCounters


def test_counts_add_up_and_show_as_plain_values() -> None:
    one, other = SignalCounters(accepted=1), SignalCounters(accepted=2)
    one.count_codes([(316, 2)])
    other.count_codes([(316, 3), (400, 1)])
    other.count_mode("77")
    other.leave_unknown("grade_unknown_word", Refusal("f.csv, line 2", "grade", "grade_unknown_word", "is no grade"))
    other.refuse("unknown_device")
    one.add(other)
    assert one.to_dict() == {
        "accepted": 3, "refused": {"unknown_device": 1}, "ignored": {}, "unknown_codes": {"316": 5, "400": 1},
        "unknown_modes": {"77": 1}, "left_unknown": {"grade_unknown_word": 1},
        "examples": [
            {"where": "f.csv, line 2", "field": "grade", "reason": "grade_unknown_word", "detail": "is no grade",
             "sentence": "f.csv, line 2, grade: is no grade"}
        ],
    }  # fmt: skip


def test_noise_cannot_fill_the_memory() -> None:
    counters = SignalCounters()
    counters.count_codes((code, 1) for code in range(10_000))
    assert len(counters.unknown_codes) == MOST_KINDS + 1
    assert counters.unknown_codes[OTHER] == 10_000 - MOST_KINDS
