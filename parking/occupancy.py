"""How many vehicles are inside, zone by zone: what gates and check-ins add up to, beside what sensors and operators report.

Both counts are kept. The published one is the derived count, drawn to the truth by three rules, each counted:
reset     a report sets it, and passages after the report's own time go on from there; how far it was off is the drift
night     a zone that no report corrects is shifted so that its lowest count of a day is the usual low of its nights
clamp     it never falls below 0, nor rises above the capacity by more than `excess`
Unknown when neither was heard of lately. All memory is fixed by the number of zones; times are epoch s, only one thread may write.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from parking.model import SpaceKind

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
NEITHER, DERIVED, REPORTED, BOTH, PARTS = range(5)
"""where a count comes from; PARTS: the sum of the lot's zones"""
RECENT = 32
"""newest passages of a zone that are remembered, for reports that speak of a time before them"""


class OccupancyParameters(NamedTuple):
    """Seconds and shares."""

    slot_s: int = 300
    """of the history"""
    kept: int = 288
    """slots of history: a day"""
    report_fresh_s: int = 900
    """a sensor or an operator that was silent for longer says nothing of now; the usual interval is 5 minutes at most"""
    gate_fresh_s: int = 14_400
    """the same of barriers that send no heartbeat: a quiet night has hours without a passage"""
    excess: float = 0.05
    """of the capacity: vehicles beside the marked stalls are real, more of them are errors of counting"""
    night_step: float = 0.2
    """of the way that the usual low of the nights goes to each new one: a week or so is remembered"""
    drift_memory: float = 20.0
    """resets after which a drift counts 1/e"""


class Zone(NamedTuple):
    """What is counted by itself: a lot (`kind` None, `id` the lot's), or a part of it."""

    id: str
    lot_id: str
    capacity: int
    kind: SpaceKind | None = None
    night: float = np.nan
    """vehicles that usually stay overnight at the lowest; NaN: not known yet, learned where reports come"""


class Picture(NamedTuple):
    """[Z] at one time; NaN where unknown."""

    occupied: F64
    free: F64
    """capacity − occupied − reserved and not there yet, at least 0"""
    source: NDArray[np.int8]
    """NEITHER … PARTS"""
    age: F64
    """s since the newest word of it"""
    derived: F64
    reported: F64
    """as last said, however old"""
    uncertainty: F64
    """vehicles that the derived count may have drifted by since it was last set right, as it used to; NaN: never seen"""


class SlotColumns(NamedTuple):
    """[Z] of a slot that has ended; what `parking.forecast.Forecaster.observe` takes. NaN: unknown."""

    level: F64
    arrivals: F64
    departures: F64


