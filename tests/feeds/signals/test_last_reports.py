"""When a report is news."""

from __future__ import annotations

from feeds.signals.last_reports import LastReports, MemoryParameters


def test_a_lamp_is_an_event_when_it_changed_and_was_watched() -> None:
    last = LastReports(MemoryParameters(silence_ms=1000))
    reports = [(10, 0), (10, 400), (1, 900), (8, 5000), (10, 5500), (1, 5400)]
    assert [last.lamp_changed(0, 1, lamp, time) for lamp, time in reports] == [False, False, True, False, True, None]
    assert last.lamp_changed(0, 2, 1, 0) is False  # another group has its own past
    assert last.lamp_changed(1, 1, 1, 0) is False


def test_a_stage_is_one_service_however_often_it_is_reported() -> None:
    last = LastReports()
    reports = [(1, 10_000), (1, 11_000), (1, 9_500), (2, 30_000), (1, 50_000), (1, 90_000)]
    assert [last.stage_began(0, stage, start) for stage, start in reports] == [True, False, False, True, True, True]


def test_a_plan_is_a_change_when_it_is_another() -> None:
    last = LastReports()
    assert [last.plan_changed(0, plan) for plan in (3, 3, 4, 3)] == [True, False, True, True]
    assert last.plan_changed(1, 3)
