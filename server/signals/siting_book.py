"""Where next, of a running server: its streets and trips from files (else buses of the timetable), gains from measured volumes.

The files `edges`, `trips` and, if there are any, `costs` lie in the folder of the inventory. An answer is kept until what it rests on
is an hour old.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from feeds.signals.road_edges import read_road_edges
from feeds.signals.siting_inputs import IntersectionTable, read_intersections
from feeds.signals.siting_trips import TripTable, read_trips
from server.signals.siting_case import Assembled, SitingInputError, assemble, limits_of
from server.signals.snapshot import SignalSnapshot
from server.signals.volumes import DayVolumes, date_of
from signals.inventory import Inventory
from signals.kernels.columns import F64
from signals.model import Rung
from signals.siting_objective import SitingError, SitingParameters
from signals.siting_report import BETWEENNESS_NODES, report_json, where_next
from signals.worth import gain
from signals.worth_junctions import timed_intersections

Json = dict[str, Any]
_ENDINGS = (".csv", ".csv.gz", ".parquet")
_HOUR = 3_600_000
_SATURDAY = 5


class Question(NamedTuple):
    """What is asked."""

    n: int
    must: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    branches: bool = False


class SitingBook:
    """Of one folder and inventory. Methods may be called from any thread."""

    def __init__(
        self, folder: Path, inventory: Inventory, timetable: Callable[[], TripTable | None] = lambda: None
    ) -> None:
        self._folder, self._inventory, self._timetable = folder, inventory, timetable
        self._source = ""
        self._read: tuple[Any, ...] | None = None
        self._central: F64 | None = None
        """[J] betweenness: the streets stay the same, and it takes up to a minute"""
        self._kept: dict[tuple[Question, int], Json] = {}
        self._lock = threading.Lock()

    def answer(self, question: Question, snapshot: SignalSnapshot, days: tuple[DayVolumes, ...], bus: F64 | None) -> Json:
        """The plan; `bus` [J] is bus·s lost a day, which is told but not weighed: nobody knows how many sat in those buses.

        Raises SitingInputError, FeedError or SitingError.
        """
        with self._lock:
            key = question, snapshot.now // _HOUR
            if key not in self._kept:
                self._kept = {one: told for one, told in self._kept.items() if one[1] == key[1]}
                self._kept[key] = self._make(question, snapshot, days) | self._beside(bus)
            return self._kept[key]

    def _beside(self, bus: F64 | None) -> Json:
        """What the plan rests on."""
        lost = None if bus is None else round(float(np.nansum(bus)), 1)
        return {"trips_source": self._source, "bus_delay": {"weighed": False, "because": "loads_unknown", "bus_seconds_per_day": lost}}

    def _make(self, question: Question, snapshot: SignalSnapshot, days: tuple[DayVolumes, ...]) -> Json:
        found = self._case(snapshot, days)
        limits = limits_of(found, question.n, math.inf, question.must, question.never, (), question.branches)
        q, graph = SitingParameters(), found.case.graph
        if self._central is None and len(graph.edge_from):
            self._central = graph.betweenness(None if len(graph.node_ids) <= BETWEENNESS_NODES else q.samples)
        return report_json(where_next(found.case, limits, 1, q, self._central))

    def _case(self, snapshot: SignalSnapshot, days: tuple[DayVolumes, ...]) -> Assembled:
        if self._read is None:
            self._read = self._files()
        edges, trips, costs = self._read
        inventory, count = self._inventory, len(self._inventory.intersection_ids)
        gains = _gains(inventory, days)
        unknown = np.full(count, np.nan)
        equipped = tuple(one is not None and one.proved >= Rung.ADAPTING for one in snapshot.findings)
        names = tuple(inventory.names) or ("",) * count
        table = IntersectionTable(
            tuple(inventory.intersection_ids), names, inventory.lat, inventory.lon, inventory.grade, gains, unknown, unknown, equipped
        )
        return assemble(edges, table, trips, costs)

    def _files(self) -> tuple[Any, ...]:
        edges, trips, costs = (_find(self._folder, name) for name in ("edges", "trips", "costs"))
        self._source = "file" if trips is not None else "bus_timetable"
        known = read_trips(trips)[0] if trips is not None else self._timetable()
        if known is None:
            raise SitingInputError(
                "where-next needs trips: put trips.csv, and edges.csv for the streets, into the folder signals; no bus of the "
                "timetable passes an intersection of the inventory"
            )
        return (
            None if edges is None else read_road_edges(edges)[0], known,
            None if costs is None else read_intersections(costs, costs=True)[0],
        )  # fmt: skip


def _find(folder: Path, name: str) -> Path | None:
    return next((path for ending in _ENDINGS if (path := folder / f"{name}{ending}").is_file()), None)


def _gains(inventory: Inventory, days: tuple[DayVolumes, ...]) -> F64:
    """[J] s per vehicle that splits following the last quarter hour save against the best time-of-day plans; NaN unknown."""
    if not days:
        return np.full(len(inventory.intersection_ids), np.nan)
    volume = np.stack([one.volume for one in days], axis=1)
    kinds = np.array([max(0, date_of(one.date).weekday() - _SATURDAY + 1) for one in days], np.int32)
    return gain(volume, timed_intersections(inventory), kinds, np.random.default_rng(1)).causal.per_vehicle


__all__ = ["Question", "SitingBook", "SitingError"]
