"""Buses at signals: how exact ETAs at stop lines and bus delays are against the simulated city's truth, and what a step costs.

Truth are the positions of every second. The engine learns on the two train days and is judged on the test day at the instants when a
bus truly is 30 s or 60 s before a signal. The baseline drives on from the last fix at the speed it had there (1 m/s at least).
"""

from __future__ import annotations

import csv
import dataclasses
import io
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench.recorded import SIM, absent, compile_data, data_folder, find_folder, read_columns
from bench.rows import Row
from bench.workload import synthetic_fleet, synthetic_network
from feeds.recording import read_positions, take
from server.city import City
from server.signals.approaches import Crossings, find_crossings
from server.signals.bus_delay import BusDelay
from server.signals.priority import Priority, PriorityNow
from signals.inventory import Inventory
from transit.geometry import to_wgs84
from transit.grid import grid_columns
from transit.kernels.columns import F64, PositionColumns
from transit.network import Network
from transit.snapshot import Snapshot

WANTED_MS = 5.0
STEP = 5.0
PAUSE = 900.0
"""s without positions that are skipped"""
Truth = dict[tuple[str, int], list[tuple[float, float, float]]]
"""by vehicle and crossing: (into the stretch, at the line, of that at the stop within it) of each passing, s"""


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in ms, in shares of ETAs, and in seconds."""
    yield from _cost(100 if smoke else 1000, 30 if smoke else 300, 10 if smoke else 40)
    if find_folder(SIM) is None:
        yield absent(SIM)
    else:
        yield from _exactness(1800.0 if smoke else float("inf"), learns=not smoke)


def _cost(vehicles: int, intersections: int, batches: int) -> Iterator[Row | str]:
    network = synthetic_network(patterns=max(vehicles // 8, 5))
    network = dataclasses.replace(network, grid=grid_columns(network.shapes))
    inventory = _lines_on(network, intersections, 4 * intersections)
    city, priority = City(network), Priority(network, inventory)
    delays = BusDelay(network, priority.crossings)
    took, open_now, ahead = [], 0, 0
    for batch in synthetic_fleet(network, vehicles, batches, interval=STEP).batches:
        snapshot = city.step(float(batch.received[0]), [batch])
        begun = time.thread_time()
        found = priority.step(snapshot.now, snapshot)
        delays.learn(snapshot.now, found.passed, snapshot.events)
        took.append(1e3 * (time.thread_time() - begun))
        open_now, ahead = len(found.requests), len(found.etas.vehicle)
    warm = took[len(took) // 2 :]
    name = f"a step of {vehicles:,} vehicles and {intersections} intersections"
    yield Row(name, float(np.median(warm)), WANTED_MS, "wanted at most", "CPU ms/step", False)
    yield f"{len(priority.crossings):,} crossings, {ahead:,} ETAs, {open_now:,} requests open; slowest step {max(warm):.1f} ms"
    network = synthetic_network(patterns=vehicles // 2)
    network = dataclasses.replace(network, grid=grid_columns(network.shapes))
    inventory = _lines_on(network, 750, 3000)
    begun = time.perf_counter()
    crossings = find_crossings(network, inventory)
    ms = 1e3 * (time.perf_counter() - begun)
    patterns = len(network.patterns.route)
    yield Row(f"crossings of {patterns} patterns and 3,000 approaches", ms, 1000.0, "wanted at most", "ms", False)
    yield f"{len(crossings):,} crossings found"


def _lines_on(network: Network, intersections: int, approaches: int) -> Inventory:
    """Stop lines beside random places of the network's shapes, so many of them at each intersection."""
    rng = np.random.default_rng(7)
    g = network.shapes.segments[rng.integers(0, len(network.shapes.segments), approaches)].astype(float)
    lat, lon = to_wgs84(
        g[:, 0] + rng.normal(0, 5, approaches), g[:, 1] + rng.normal(0, 5, approaches), network.origin_lat, network.origin_lon
    )
    of = (np.arange(approaches) % intersections).astype(np.int32)
    nowhere = np.full(intersections, np.nan)
    return Inventory(
        (), [f"J{k}" for k in range(intersections)], np.full(intersections, -1, np.int32), np.zeros(intersections, np.int8),
        np.full(intersections, -1, np.int32), nowhere, nowhere, (), [f"A{k}" for k in range(approaches)], of, lat, lon, g[:, 7],
    )  # fmt: skip


class _Told(NamedTuple):
    """ETAs told at an instant, and the baseline's. All [n]."""

    vehicle: list[str]
    crossing: list[int]
    now: float
    times: F64
    """[n, 4] earliest, likely, latest, baseline"""


