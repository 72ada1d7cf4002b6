"""feeds.gtfs_calendar: weeks and exceptions merged."""

from __future__ import annotations

import datetime

import pytest

from feeds.errors import FeedError
from feeds.gtfs_calendar import Services, parse_date, read_services
from feeds.gtfs_report import Report
from feeds.gtfs_tables import read_tables

HEADER = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"


def _services(weeks: str, dates: str, report: Report | None = None) -> Services:
    texts = [
        ("calendar.txt", weeks and HEADER + weeks),
        ("calendar_dates.txt", dates and "service_id,date,exception_type\n" + dates),
    ]
    tables = read_tables([(name, text.encode()) for name, text in texts]).tables
    return read_services(tables["calendar.txt"], tables["calendar_dates.txt"], report or Report("feed"))


def _dates(services: Services, service: str) -> list[str]:
    row = services.calendar.active[services.row_of[service]]
    days = [datetime.date.fromordinal(services.calendar.first_date + day) for day in range(len(row)) if row[day]]
    return [day.strftime("%m%d") for day in days]


def test_a_week_runs_on_its_weekdays_between_its_dates() -> None:
    services = _services("W,1,0,0,0,0,1,0,20260302,20260314\n", "")
    assert _dates(services, "W") == ["0302", "0307", "0309", "0314"]


def test_exceptions_add_and_take_out() -> None:
    services = _services("W,1,1,1,1,1,0,0,20260302,20260306\n", "W,20260304,2\nW,20260308,1\nW,20260309,2\n")
    assert _dates(services, "W") == ["0302", "0303", "0305", "0306", "0308"]


def test_dates_alone_are_a_calendar() -> None:
    services = _services("", "A,20260302,1\nB,20260401,1\nA,20260305,1\n")
    assert _dates(services, "A") == ["0302", "0305"]
    assert _dates(services, "B") == ["0401"]
    assert services.calendar.active.shape == (2, 31)


def test_unusable_rows_are_skipped_and_counted() -> None:
    report = Report("feed")
    weeks = (
        "A,1,1,1,1,1,0,0,20260302,20260306\n"
        "B,1,1,1,1,2,0,0,20260302,20260306\n"
        "C,1,1,1,1,1,0,0,20260306,20260302\n"
        "D,1,1,1,1,1,0,0,2026-03-02,20260306\n"
        "A,1,1,1,1,1,1,1,20260302,20260306\n"
        ",1,1,1,1,1,1,1,20260302,20260306\n"
        "E,1,1,1,1,1,0,0,20260302,20260231\n"
    )
    services = _services(weeks, "A,20260307,3\nA,20261332,1\n,20260307,1\n", report)
    assert services.ids == ["A"]
    assert _dates(services, "A") == ["0302", "0303", "0304", "0305", "0306"]
    assert (report.count("bad_number", "calendar.txt"), report.count("bad_date", "calendar.txt")) == (1, 3)
    assert (report.count("duplicate_id", "calendar.txt"), report.count("missing_id", "calendar.txt")) == (1, 1)
    assert (report.count("bad_number", "calendar_dates.txt"), report.count("bad_date", "calendar_dates.txt")) == (1, 1)


def test_a_service_that_never_runs_is_reported() -> None:
    report = Report("feed")
    _services("A,1,1,1,1,1,0,0,20260302,20260306\nB,0,0,0,0,0,0,0,20260302,20260306\n", "", report)
    assert report.count("service_never_runs") == 1


def test_a_sentinel_end_date_costs_no_memory() -> None:
    services = _services("A,1,1,1,1,1,1,1,19000101,99991231\n", "")
    assert services.calendar.active.size < 41_000
    assert services.calendar.first_date == datetime.date(1990, 1, 1).toordinal()


def test_a_calendar_without_a_date_is_an_error() -> None:
    with pytest.raises(FeedError, match=r"calendar\.txt: names no service and no date"):
        _services("A,1,1,1,1,1,1,1,x,y\n", "")


@pytest.mark.parametrize("text", ["", "2026030", "20260229", "2026-3-2", "２０２６０３０２", "202603011"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match=rf"^{text}$|out of range"):
        parse_date(text)
