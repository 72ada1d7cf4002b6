"""Locate and track: how many positions a second one core places, and how well, beside the fastest general map matcher.

Two workloads. The fleet: 5,000 vehicles on 600 winding patterns of 20 km, reports in random order; its baseline is the
nearest place on the known shape by numpy, without memory of where the bus was. The street grid: the same fixes go to fastmm
(an HMM map matcher in C++; extra `bench`), which has to find the streets too, and to us, who know each bus's route.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from bench import streets
from bench.rows import Row
from bench.workload import Workload, synthetic_fleet, synthetic_network, vehicle_numbers
from transit.fleet import Fleet
from transit.geometry import to_local
from transit.kernels.columns import F64, I32, MatchColumns
from transit.tracker import Tracker, blank_matches, blank_work, rounds

WARM = 3
"""batches that only warm up"""


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in positions/s, metres and shares."""
    yield from _fleet_rows(smoke)
    yield from _street_rows(smoke)


def _fleet_rows(smoke: bool) -> Iterator[Row]:
    network = synthetic_network(patterns=60 if smoke else 600)
    workload = synthetic_fleet(network, vehicles=500 if smoke else 5000, batches=8 if smoke else 60)
    ours = _track(workload)
    located, told, looked_up = min(ours.place), min(ours.tell), min(ours.resolve)
    numpy_seconds = min(_nearest(workload, k) for k in range(WARM, WARM + (2 if smoke else 6)))
    count = len(workload.pattern)
    baseline = 200 / numpy_seconds
    name = "nearest place on the shape, numpy"
    yield Row("locate + track", count / located, baseline, name, "positions/s", True)
    yield Row("… and stop events", count / (located + told), baseline, name, "positions/s", True)
    yield Row("… and ids looked up", count / (located + told + looked_up), baseline, name, "positions/s", True)
    yield Row("median error along the shape", float(np.median(ours.errors)), _nearest_error(workload), name, "m", False)


class Timings(NamedTuple):
    """Seconds of each batch's stages, and |error| in metres of what was in service."""

    resolve: list[float]
    place: list[float]
    tell: list[float]
    errors: F64


def _track(workload: Workload) -> Timings:
    fleet = Fleet()
    tracker = Tracker(workload.network, fleet)
    seconds: list[tuple[float, float, float]] = []
    kept: list[tuple[int, MatchColumns]] = []  # judged afterwards: between batches the caches stay warm
    for k, batch in enumerate(workload.batches):
        tracker.turn_to(float(batch.received[0]))
        begun = time.perf_counter()
        reports = tracker.resolve(batch)
        resolved = time.perf_counter()
        count = len(batch.lat)
        matches, work = blank_matches(count), blank_work(count)
        (rows,) = rounds(reports.vehicle, len(fleet))
        tracker.place(rows, reports, work, matches)
        placed = time.perf_counter()
        tracker.tell(rows, reports, work, matches)
        done = time.perf_counter()
        if k >= WARM:
            seconds.append((resolved - begun, placed - resolved, done - placed))
            kept.append((k, matches))
    resolve, place, tell = (list(column) for column in zip(*seconds))
    errors = [
        np.abs(matches.progress - workload.progress[k][vehicle_numbers(fleet.ids, matches.vehicle)])[matches.state == 0]
        for k, matches in kept
    ]
    return Timings(resolve, place, tell, np.concatenate(errors).astype(np.float64))


def _nearest(workload: Workload, k: int) -> float:
    """Seconds numpy takes for 200 positions of batch k."""
    begun = time.perf_counter()
    _nearest_progress(workload, k, 200)
    return time.perf_counter() - begun


def _nearest_progress(workload: Workload, k: int, count: int) -> tuple[F64, Any]:
    """(progress of the nearest place on the bus's shape, its vehicle number) for the first `count` positions of batch k."""
    network, batch = workload.network, workload.batches[k]
    x, y = to_local(batch.lat[:count], batch.lon[:count], network.origin_lat, network.origin_lon)
    text = batch.text.tobytes()
    spans = zip(batch.vehicle_at[:count].tolist(), batch.vehicle_length[:count].tolist())
    bus = np.array([int(text[a + 4 : a + n]) for a, n in spans])
    out = np.empty(count)
    for i, p in enumerate(workload.pattern[bus].tolist()):
        g = network.shapes.segments[network.shapes.segment_start[p] : network.shapes.segment_start[p + 1]]
        along = np.clip((x[i] - g[:, 0]) * g[:, 2] + (y[i] - g[:, 1]) * g[:, 3], 0.0, g[:, 4])
        off = np.hypot(x[i] - g[:, 0] - along * g[:, 2], y[i] - g[:, 1] - along * g[:, 3])
        out[i] = (g[:, 5] + along * g[:, 6])[off.argmin()]
    return out, bus


def _nearest_error(workload: Workload) -> float:
    found, bus = _nearest_progress(workload, WARM, 200)
    return float(np.median(np.abs(found - workload.progress[WARM][bus])))


