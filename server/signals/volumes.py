"""Vehicles by approach and quarter hour, kept by local day: from lane counts, and from detectors where events are all there is.

A quarter hour in which nothing was heard of an approach is NaN; one in which its controller spoke and no vehicle came is 0. Of an
approach with advance detectors only these count, and of one that sends lane counts only those, so that no vehicle counts twice.
"""

from __future__ import annotations

import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from signals.codes import Code
from signals.inventory import Inventory
from signals.kernels.columns import F64, I32, I64, CountColumns, EventColumns
from signals.model import DetectorType
from transit.service_day import local_date, service_day_start

BINS = 96
"""quarter hours of a day; the 25th hour of an autumn day falls to the last"""
_QUARTER = 900_000
_CHANNELS = 1 << 16


class DayVolumes(NamedTuple):
    """One local day."""

    date: int
    """proleptic ordinal"""
    volume: F64
    """[A, 96] vehicles; NaN unknown"""


class Volumes:
    """Of one inventory, in one time zone; keeps the newest `days`."""

    def __init__(self, inventory: Inventory, timezone: str, days: int) -> None:
        self._count, self._timezone, self._keep = len(inventory.approach_ids), timezone, days
        self._key, self._approach = _counting_detectors(inventory)
        spoken_for = np.unique(self._approach)
        self._device_of = np.full(self._count, -1, np.int32)
        self._device_of[self._approach] = (self._key // _CHANNELS).astype(np.int32)
        self._spoken_for = spoken_for
        self._by_lane = np.zeros(self._count, np.bool_)
        """[A] sends lane counts"""
        self._told: dict[int, I64] = {}
        """approach, lane and begin of the counts taken in, by quarter hour"""
        self.days: dict[int, F64] = {}
        self.changed: set[int] = set()
        """dates with something new since this was last emptied"""

    def take_events(self, events: EventColumns) -> None:
        """Count detector-on events in."""
        if not len(events.time) or not len(self._key):
            return
        quarter = events.time // _QUARTER
        for one in np.unique(quarter).tolist():
            rows = quarter == one
            day, slot = self._place(one * _QUARTER)
            column = self._day(day)[:, slot]
            heard = np.zeros(max(int(self._device_of.max()), int(events.device.max())) + 1, np.bool_)
            heard[events.device[rows]] = True
            mine = self._spoken_for[heard[self._device_of[self._spoken_for]] & ~self._by_lane[self._spoken_for]]
            column[mine] = np.nan_to_num(column[mine])
            on = rows & (events.code == Code.DETECTOR_ON)
            approach = self._approach_of(events.device[on], events.parameter[on])
            np.add.at(column, approach[~self._by_lane[approach]], 1.0)

    def take_counts(self, counts: CountColumns) -> NDArray[np.bool_]:
        """Add lane counts: an interval falls to the quarter hour it begins in. → [n] not told before: of one approach, lane and
        begin the first counts, as far as the newest day and this process remember.
        """
        fresh = self._untold(counts)
        known = fresh & np.isfinite(counts.volume) & (counts.approach >= 0) & (counts.approach < self._count)
        self._by_lane[counts.approach[known]] = True
        quarter = counts.start // _QUARTER
        for one in np.unique(quarter[known]).tolist():
            rows = known & (quarter == one)
            day, slot = self._place(one * _QUARTER)
            column = self._day(day)[:, slot]
            approaches = counts.approach[rows]
            column[approaches] = np.nan_to_num(column[approaches])
            np.add.at(column, approaches, counts.volume[rows])
        return fresh

    def _untold(self, counts: CountColumns) -> NDArray[np.bool_]:
        """[n] not told before; unknown volumes tell nothing."""
        lane = np.zeros(len(counts.start), np.int64) if counts.lane is None else counts.lane.astype(np.int64)
        within = counts.start % _QUARTER // 1000
        key = (counts.approach.astype(np.int64) << 42) | ((lane & 0xFFFFFFFF) << 10) | within
        quarter, fresh = counts.start // _QUARTER, np.ones(len(key), np.bool_)
        told = np.isfinite(counts.volume)
        for one in np.unique(quarter[told]).tolist():
            rows = np.flatnonzero(told & (quarter == one))
            before = self._told.get(one, np.zeros(0, np.int64))
            keys, first = np.unique(key[rows], return_index=True)
            new = ~np.isin(keys, before)
            fresh[rows] = False
            fresh[rows[first[new]]] = True
            self._told[one] = np.concatenate((before, keys[new]))
        for old in sorted(self._told)[:-BINS]:
            del self._told[old]
        return fresh

    def recall(self, days: tuple[DayVolumes, ...]) -> None:
        """Go on from what was kept."""
        for one in days:
            if one.volume.shape == (self._count, BINS):
                self.days[one.date] = one.volume.copy()

    def kept(self) -> tuple[DayVolumes, ...]:
        """Copies, oldest first."""
        return tuple(DayVolumes(date, self.days[date].copy()) for date in sorted(self.days))

    def flow(self) -> F64:
        """[A] vehicles/h, the mean over the known quarter hours of the newest two days; NaN where none is known."""
        newest = [self.days[date] for date in sorted(self.days)[-2:]]
        whole = np.concatenate(newest, axis=1) if newest else np.zeros((self._count, 0))
        known = np.isfinite(whole).sum(axis=1)
        return np.where(known > 0, 4.0 * np.nansum(whole, axis=1) / np.maximum(known, 1), np.nan)

    def _approach_of(self, device: I32, channel: I32) -> I64:
        key = device.astype(np.int64) * _CHANNELS + channel
        at = np.minimum(np.searchsorted(self._key, key), len(self._key) - 1)
        approaches: I64 = self._approach[at[self._key[at] == key]].astype(np.int64)
        return approaches

    def _place(self, time: int) -> tuple[int, int]:
        """(date, slot) of an instant, epoch ms."""
        date = local_date(time / 1000, self._timezone)
        start = int(service_day_start(date, self._timezone) * 1000)
        return date.toordinal(), min(max((time - start) // _QUARTER, 0), BINS - 1)

    def _day(self, date: int) -> F64:
        held = self.days.get(date)
        if held is None:
            held = self.days[date] = np.full((self._count, BINS), np.nan)
            for old in sorted(self.days)[: -self._keep]:
                del self.days[old]
        self.changed.add(date)
        return held


def date_of(ordinal: int) -> datetime.date:
    """The calendar date."""
    return datetime.date.fromordinal(ordinal)


def _counting_detectors(inventory: Inventory) -> tuple[I64, I32]:
    """([C] device and channel in one number, rising; [C] approach) of the detectors that count vehicles."""
    known = (inventory.detector_approach >= 0) & (inventory.detector_device >= 0) & (inventory.detector_channel >= 0)
    advance = known & (inventory.detector_type == DetectorType.ADVANCE)
    has_advance = np.zeros(len(inventory.approach_ids) + 1, np.bool_)
    has_advance[inventory.detector_approach[advance]] = True
    rows = np.flatnonzero(advance | (known & ~has_advance[inventory.detector_approach]))
    key = inventory.detector_device[rows].astype(np.int64) * _CHANNELS + inventory.detector_channel[rows]
    order = np.argsort(key, kind="stable")
    return key[order], inventory.detector_approach[rows][order]