def _exactness(most: float, learns: bool) -> Iterator[Row | str]:
    folder = data_folder() / SIM.name
    with tempfile.TemporaryDirectory() as work:
        network, _ = compile_data(SIM, Path(work))
    inventory, history = _sim_inventory(folder / "signals.csv"), None
    priority = Priority(network, inventory)
    if learns:
        city = City(network)
        for _ in _drive(city, priority, read_positions([folder / SIM.earlier_positions])[0], most):
            pass
        history = io.BytesIO(city.learned())
    fresh = Priority(network, inventory, crossings=priority.crossings)
    fresh.approaching = priority.approaching
    fresh.approaching.forget_vehicles()
    delays, told = BusDelay(network, priority.crossings), []
    for snapshot, found in _drive(City(network, history=history), fresh, read_positions([folder / SIM.positions])[0], most):
        delays.learn(snapshot.now, found.passed, snapshot.events)
        told.append(_told(snapshot, found, priority.crossings))
    truth = _truth(network, priority.crossings, folder)
    yield from _eta_rows(told, truth)
    yield from _delay_rows(delays, truth, priority.crossings)
    yield f"requests of the test day by state: {dict(found.counts)}; bus passings not measured: {delays.left_out}"


def _sim_inventory(path: Path) -> Inventory:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    count = len(rows)
    return Inventory(
        (), [row["tls_id"] for row in rows], np.full(count, -1, np.int32), np.zeros(count, np.int8), np.full(count, -1, np.int32),
        np.array([float(row["lat"]) for row in rows]), np.array([float(row["lon"]) for row in rows]),
    )  # fmt: skip


def _drive(city: City, priority: Priority, positions: PositionColumns, most: float) -> Iterator[tuple[Snapshot, PriorityNow]]:
    """Steps both over a recording, STEP s at a time."""
    row, now = 0, float(positions.received[0])
    end = min(float(positions.received[-1]), now + most)
    while now < end:
        now += STEP
        last = int(np.searchsorted(positions.received, now, "right"))
        if last == row and last < len(positions.received) and positions.received[last] - now > PAUSE:
            now = float(positions.received[last])
            continue
        snapshot = city.step(now, [take(positions, slice(row, last))])
        row = last
        yield snapshot, priority.step(now, snapshot)


def _told(snapshot: Snapshot, found: PriorityNow, crossings: Crossings) -> _Told:
    etas, vehicles = found.etas, snapshot.vehicles
    record = vehicles[etas.vehicle]
    left = crossings.distance[etas.crossing] - record["progress"]
    constant = np.maximum(record["timestamp"] + left / np.fmax(record["speed"], 1.0), snapshot.now)
    ids = [snapshot.vehicle_ids[v] for v in etas.vehicle.tolist()]
    times = np.stack((etas.earliest, etas.likely, etas.latest, constant), axis=1)
    return _Told(ids, etas.crossing.tolist(), snapshot.now, times)


def _truth(network: Network, crossings: Crossings, folder: Path) -> Truth:
    names = ("vehicle_id", "timestamp_unix", "trip_id", "shape_dist_m")
    seen = read_columns(folder / "test/positions.csv.gz", names)
    stays = read_columns(folder / SIM.arrivals, ("trip_id", "stop_sequence", "arrival_unix", "departure_unix"))
    calls = {
        (trip, int(sequence)): (arrival, departure)
        for trip, sequence, arrival, departure in zip(*(column.tolist() for column in stays.values()))
    }
    order = np.lexsort((seen["timestamp_unix"], seen["trip_id"], seen["vehicle_id"]))
    names_in_order = np.char.add(np.char.add(seen["vehicle_id"], " "), seen["trip_id"])[order]
    cuts = np.flatnonzero(names_in_order[1:] != names_in_order[:-1]) + 1
    truth: Truth = {}
    for rows in np.split(order, cuts):
        trip = network.trip_index.get(str(seen["trip_id"][rows[0]]), -1)
        if trip >= 0:
            _add_truth(network, crossings, trip, seen, rows, calls, truth)
    return truth


def _add_truth(
    network: Network, crossings: Crossings, trip: int, seen: Any, rows: Any, calls: dict[tuple[str, int], tuple[float, float]],
    truth: Truth,
) -> None:  # fmt: skip
    pattern = int(network.trips.pattern[trip])
    metres, clock = np.maximum.accumulate(seen["shape_dist_m"][rows]), seen["timestamp_unix"][rows]
    for c in range(crossings.start[pattern], crossings.start[pattern + 1]):
        if not metres[0] < crossings.zone[c] < crossings.distance[c] < metres[-1]:
            continue
        entered, passed = (float(clock[np.searchsorted(metres, place)]) for place in (crossings.zone[c], crossings.distance[c]))
        stop, dwell = int(crossings.stop_within[c]), 0.0
        if stop >= 0:
            arrival, departure = calls.get((network.trip_ids[trip], int(network.patterns.sequence[stop])), (np.nan, np.nan))
            dwell = max(min(departure, passed) - max(arrival, entered), 0.0)
        truth.setdefault((str(seen["vehicle_id"][rows[0]]), c), []).append((entered, passed, dwell))


