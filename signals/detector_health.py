"""Detector health out of the measures' channel rows: a state for each channel, with the reasons by name.

Faults are the controller's own (codes 83–88); the rest follows from counts beside those of neighbours: the other detectors of the
same kind at the same controller. A road may be empty: where neighbours count little, silence says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from signals.inventory import Inventory
from signals.kernels.columns import F64, I64
from signals.kernels.measures_columns import Rows
from signals.measures_parameters import HealthParameters
from signals.measures_tables import MeasureTables

FAULTS = {
    "other_faults": "other_fault", "watchdog_faults": "watchdog", "open_loop_faults": "open_loop", "shorted_faults": "shorted",
    "excessive_faults": "excessive_change",
}  # fmt: skip
"""channel-row columns of the controller's fault codes 84–88, and the reasons they give"""


class DetectorState(IntEnum):
    """How far a detector can be believed."""

    UNKNOWN = 0
    """its device was not observed, or the road may have been empty"""
    ALIVE = 1
    SUSPECT = 2
    """its counts do not fit its neighbours'"""
    FAILED = 3
    """the controller says so, or it is stuck, or it says nothing where its neighbours count"""

    @property
    def word(self) -> str:
        """The wire word."""
        return self.name.lower()


@dataclass(frozen=True)
class DetectorHealth:
    """One channel over all rows given."""

    device: int
    """row in the inventory"""
    channel: int
    detector: int
    """row in the inventory"""
    state: DetectorState
    reasons: tuple[str, ...]
    """of: the words of `FAULTS`, stuck_on, silent, few_hits, chatter, no_data, empty_road; none when alive"""
    hits: int
    neighbour_hits: float
    """mean hits of its neighbours; NaN: it has none"""
    occupancy: float
    """share of the time in which its state was known that it was on; NaN unknown"""
    longest_on_s: float


def detector_health(tables: MeasureTables, inventory: Inventory, parameters: HealthParameters | None = None) -> list[DetectorHealth]:
    """Every detector of the inventory over the bins in `tables` (a few hours at least); a detector without rows is unknown."""
    q = parameters or HealthParameters()
    sums = _by_detector(tables.channels, inventory)
    observed = np.zeros(len(inventory.device_ids), np.int64)
    np.add.at(observed, tables.devices["device"], tables.devices["observed_ms"])
    neighbours = _neighbour_hits(inventory, sums["hits"])
    return [_judge(k, inventory, sums, observed, float(neighbours[k]), q) for k in range(len(inventory.detector_device))]


def _judge(k: int, inventory: Inventory, sums: dict[str, I64], observed: I64, neighbours: float, q: HealthParameters) -> DetectorHealth:
    device, hits, known = int(inventory.detector_device[k]), int(sums["hits"][k]), int(sums["known_ms"][k])
    watched = int(observed[device]) if device >= 0 else 0
    failed = [word for column, word in FAULTS.items() if sums[column][k] > 0]
    if failed and sums["faulty_ms"][k] == 0 and sums["restored"][k] > 0:
        failed = []  # a fault that was over within the same moment
    if sums["longest_on"][k] >= q.stuck_on:
        failed.append("stuck_on")
    if hits == 0 and neighbours >= q.neighbour_hits:
        failed.append("silent")
    suspect = ["few_hits"] if 0 < hits < q.few_share * neighbours and neighbours >= q.neighbour_hits else []
    if watched and 1000.0 * hits / watched > q.chatter_hits:
        suspect.append("chatter")
    if not watched:
        state, reasons = DetectorState.UNKNOWN, ["no_data"]
    elif failed:
        state, reasons = DetectorState.FAILED, failed + suspect
    elif suspect:
        state, reasons = DetectorState.SUSPECT, suspect
    elif hits == 0 and known == 0:
        state, reasons = DetectorState.UNKNOWN, ["empty_road"]
    else:
        state, reasons = DetectorState.ALIVE, []
    return DetectorHealth(
        device, int(inventory.detector_channel[k]), k, state, tuple(reasons), hits, neighbours,
        int(sums["on_ms"][k]) / known if known else float("nan"), int(sums["longest_on"][k]) / 1000.0,
    )  # fmt: skip


def _by_detector(rows: Rows, inventory: Inventory) -> dict[str, I64]:
    """Each column of the channel rows, [K], summed over bins; the longest time on is the longest of all."""
    index = {(int(d), int(c)): k for k, (d, c) in enumerate(zip(inventory.detector_device, inventory.detector_channel))}
    at = np.array([index.get((d, c), -1) for d, c in zip(rows["device"].tolist(), rows["channel"].tolist())], np.int64)
    found = {}
    for name in rows.dtype.names or ():
        column = np.zeros(len(inventory.detector_device), np.int64)
        join = np.maximum if name == "longest_on" else np.add
        join.at(column, at[at >= 0], rows[name][at >= 0].astype(np.int64))
        found[name] = column
    return found


def _neighbour_hits(inventory: Inventory, hits: I64) -> F64:
    """[K] mean hits of the other detectors of the same type at the same device; NaN without any."""
    kinds = inventory.detector_device.astype(np.int64) * 256 + inventory.detector_type
    _, kind, number = np.unique(kinds, return_inverse=True, return_counts=True)
    total = np.bincount(kind, weights=hits, minlength=len(number))
    others = number[kind] - 1
    means: F64 = np.where(others > 0, (total[kind] - hits) / np.maximum(others, 1), np.nan)
    return means


def alive_shares(found: Iterable[DetectorHealth], devices: int, least: float) -> dict[int, float | None]:
    """Share of each device's detectors that are alive, [0, `devices`); None: unknown, also without a detector.

    A detector of unknown state counts as what does not help: the share is told where it lies on one side of `least` either way.
    """
    counts = np.zeros((devices, 3), np.int64)  # all, alive, unknown
    for one in found:
        if 0 <= one.device < devices:
            counts[one.device] += (1, one.state == DetectorState.ALIVE, one.state == DetectorState.UNKNOWN)
    shares: dict[int, float | None] = {}
    for device, (whole, alive, unknown) in enumerate(counts.tolist()):
        low, high = (alive / whole, (alive + unknown) / whole) if whole else (0.0, 1.0)
        shares[device] = low if low >= least else high if high < least else None
    return shares
