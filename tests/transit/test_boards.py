"""The fallback ladder, rung by rung, with the exact words a rider reads; and what must hold on every board."""

from __future__ import annotations

import datetime
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.board_scenes import (
    MONDAY,
    A,
    B,
    C,
    D,
    at,
    call,
    make_network,
    snapshot,
    trip_at,
    vehicle,
)  # fmt: skip
from transit.board_content import BoardContent, BoardStatus, CallState, LineState, Notice
from transit.board_layout import screen_rows
from transit.board_memory import BoardMemory
from transit.board_text import call_texts, line_texts, notice_texts
from transit.boards import compose
from transit.model import Source, State
from transit.parameters import BoardParameters
from transit.snapshot import Snapshot

PARAMETERS = BoardParameters()
EIGHT = trip_at("08:00")


def board(what: Snapshot, stop: int) -> BoardContent:
    return compose(what, stop, BoardMemory(), PARAMETERS)[0]


def calls_of(content: BoardContent, language: str = "zh") -> list[str]:
    return [call_texts(one, language, content.timezone)[0] for one in content.calls]


def lines_of(content: BoardContent) -> dict[str, str]:
    names = content.network.route_short_names
    return {names[one.line.route]: line_texts(one, "zh", content.timezone)[0] for one in content.lines}


def bus_on_its_way(now: float, age: float = 5.0, **fields: object) -> Snapshot:
    """The 08:00 bus, 300 m from A, due at C in 190 s."""
    bus = vehicle(now, 300.0, EIGHT, timestamp=now - age, heard=now - age, **fields)
    return snapshot(now, [bus], [call(C, 0, EIGHT, 2, now + 190)])


def test_a_live_bus_is_told_in_stops_and_minutes() -> None:
    content = board(bus_on_its_way(at("08:01")), C)
    assert content.status is BoardStatus.LIVE
    assert calls_of(content) == ["还有2站·约3分钟", "时刻表 08:14", "时刻表 08:24"]
    assert calls_of(content, "en") == ["2 stops · 3 min", "Scheduled 08:14", "Scheduled 08:24"]
    assert lines_of(content) == {"11": "还有2站·约3分钟", "K2": "约每8分钟一班"}
    first = content.calls[0]
    assert (first.stops_away, first.distance, first.seconds, first.sequence) == (2, 700.0, 190, 3)


@pytest.mark.parametrize(
    ("progress", "seconds", "text"),
    [
        (300.0, 190, "还有2站·约3分钟"),
        (510.0, 100, "还有1站·约2分钟"),
        (900.0, 59, "即将进站"),
        (300.0, 29, "即将进站"),
        (300.0, 59, "还有2站·约1分钟"),
        (971.0, 20, "已进站"),
        (1010.0, -3, "已进站"),
        (float("nan"), 190, "约3分钟"),
    ],
)
def test_a_bus_comes_nearer(progress: float, seconds: float, text: str) -> None:
    now = at("08:01")
    content = board(snapshot(now, [vehicle(now, progress, EIGHT)], [call(C, 0, EIGHT, 2, now + seconds)]), C)
    assert calls_of(content)[0] == text


@pytest.mark.parametrize(
    ("age", "text", "state"),
    [
        (90, "还有2站·约3分钟", CallState.APPROACHING),
        (91, "还有2站·约3分钟·信号延迟", CallState.DELAYED),
        (150, "还有2站·约3分钟·信号延迟", CallState.DELAYED),
        (151, "还有2站·信号延迟", CallState.DELAYED),
        (300, "还有2站·信号延迟", CallState.DELAYED),
        (301, "时刻表 08:04", None),
    ],
)
def test_an_old_fix_is_trusted_less_and_less(age: float, text: str, state: CallState | None) -> None:
    content = board(bus_on_its_way(at("08:02"), age), C)
    assert calls_of(content)[0] == text
    assert content.calls[0].state is state
    if age > 150:
        assert content.calls[0].minutes is None or content.calls[0].source is Source.SCHEDULE


