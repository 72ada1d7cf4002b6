"""The simulated district: a seeded town whose buses report positions like real ones and whose exact truth is known.

`District(seed)` draws streets, lines and timetable; `gtfs_tables()` is its feed; `start(at)` puts the buses on the streets as
they would be at that instant; `advance(until)` returns the positions received up to then. The same seed and start give the
same bytes however the time between is cut into calls. Time and seed are arguments: nothing here asks a clock.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from feeds.simulated_equipment import Equipment, Reports, join, select
from feeds.simulated_gtfs import gtfs_tables
from feeds.simulated_lines import LINES
from feeds.simulated_motion import Calls, Motion, Truth
from feeds.simulated_streets import build_streets
from feeds.simulated_timetable import build_timetable
from feeds.simulated_ways import build_ways
from transit.kernels.columns import PositionColumns
from transit.strings import Strings

FORM = 1
"""Counts changes of the drawn district: caches of its feed name it beside the seed."""


class District:
    """A town of twelve lines, about 170 stops and 110 vehicles. One seed is one town; each start is another day of traffic."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        generator = np.random.default_rng([seed, 1])
        self.streets = build_streets(generator)
        self.ways = build_ways(self.streets, generator)
        self.timetable = build_timetable(self.streets, self.ways, generator)
        self.version = f"simulated-{FORM}-{seed}"
        self.trip_ids = [trip.trip_id for trip in self.timetable.trips]
        self.route_ids = [line.route_id for line in LINES]

    def gtfs_tables(self) -> dict[str, str]:
        """The district's GTFS feed: file name → text."""
        return gtfs_tables(self.ways, self.timetable, self.version)

    def start(self, at: float) -> None:
        """Begin, or begin anew, at a whole second (epoch s, rounded down)."""
        second = int(at)
        self._motion = Motion(
            self.streets, self.ways, self.timetable, np.random.default_rng([self._seed, 2, second]), second
        )
        count = self._motion.count
        self.vehicle_ids = [f"ZQ{1001 + vehicle}" for vehicle in range(count)]
        devices, noise = np.random.default_rng([self._seed, 3]), np.random.default_rng([self._seed, 4, second])
        self.equipment = Equipment(self.ways, self.timetable, count, devices, noise)
        self._pending = [self.equipment.reports(self._motion.truth())]
        self._ids = Strings.of(self.vehicle_ids + self.trip_ids + self.route_ids)

    def advance(self, until: float) -> Reports:
        """Move on to `until` (epoch s) and return the reports received by then that were not returned before.

        Raises AttributeError before `start`. A time that has passed already returns nothing new.
        """
        while self._motion.now + 1 <= until:
            self._motion.step()
            self._pending.append(self.equipment.reports(self._motion.truth()))
        waiting = join(self._pending)
        order = np.argsort(waiting.received, kind="stable")
        count = int(np.searchsorted(waiting.received[order], until, side="right"))
        # Those that still wait stay in order of sending, so that ties are broken the same way however often this is asked.
        self._pending = [select(waiting, np.sort(order[count:]))]
        return select(waiting, order[:count])

    def hold_back(self, cancelled: frozenset[tuple[int, float]], closed: frozenset[int]) -> None:
        """From now on no bus begins these runs (run, epoch s its service day starts) or halts at these stops."""
        self._motion.cancelled, self._motion.closed = cancelled, closed

    def blocks_on(self, day: float) -> list[int]:
        """Blocks of the service day that starts at `day` (epoch s)."""
        return self._motion.blocks_on(day)

    def assigned_runs(self) -> set[tuple[int, float]]:
        """The runs (run, epoch s its service day starts) that buses are on or wait for."""
        return self._motion.assigned_runs()

    def truth(self) -> Truth:
        """Where every vehicle is at the last whole second."""
        return self._motion.truth()

    def take_calls(self) -> Calls:
        """Stop calls finished since they were last taken: the exact arrivals and departures."""
        return self._motion.take_calls()

    def columns(self, reports: Reports) -> PositionColumns:
        """Reports as a decoder would deliver them."""
        starts = self._ids.starts
        lengths = np.diff(starts)

        def span(first: int, index: Any) -> tuple[Any, Any]:
            row = first + np.maximum(index, 0)
            length = np.where(index >= 0, lengths[row], 0)
            return starts[row].astype(np.int32), length.astype(np.int32)

        vehicles, trips = len(self.vehicle_ids), len(self.trip_ids)
        return PositionColumns(
            self._ids.text, *span(0, reports.vehicle), *span(vehicles, reports.trip), *span(vehicles + trips, reports.route),
            reports.timestamp, reports.received, reports.lat, reports.lon, reports.bearing, reports.speed,
        )  # fmt: skip

    def records(self, reports: Reports) -> list[dict[str, Any]]:
        """Reports as rows of the recorded form (interfaces: positions), one dictionary each; unknown fields are left out."""
        rows = []
        for i, vehicle in enumerate(reports.vehicle.tolist()):
            row: dict[str, Any] = {"vehicle_id": self.vehicle_ids[vehicle]}
            if reports.trip[i] >= 0:
                row["trip_id"] = self.trip_ids[reports.trip[i]]
            if reports.route[i] >= 0:
                row["route_id"] = self.route_ids[reports.route[i]]
            row |= {"timestamp_unix": float(reports.timestamp[i]), "received_unix": round(float(reports.received[i]), 3)}
            row |= {"lat": float(reports.lat[i]), "lon": float(reports.lon[i])}
            if not np.isnan(reports.bearing[i]):
                row["bearing"] = round(float(reports.bearing[i]), 1)
            if not np.isnan(reports.speed[i]):
                row["speed_mps"] = round(float(reports.speed[i]), 1)
            rows.append(row)
        return rows
