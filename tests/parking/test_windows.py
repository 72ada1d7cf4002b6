"""Owners' windows: against a twin that looks at the clock every minute, through 调休, summer time, and years nobody has decreed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.records import Interval, ShareWindow
from parking.refusals import Code, Refusal
from parking.wall_clock import instant
from parking.windows import check_window, covers, openings, unknown_from
from parking.workdays import is_workday
from tests.support.naive_windows import Minutes

HERE = "Asia/Shanghai"
NIGHTS = ShareWindow("W1", "S1", "eve", "1986-01-01", "", "workdays", 1080, 480)
MOMENTS = [
    ("Asia/Shanghai", date(1986, 5, 3)), ("Asia/Shanghai", date(1991, 9, 14)), ("Asia/Shanghai", date(2026, 2, 13)),
    ("Asia/Shanghai", date(2026, 10, 9)), ("Asia/Shanghai", date(2026, 12, 30)), ("Europe/Berlin", date(2026, 3, 28)),
    ("Europe/Berlin", date(2026, 10, 24)), ("America/Sao_Paulo", date(2018, 11, 3)), ("Australia/Lord_Howe", date(2026, 4, 4)),
    ("Pacific/Apia", date(2011, 12, 29)),
]  # fmt: skip
"""clocks change (by an hour, at midnight, by half an hour, by a day), 调休, the end of what is decreed"""


def at(text: str, timezone: str = HERE, fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone), fold=fold).timestamp())


def during(start: str, end: str, timezone: str = HERE) -> Interval:
    return Interval(at(start, timezone), at(end, timezone))


def window(**fields: object) -> ShareWindow:
    return msgspec.structs.replace(NIGHTS, **fields)


recurrences = st.tuples(
    st.sampled_from(["daily", "workdays", "days_off", "67", "1357"]), st.integers(0, 1439), st.integers(0, 1440) | st.just(0)
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(MOMENTS), st.lists(recurrences, min_size=1, max_size=3), st.sampled_from([0, 60, 1800, 7200]),
       st.lists(st.integers(-1, 3), max_size=2), st.integers(0, 2), st.data())  # fmt: skip
def test_windows_are_what_the_clock_on_the_wall_says_minute_by_minute(
    moment: tuple[str, date], times: list[tuple[str, int, int]], buffer_s: int, off: list[int], later: int, data: st.DataObject
) -> None:
    timezone, day = moment
    one = window(
        days=times[0][0], start_minute=times[0][1], end_minute=times[0][2], more=tuple(times[1:]), buffer_s=buffer_s,
        exceptions=tuple(str(day + timedelta(days=k)) for k in off), first_day=str(day - timedelta(days=2 - later)),
        last_day=str(day + timedelta(days=2)) if later else "",
    )  # fmt: skip
    first = at(f"{day - timedelta(days=2)}T00:00", timezone)
    known, may = (Minutes(one, first, 7 * 1440, timezone, may) for may in (False, True))
    for _ in range(8):
        start = first + 86_400 + 60 * data.draw(st.integers(0, 2 * 1440))
        wanted = Interval(start, start + 60 * data.draw(st.integers(1, 1200)))
        assert covers(one, wanted, timezone) is (True if known.covers(wanted) else None if may.covers(wanted) else False)
    span = Interval(first + 86_400, first + 5 * 86_400)
    listed = openings(one, span, timezone)
    minutes = {minute for run in listed for minute in range(run.start, run.end, 60)}
    assert minutes == {at for at in range(span.start, span.end, 60) if known.covers(Interval(at, at + 60))}
    assert all(earlier.end < next_.start for earlier, next_ in pairwise(listed))
    assert all(covers(one, run, timezone) for run in listed)


@pytest.mark.parametrize(("first", "last"), [(date(2026, 2, 14), date(2026, 3, 1)), (date(2026, 9, 25), date(2026, 10, 11))])
def test_nights_of_decreed_working_days_and_no_others(first: date, last: date) -> None:
    """Saturdays 2026-02-14, 02-28 and 10-10 are worked for the long holidays."""
    worked = {
        date(2026, 2, 14), *(date(2026, 2, d) for d in range(24, 29)), *(date(2026, 9, d) for d in (28, 29, 30)),
        date(2026, 10, 8), date(2026, 10, 9), date(2026, 10, 10),
    }  # fmt: skip
    day = first
    while day <= last:
        night = during(f"{day}T18:00", f"{day + timedelta(days=1)}T08:00")
        assert covers(NIGHTS, night, HERE) is (day in worked)
        assert covers(window(days="days_off"), night, HERE) is (day not in worked)
        assert covers(window(days="daily"), night, HERE) is True
        day += timedelta(days=1)


def test_nights_and_days_off_join_to_one_run_over_a_holiday_but_not_over_a_saturday_that_is_worked() -> None:
    office = window(days="daily", more=(("days_off", 0, 0),), buffer_s=1800)
    golden_week = during("2026-09-30T18:00", "2026-10-08T07:30")
    assert covers(office, golden_week, HERE) is True
    assert covers(office, Interval(golden_week.start, golden_week.end + 60), HERE) is False
    assert covers(office, during("2026-10-09T18:00", "2026-10-10T07:30"), HERE) is True
    assert covers(office, during("2026-10-09T18:00", "2026-10-10T09:00"), HERE) is False
    assert covers(office, during("2026-10-16T18:00", "2026-10-19T07:30"), HERE) is True
    assert openings(office, during("2026-09-30T12:00", "2026-10-10T18:00"), HERE) == [
        golden_week, during("2026-10-08T18:00", "2026-10-09T07:30"), during("2026-10-09T18:00", "2026-10-10T07:30"),
    ]  # fmt: skip


def test_years_nobody_has_decreed_are_closed_and_what_is_known_before_stays_usable() -> None:
    assert is_workday(date(2027, 1, 4)) is None
    office = window(days="daily", more=(("days_off", 0, 0),))
    assert covers(NIGHTS, during("2026-12-31T18:00", "2027-01-01T08:00"), HERE) is True
    assert covers(NIGHTS, during("2027-01-04T18:00", "2027-01-05T08:00"), HERE) is None
    assert covers(office, during("2027-01-04T18:00", "2027-01-05T08:00"), HERE) is True
    assert covers(office, during("2026-12-31T18:00", "2027-01-01T09:00"), HERE) is None
    assert covers(NIGHTS, during("2027-01-04T12:00", "2027-01-04T13:00"), HERE) is False
    ahead = during("2026-12-30T12:00", "2027-01-20T12:00")
    assert openings(NIGHTS, ahead, HERE) == [
        during("2026-12-30T18:00", "2026-12-31T08:00"), during("2026-12-31T18:00", "2027-01-01T08:00"),
    ]  # fmt: skip
    assert unknown_from(NIGHTS, ahead, HERE) == at("2027-01-01T18:00")
    assert unknown_from(window(days="daily"), ahead, HERE) is None


def test_summer_time_of_shanghai_shortens_and_lengthens_a_night() -> None:
    nights = window(days="daily")
    spring, autumn = during("1986-05-03T18:00", "1986-05-04T08:00"), during("1986-09-13T18:00", "1986-09-14T08:00")
    assert (spring.end - spring.start, autumn.end - autumn.start) == (13 * 3600, 15 * 3600)
    for night in (spring, autumn):
        assert covers(nights, night, HERE) is True
        assert covers(nights, Interval(night.start, night.end + 1), HERE) is False
        assert covers(nights, Interval(night.start - 1, night.end), HERE) is False


def test_a_minute_shown_twice_begins_once_and_one_that_is_skipped_begins_at_the_jump() -> None:
    berlin = "Europe/Berlin"
    assert instant(date(2026, 10, 25), 150, berlin) == at("2026-10-25T02:30", berlin, fold=0)
    assert instant(date(2026, 3, 29), 150, berlin) == at("2026-03-29T03:00", berlin)
    assert instant(date(2026, 3, 28), 1440, berlin) == instant(date(2026, 3, 29), 0, berlin)
    assert instant(date(2018, 11, 4), 0, "America/Sao_Paulo") == at("2018-11-04T01:00", "America/Sao_Paulo")


def test_days_end_with_the_last_and_a_whole_day_lasts_a_day() -> None:
    daily = window(days="daily", start_minute=0, end_minute=1440, first_day="2026-06-01", last_day="2026-06-03")
    assert covers(daily, during("2026-06-01T00:00", "2026-06-04T00:00"), HERE) is True
    assert covers(daily, during("2026-05-31T23:59", "2026-06-04T00:00"), HERE) is False
    assert covers(window(days="daily", start_minute=0, end_minute=0), during("2026-06-01T05:00", "2026-06-20T05:00"), HERE) is True


@pytest.mark.parametrize(
    ("field", "fields"),
    [("days", {"days": "weekend"}), ("days", {"days": ""}), ("days", {"days": "11"}), ("days", {"days": "08"}),
     ("start_minute", {"start_minute": 1440}), ("start_minute", {"end_minute": 1441}), ("start_minute", {"start_minute": -1}),
     ("days", {"more": (("never", 0, 60),)}), ("more", {"more": (("daily", 0, 60),) * 8}), ("first_day", {"first_day": "2026-2-1"}),
     ("first_day", {"first_day": "20260201"}), ("first_day", {"first_day": ""}), ("last_day", {"last_day": "1985-12-31"}),
     ("exceptions", {"exceptions": ("2026-02-30",)}), ("buffer_s", {"buffer_s": -1}), ("buffer_s", {"buffer_s": 86_401}),
     ("price_fen_per_hour", {"price_fen_per_hour": -1})],
)  # fmt: skip
def test_windows_that_mean_nothing_are_refused_with_the_field(field: str, fields: dict[str, object]) -> None:
    check_window(NIGHTS)
    with pytest.raises(Refusal) as refused:
        check_window(window(**fields))
    assert (refused.value.code, refused.value.status, refused.value.facts) == (Code.BAD_WINDOW, 422, {"field": field})