def test_a_bus_that_reports_but_does_not_move_is_delayed() -> None:
    now = at("08:02")
    content = board(bus_on_its_way(now, moved=now - 241), C)
    assert calls_of(content)[0] == "还有2站·约3分钟·行驶缓慢"


def test_a_vehicle_never_heard_of_is_not_shown() -> None:
    assert board(bus_on_its_way(at("08:02"), float("nan")), C).calls[0].source is Source.SCHEDULE


@pytest.mark.parametrize(("ago", "shown"), [(4.9, True), (5.1, False)])
def test_a_bus_that_has_left_is_gone_after_five_seconds(ago: float, shown: bool) -> None:
    now = at("08:05")
    gone = call(C, 0, EIGHT, 2, now - 30, departure=now - ago)
    content = board(snapshot(now, [vehicle(now, 1005.0, EIGHT)], [gone]), C)
    assert any(one.live for one in content.calls) is shown


def test_a_bus_at_the_terminal_waits_for_its_time_instead_of_counting() -> None:
    now = at("08:05")
    ten = trip_at("08:10")
    waiting = vehicle(now, 0.0, ten, state=State.LAYOVER)
    calls = [call(stop, 0, ten, stop, at("08:10") + 120 * stop, source=Source.LAYOVER) for stop in (A, C)]
    what = snapshot(now, [waiting], calls)
    assert lines_of(board(what, C))["11"] == "等待发车·始发08:10"
    assert lines_of(board(what, A))["11"] == "等待发车·08:10发车"
    assert board(what, C).calls[0].source is Source.LAYOVER
    late_call = calls[1] | {"arrival": at("08:16"), "departure": at("08:17")}
    late = snapshot(at("08:11"), [waiting | {"timestamp": at("08:11")}], [late_call])
    assert lines_of(board(late, C))["11"] == "等待发车"


def test_what_comes_first_is_told_unless_a_bus_is_on_its_way() -> None:
    now = at("08:03")
    twenty = trip_at("08:20")
    waiting = [vehicle(now, 0.0, twenty, state=State.LAYOVER), call(C, 0, twenty, 2, at("08:24"), source=Source.LAYOVER)]
    assert lines_of(board(snapshot(now, waiting[:1], waiting[1:]), C))["11"] == "时刻表 08:04"
    moving = [vehicle(now, 300.0, trip_at("07:50")), call(C, 1, trip_at("07:50"), 2, now + 190)]
    both = snapshot(now, [waiting[0], moving[0]], [waiting[1], moving[1]])
    assert lines_of(board(both, C))["11"] == "还有2站·约3分钟"


def test_a_scheduled_departure_that_a_bus_stands_for_is_not_shown_again() -> None:
    content = board(bus_on_its_way(at("08:01")), C)
    assert [one.trip for one in content.calls] == [EIGHT, EIGHT + 1, EIGHT + 2]


def test_a_bus_of_unknown_trip_stands_for_the_departure_nearest_to_it() -> None:
    now = at("08:01")
    content = board(snapshot(now, [vehicle(now, 300.0)], [call(C, 0, -1, 2, now + 190)]), C)
    assert calls_of(content) == ["还有2站·约3分钟", "时刻表 08:14", "时刻表 08:24"]


def test_the_departure_of_a_bus_that_came_early_is_not_announced() -> None:
    now = at("08:03")
    early = snapshot(now, [vehicle(now, 1100.0, EIGHT)])
    assert calls_of(board(early, C))[0] == "时刻表 08:14"
    done = snapshot(now, [vehicle(now, 10.0, pattern=1, last_trip=EIGHT)])
    assert calls_of(board(done, C))[0] == "时刻表 08:14"
    assert calls_of(board(snapshot(now), C))[0] == "时刻表 08:04"


