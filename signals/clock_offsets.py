"""Offsets of controller clocks: how far a device's stamps lie from the time of receipt, and stamps put right by it.

A network only delays, and a log cut to whole seconds only shortens: the least of receipt − stamp over some minutes is the clock's
offset, plus the least delay, which nothing can tell from it (the minimum-delay filter of NTP, RFC 5905 §10). Clocks within `tolerance`
are left as they are. Unknown until enough was seen, and again after the clock was set (event 181), or a jump was seen without it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signals.codes import Code
from signals.kernels import clocks
from signals.kernels.columns import I32, I64, EventColumns


class ClockParameters(NamedTuple):
    """How offsets are found; times in ms."""

    bucket: int = 60_000
    """one least offset is kept for each minute of receipt: a busy detector gives dozens of stamps in it"""
    buckets: int = 60
    """kept: an hour, over which a drift of 20 ppm (a quartz) is 72 ms"""
    window: int = 10
    """newest buckets that the offset is the least of: long enough for a lull in delays, short enough for drift to be nothing"""
    least: int = 20
    """stamps to be seen before an offset is known"""
    confirming: int = 3
    """buckets in a row that must agree before a first offset, or a jump, is believed: one wild stamp, or a jam of a minute, is none"""
    tolerance: int = 2_000
    """offsets that differ by no more are one: stamps of 1 s and a second of delay (GA/T 1049.2 sends stamps of 1 s)"""
    most: int = 90_000_000
    """25 h: a stamp further from its receipt is of a log that waited, or of a clock without a date; 8 h are a time zone mistaken"""
    drift_span: int = 1_800_000
    """least time between the first and last bucket from which a drift is told; from stamps of 1 s it is good to some 100 ppm"""


class ClockReport(NamedTuple):
    """One device's clock. NaN: not known."""

    offset_ms: float
    """receipt − stamp without delay; positive: the clock is slow"""
    drift_ppm: float
    """how fast the offset grows"""
    applied_ms: int
    """what is added to its stamps"""
    seen: int
    """stamps since the last jump"""
    jumps: int
    """times its clock was set, or seen to jump"""


class ClockOffsets:
    """The clocks of all devices of an inventory. Deterministic: what it says depends on the batches and times of receipt alone."""

    def __init__(self, devices: int, parameters: ClockParameters | None = None) -> None:
        self._parameters = parameters or ClockParameters()
        self._least: I64 = np.zeros((devices, self._parameters.buckets), np.int64)
        self._bucket: I64 = np.full((devices, self._parameters.buckets), -1, np.int64)
        self._offset: NDArray[np.float64] = np.full(devices, np.nan)
        self._applied: I64 = np.zeros(devices, np.int64)
        self._seen: I64 = np.zeros(devices, np.int64)
        self._jumps: I64 = np.zeros(devices, np.int64)

    def put_right(self, events: EventColumns, received: int, stamped: NDArray[np.bool_] | None = None) -> EventColumns:
        """Learn from one batch received at `received` (epoch ms), in the order sent, and give it back with its stamps put right.

        stamped [n]: which times are the devices' own; others are neither learned from nor changed.
        """
        if not len(events.time):
            return events
        time = events.time.copy()
        own = np.ones(len(time), bool) if stamped is None else stamped
        segment = _times_set(events)
        for number in range(int(segment.max()) + 1):
            if number > 0:
                self._forget(np.unique(events.device[segment >= number]))
            rows = np.flatnonzero((segment == number) & own)
            if len(rows):
                self._learn(events.device, events.time, rows, received)
                time[rows] += self._applied[events.device[rows]]
        return events._replace(time=time)

    def report(self, device: int) -> ClockReport:
        """What is known of one device's clock."""
        return ClockReport(
            float(self._offset[device]),
            self._drift(device),
            int(self._applied[device]),
            int(self._seen[device]),
            int(self._jumps[device]),
        )

    def _learn(self, device: I32, time: I64, rows: I64, received: int) -> None:
        p = self._parameters
        bucket = received // p.bucket
        clocks.learn(device, time, rows, received, bucket, p.most, self._least, self._bucket, self._seen)
        clocks.estimate(
            np.unique(device[rows]), bucket, p.window, p.confirming, p.tolerance, p.least,
            self._least, self._bucket, self._seen, self._offset, self._applied, self._jumps,
        )  # fmt: skip

    def _forget(self, devices: I32) -> None:
        self._bucket[devices] = -1
        self._offset[devices] = np.nan
        self._applied[devices] = 0
        self._seen[devices] = 0
        self._jumps[devices] += 1

    def _drift(self, device: int) -> float:
        """Slope of the buckets' least offsets, NaN when they span too little."""
        held = self._bucket[device] > max(self._bucket[device].max() - self._parameters.buckets, -1)
        at = self._bucket[device, held].astype(np.float64) * self._parameters.bucket
        if np.isnan(self._offset[device]) or not len(at) or at.max() - at.min() < self._parameters.drift_span:
            return float("nan")
        offset = self._least[device, held].astype(np.float64)
        near = np.abs(offset - np.median(offset)) <= self._parameters.tolerance
        if near.sum() < self._parameters.confirming:
            return float("nan")
        at, offset = at[near] - at[near].mean(), offset[near] - offset[near].mean()
        spread = float((at * at).sum())
        return float((at * offset).sum() / spread * 1e6) if spread > 0.0 else float("nan")


def _times_set(events: EventColumns) -> Any:
    """[n] how often a row's device has said, up to this row, that its clock was set."""
    set_here = events.code == Code.CLOCK_UPDATED
    if not set_here.any():
        return np.zeros(len(events.code), np.int64)
    order = np.argsort(events.device, kind="stable")
    total = np.cumsum(set_here[order])
    device = events.device[order]
    first = np.searchsorted(device, device)
    before = total[first] - set_here[order][first]
    counts = np.empty(len(order), np.int64)
    counts[order] = total - before
    return counts
