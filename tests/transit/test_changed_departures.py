"""Stop boards with service changes: the exact words in both languages, what is counted, and what is only said."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.board_scenes import MIDNIGHT, A, B, C, at, call, network, snapshot, trip_at, vehicle
from tests.support.changed_city import alert
from transit.board_content import BoardContent, BoardStatus, CallState, LineState
from transit.board_layout import screen_rows
from transit.board_memory import BoardMemory
from transit.board_text import call_texts, line_texts
from transit.boards import compose
from transit.changed_calls import take_out
from transit.changed_departures import with_changes
from transit.changes import Informed, Period
from transit.changes_in_force import ChangesInForce
from transit.departures import stop_timetable
from transit.model import Source
from transit.parameters import BoardParameters
from transit.snapshot import Snapshot

PARAMETERS = BoardParameters()
ALWAYS = (Period(),)


def cancelled(*clocks: str, announced: bool = True) -> ChangesInForce:
    """Runs of line 11 by their departure from A."""
    return ChangesInForce({(trip_at(clock), MIDNIGHT): announced for clock in clocks})


def board(clock: str, changes: ChangesInForce, stop: int = C, shot: Snapshot | None = None) -> BoardContent:
    shot = dataclasses.replace(shot or snapshot(at(clock)), changes=changes)
    parts = take_out(shot.arrivals, shot.arrival_start, changes)
    shot = dataclasses.replace(shot, arrivals=parts.arrivals, arrival_start=parts.start)
    return compose(shot, stop, BoardMemory(), PARAMETERS)[0]


def texts(content: BoardContent, language: str = "zh") -> list[tuple[str, ...]]:
    return [call_texts(one, language, content.timezone) for one in content.calls]


def line(content: BoardContent, name: str = "11", language: str = "zh") -> str:
    names = content.network.route_short_names
    (found,) = [one for one in content.lines if names[one.line.route] == name]
    return line_texts(found, language, content.timezone)[0]


def test_a_cancelled_departure_is_shown_until_its_time_has_passed() -> None:
    content = board("08:01", cancelled("08:00"))
    assert [one[0] for one in texts(content)] == ["08:04班次已取消", "时刻表 08:14", "时刻表 08:24", "时刻表 08:34"]
    assert texts(content)[0] == ("08:04班次已取消", "08:04已取消", "已取消")
    assert texts(content, "en")[0] == ("08:04 bus cancelled", "08:04 cancelled", "Cancelled")
    first = content.calls[0]
    assert (first.state, first.source, first.minutes, first.seconds) == (CallState.CANCELLED, Source.SCHEDULE, None, None)
    assert line(content) == "等待发车·始发08:10", "the line tells of the next bus that runs"
    assert texts(board("08:04:01", cancelled("08:00")))[0][0] == "时刻表 08:14"


def test_a_skipped_stop_is_told_there_and_nowhere_else() -> None:
    changes = ChangesInForce(skipped=frozenset({(trip_at("08:00"), MIDNIGHT, C)}))
    content = board("08:01", changes)
    assert texts(content)[0] == ("08:04班次不停靠本站", "08:04不停靠", "不停靠本站", "不停靠")
    assert texts(content, "en")[0] == ("08:04 bus skips this stop", "08:04 skips stop", "Skips this stop", "Skips")
    assert content.calls[0].state is CallState.SKIPPED
    assert texts(board("08:01", changes, B))[0][0] == "时刻表 08:02"


def test_a_deleted_trip_is_not_shown_at_all() -> None:
    assert texts(board("08:01", cancelled("08:00", announced=False)))[0][0] == "时刻表 08:14"


def test_a_bus_seen_on_a_cancelled_trip_is_no_arrival() -> None:
    now, eight = at("08:01"), trip_at("08:00")
    shot = snapshot(now, [vehicle(now, 300.0, eight)], [call(C, 0, eight, 2, now + 190)])
    assert texts(board("08:01", ChangesInForce(), shot=shot))[0][0] == "还有2站·约3分钟"
    content = board("08:01", cancelled("08:00"), shot=shot)
    assert texts(content)[0][0] == "08:04班次已取消"
    assert content.status is BoardStatus.SCHEDULE_ONLY


def test_a_bus_on_its_way_comes_before_a_cancelled_one_and_both_are_on_the_board() -> None:
    now, before = at("08:01"), trip_at("07:50")
    shot = snapshot(now, [vehicle(now, 300.0, before)], [call(C, 0, before, 2, now + 240)])
    content = board("08:01", cancelled("08:00"), shot=shot)
    assert line(content) == "还有2站·约4分钟"
    assert [one[0] for one in texts(content)] == ["08:04班次已取消", "还有2站·约4分钟", "时刻表 08:14", "时刻表 08:24"]
    rows = screen_rows(content, 6, 32, "zh", now, PARAMETERS)
    assert [row.split()[-1] for row in rows[:3]] == ["还有2站·约4分钟", "08:04班次已取消", "08:14"]


def test_first_last_and_headway_count_what_runs() -> None:
    whole = board("08:01", ChangesInForce()).lines[0]
    last = board("21:00", cancelled("21:30", "06:00")).lines[0]
    assert (whole.first, whole.last, whole.headway) == (at("06:04"), at("21:34"), 600)
    assert (last.first, last.last) == (at("06:14"), at("21:24"))
    every_other = [f"{hour:02}:{minute:02}" for hour in range(7, 10) for minute in (10, 30, 50)]
    assert board("08:01", cancelled(*every_other)).lines[0].headway == 1200
    assert board("08:01", cancelled(*every_other)).lines[0].next_departure == at("08:04")


@pytest.mark.parametrize(("language", "text"), [("zh", "21:34班次已取消"), ("en", "21:34 bus cancelled")])
def test_a_last_bus_that_is_cancelled_is_told_before_the_last_bus_has_gone(language: str, text: str) -> None:
    content = board("21:30", cancelled("21:30"), C)
    assert line(content, language=language) == text
    assert content.lines[0].state is LineState.CANCELLED
    assert line(board("21:35", cancelled("21:30"))) == "末班已过"


def test_a_day_without_runs_is_a_day_without_service() -> None:
    every = ChangesInForce({(trip, MIDNIGHT): True for trip in range(94)})
    content = board("04:00", every)
    assert line(content) == "今日停运"
    assert content.lines[0].first is None


@pytest.mark.parametrize(("language", "text"), [("zh", "不停靠本站"), ("en", "Skips this stop")])
def test_a_headway_line_at_a_closed_stop_says_so_while_it_is_closed(language: str, text: str) -> None:
    k2 = 4
    changes = ChangesInForce(closed={k2: (Period(at("08:00"), at("09:00")),)})
    content = board("08:30", changes)
    assert line(content, "K2", language) == text
    assert content.lines[1].state is LineState.SKIPPED
    assert line(board("09:00", changes), "K2") == "约每8分钟一班"
    assert line(board("08:30", changes, A), "11") == "时刻表 08:30"


def test_a_closed_stop_has_no_service_and_lists_what_passes_by() -> None:
    places = [place for place, stop in enumerate(network().patterns.stop.tolist()) if stop == B]
    content = board("08:01", ChangesInForce(closed=dict.fromkeys(places, ALWAYS)), B)
    assert content.status is BoardStatus.NO_SERVICE
    assert {one.state for one in content.calls} == {CallState.SKIPPED}
    assert line(content) == "08:02班次不停靠本站"


def test_an_alert_takes_the_message_line_in_turn_with_notices_and_is_cut_with_a_mark() -> None:
    words = {
        "header": (("zh", "世纪大道施工"), ("en", "Road works on Shiji Avenue")), "description": (("zh", "百脉泉站暂停停靠至周五"),)
    }  # fmt: skip
    changes = ChangesInForce(alerts=(alert(Informed(agency_id="x"), **words),), alerts_everywhere=(0,))
    content = board("08:00", changes, shot=snapshot(at("08:00"), last_received=at("07:50")))

    def messages(columns: int, language: str) -> list[str]:
        times = [at("08:00") + k * PARAMETERS.page_time for k in range(2)]
        return sorted(screen_rows(content, 4, columns, language, time, PARAMETERS)[-1].rstrip() for time in times)

    assert messages(40, "zh") == ["世纪大道施工：百脉泉站暂停停靠至周五", "实时数据中断，请以时刻表为准"]
    assert messages(14, "zh") == ["世纪大道施工", "实时数据中断"]
    assert messages(9, "zh") == ["世纪大…", "实时数…"]
    assert "Road works on S…" in messages(17, "en")
    assert all(len(one.encode("gbk")) <= 9 for one in messages(9, "zh"))


def test_only_a_stop_that_is_touched_gets_another_timetable() -> None:
    base = stop_timetable(network(), C, at("08:00"))
    assert with_changes(base, ChangesInForce(alerts=(alert(),))).timetable is base
    other_day = with_changes(base, ChangesInForce({(0, MIDNIGHT - 5 * 86_400): True}))
    assert [one is two for one, two in zip(base.lines, other_day.timetable.lines)] == [True, True]
    assert other_day.departures == {}


@given(st.sets(st.integers(0, 93)), st.sets(st.tuples(st.integers(0, 93), st.integers(0, 2))), st.integers(5, 22))
def test_departures_are_split_into_what_runs_and_what_does_not(
    off: set[int], skipped: set[tuple[int, int]], hour: int
) -> None:
    changes = ChangesInForce(
        {(trip, MIDNIGHT): True for trip in off}, frozenset((trip, MIDNIGHT, place) for trip, place in skipped)
    )  # fmt: skip
    base = stop_timetable(network(), C, at(f"{hour:02}:00"))
    found = with_changes(base, changes)
    for one, runs in zip(base.lines, found.timetable.lines):
        apart = found.departures.get(one.line, ())
        assert sorted([*runs.times.tolist(), *(gone.time for gone in apart)]) == one.times.tolist()
        assert {gone.trip for gone in apart if gone.cancelled} == {t for t in off if t in set(one.trips.tolist())}
        for operation in runs.operations:
            mine = runs.times[runs.days == operation.day]
            assert not len(mine) or (operation.first <= mine.min() and mine.max() <= operation.last)