@pytest.mark.parametrize(
    ("clock", "text", "state"),
    [
        ("05:20", "首班 06:04 末班 21:34", LineState.BEFORE_FIRST),
        ("08:03", "时刻表 08:04", LineState.SCHEDULED),
        ("08:05", "等待发车·始发08:10", LineState.WAITING_DEPARTURE),
        ("21:34:01", "末班已过", LineState.AFTER_LAST),
    ],
)
def test_without_a_bus_the_timetable_speaks(clock: str, text: str, state: LineState) -> None:
    content = board(snapshot(at(clock)), C)
    status = next(one for one in content.lines if one.line.route == 0)
    assert (line_texts(status, "zh", content.timezone)[0], status.state) == (text, state)
    assert content.status is (BoardStatus.NO_SERVICE if clock > "21" else BoardStatus.SCHEDULE_ONLY)


@pytest.mark.parametrize(
    ("clock", "text"),
    [("06:30", "首班 07:00 末班 19:56"), ("08:00", "约每8分钟一班"), ("19:56", "约每8分钟一班"), ("20:30", "末班已过")],
)
def test_a_headway_line_says_how_often(clock: str, text: str) -> None:
    assert lines_of(board(snapshot(at(clock)), C))["K2"] == text


def test_a_line_that_does_not_run_today_says_so() -> None:
    content = board(snapshot(at("10:00")), B)
    assert lines_of(content)["9"] == "今日停运"
    assert next(one for one in content.lines if one.line.route == 2).line.headsign == "实验中学"  # its last stop: no headsign
    sunday = board(snapshot(at("10:00") + 6 * 86_400), B)
    assert lines_of(sunday)["9"] == "首班 12:00 末班 12:00"
    assert lines_of(sunday)["11"] == "今日停运"


def test_a_day_outside_the_calendar_is_ignorance_and_no_day_off() -> None:
    content = board(snapshot(at("10:00") + 100 * 86_400), C)
    assert set(lines_of(content).values()) == {"暂无数据"}
    assert content.status is BoardStatus.NO_DATA


def test_a_silent_feed_is_said_and_no_bus_is_claimed_to_wait() -> None:
    for last in (at("08:05") - 121, float("nan")):
        content = board(snapshot(at("08:05"), last_received=last), C)
        assert content.notices == (Notice.FEED_DOWN,)
        assert notice_texts(content.notices[0], "zh")[0] == "实时数据中断，请以时刻表为准"
        assert lines_of(content)["11"] == "时刻表 08:14"
        assert content.status is BoardStatus.SCHEDULE_ONLY


@pytest.mark.parametrize(("silent", "notice"), [(2, ()), (3, (Notice.FEED_PARTLY_STALE,))])
def test_many_silent_buses_are_the_feeds_fault(silent: int, notice: tuple[Notice, ...]) -> None:
    now = at("08:05")
    buses = [vehicle(now, 10.0, heard=now - (200 if i < silent else 5)) for i in range(10)]
    parked = [vehicle(now, 10.0, heard=now - 2000) for _ in range(30)]
    assert board(snapshot(now, buses + parked), C).notices == notice


def test_an_arrival_at_the_last_stop_is_no_bus_to_board() -> None:
    now = at("08:03")
    content = board(snapshot(now, [vehicle(now, 300.0, EIGHT)], [call(D, 0, EIGHT, 3, now + 300)]), D)
    assert [one.boarding for one in content.calls] == [False]
    assert content.lines == ()
    assert content.terminus
    assert screen_rows(content, 2, 12, "zh", now, PARAMETERS) == ["终点站      ", " " * 12]


