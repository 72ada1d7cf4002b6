from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.signals.steady import SECOND_WINDOW, Steady
from signals.finding import Finding
from signals.model import Rung, Verdict

WINDOWS = st.lists(st.tuples(st.sampled_from(Verdict), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12)


def finding(end: int, verdict: Verdict, proved: int, possible: int, because: str | None = None) -> Finding:
    return Finding(0, end - 10, end, verdict, Rung(proved), Rung(possible), 22, 1.0, {"unknown_because": because})


ADAPTING = Verdict.ADAPTING, Rung.HEALTHY, Rung.EFFECTIVE
NOT = Verdict.NOT_ADAPTING, Rung.DECLARED, Rung.DECLARED
NOTHING = Verdict.UNKNOWN, Rung.LISTED, Rung.EFFECTIVE


def said(one: Finding) -> tuple[Verdict, Rung, Rung]:
    return one.verdict, one.proved, one.possible


def test_a_rung_changes_when_two_windows_in_a_row_agree() -> None:
    steady = Steady()
    told = [steady.settle(finding(end, *window)) for end, window in enumerate((ADAPTING, ADAPTING, NOT, ADAPTING, NOT, NOT), 100)]
    assert [said(one) for one in told] == [NOTHING, ADAPTING, ADAPTING, ADAPTING, ADAPTING, NOT]
    assert told[0].evidence["unknown_because"] == SECOND_WINDOW
    assert told[2].evidence == {"unknown_because": None, "awaits_second_window": True}
    assert told[5].evidence == {"unknown_because": None}


def test_the_same_window_judged_anew_is_no_second_window() -> None:
    steady = Steady()
    assert [said(steady.settle(finding(100, *ADAPTING))) for _ in range(3)] == [NOTHING] * 3
    assert said(steady.settle(finding(101, *ADAPTING))) == ADAPTING
    assert said(steady.settle(finding(101, *NOT))) == (Verdict.UNKNOWN, Rung.DECLARED, Rung.EFFECTIVE)  # as far as both agree


def test_silence_is_told_at_once() -> None:
    steady = Steady()
    for end in (1, 2):
        steady.settle(finding(end, *ADAPTING))
    silent = finding(3, Verdict.UNKNOWN, Rung.LISTED, Rung.EFFECTIVE, "not_observed")
    assert steady.settle(silent) is silent
    assert said(steady.settle(finding(4, *ADAPTING))) == NOTHING
    assert said(steady.settle(finding(5, *ADAPTING))) == ADAPTING


@given(WINDOWS)
def test_what_is_told_fits_together(windows: list[tuple[Verdict, int, int]]) -> None:
    steady, seen = Steady(), [NOTHING]
    for end, (verdict, a, b) in enumerate(windows):
        proved, possible = min(a, b), max(a, b)
        if verdict != Verdict.ADAPTING:
            proved = min(proved, Rung.DECLARED)
        if verdict == Verdict.NOT_ADAPTING:
            possible = min(possible, Rung.DECLARED)
        one = steady.settle(finding(end, verdict, proved, possible))
        seen.append((verdict, Rung(proved), Rung(possible)))
        assert one.proved <= one.possible
        assert one.proved < Rung.ADAPTING or one.verdict == Verdict.ADAPTING
        assert one.verdict != Verdict.NOT_ADAPTING or one.possible < Rung.ADAPTING
        if seen[-1] == seen[-2]:
            assert said(one) == seen[-1]
