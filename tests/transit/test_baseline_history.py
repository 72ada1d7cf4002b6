"""What is remembered of stop events: passages against a plain twin, the last bus, and days that are over."""

from __future__ import annotations

import datetime
import math
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lines import DATE, DAY, NOON, ZONE, lines_network
from tests.support.naive_baselines import naive_passages
from transit.baseline_history import DayTimes, LastBus, Passages, Passings, day_begin, operating_date
from transit.kernels.columns import EventColumns

NETWORK = lines_network(patterns=2)
STOPS, TRIPS = 6, 8
Event = tuple[int, int, int, float, float]
"""vehicle, trip, pattern stop, arrival, departure"""


def events_of(rows: list[Event]) -> EventColumns:
    columns = list(zip(*rows)) if rows else [()] * 5
    whole = [np.array(column, np.int32) for column in columns[:3]]
    times = [np.array(column, np.float64) for column in columns[3:]]
    return EventColumns(whole[0], whole[1], whole[2], times[0], times[1], np.zeros(len(rows), np.float32))


def passages_of(*rows: tuple[int, int, float, float, float]) -> Passages:
    """(trip, pattern stop, drive, dwell, arrival)."""
    columns = list(zip(*rows))
    return Passages(
        np.array(columns[0], np.int32), np.array(columns[1], np.int32), *(np.array(column, np.float64) for column in columns[2:])
    )


@st.composite
def telling(draw: st.DrawFn) -> list[Event]:
    """Events of a few vehicles in order of time; stops may be missed, runs change, first stops have no arrival."""
    rows: list[Event] = []
    now = 0.0
    for _ in range(draw(st.integers(0, 30))):
        vehicle, stop = draw(st.integers(0, 2)), draw(st.integers(0, 5))
        mine = [row for row in rows if row[0] == vehicle]
        if mine and draw(st.booleans()):
            stop = min(mine[-1][2] + 1, 5)
        now += draw(st.integers(1, 50))
        arrival = math.nan if stop == 0 else now
        departure = math.nan if stop == 5 else now + draw(st.integers(0, 20))
        rows.append((vehicle, draw(st.integers(-1, 0)), stop, arrival, departure))
    return rows


@settings(max_examples=200, deadline=None)
@given(rows=telling(), cuts=st.lists(st.integers(0, 30), max_size=4))
def test_passages_are_those_of_the_plain_twin_however_events_are_cut(rows: list[Event], cuts: list[int]) -> None:
    passings = Passings()
    found = []
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    for first, end in pairwise(edges):
        told = passings.observe(events_of(rows[first:end]))
        found += [*zip(told.trip.tolist(), told.pattern_stop.tolist(), *(column.tolist() for column in told[2:]))]
    assert str(sorted(found, key=str)) == str(sorted(naive_passages(rows), key=str))


def test_the_last_bus_counts_on_whatever_trip_and_only_since_today_began() -> None:
    last = LastBus(NETWORK)
    last.observe(passages_of((0, 2, 100.0, 10.0, NOON), (1, 2, 130.0, math.nan, NOON + 600.0)))
    drive, dwell = last.hops(np.array([2, 3], np.int32), DAY)
    assert drive[0] == 130.0
    assert dwell[0] == 0.0
    assert math.isnan(drive[1])
    assert math.isnan(last.hops(np.array([2], np.int32), NOON + 601.0)[0][0])


def test_days_tell_their_mean_only_when_they_are_over() -> None:
    days = DayTimes(NETWORK, 3)
    row, stop = np.array([3 * STOPS + 2]), np.array([2], np.int32)
    for back, drive in ((2, 100.0), (1, 140.0), (0, 999.0)):
        days.observe(passages_of((3, 2, drive, 20.0, NOON - back * 86_400.0)))
    days.turn_to(DATE - datetime.timedelta(1))
    assert days.means(row, stop)[0].tolist() == [100.0]
    days.turn_to(DATE)
    assert days.means(row, stop)[0].tolist() == [120.0]
    assert days.means(row, stop)[1].tolist() == [20.0]
    assert days.latest[row[0]].tolist()[:2] == [140.0, 100.0]
    assert math.isnan(days.latest[row[0], 2])


def test_a_trip_never_seen_takes_the_one_of_its_pattern_that_starts_nearest() -> None:
    days = DayTimes(NETWORK, 3)
    days.observe(passages_of((1, 2, 100.0, 0.0, NOON - 86_400.0), (6, 2, 200.0, 0.0, NOON - 86_400.0)))
    days.turn_to(DATE)
    rows = np.array([trip * STOPS + 2 for trip in range(TRIPS)] + [TRIPS * STOPS + 2, 0 * STOPS + 3, -1])
    stops = np.array([2] * TRIPS + [STOPS + 2, 3, 2], np.int32)
    drive, _ = days.means(rows, stops)
    assert drive[:TRIPS].tolist() == [100.0] * 4 + [200.0] * 4
    assert np.isnan(drive[TRIPS:]).all()


def test_passages_without_a_trip_are_left_out_and_counted() -> None:
    days = DayTimes(NETWORK, 3)
    days.observe(passages_of((-1, 2, 100.0, 0.0, NOON - 86_400.0), (0, STOPS + 2, 100.0, 0.0, NOON - 86_400.0)))
    days.turn_to(DATE)
    assert days.left_out == 2
    assert not days.count.any()


def test_the_night_belongs_to_the_day_before() -> None:
    assert operating_date(DAY + 3.9 * 3600.0, ZONE) == DATE - datetime.timedelta(1)
    assert operating_date(DAY + 4.1 * 3600.0, ZONE) == DATE
    assert day_begin(DATE, ZONE) == DAY + 4 * 3600.0


def test_a_day_told_in_very_many_parts_counts_each_passage_once() -> None:
    days = DayTimes(NETWORK, 3)
    for k in range(1203):
        days.observe(passages_of((3, 2, 100.0 + k, 20.0, NOON - 86_400.0 + k)))
    days.turn_to(DATE)
    row = 3 * STOPS + 2
    assert days.count[row] == 1203
    assert days.means(np.array([row]), np.array([2], np.int32))[0].tolist() == [100.0 + 601.0]
    assert days.latest[row, 0] == 100.0 + 1202.0
    assert math.isnan(days.latest[row, 1])