def test_a_stop_served_twice_by_a_trip_has_two_rows() -> None:
    loop = make_network([(0, 0, "环线", [A, B, A, C])], [(0, 0, [28800, 28920, 29040, 29160])], ["3"], np.ones((1, 7), np.uint8))
    now = at("08:00:30")
    bus = vehicle(now, 100.0, 0)
    content = board(snapshot(now, [bus], [call(A, 0, 0, 2, now + 200)], net=loop), A)
    assert [(one.sequence, one.source) for one in content.calls] == [(3, Source.LIVE)]
    before = board(snapshot(at("07:58"), net=loop), A)
    assert [one.sequence for one in before.calls] == [1, 3]


def test_service_after_midnight_belongs_to_the_day_before() -> None:
    night = make_network([(0, 0, "夜1", [A, B])], [(0, 0, [86_400 + 900, 86_400 + 1800])], ["N1"], np.eye(1, 7, 0, dtype=np.uint8))
    content = board(snapshot(at("24:05"), net=night), A)
    assert lines_of(content) == {"N1": "首班 00:15 末班 00:15"}
    assert calls_of(content) == ["时刻表 00:15"]
    assert lines_of(board(snapshot(at("23:50"), net=night), A)) == {"N1": "首班 00:15 末班 00:15"}
    assert lines_of(board(snapshot(at("24:16"), net=night), A)) == {"N1": "今日停运"}


def test_the_day_the_clocks_go_forward_keeps_its_times() -> None:
    paris = make_network(
        [(0, 0, "Nord", [A, B])], [(0, 0, [8 * 3600, 8 * 3600 + 300])], ["1"], np.ones((1, 7), np.uint8),
        timezone="Europe/Paris", first_date=datetime.date(2026, 3, 25),
    )  # fmt: skip
    six = datetime.datetime(2026, 3, 29, 5, tzinfo=datetime.UTC).timestamp()
    content = board(snapshot(six, net=paris), A)
    assert line_texts(content.lines[0], "en", "Europe/Paris")[0] == "First 08:00 · last 08:00"


def test_a_new_timetable_replaces_the_remembered_one() -> None:
    _, memory = compose(snapshot(at("08:05")), C, BoardMemory(), PARAMETERS)
    changed = make_network([(0, 0, "新", [A, C, B])], [(0, 0, [30_000, 30_100, 30_200])], ["77"], np.ones((1, 7), np.uint8))
    content, memory = compose(snapshot(at("08:05"), net=changed), C, memory, PARAMETERS)
    assert lines_of(content) == {"77": "首班 08:21 末班 08:21"}
    assert compose(snapshot(at("08:06"), net=changed), C, memory, PARAMETERS)[1].timetable is memory.timetable
    assert compose(snapshot(at("24:06"), net=changed), C, memory, PARAMETERS)[1].timetable is not memory.timetable


def shown_over_time(predictions: list[tuple[float, float]]) -> list[int | None]:
    """Minutes shown for one bus whose arrival at C is predicted as (s after 08:00, s after 08:00 of the arrival)."""
    memory, minutes = BoardMemory(), []
    for after, arrival in predictions:
        now = at("08:00") + after
        what = snapshot(now, [vehicle(now, 100.0, EIGHT)], [call(C, 0, EIGHT, 2, at("08:00") + arrival, departure=now + 9999)])
        content, memory = compose(what, C, memory, PARAMETERS)
        minutes += [one.minutes for one in content.calls if one.live]
    return minutes


def test_minutes_do_not_count_up_by_one_but_a_real_correction_passes() -> None:
    assert shown_over_time([(0, 290), (10, 340)]) == [5, 5]
    assert shown_over_time([(0, 290), (10, 350)]) == [5, 5]
    assert shown_over_time([(0, 290), (10, 400)]) == [5, 7]
    assert shown_over_time([(0, 290), (10, 350), (20, 410)]) == [5, 5, 7]  # two slips of a minute are news
    assert shown_over_time([(0, 20), (10, 50), (60, 110)]) == [0, 0, 0]
    assert shown_over_time([(0, 290), (200, 550)]) == [5, 6]  # nobody remembers what was shown 200 s ago


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(-600, 600)), min_size=2, max_size=30))
def test_shown_minutes_never_rise_by_exactly_one(steps: list[tuple[int, int]]) -> None:
    clock, predictions = 0, []
    for wait, change in steps:
        clock += wait
        predictions.append((float(clock), clock + 700.0 + change))
    minutes = shown_over_time(predictions)
    assert all(after - before != 1 for before, after in itertools.pairwise(minutes))


