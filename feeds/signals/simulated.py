"""Simulated signals: intersections of known control that log events like real controllers, seeded and free of any clock.

`SimulatedSignals(seed, start_ms, sites)`; `advance(until_ms)` returns what was logged since, `counts()` the lane counts that ended
since. The same seed, start and sites give the same events however the time between is cut into calls. `mixed_sites` draws a district.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from feeds.kernels.signal_sites import run
from feeds.signals.simulated_columns import Log
from feeds.signals.simulated_gat1049 import LaneCounts, StageReports, approaches_of_lanes, join_counts, spells_of
from feeds.signals.simulated_sites import Control, Plan, Site, state_of, tables_of
from signals.codes import Mode, Ours
from signals.events import in_order, join_batches, no_events
from signals.inventory import Inventory
from signals.kernels.columns import I64, CountColumns, EventColumns
from signals.model import DetectorType

SHANGHAI = 28_800
"""s east of UTC"""
ROWS = 1 << 14
"""events a kernel call may log before it is emptied"""
DECLARED = {
    Control.FIXED: Mode.FIXED, Control.TOD: Mode.FIXED, Control.JITTER: Mode.ADAPTIVE, Control.SPLIT: Mode.ADAPTIVE,
    Control.ACTUATED: Mode.ACTUATED, Control.DELAY: Mode.ADAPTIVE, Control.SELECT: Mode.AREA,
}  # fmt: skip
"""what a bureau's list says of each: the jitter claims to be adaptive"""