def _eta_rows(told: list[_Told], truth: Truth) -> Iterator[Row | str]:
    rows = []
    for one in told:
        for vehicle, crossing, times in zip(one.vehicle, one.crossing, one.times):
            for _, passed, _ in truth.get((vehicle, crossing), ()):
                if 0 < passed - one.now <= 62.5:
                    rows.append((passed - one.now, *(times - passed), crossing))
    table = np.array(rows).reshape(-1, 6)
    for ahead in (30.0, 60.0):
        error = table[np.abs(table[:, 0] - ahead) <= STEP / 2]
        for most in (5.0, 10.0):
            ours, theirs = (float((np.abs(error[:, column]) <= most).mean()) for column in (2, 4))
            yield Row(f"sim_city: ETAs {ahead:.0f} s ahead within {most:.0f} s", ours, theirs, "constant speed", "share", True)
        ours, theirs = (float(np.abs(error[:, column]).mean()) for column in (2, 4))
        yield Row(f"sim_city: mean |error| of ETAs {ahead:.0f} s ahead", ours, theirs, "constant speed", "s", False)
        inside = float(((error[:, 1] <= 0) & (error[:, 3] >= 0)).mean())
        yield Row(f"sim_city: passings within p10–p90, {ahead:.0f} s ahead", inside, 0.8, "as intervals say", "share", True)
        yield f"{ahead:.0f} s ahead: {len(error)} ETAs, bias {error[:, 2].mean():.1f} s"


def _delay_rows(delays: BusDelay, truth: Truth, crossings: Crossings) -> Iterator[Row | str]:
    """Mean delay of each crossing with enough passings: ours against that of the true times, free drives made likewise."""
    q = delays.parameters
    times: dict[int, list[float]] = {}
    for (_, crossing), passings in truth.items():
        times.setdefault(crossing, []).extend(passed - entered - dwell for entered, passed, dwell in passings)
    of_site: dict[int, list[float]] = {}
    for crossing, values in times.items():
        of_site.setdefault(int(delays.site[crossing]), []).extend(values)
    mean = delays._seconds.sum(axis=1) / np.maximum(delays._measured.sum(axis=1), 1) - delays.free()
    ours, true, flowing = [], [], []
    for crossing, values in times.items():
        site = of_site[int(delays.site[crossing])]
        if len(site) >= q.least and np.isfinite(mean[crossing]):
            ours.append(max(float(mean[crossing]), 0.0))
            true.append(float(np.mean(values) - np.quantile(site, q.free)))
            flowing.append(float(np.mean(values)) - float(crossings.distance[crossing] - crossings.zone[crossing]) / 13.9)
    if len(true) < 3:
        yield "sim_city: too short to know the delay at any signal"
        return
    yield from _intersection_rows(delays, times, of_site, crossings)
    off, limit = (float(np.abs(np.array(one) - true).mean()) for one in (ours, flowing))
    yield Row("sim_city: mean delay of a bus at a signal", off, limit, "true times less a drive at 50 km/h", "s off", False)
    yield (
        f"{len(true)} crossings: true mean {np.mean(true):.1f} s a bus, ours {np.mean(ours):.1f} s, "
        f"correlation {np.corrcoef(ours, true)[0, 1]:.2f}"
    )


def _intersection_rows(
    delays: BusDelay, times: dict[int, list[float]], of_site: dict[int, list[float]], crossings: Crossings
) -> Iterator[Row | str]:
    """Bus seconds lost at each intersection, as siting weighs them, beside the same delay for every bus."""
    count = int(crossings.intersection.max()) + 1
    true, flow = np.zeros(count), np.zeros(count)
    for crossing, values in times.items():
        free = np.quantile(of_site[int(delays.site[crossing])], delays.parameters.free)
        true[crossings.intersection[crossing]] += max(float(np.sum(values) - free * len(values)), 0.0)
        flow[crossings.intersection[crossing]] += len(values)
    ours = delays.per_intersection(count)
    known = np.isfinite(ours) & (flow > 0)
    even = flow * true[known].sum() / flow[known].sum()
    off, limit = (float(np.abs(one - true)[known].sum() / true[known].sum()) for one in (ours, even))
    name = "sim_city: bus seconds lost a day at an intersection"
    yield Row(name, off, limit, "the same mean delay for every bus", "share off", False)
    yield f"{known.sum()} intersections: truly {true[known].sum():,.0f} bus s lost in the day, ours {ours[known].sum():,.0f}"
