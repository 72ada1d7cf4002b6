"""Runs every compiled function that signals will call, once, on a made-up crossing, so that no request and no verdict waits for one.

With numba's cache warm this takes a second or two; on a fresh installation it is where the compiling happens, in a thread of its own,
while boards are served. A stream that arrives meanwhile waits in the inbox.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from collections.abc import Callable

import numpy as np
import structlog

from server.signals.coverage import CoverageBook
from server.signals.engine import SignalEngine
from server.signals.engine_parameters import SignalParameters
from server.signals.inbox import Delivery, SignalInput
from server.signals.judging import Judge
from signals.clock_offsets import ClockOffsets
from signals.codes import Code
from signals.inventory import Inventory
from signals.inventory_history import Import, InventoryHistory
from signals.kernels.columns import EventColumns
from signals.road_graph import RoadGraph, add_intersections
from signals.siting import Limits
from signals.siting_report import SitingCase, where_next
from signals.siting_trips import trips_between, trips_of_tracks
from signals.worth import gain
from signals.worth_junctions import timed_intersections

_ZONE = "Asia/Shanghai"
_START = 1_777_248_000_000
"""epoch ms, a Monday at 08:00"""
_LENGTH = 5_700_000
"""ms: a little longer than the verdict needs to say no"""
_STATES = (
    (0.0, Code.BEGIN_GREEN), (0.9, Code.GREEN_TERMINATION), (0.9, Code.BEGIN_YELLOW), (1.0, Code.BEGIN_RED_CLEARANCE)
)  # fmt: skip


async def beside(work: Callable[[], None]) -> None:
    """Do it in a daemon thread. Whoever is cancelled meanwhile does not wait for its end, and neither does the process."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def run() -> None:
        try:
            work()
        except Exception:
            structlog.get_logger().exception("warm_up_failed")
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=run, name="signals-warm-up", daemon=True).start()
    await done.wait()


@functools.cache
def warm_up_signals() -> None:
    """Once a process; what comes out is thrown away."""
    inventory, events = _crossing(), _events()
    ClockOffsets(1).put_right(events, _START + _LENGTH)
    engine = SignalEngine(inventory, _ZONE)
    judge = Judge(inventory, 28_800_000, SignalParameters())
    engine.step(_START, SignalInput())
    end = _START + _LENGTH
    snapshot = engine.step(end, SignalInput((Delivery(end, events),)))
    snapshot = engine.step(end + 1_000, SignalInput((), (), tuple(judge.weigh_next(snapshot))))
    history = InventoryHistory().record(inventory, Import(0, _START, "server", "", "")).history
    book = CoverageBook(history, _ZONE)
    book.at(end, snapshot, items=True)
    book.series(_START, end, snapshot)
    engine.finish()
    _where_next()
    volume = np.asarray(np.full((2, 3, 96), 40.0) + np.arange(96), np.float64)
    gain(volume, timed_intersections(inventory), np.zeros(3, np.int32), np.random.default_rng(1))


def _crossing() -> Inventory:
    """Two streets, each with a detector upstream and one at the stop line."""
    two = np.arange(2, dtype=np.int32)
    place = np.array([30.0, 30.001])
    return Inventory(
        device_ids=["d"], intersection_ids=["j"], device=np.zeros(1, np.int32), grade=np.full(1, 11, np.int8),
        declared_mode=np.full(1, 22, np.int32), lat=place[:1], lon=place[:1], names=[""],
        approach_ids=["a", "b"], approach_intersection=np.zeros(2, np.int32), approach_lat=place, approach_lon=place,
        approach_bearing=np.array([0.0, 90.0]), detector_device=np.zeros(4, np.int32),
        detector_channel=np.arange(4, dtype=np.int32) + 1,
        detector_approach=np.repeat(two, 2), detector_lane=["1", "1", "2", "2"], detector_type=np.tile(np.array([1, 2], np.uint8), 2),
        detector_distance=np.tile([60.0, 0.0], 2), detector_phase_start=np.arange(5, dtype=np.int32),
        detector_phase=np.repeat(two, 2) + 1,
    )  # fmt: skip


def _events() -> EventColumns:
    """Greens of changing length, and vehicles on both streets."""
    rng = np.random.default_rng(1)
    rows: list[tuple[int, int, int]] = []
    time, service = _START + 1_000, 0
    while time < _START + _LENGTH - 60_000:
        length, phase = int(rng.integers(20, 45)) * 1000, 1 + service % 2
        rows += [(time + int(share * length), int(code), phase) for share, code in _STATES]
        rows.append((time + int(0.9 * length), int(Code.GAP_OUT if service % 3 else Code.MAX_OUT), phase))
        rows += [(time, int(Code.CALL_REGISTERED), phase), (time, int(Code.CALL_DROPPED), phase)]
        time, service = time + length, service + 1
    for channel in range(1, 5):
        on = _START + np.cumsum(rng.integers(2_000, 15_000, 600))
        for at in on[on < _START + _LENGTH - 2_000].tolist():
            rows += [(at, int(Code.DETECTOR_ON), channel), (at + 400, int(Code.DETECTOR_OFF), channel)]
    rows.sort()
    columns = np.array(rows, np.int64).T
    return EventColumns(columns[0].copy(), np.zeros(len(rows), np.int32), columns[1].astype(np.int32), columns[2].astype(np.int32))


def _where_next() -> None:
    """Three crossings in a row, trips between them and vehicles that pass them."""
    ids, lat, lon = ("p", "q", "r"), np.full(3, 30.0), np.array([120.0, 120.002, 120.004])
    edge = np.array([0, 1], np.int32)
    street = RoadGraph(
        ids, edge, edge + 1, np.full(2, 200.0), np.full(2, 10.0), np.ones(2, np.int8), np.full(3, -1, np.int32), (), lat[:0], lon[:0]
    )
    graph = add_intersections(street, ids, lat, lon)
    count = 30
    origin, goal = np.zeros(count, np.int32), np.full(count, 2, np.int32)
    goal[::3] = 1
    trips, _ = trips_between(graph, origin, goal, np.ones(count))
    where_next(SitingCase(graph, trips), Limits(2, candidates=np.ones(len(graph.signal_ids), np.uint8)), 1)
    x, one = np.array([0.0, 200.0, 400.0]), np.ones(1)
    trips_of_tracks(np.zeros(3, np.int32), x / 10.0, x, np.zeros(3), one, np.zeros(1, np.int32), x, np.zeros(3))
