"""Times of signal inputs: epoch seconds, RFC 3339 and the local strings of GA/T 1049.2."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.signals.times import SHANGHAI, to_ms

EIGHT = 1_772_409_600_000
"""2026-03-02 08:00:00 +08:00"""


@pytest.mark.parametrize(
    ("value", "ms"),
    [
        (1_772_409_600, EIGHT),
        (1_772_409_600.1234, EIGHT + 123),
        ("2026-03-02T08:00:00+08:00", EIGHT),
        ("2026-03-02T00:00:00.250Z", EIGHT + 250),
        ("2026-03-02 08:00:00", EIGHT),
        (" 2026-03-02 08:00:00.250 ", EIGHT + 250),
        ("20260302080000", EIGHT),
    ],
)
def test_times_of_each_form(value: object, ms: int) -> None:
    assert to_ms(value, SHANGHAI) == ms


@pytest.mark.parametrize(
    "value",
    [None, True, -5, 0, 1_772_409_600_000, float("nan"), "", "soon", "2026-03-02", "2026-02-30 08:00:00", "1950-01-01 00:00:00",
     "00000000000000", [], "9999-12-31 23:59:59"],
)  # fmt: skip
def test_what_is_no_time(value: object) -> None:
    assert to_ms(value, SHANGHAI) is None


def test_a_local_time_needs_a_zone() -> None:
    assert to_ms("2026-03-02 08:00:00") is None
    assert to_ms("20260302080000") is None
    assert to_ms("2026-03-02 08:00:00", UTC) == EIGHT + 8 * 3_600_000


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-12, 12))
def test_texts_mean_what_datetime_says(when: datetime, hours: int) -> None:
    aware = when.replace(tzinfo=UTC)
    elsewhere = aware + timedelta(hours=hours)
    text = f"{elsewhere.replace(tzinfo=None).isoformat()}{'-' if hours < 0 else '+'}{abs(hours):02d}:00"
    assert to_ms(text) == round((aware - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