@given(
    st.integers(0, 86_399),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 400), st.integers(-60, 5000), st.sampled_from(list(Source))), max_size=12),
    st.sampled_from([A, B, C, D]),
)
def test_any_board_is_sorted_bounded_and_expires(second: int, buses: list[tuple[int, int, int, Source]], stop: int) -> None:
    now = at("00:00") + second
    vehicles = [vehicle(now, 400.0 * k, 20 + i, timestamp=now - age) for i, (k, age, _, _) in enumerate(buses)]
    places = [k for k in range(4) if k == stop]
    calls = [
        call(stop, i, 20 + i, place, now + ahead, source=source) for i, (_, _, ahead, source) in enumerate(buses) for place in places
    ]
    content, memory = compose(snapshot(now, vehicles, calls), stop, BoardMemory(), PARAMETERS)
    times = [one.time for one in content.calls]
    assert times == sorted(times)
    assert all(time >= now for time in times)
    assert content.expires_at == now + PARAMETERS.expires_after
    assert len({(one.trip, one.pattern_stop) for one in content.calls if one.trip >= 0}) == len(content.calls)
    assert all(len(status.calls) <= PARAMETERS.rows_per_line for status in content.lines)
    assert len(memory.shown) <= 3 * PARAMETERS.rows
    for rows, columns in ((1, 1), (4, 24), (8, 40)):
        for moment, blank in ((now, False), (content.expires_at + 0.1, True)):
            screen = screen_rows(content, rows, columns, "zh", moment, PARAMETERS)
            assert [len(row.encode("gbk")) for row in screen] == [columns] * rows
            assert not blank or not "".join(screen).strip()


def test_a_memory_is_bounded_however_many_buses_pass() -> None:
    memory = BoardMemory()
    small = BoardParameters(rows=4)
    for i in range(60):
        now = at("08:00") + i
        buses = [vehicle(now, 10.0) for _ in range(i + 1)]
        _, memory = compose(snapshot(now, buses, [call(C, i, -1, 2, now + 60)]), C, memory, small)
        assert len(memory.shown) <= 12
    assert (59, -1, 2) in memory.shown


def test_variants_of_a_route_share_a_row_on_the_screen() -> None:
    both = make_network(
        [(0, 0, "汽车总站", [A, B, C]), (0, 0, "实验中学", [A, B, C])],
        [(0, 0, [29_400, 29_500, 29_600]), (1, 1, [30_000, 30_100, 30_200])],
        ["11"], np.array([[1] * 7, [0] * 7], np.uint8), first_date=MONDAY,
    )  # fmt: skip
    content = board(snapshot(at("08:05"), net=both), A)
    assert [status.state for status in content.lines] == [LineState.NO_SERVICE, LineState.BEFORE_FIRST]
    assert [status.line.headsign for status in content.board_lines()] == ["汽车总站"]


def test_a_screen_too_small_for_all_lines_turns_its_pages_and_keeps_a_row_for_the_message() -> None:
    content = board(snapshot(at("08:05"), last_received=0.0), B)
    pages = {tuple(screen_rows(content, 2, 24, "zh", at("08:05") + k, PARAMETERS)) for k in range(0, 60, 6)}
    assert {page[1] for page in pages} == {"实时数据中断            "}
    assert {page[0] for page in pages} == {"9  实验中学     今日停运", "11 汽车总站 时刻表 08:12", "K2 龙泉大  约每8分钟一班"}