class SimulatedSignals:
    """Sites under way since `start_ms` (epoch ms, rounded down to a second). One device a site, in the order of `sites`."""

    def __init__(self, seed: int, start_ms: int, sites: Sequence[Site], utc_offset: int = SHANGHAI) -> None:
        """Raises ValueError when a site's plans and volumes fit different numbers of phases."""
        self.sites = tuple(sites)
        self.inventory = _inventory(self.sites)
        self._start = self._now = start_ms // 1000 * 1000
        self._tables = [tables_of(site, 1009 * seed + row, utc_offset) for row, site in enumerate(self.sites)]
        self._states = [state_of(tables, self._start // 100) for tables in self._tables]
        self._logged = np.zeros(len(self.sites), np.int64)
        self._log = Log(np.zeros(ROWS, np.int64), np.zeros(ROWS, np.int32), np.zeros(ROWS, np.int32), np.zeros(1, np.int64))
        self._seed = seed
        self._stages = {row: StageReports() for row, site in enumerate(self.sites) if site.gat1049}
        self._lanes = {row: self._lane_counts(row) for row in self._stages if self.sites[row].count_interval > 0.0}
        self._counted: list[CountColumns] = []

    def advance(self, until_ms: int) -> EventColumns:
        """Events from where the last call ended to before `until_ms` (rounded down to a second), in order; empty if that is past."""
        until = until_ms // 1000 * 1000
        if until <= self._now:
            return no_events()
        batches = [self._advance_site(row, until) for row in range(len(self.sites))]
        self._now = until
        return in_order(join_batches(batches))

    def counts(self) -> CountColumns:
        """Lane counts of the intervals that ended in the calls of `advance` since this was last asked; of sites with `gat1049`."""
        told, self._counted = join_counts(self._counted), []
        return told

    def _lane_counts(self, row: int) -> LaneCounts:
        site, listed = self.sites[row], self.inventory
        approach = approaches_of_lanes(listed.detector_device, listed.detector_approach, row, site.dead_lanes)
        return LaneCounts(self._start, round(1000 * site.count_interval), approach, spells_of(self._start, site.offline))

    def _advance_site(self, row: int, until: int) -> EventColumns:
        log, parts, done = self._log, [], False
        while not done:
            log.filled[0] = 0
            done = run(self._tables[row], self._states[row], until // 100, log)
            n = int(log.filled[0])
            parts.append(EventColumns(100 * log.time[:n], np.full(n, row, np.int32), log.code[:n].copy(), log.parameter[:n].copy()))
        events = join_batches(parts)
        if row in self._lanes:
            self._counted.append(self._lanes[row].read(events, until))
        return self._as_reported(row, self._stages[row].read(events) if row in self._stages else events, until)

    def _as_reported(self, row: int, events: EventColumns, until: int) -> EventColumns:
        """Less what is lost and what fell into a spell off line; stamps in the controller's resolution."""
        site, count = self.sites[row], len(events.time)
        stays = np.ones(count, bool)
        if site.lost > 0.0:
            stays &= _uniform(self._seed + 31 * row, self._logged[row] + np.arange(count)) >= site.lost
        self._logged[row] += count
        states = []
        for first, last in spells_of(self._start, site.offline):
            stays &= (events.time < first) | (events.time >= last)
            if site.reports_state:
                states += [(at, told) for at, told in ((first, 0), (last, 1)) if self._now <= at < until]
        if site.reports_state and self._now == self._start:
            states.insert(0, (self._start, 1))
        step = max(1, round(1000 * site.resolution))
        reported = EventColumns._make(column[stays] for column in events)._replace(time=events.time[stays] // step * step)
        if not states:
            return reported
        told = EventColumns(
            np.array([at for at, _ in states], np.int64), np.full(len(states), row, np.int32),
            np.full(len(states), Ours.CONTROLLER_STATE, np.int32), np.array([state for _, state in states], np.int32),
        )  # fmt: skip
        return join_batches([told, reported])


def mixed_sites(count: int, seed: int, prefix: str = "SIG") -> list[Site]:
    """A district: a third fixed or by time of day, some posing, the rest adaptive in one way or another; places on a grid of 400 m."""
    generator = np.random.default_rng([seed, 21])
    kinds = generator.choice(np.array(Control), count, p=[0.15, 0.2, 0.1, 0.2, 0.2, 0.1, 0.05])
    sites = []
    for row, kind in enumerate(kinds):
        control, phases = Control(int(kind)), int(generator.choice([2, 3, 4], p=[0.4, 0.3, 0.3]))
        base = [float(g) for g in generator.integers(18, 42, phases)]
        turned = base[1:] + base[:1]
        hours = {Control.TOD: (0.0, 7.0, 9.5, 16.5), Control.SELECT: (0.0, 8.0 * phases, 12.0 * phases)}.get(control, (0.0,))
        plans = [Plan(k + 1, hour, base if k % 2 == 0 else turned) for k, hour in enumerate(hours)]
        sites.append(Site(
            f"{prefix}{row + 1:03d}", control, DECLARED[control], plans, [float(q) for q in generator.integers(120, 420, phases)],
            lanes=int(generator.choice([2, 4])), daily=True, platoons=float(generator.choice([0.0, 0.6])),
            offset=float(generator.choice([-1.0, 20.0])), terminations=bool(control == Control.ACTUATED and row % 2),
            recall=bool(generator.random() < 0.5), resolution=float(generator.choice([0.1, 1.0])), reports_state=True,
            lat=36.68 + 0.0036 * (row // 15), lon=117.53 + 0.0045 * (row % 15), grade=int(generator.choice([11, 12, 21, 13])),
            intersection_id=f"J{row + 1:03d}",
        ))  # fmt: skip
    return sites


def _uniform(seed: int, index: I64) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A number of [0, 1) for each index, the same however the indices are cut."""
    x = (index.astype(np.uint64) + np.uint64(seed * 0x9E3779B97F4A7C15 % 2**64)) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(31))) * np.uint64(0x94D049BB133111EB)
    return ((x ^ (x >> np.uint64(29))) >> np.uint64(11)).astype(np.float64) / 2.0**53


def _inventory(sites: Sequence[Site]) -> Inventory:
    """Devices, intersections, two approaches a phase, and detectors: channel 2 l + 1 advance, 2 l + 2 at the stop line of lane l.

    With `gat1049` a counter a lane instead, channel l + 1.
    """
    approaches: list[tuple[str, int, float]] = []
    detectors: list[tuple[int, int, int, str, int, float, int]] = []
    for row, site in enumerate(sites):
        for lane in range(site.phases * site.lanes):
            phase = lane // site.lanes
            side = lane % site.lanes * 2 // site.lanes
            name = f"{site.device_id}-{phase + 1}{'ab'[side]}"
            if not approaches or approaches[-1][0] != name:
                approaches.append((name, row, (90.0 * phase + 180.0 * side) % 360.0))
            pair = ((2 * lane + 1, 1, 60.0, site.advance), (2 * lane + 2, 2, 3.0, site.stopbar))
            for channel, kind, far, there in ((lane + 1, 0, 3.0, True),) if site.gat1049 else pair:
                if there:
                    detectors.append((row, channel, len(approaches) - 1, f"{name}-{lane % site.lanes + 1}", kind, far, phase + 1))
    return Inventory(
        device_ids=[site.device_id for site in sites],
        intersection_ids=[site.intersection_id or f"J_{site.device_id}" for site in sites],
        device=np.arange(len(sites), dtype=np.int32), grade=np.array([site.grade for site in sites], np.int8),
        declared_mode=np.array([int(site.declared_mode) for site in sites], np.int32),
        lat=np.array([site.lat for site in sites]), lon=np.array([site.lon for site in sites]),
        approach_ids=[name for name, _, _ in approaches],
        approach_intersection=np.array([row for _, row, _ in approaches], np.int32),
        approach_lat=np.array([sites[row].lat for _, row, _ in approaches]),
        approach_lon=np.array([sites[row].lon for _, row, _ in approaches]),
        approach_bearing=np.array([bearing for _, _, bearing in approaches]),
        detector_device=np.array([d[0] for d in detectors], np.int32), detector_channel=np.array([d[1] for d in detectors], np.int32),
        detector_approach=np.array([d[2] for d in detectors], np.int32), detector_lane=[d[3] for d in detectors],
        detector_type=np.array([DetectorType(d[4]) for d in detectors], np.uint8),
        detector_distance=np.array([d[5] for d in detectors], np.float64),
        detector_phase_start=np.arange(len(detectors) + 1, dtype=np.int32),
        detector_phase=np.array([d[6] for d in detectors], np.int32),
    )  # fmt: skip
