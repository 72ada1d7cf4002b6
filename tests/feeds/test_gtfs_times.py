"""feeds.gtfs_times: times mended, interpolated and spread."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.gtfs_report import Report
from feeds.gtfs_stop_times import StopTimes, parse_time
from feeds.gtfs_times import fill_missing, mend_order, spread_ties


def _times(*trips: str) -> StopTimes:
    """One text a trip: `7:00 7:05-7:06 - 7:10`, `-` where no time is given."""
    start, arrival, departure = [0], [], []
    for trip in trips:
        for call in trip.split():
            both = call.split("-") if call != "-" else ["", ""]
            pair = [-1 if not text else int(parse_time(text + ":00" * (2 - text.count(":")))) for text in (both[0], both[-1])]
            arrival.append(pair[0])
            departure.append(pair[1])
        start.append(len(arrival))
    return _columns(start, arrival, departure)


def _columns(start: list[int], arrival: list[int], departure: list[int]) -> StopTimes:
    n = len(arrival)
    whole = [np.array(one, np.int32) for one in (range(n), range(n), arrival, departure)]
    return StopTimes(np.array(start), *whole, np.full(n, np.nan), np.zeros(n, np.uint8), np.arange(2, n + 2, dtype=np.int32))


def _text(times: StopTimes) -> str:
    def clock(seconds: int) -> str:
        whole = f"{seconds // 3600}:{seconds // 60 % 60:02d}"
        return whole + (f":{seconds % 60:02d}" if seconds % 60 else "")

    calls = []
    for arrival, departure in zip(times.arrival.tolist(), times.departure.tolist()):
        if arrival < 0:
            calls.append("-")
        else:
            calls.append(clock(arrival) + (f"-{clock(departure)}" if departure != arrival else ""))
    return " ".join(calls)


def test_times_that_run_forwards_are_left_alone() -> None:
    report = Report("feed")
    times = _times("7:00 7:05-7:06 - 7:10", "23:50 24:10 25:00")
    mended, lost = mend_order(times, report)
    assert _text(mended) == _text(times)
    assert lost.tolist() == [False, False]
    assert report.defects == []


def test_a_trip_without_its_first_or_last_time_is_lost() -> None:
    report = Report("feed")
    _, lost = mend_order(_times("- 7:05 7:10", "7:00 7:05 -", "7:00 - 7:10"), report)
    assert lost.tolist() == [True, True, False]
    assert report.count("end_time_missing") == 2


def test_a_clock_that_starts_again_at_midnight_goes_on_past_24() -> None:
    report = Report("feed")
    mended, lost = mend_order(_times("23:40 23:50-0:05 - 0:20"), report)
    assert _text(mended) == "23:40 23:50-24:05 - 24:20"
    assert not lost.any()
    assert report.count("midnight_wrapped") == 2


def test_one_midnight_too_early_is_no_midnight() -> None:
    report = Report("feed")
    mended, _ = mend_order(_times("20:00 20:04 0:00 20:12 20:16 20:20"), report)
    assert _text(mended) == "20:00 20:04 - 20:12 20:16 20:20"
    assert report.count("time_out_of_order") == 1


def test_a_departure_before_the_arrival_becomes_the_arrival() -> None:
    report = Report("feed")
    mended, _ = mend_order(_times("7:00 7:05-7:04 7:10"), report)
    assert _text(mended) == "7:00 7:05 7:10"
    assert report.count("departure_before_arrival") == 1


@pytest.mark.parametrize("odd", ["6:10", "7:50"])
def test_one_time_out_of_order_is_taken_out(odd: str) -> None:
    report = Report("feed")
    mended, lost = mend_order(_times(f"7:00 7:04 {odd} 7:12 7:16 7:20"), report)
    assert _text(mended) == "7:00 7:04 - 7:12 7:16 7:20"
    assert not lost.any()
    assert report.count("time_out_of_order") == 1


@pytest.mark.parametrize("trip", ["7:20 7:16 7:12 7:08", "8:00 7:04 7:08 7:12 7:16 7:20", "7:00 7:10 7:02 7:12 7:04 7:14"])
def test_a_trip_that_runs_backwards_is_lost(trip: str) -> None:
    report = Report("feed")
    _, lost = mend_order(_times(trip), report)
    assert lost.tolist() == [True]
    assert report.count("times_decrease") == 1


def test_a_trip_that_takes_no_time_is_lost() -> None:
    report = Report("feed")
    _, lost = mend_order(_times("7:00 7:00 7:00", "7:00 7:00 7:01"), report)
    assert lost.tolist() == [True, False]
    assert report.count("no_running_time") == 1


def test_missing_times_are_interpolated_by_distance() -> None:
    report = Report("feed")
    filled = fill_missing(_times("7:00-7:02 - - 7:12"), np.array([0.0, 300, 600, 1000]), report)
    assert _text(filled) == "7:00-7:02 7:05 7:08 7:12"
    assert report.count("times_interpolated") == 2


def test_missing_times_are_interpolated_by_count_where_there_is_no_distance() -> None:
    filled = fill_missing(_times("7:00 - - 7:12", "8:00 8:01"), np.array([5.0, 5, 5, 5, 0, 9]), Report("feed"))
    assert _text(filled) == "7:00 7:04 7:08 7:12 8:00 8:01"


def test_ties_within_a_trip_are_spread_by_distance_and_its_ends_stay() -> None:
    report = Report("feed")
    spread = spread_ties(_times("7:00 7:01 7:01 7:01 7:02"), np.array([0.0, 300, 600, 750, 900]), report)
    assert _text(spread) == "7:00 7:01 7:01:29 7:01:44 7:02"
    assert report.count("times_spread") == 2


def test_ties_at_the_start_keep_the_departure_and_ties_at_the_end_keep_the_arrival() -> None:
    spread = spread_ties(_times("7:00 7:00 7:01 7:02 7:02 7:02"), np.array([0.0, 300, 600, 900, 1200, 1500]), Report("feed"))
    text = _text(spread).split()
    assert (text[0], text[2], text[5]) == ("7:00", "7:01", "7:02")
    assert text[1] == "7:00:30"
    assert [parse_time(one) for one in text[3:5]] == pytest.approx([parse_time("7:01:20"), parse_time("7:01:40")], abs=1)


def test_nothing_is_spread_over_more_than_the_minute_it_was_rounded_to() -> None:
    spread = spread_ties(_times("7:00 7:00 7:30"), np.array([0.0, 3000, 6000]), Report("feed"))
    assert spread.arrival[1] - spread.arrival[0] == 30


def test_a_bus_that_waits_arrives_within_its_wait() -> None:
    spread = spread_ties(_times("7:00 7:00-7:05 7:05 7:06"), np.array([0.0, 500, 1000, 1500]), Report("feed"))
    text = _text(spread).split()
    assert text[0] == "7:00"
    assert parse_time(text[1].split("-")[0]) in range(25_201, 25_260)
    assert text[1].endswith("-7:05")
    assert text[2] == "7:05:30"


@st.composite
def _tables(draw: st.DrawFn, step: int) -> tuple[StopTimes, np.ndarray]:
    """Trips with times that run forwards in multiples of `step` seconds, and distances that do not decrease."""
    start, arrival, departure, distance = [0], [], [], []
    for _ in range(draw(st.integers(1, 4))):
        hop = st.tuples(st.sampled_from([0, 0, 0, 1, 2, 30]), st.sampled_from([0, 0, 0, 1]))
        hops = draw(st.lists(hop, min_size=2, max_size=12))
        seconds, metres = 25_200, 0.0
        first = len(arrival)
        for run, wait in hops:
            seconds += run * step if len(arrival) > first else 0
            arrival.append(seconds)
            seconds += wait * step
            departure.append(seconds)
            distance.append(metres)
            metres += draw(st.sampled_from([0.0, 1.0, 50.0, 700.0]))
        if departure[first] >= arrival[-1]:
            arrival[-1] = departure[first] + step
            departure[-1] = max(departure[-1], arrival[-1])
        start.append(len(arrival))
    return _columns(start, arrival, departure), np.array(distance)


@given(_tables(60))
def test_a_timetable_of_whole_minutes_gets_running_times_everywhere(table: tuple[StopTimes, np.ndarray]) -> None:
    times, distance = table
    spread = spread_ties(times, distance, Report("feed"))
    first, last = times.start[:-1], times.start[1:] - 1
    assert np.array_equal(spread.departure[first], times.departure[first])
    assert np.array_equal(spread.arrival[last], times.arrival[last])
    assert (spread.departure >= spread.arrival).all()
    hops = np.setdiff1d(np.arange(1, len(times.stop)), first)
    assert (spread.arrival[hops] > spread.departure[hops - 1]).all()
    assert (np.abs(spread.arrival - times.arrival) < 60).all()
    assert (np.abs(spread.departure - times.departure) < 60).all()


@given(_tables(1))
def test_spreading_never_reverses_a_timetable_of_seconds(table: tuple[StopTimes, np.ndarray]) -> None:
    times, distance = table
    spread = spread_ties(times, distance, Report("feed"))
    assert (spread.departure >= spread.arrival).all()
    hops = np.setdiff1d(np.arange(1, len(times.stop)), times.start[:-1])
    assert (spread.arrival[hops] >= spread.departure[hops - 1]).all()


_CALL = st.tuples(st.integers(-1, 90_000), st.integers(-1, 90_000))


@given(st.lists(st.lists(_CALL, min_size=2, max_size=10), min_size=1, max_size=4))
def test_whatever_a_feed_says_the_times_that_stay_run_forwards(trips: list[list[tuple[int, int]]]) -> None:
    calls = [(a if a >= 0 else d, d if d >= 0 else a) for trip in trips for a, d in trip]
    start = np.cumsum([0] + [len(trip) for trip in trips]).tolist()
    times = _columns(start, [a for a, _ in calls], [d for _, d in calls])
    mended, lost = mend_order(times, Report("feed"))
    kept = mended.keep_trips(~lost)
    distance = np.arange(len(kept.stop)) * 100.0
    whole = spread_ties(fill_missing(kept, distance, Report("feed")), distance, Report("feed"))
    assert (whole.arrival >= 0).all()
    assert (whole.departure >= whole.arrival).all()
    hops = np.setdiff1d(np.arange(1, len(whole.stop)), whole.start[:-1])
    assert (whole.arrival[hops] >= whole.departure[hops - 1]).all()
