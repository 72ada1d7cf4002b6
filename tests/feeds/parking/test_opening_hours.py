from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.parking.opening_hours import WEEK, format_opening, parse_opening
from parking.opening import is_open
from parking.records import Interval, Lot

H = 60


def day(k: int, start: float, end: float) -> tuple[int, int]:
    return int(k * 24 * H + start * H), int(k * 24 * H + end * H)


@pytest.mark.parametrize("text", ["24/7", "", "  ", "全天", "00:00-24:00", "Mo-Su 0:00-24:00", "每天 24小时", "12:00-12:00"])
def test_always(text: str) -> None:
    assert parse_opening(text) == ()


def test_days_times_and_their_words() -> None:
    wanted = (*(day(k, 7, 22) for k in range(5)), day(5, 8, 20), day(6, 8, 20))
    for text in (
        "Mo-Fr 07:00-22:00; Sa,Su 08:00-20:00", "Sa-Su 08:00-20:00;Mo-Fr 7:00-22:00", "周一至周五 07:00—22:00；周六、周日 08:00～20:00",
        "Monday-Friday 07:00-22:00; Sat, Sun 08:00-20:00", "07:00-22:00; Sa,Su 08:00-20:00", "mo-fr: 07:00-22:00; sa,su: 08:00-20:00",
    ):  # fmt: skip
        assert parse_opening(text) == wanted, text
    assert parse_opening("Mo 07:00-12:00,13:00-22:00") == (day(0, 7, 12), day(0, 13, 22))
    assert parse_opening("Fr-Mo 9:00-10:00") == (day(0, 9, 10), day(4, 9, 10), day(5, 9, 10), day(6, 9, 10))


def test_a_later_rule_replaces_its_days_and_off_takes_them_away() -> None:
    assert parse_opening("Mo-We 08:00-18:00; Tu 10:00-12:00; We off") == (day(0, 8, 18), day(1, 10, 12))
    assert parse_opening("08:00-18:00; Sa,Su 休息") == tuple(day(k, 8, 18) for k in range(5))


def test_nights_run_into_the_next_day_and_over_the_end_of_the_week() -> None:
    assert parse_opening("Fr 22:00-06:00") == (day(4, 22, 30),)
    assert parse_opening("Su 22:00-06:00") == (day(6, 22, 30),)
    assert parse_opening("Sa 00:00-24:00; Su 00:00-24:00; Mo 00:00-06:00") == (day(5, 0, 54),)
    assert parse_opening("Su 18:00-30:00") == (day(6, 18, 30),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Mo-Fr", "has no times in 'Mo-Fr'"),
        ("Xx 08:00-10:00", "unknown days 'Xx'"),
        ("PH 08:00-10:00", "unknown days 'PH'"),
        ("Mo 8-10", "has no times in 'Mo 8-10'"),
        ("Mo 08:00-10", "not hh:mm-hh:mm: '08:00-10'"),
        ("Mo 25:00-26:00", "a time that is none"),
        ("Mo 08:61-10:00", "a time that is none"),
        ("Mo off", "never opens"),
        (";", "never opens"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_opening(text)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1440)), min_size=1, max_size=8))
def test_what_is_written_is_read_again(parts: list[tuple[int, int, int]]) -> None:
    names = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    by_day = {k: (start, start + length) for k, start, length in parts}
    text = "; ".join(f"{names[k]} {s // 60:02}:{s % 60:02}-{e // 60:02}:{e % 60:02}" for k, (s, e) in by_day.items())
    spans = parse_opening(text)
    minutes = {minute % WEEK for k, (s, e) in by_day.items() for minute in range(k * 1440 + s, k * 1440 + e)}
    assert {minute % WEEK for s, e in spans or ((0, WEEK),) for minute in range(s, e)} == minutes
    assert parse_opening(format_opening(spans)) == spans


def test_equal_days_are_written_together() -> None:
    for text in ("Mo-Fr 07:00-22:00; Sa,Su 08:00-20:00", "24/7", "Mo 08:00-09:00; We 08:00-09:00", "Fr 22:00-06:00"):
        assert format_opening(parse_opening(text)) == text


@pytest.mark.parametrize(
    ("text", "moment", "wanted"),
    [
        ("Su 22:00-06:00", "2026-03-02T05:00:00+08:00", True),  # a Monday
        ("Su 22:00-06:00", "2026-03-02T06:00:00+08:00", False),
        ("Mo-Fr 07:00-22:00", "2026-03-01T12:00:00+08:00", False),
        ("24/7", "2026-03-01T12:00:00+08:00", True),
    ],
)
def test_the_rules_read_spans_the_same_way(text: str, moment: str, wanted: bool) -> None:
    start = int(datetime.fromisoformat(moment).timestamp())
    assert is_open(Lot("L", "L", 36.7, 117.5, opening=parse_opening(text)), Interval(start, start + 60)) is wanted