def _street_rows(smoke: bool) -> Iterator[Row | str]:
    try:
        import fastmm
    except ImportError:
        yield "fastmm is not installed (extra `bench`): the comparison with it is left out"
        return
    grid = streets.build(routes=100 if smoke else 5000, edges=60, batches=12 if smoke else 30)
    edge_of = {pair: k for k, pair in enumerate(_streets(grid))}
    theirs_speed, theirs_right, theirs_off = _fastmm(fastmm, grid, edge_of, traces=20 if smoke else 300)
    located = min(_track(grid.workload).place)
    right, off = _our_edges(grid)
    name = "fastmm 0.3.2, k = 8, r = 50 m"
    yield Row("street grid: positions located", len(grid.walks) / located, theirs_speed, name, "positions/s", True)
    yield Row("street grid: on the right directed street", right, theirs_right, name, "share", True)
    yield Row("street grid: median position error", off, theirs_off, name, "m", False)


def _streets(grid: streets.Streets) -> list[tuple[int, int]]:
    return [(a, b) for a in range(len(grid.x)) for b in streets.neighbours(a)]


def _truth(grid: streets.Streets, k: int) -> tuple[F64, F64, I32]:
    """(x, y, edge number on the route) of each route's bus at batch k."""
    network = grid.workload.network
    at = np.empty(len(grid.walks), np.int32)
    xs, ys = np.empty(len(grid.walks)), np.empty(len(grid.walks))
    for bus, p in enumerate(grid.workload.pattern.tolist()):
        a, b = network.shapes.segment_start[p], network.shapes.segment_start[p + 1]
        s = grid.workload.progress[k][bus]
        g = min(int(np.searchsorted(network.shapes.segments[a:b, 5], s, "right")) - 1, b - a - 1)
        one = network.shapes.segments[a + g]
        at[p], xs[p], ys[p] = g, one[0] + (s - one[5]) * one[2], one[1] + (s - one[5]) * one[3]
    return xs, ys, at


def _our_edges(grid: streets.Streets) -> tuple[float, float]:
    """Share of fixes on the right street of the route, and median metres from the true position."""
    workload, network = grid.workload, grid.workload.network
    fleet = Fleet()
    tracker = Tracker(network, fleet)
    right, off = [], []
    for k, batch in enumerate(workload.batches):
        matches, _ = tracker.observe(float(batch.received[0]), batch)
        x, y, edge = _truth(grid, k)
        if k < WARM:
            continue
        for p, s in zip(matches.pattern.tolist(), matches.progress.tolist()):
            if p < 0 or s != s:
                right.append(False)
                continue
            a, b = network.shapes.segment_start[p], network.shapes.segment_start[p + 1]
            g = int(np.searchsorted(network.shapes.segments[a:b, 5], s, "right")) - 1
            one = network.shapes.segments[a + g]
            right.append(g == edge[p])
            off.append(np.hypot(one[0] + (s - one[5]) * one[2] - x[p], one[1] + (s - one[5]) * one[3] - y[p]))
    return float(np.mean(right)), float(np.median(off))


def _fastmm(fastmm: Any, grid: streets.Streets, edge_of: dict[tuple[int, int], int], traces: int) -> tuple[float, float, float]:
    """(points/s of match() alone, share on the right street, median metres from truth); reading results is not timed."""
    network = fastmm.Network()
    for (a, b), k in edge_of.items():
        network.add_edge(k, source=a, target=b, geom=[(grid.x[a], grid.y[a]), (grid.x[b], grid.y[b])])
    network.finalize()
    fixes = streets.traces(grid)[:traces]
    truth = [_truth(grid, k) for k in range(fixes.shape[1])]
    right, off, seconds = 0, [], 0.0
    with tempfile.TemporaryDirectory() as cache:
        matcher = fastmm.FastMapMatch(
            network, fastmm.TransitionMode.SHORTEST, max_distance_between_candidates=600.0, cache_dir=cache
        )
        tracks = [fastmm.Trajectory.from_xy_tuples([tuple(point) for point in trace.tolist()]) for trace in fixes]
        for p, track in enumerate(tracks):
            begun = time.perf_counter()
            result = matcher.match(track, max_candidates=8, candidate_search_radius=50.0, gps_error=8.0)
            seconds += time.perf_counter() - begun
            for i, (edge, x, y) in _points(result).items():
                if i < WARM:
                    continue
                j = truth[i][2][p]
                right += edge == edge_of[int(grid.walks[p, j]), int(grid.walks[p, j + 1])]
                off.append(np.hypot(x - truth[i][0][p], y - truth[i][1][p]))
    points = traces * (fixes.shape[1] - WARM)
    return traces * fixes.shape[1] / seconds, right / points, float(np.median(off))


def _points(result: Any) -> dict[int, tuple[int, float, float]]:
    """Fix number → (edge, x, y) of a match result."""
    found: dict[int, tuple[int, float, float]] = {}
    for part in result.subtrajectories:
        for segment in part.segments if part.error_code.name == "SUCCESS" else ():
            found.setdefault(segment.p0.trajectory_index, (segment.edges[0].edge_id, segment.p0.x, segment.p0.y))
            found[segment.p1.trajectory_index] = (segment.edges[-1].edge_id, segment.p1.x, segment.p1.y)
    return found
