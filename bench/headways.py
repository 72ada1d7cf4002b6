"""Headways and supervision: what they add to a step, and how near waiting times come to those of perfect stop detection.

The fleets drive lines operated by headway, eight buses a line at random places, so that far more of them bunch than ever do:
one in six is in an alert. On sim_city the baseline believes the timetable: riders wait half a planned headway.
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench.recorded import SIM, Columns, absent, compile_data, data_folder, find_folder, read_columns
from bench.rows import Row
from bench.workload import synthetic_fleet, synthetic_network
from feeds.recording import read_positions, take
from server.city import City
from transit.headway import HeadwayPicture, Headways
from transit.kernels.columns import EventColumns, FrequencyColumns
from transit.network import Network
from transit.service_day import service_days

WANTED_MS = 3.0
"""a step's share for 1,000 vehicles, of the second that it has"""
HEADWAY = 150
STEP, LOOK = 10.0, 900.0


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in ms a step, and in seconds of mean absolute error of the expected wait by line and quarter of an hour."""
    for vehicles in (50,) if smoke else (1000, 5000):
        yield from _cost(vehicles, 10 if smoke else 40)
    if find_folder(SIM) is None:
        yield absent(SIM)
    else:
        yield from _accuracy(1800.0 if smoke else float("inf"))


class _Spent(NamedTuple):
    whole: float
    ours: float


def _cost(vehicles: int, batches: int) -> Iterator[Row | str]:
    network = operated_by_headway(synthetic_network(patterns=max(vehicles // 8, 5)))
    fleet = synthetic_fleet(network, vehicles, batches, interval=STEP)
    city, spent = City(network), 0.0
    headways, supervisor = city._headways, city._supervisor
    took: list[_Spent] = []

    def timed(inner: object) -> object:
        def call(*arguments: object) -> object:
            nonlocal spent
            begun = time.perf_counter()
            found = inner(*arguments)  # type: ignore[operator]
            spent += time.perf_counter() - begun
            return found

        return call

    headways.step = timed(headways.step)  # type: ignore[method-assign,assignment]
    supervisor.step = timed(supervisor.step)  # type: ignore[method-assign,assignment]
    for batch in fleet.batches:
        spent, begun = 0.0, time.perf_counter()
        snapshot = city.step(float(batch.received[0]), [batch])
        took.append(_Spent(time.perf_counter() - begun, spent))
    warm = took[len(took) // 2 :]
    ours = 1e3 * float(np.median([one.ours for one in warm]))
    whole = 1e3 * float(np.median([one.whole for one in warm]))
    wanted = WANTED_MS * max(vehicles / 1000, 1.0)
    yield Row(f"headways + supervision of {vehicles:,} vehicles", ours, wanted, "wanted at most", "ms/step", False)
    yield Row(f"the same beside the rest of the step, {vehicles:,}", ours, whole - ours, "locate + predict", "ms/step", False)
    assert snapshot.supervision is not None
    alerts = len(snapshot.supervision.current)
    slowest = 1e3 * max(one.ours for one in warm)
    yield f"{vehicles:,} vehicles: {len(headways.slots):,} slots, {alerts:,} alerts open, slowest step {slowest:.1f} ms"


def operated_by_headway(network: Network) -> Network:
    """The same lines, each with a bus every HEADWAY s all day."""
    trips = len(network.trips.pattern)
    index, zeros = np.arange(trips, dtype=np.int32), np.zeros(trips, np.int32)
    return dataclasses.replace(
        network,
        trips=network.trips._replace(template=np.ones(trips, np.uint8)),
        frequencies=FrequencyColumns(index, zeros + 5 * 3600, zeros + 22 * 3600, zeros + HEADWAY),
    )


def _accuracy(most: float) -> Iterator[Row | str]:
    with tempfile.TemporaryDirectory() as folder:
        network, _ = compile_data(SIM, Path(folder))
    positions, _ = read_positions([data_folder() / SIM.name / SIM.positions])
    names = ("trip_id", "stop_sequence", "departure_unix", "vehicle_id")
    truth = read_columns(data_folder() / SIM.name / SIM.arrivals, names)
    city, exact, row, told = City(network), Headways(network), 0, 0
    events = _events(network, truth)
    ours: list[float] = []
    timetable: list[float] = []
    now = float(positions.received[0])
    end = min(float(positions.received[-1]), now + most)
    while now < end:
        now += STEP
        last, at = (int(np.searchsorted(column, now, "right")) for column in (positions.received, events.departure))
        snapshot = city.step(now, [take(positions, slice(row, last))])
        columns: list[Any] = [column[told:at] for column in events]
        picture = exact.step(
            now, EventColumns(*columns), snapshot.arrivals, snapshot.arrival_start, len(snapshot.vehicles),
            service_days(network, now), now,
        )  # fmt: skip
        row, told = last, at
        if now % LOOK < STEP and snapshot.headways is not None:
            compared = _compare(snapshot.headways, picture)
            ours += [one for one, _ in compared]
            timetable += [one for _, one in compared]
    if not ours:
        yield "sim_city: too short to know any line's waiting time"
        return
    off = float(np.mean(ours)), float(np.mean(timetable))
    yield Row("sim_city: expected wait of a line", *off, "half a planned headway", "s off", False)
    yield f"sim_city: {len(ours)} lines and quarters of an hour"


def _events(network: Network, truth: Columns) -> EventColumns:
    """True departures as stop events, in order of time; a vehicle is numbered by its id."""
    patterns, trips = network.patterns, network.trips
    trip = np.array([network.trip_index[one] for one in truth["trip_id"].tolist()], np.int32)
    first = patterns.stop_start[trips.pattern[trip]]
    offset = [
        int(np.searchsorted(patterns.sequence[a:b], s))
        for a, b, s in zip(first, patterns.stop_start[trips.pattern[trip] + 1], truth["stop_sequence"])
    ]
    place = (first + np.array(offset)).astype(np.int32)
    vehicle = np.unique(truth["vehicle_id"], return_inverse=True)[1].astype(np.int32)
    order = np.argsort(truth["departure_unix"], kind="stable")
    departure = truth["departure_unix"][order]
    exact = np.zeros(len(order), np.float32)
    return EventColumns(vehicle[order], trip[order], place[order], departure, departure, exact)


def _compare(ours: HeadwayPicture, exact: HeadwayPicture) -> list[tuple[float, float]]:
    """(how far our expected wait is off, how far the planned one is) of each line that both know."""
    return [
        (abs(one.actual - true.actual), abs(true.scheduled - true.actual))
        for one, true in zip(ours.waiting_of_lines, exact.waiting_of_lines)
        if one.actual is not None and true.actual is not None and true.scheduled is not None
    ]
