"""Verdicts beside the engine: controllers are weighed in turn over the window that a snapshot shows, and findings go back to it.

Each is weighed again every few minutes; after every turn the newest p-values of all are judged together, because the false discovery
rate is that of the whole district. It takes a share of the time of a thread, no more, whatever the number of controllers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

import numpy as np
import structlog

from server.signals.bins import HOUR, BinsView
from server.signals.engine_parameters import SignalParameters
from server.signals.inbox import SignalInbox
from server.signals.lane_counts import counts_by_device, no_counts
from server.signals.shown import SignalsShown
from server.signals.snapshot import SignalSnapshot
from server.signals.steady import Steady
from signals.codes import Code
from signals.detector_health import alive_shares, detector_health
from signals.finding import Finding
from signals.inventory import Inventory
from signals.kernels.columns import CountColumns
from signals.ladder import alive_as_seen, findings
from signals.measures_tables import chosen, join_tables
from signals.services import Record, record
from signals.verdict import Weighed, weigh
from signals.verdict_parameters import VerdictParameters

_LEAST = 60_000
"""ms of a window below which nothing can be said that is worth the work"""
_IDLE = 0.25
"""s between looks for a snapshot"""


class Judge:
    """Of one inventory; `offset` is ms east of UTC of the clock that schedules keep."""

    def __init__(self, inventory: Inventory, offset: int, parameters: SignalParameters) -> None:
        self._inventory, self._offset, self._parameters = inventory, offset // 1000, parameters
        self._verdicts = VerdictParameters()
        self._weighed: dict[int, Weighed] = {}
        self._told: dict[int, Finding] = {}
        self._steady = Steady()
        self._bins: BinsView | None = None
        self._health: dict[int, float | None] | None = None
        self._counts: dict[int, CountColumns] = {}
        """lane counts by controller, as they were when the round began"""
        self._by_counts: set[int] = set()
        """controllers that told no vehicle detection; of their detectors only the counts say who is alive"""
        self.effect: Callable[[], Mapping[int, bool | None]] = dict
        """by row: whether it is shown to be no worse than on comparable days without"""
        self._next = 0

    def weigh_next(self, snapshot: SignalSnapshot, count: int = 1) -> list[Finding]:
        """Weigh the next `count` controllers by their events up to now. → findings that say something new."""
        start, end = max(snapshot.window.since, snapshot.now - self._parameters.judge_window), snapshot.now
        devices = len(self._inventory.device_ids)
        if end - start < _LEAST:
            return []
        if self._next == 0 or not self._counts:
            self._counts = counts_by_device(snapshot.lane_counts, self._inventory)
        if self._next == 0 or self._health is None:
            self._look_after_detectors(snapshot, start)
        for _ in range(min(count, devices)):
            device, self._next = self._next, (self._next + 1) % devices
            self._weighed[device] = weigh(self._record(snapshot, device, start, end), self._verdicts, None, self._offset)
        health = self._health
        if health is not None:
            health = health | {device: alive_as_seen(self._weighed[device], self._verdicts) for device in self._by_counts}
        whole = findings(self._inventory, self._weighed, start, end, self._verdicts, health, self.effect())
        fresh = [one for one in map(self._steady.settle, filter(self._is_weighed, whole)) if self._is_news(one)]
        self._told.update((one.intersection, one) for one in fresh)
        return fresh

    def _record(self, snapshot: SignalSnapshot, device: int, start: int, end: int) -> Record:
        """A controller without vehicle detections but with lane counts is judged by these, over the longer window they need."""
        counts = self._counts.get(device, no_counts() if snapshot.lane_counts else None)
        if device in self._counts:
            longer = max(snapshot.window.since, snapshot.now - self._parameters.window)
            events = snapshot.window.of_device(device, longer, end)
            if not np.isin(events.code, (Code.DETECTOR_ON, Code.DETECTOR_OFF)).any():
                self._by_counts.add(device)
                return record(events, self._inventory, device, longer, end, self._verdicts, counts)
        return record(snapshot.window.of_device(device, start, end), self._inventory, device, start, end, self._verdicts, counts)

    @property
    def pause(self) -> float:
        """s between two controllers, so that each has its turn in time."""
        return self._parameters.judge_every / 1000 / max(1, len(self._inventory.device_ids))

    def _look_after_detectors(self, snapshot: SignalSnapshot, start: int) -> None:
        """Once a round: who is alive, by the closed bins of the window; without any bin yet, as each window shows itself."""
        if snapshot.bins is self._bins:
            return
        self._bins = snapshot.bins
        tables = join_tables([chosen(one, start, snapshot.now) for one in snapshot.bins.tables], HOUR)
        if len(tables.devices):
            found = detector_health(tables, self._inventory)
            self._health = alive_shares(found, len(self._inventory.device_ids), self._verdicts.alive_least)

    def _is_weighed(self, one: Finding) -> bool:
        """A controller not weighed yet tells nothing."""
        device = int(self._inventory.device[one.intersection])
        return device < 0 or device in self._weighed

    def _is_news(self, one: Finding) -> bool:
        """One without a controller tells its row once."""
        device = int(self._inventory.device[one.intersection])
        known = self._told.get(one.intersection)
        if known is None:
            return True
        same = (known.verdict, known.proved, known.possible, known.mode) == (one.verdict, one.proved, one.possible, one.mode)
        return not same or (device >= 0 and known.end != one.end)


class JudgeLoop:
    """Judges as long as the server runs; what comes of it goes into `inbox`."""

    def __init__(self, judge: Judge, inbox: SignalInbox, shown: SignalsShown, parameters: SignalParameters) -> None:
        self._judge, self._inbox, self._shown, self._share = judge, inbox, shown, parameters.judge_share
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Until cancelled. A controller that cannot be weighed is logged; the next has its turn."""
        while True:
            snapshot = self._shown.snapshot
            began = time.perf_counter()
            if snapshot is not None and snapshot.inventory.intersection_ids:
                try:
                    told = await asyncio.to_thread(self._judge.weigh_next, snapshot)
                    if told:
                        self._inbox.put_findings(told)
                except Exception:
                    self._log.exception("verdict_failed")
            spent = time.perf_counter() - began
            await asyncio.sleep(max(_IDLE if snapshot is None else self._judge.pause - spent, spent * (1 / self._share - 1)))