class Occupancy:
    """Counts of Z zones."""

    def __init__(self, zones: Sequence[Zone], par: OccupancyParameters | None = None) -> None:
        self.par, self.zones = par or OccupancyParameters(), list(zones)
        self.rows = {zone.id: k for k, zone in enumerate(zones)}
        count = len(self.zones)
        self.capacity: F64 = np.array([zone.capacity for zone in zones], np.float64)
        self.most: F64 = np.ceil(self.capacity * (1.0 + self.par.excess))
        self.night: F64 = np.array([zone.night for zone in zones], np.float64)
        self._parent = np.array([self.rows.get(zone.lot_id, k) for k, zone in enumerate(zones)], np.intp)
        self._net: F64 = np.zeros(count)  # passages added up
        self._base: F64 = np.full(count, np.nan)  # derived = base + net
        self._set: F64 = np.full(count, -np.inf)  # when the derived count was last set right
        self._heard: F64 = np.full(count, -np.inf)
        self._reported: F64 = np.full(count, np.nan)
        self._reported_at: F64 = np.full(count, -np.inf)
        self._counted_at: F64 = np.full(count, -np.inf)
        self._low: F64 = np.zeros(count)  # lowest net since the last night was closed
        self._low_told: F64 = np.full(count, np.inf)  # lowest report since then
        self._drift: F64 = np.full(count, np.nan)  # vehicles an hour, root of mean square
        self._recent: F64 = np.zeros((count, RECENT, 2))
        self._recent_at = np.zeros(count, np.intp)
        self._came: F64 = np.zeros((2, count))  # in the running slot
        self._closed = -np.inf
        self._last: F64 = np.full(count, np.nan)
        self.history: F32 = np.full((self.par.kept, count), np.nan, np.float32)
        """ring of levels; `newest_slot` tells which row is newest"""
        self.newest_slot = -1
        self.counted = dict.fromkeys(
            ("passages", "late_passages", "reports", "old_reports", "impossible_reports", "below_zero", "above_capacity", "nights"), 0
        )

    def passed(self, zone_id: str, steps: Iterable[tuple[int, int]]) -> None:
        """(true time, ±1) of vehicles that came and left. What lies before the last report or count is in it already. Raises
        KeyError."""
        z = self.rows[zone_id]
        for at, step in steps:
            self.counted["passages"] += 1
            self._heard[z] = max(self._heard[z], at)
            if at > self._closed - self.par.slot_s:  # what a barrier tells hours late is no rush of now
                self._came[0 if step > 0 else 1, z] += abs(step)
            if at <= max(self._reported_at[z], self._counted_at[z]):
                self.counted["late_passages"] += 1
                continue
            self._recent[z, self._recent_at[z]] = at, step
            self._recent_at[z] = (self._recent_at[z] + 1) % RECENT
            self._net[z] += step
            self._clamp(z)
            self._low[z] = min(self._low[z], self._net[z])

    def heartbeat(self, zone_id: str, at: int) -> None:
        """Its barriers are alive. Raises KeyError."""
        z = self.rows[zone_id]
        self._heard[z] = max(self._heard[z], at)

    def anchor(self, zone_id: str, occupied: float, at: int) -> None:
        """Sets the derived count: what stays known after a start. Raises KeyError."""
        z = self.rows[zone_id]
        self._base[z] = occupied - self._net[z]
        self._set[z] = self._heard[z] = at
        self._low[z] = self._net[z]

    def count(self, zone_id: str, occupied: float, at: int) -> None:
        """What people counted at `at`: the derived count goes on from there, as a report sets it, but it is no report. Raises
        KeyError."""
        z = self.rows[zone_id]
        if at < max(self._counted_at[z], self._reported_at[z]):
            return
        after = self._after(z, at)
        self._learn_drift(z, self._base[z] + self._net[z] - after - occupied, at)
        self._base[z] = occupied + after - self._net[z]
        self._set[z] = self._counted_at[z] = at
        self._heard[z] = max(self._heard[z], at)
        self._low[z] = self._net[z]
        self._clamp(z)

    def report(self, zone_id: str, occupied: float, at: int) -> None:
        """What a sensor or an operator says of time `at`; older words than the newest are left out. Raises KeyError."""
        z = self.rows[zone_id]
        self.counted["reports"] += 1
        if at < self._reported_at[z] or not np.isfinite(occupied):
            self.counted["old_reports" if np.isfinite(occupied) else "impossible_reports"] += 1
            return
        if not 0 <= occupied <= self.most[z]:
            self.counted["impossible_reports"] += 1
            occupied = min(max(occupied, 0.0), self.most[z])
        after = self._after(z, at)
        self._learn_drift(z, self._base[z] + self._net[z] - after - occupied, at)
        self._base[z] = occupied + after - self._net[z]
        self._low_told[z] = min(self._low_told[z], occupied)
        self._reported[z], self._reported_at[z], self._set[z] = occupied, at, at
        self._clamp(z)

    def derived_all(self) -> F64:
        """[Z] vehicles inside by the passages; NaN: unknown."""
        return self._base + self._net

    def told(self, zone_id: str) -> tuple[float, float]:
        """When a report and when people counted it last; −inf: never. Raises KeyError."""
        z = self.rows[zone_id]
        return float(self._reported_at[z]), float(self._counted_at[z])

    def close_night(self, now: int) -> None:
        """Once a day, after the night: learns how low reported zones fall, and draws the others to the low of their nights."""
        low, reported = self._low_told, np.isfinite(self._low_told)
        before = np.where(np.isnan(self.night), low, self.night)[reported]
        self.night[reported] = before + self.par.night_step * (low[reported] - before)
        drawn = ~reported & np.isfinite(self.night) & (now - self._heard <= 86_400)
        self._base[drawn] = (self.night - self._low)[drawn]
        self._set[drawn] = now
        self.counted["nights"] += int(drawn.sum())
        self._low = self._net.copy()
        self._low_told[:] = np.inf

    def close_slot(self, end: int) -> SlotColumns:
        """Once every slot: its level, and what came and left (of zones without live barriers: the change of the level)."""
        level = self.picture(end).occupied
        gates = end - self._heard <= self.par.gate_fresh_s
        change = level - self._last
        came = np.where(gates, self._came[0], np.maximum(change, 0.0))
        left = np.where(gates, self._came[1], np.maximum(-change, 0.0))
        self.newest_slot = (self.newest_slot + 1) % self.par.kept
        self.history[self.newest_slot] = level
        self._closed = end
        self._last, self._came = level, np.zeros_like(self._came)
        return SlotColumns(level, came, left)

    def levels(self) -> F32:
        """[kept, Z] of the last slots, oldest first; NaN: unknown or before the start."""
        return np.roll(self.history, -1 - self.newest_slot, axis=0)

    def picture(self, now: int, awaited: F64 | None = None) -> Picture:
        """All zones at `now`. `awaited` [Z]: reserved for now, and not there yet (`parking.availability.awaited`)."""
        derived = self.derived_all()
        gates = (now - self._heard <= self.par.gate_fresh_s) & np.isfinite(derived)
        told = now - self._reported_at <= self.par.report_fresh_s
        occupied = np.where(gates | told, derived, np.nan)
        source = (gates * DERIVED + told * REPORTED).astype(np.int8)
        age = now - np.maximum(np.where(gates, self._heard, -np.inf), self._reported_at)
        self._add_parts(occupied, source, age)
        taken = np.zeros(len(derived)) if awaited is None else awaited
        free = np.maximum(self.capacity - np.maximum(occupied, 0.0) - taken, 0.0)
        uncertainty = self._drift * np.sqrt(np.maximum(now - self._set, 0.0) / 3600.0)
        uncertainty[np.isinf(self._set)] = np.nan
        return Picture(occupied, free, source, age, derived, self._reported.copy(), uncertainty)

    def _add_parts(self, occupied: F64, source: NDArray[np.int8], age: F64) -> None:
        """A lot of which nothing is known, but of all its zones, is their sum."""
        own = np.arange(len(occupied)) == self._parent
        parts, total, oldest = np.zeros(len(occupied)), np.zeros(len(occupied)), np.full(len(occupied), -np.inf)
        np.add.at(parts, self._parent[~own], 1.0)
        np.add.at(total, self._parent[~own], occupied[~own])
        np.maximum.at(oldest, self._parent[~own], age[~own])
        summed = own & (source == NEITHER) & (parts > 0.0) & np.isfinite(total)
        occupied[summed], source[summed], age[summed] = total[summed], PARTS, oldest[summed]

    def _learn_drift(self, z: int, off: float, at: int) -> None:
        hours = (at - self._set[z]) / 3600.0
        if not (np.isfinite(off) and np.isfinite(hours) and hours > 0.0):
            return
        square, kept = off * off / hours, np.exp(-1.0 / self.par.drift_memory)
        before = self._drift[z] ** 2
        self._drift[z] = np.sqrt(square if np.isnan(before) else kept * before + (1.0 - kept) * square)

    def _after(self, z: int, at: int) -> float:
        """What the newest passages later than `at` add up to."""
        return float(self._recent[z, self._recent[z, :, 0] > at, 1].sum())

    def _clamp(self, z: int) -> None:
        derived = self._base[z] + self._net[z]
        if derived < 0.0:
            self.counted["below_zero"] += 1
            self._base[z] -= derived
        elif derived > self.most[z]:
            self.counted["above_capacity"] += 1
            self._base[z] -= derived - self.most[z]
