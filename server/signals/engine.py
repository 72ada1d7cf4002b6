"""The signal engine: one writer, one step. Events, lane counts and verdicts in, an immutable SignalSnapshot out. Still pure.

What a controller shows is taken at once, whatever order its words come in. Measures wait for words out of order behind a watermark;
what comes later than that is counted and left to the window alone. Verdicts are made elsewhere, of the window that a snapshot shows,
and come back as input: so the same input gives the same snapshots.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from server.signals.bins import HOUR, Bins
from server.signals.controllers import Controllers
from server.signals.engine_parameters import SignalParameters
from server.signals.event_window import EventWindow
from server.signals.inbox import SignalInput
from server.signals.intake import screen
from server.signals.lane_counts import LaneCounts
from server.signals.snapshot import SignalSnapshot
from server.signals.volumes import DayVolumes, Volumes
from signals.clock_offsets import ClockOffsets
from signals.events import join_batches
from signals.finding import Finding
from signals.inventory import Inventory
from signals.kernels.columns import CountColumns, EventColumns
from signals.measures import Measures
from signals.measures_parameters import MeasureParameters
from signals.measures_tables import MeasureTables
from signals.state_history import StateHistory
from signals.state_history_file import state_history_to_bytes

_COUNT_DAYS = 7 * 86_400_000
"""ms; lane counts of a longer time ago are refused"""


class ToKeep(NamedTuple):
    """What outlives the process."""

    states: bytes | None
    """None: nothing was ever told"""
    volumes: list[DayVolumes]
    bins: list[tuple[int, MeasureTables]]
    """by hour, epoch ms"""


class SignalEngine:
    """Everything the signals of one inventory are doing, as far as they tell; `timezone` is the district's."""

    def __init__(
        self, inventory: Inventory, timezone: str, parameters: SignalParameters | None = None,
        history: StateHistory | None = None,
    ) -> None:  # fmt: skip
        self.inventory, self._parameters = inventory, parameters or SignalParameters()
        devices = len(inventory.device_ids)
        self._controllers = Controllers(devices, self._parameters)
        self._window = EventWindow(devices, self._parameters.most_events, self._parameters.chunk)
        self.measures = Measures(inventory, MeasureParameters(utc_offset=utc_offset(timezone)))
        self.bins = Bins(self.measures.parameters.bin, self._parameters.hours)
        self._pending: list[EventColumns] = []
        self.clocks = ClockOffsets(devices)
        self._lane_counts = LaneCounts()
        self.volumes = Volumes(inventory, timezone, self._parameters.volume_days)
        self.history = history or StateHistory()
        self._findings: list[Finding | None] = [None] * len(inventory.intersection_ids)
        self._flow, self._flow_at = self.volumes.flow(), 0
        self._of_device = _intersections(inventory)
        self._verdicts = 0
        self._steps, self._now, self._fed_at = 0, 0, 0
        self._counts = dict.fromkeys(("events", "future", "old", "counts", "counts_refused", "counts_twice"), 0)

    def step(self, now: int, given: SignalInput) -> SignalSnapshot:
        """Takes in `given` and publishes the picture of the instant `now` (epoch ms); time never goes back."""
        self._now = now = max(now, self._now)
        if not self._steps:
            self._window.begin(now)
        devices = {*self._take_events(now, given), *self._controllers.turn_to(now).tolist()}
        changed = {row for device in devices for row in self._of_device.get(device, ())}
        for counts in given.counts:
            self._take_counts(now, counts)
        changed |= self._take_findings(given.findings)
        measured: set[int] = set()
        if now - self._fed_at >= self._parameters.feed_every:
            measured = self._settle(now)
            self._fed_at = now
        self._steps += 1
        return self._snapshot(now, changed | measured, measured)

    def to_keep(self) -> ToKeep:
        """What has to be written, of which volumes and bins only what is new since this was last asked."""
        changed, self.volumes.changed = self.volumes.changed, set()
        volumes = [one for one in self.volumes.kept() if one.date in changed]
        states = state_history_to_bytes(self.history) if self.history.ids else None
        return ToKeep(states, volumes, self.bins.dirty())

    def keep_again(self, given: ToKeep) -> None:
        """It could not be written: it is handed out again."""
        self.volumes.changed.update(day.date for day in given.volumes)
        self.bins.again([hour for hour, _ in given.bins])

    def recall(
        self, now: int, bins: Callable[[int, int], MeasureTables], volumes: Callable[[Sequence[str], int], tuple[DayVolumes, ...]]
    ) -> None:
        """Go on from what was kept; `bins` gives those of a stretch (epoch ms), `volumes` those of approaches and newest days."""
        self.bins.begin(now)
        self.bins.recall(bins(self.bins.view().since, now + HOUR))
        self.volumes.recall(volumes(self.inventory.approach_ids, self._parameters.volume_days))
        self._flow = self.volumes.flow()

    def _take_events(self, now: int, given: SignalInput) -> Iterable[int]:
        """→ controllers whose picture changed."""
        if not given.deliveries:
            return ()
        told = [self.clocks.put_right(one.events, one.received, one.stamped) for one in given.deliveries]
        fresh = screen(join_batches(told), now, self._parameters)
        self._counts["future"] += fresh.future
        self._counts["old"] += fresh.old
        self._counts["events"] += len(fresh.events.time)
        self._window.add(fresh.events)
        self._pending.append(fresh.events)
        self.volumes.take_events(fresh.events)
        changed: list[int] = self._controllers.take(fresh.events).tolist()
        return changed

    def _take_counts(self, now: int, counts: CountColumns) -> None:
        kept = (counts.end <= now + self._parameters.ahead) & (counts.start >= now - _COUNT_DAYS)
        self._counts["counts"] += int(kept.sum())
        self._counts["counts_refused"] += int((~kept).sum())
        chosen = CountColumns._make(None if column is None else column[kept] for column in counts)
        fresh = self.volumes.take_counts(chosen)
        self._counts["counts_twice"] += int((~fresh).sum())
        self._lane_counts.add(CountColumns._make(None if column is None else column[fresh] for column in chosen))

    def _take_findings(self, findings: Sequence[Finding]) -> set[int]:
        """→ intersections judged anew."""
        changed = set()
        for one in findings:
            self._findings[one.intersection] = one
            changed.add(one.intersection)
        self._verdicts += len(findings)
        self.history.record(tuple(findings), self.inventory.intersection_ids)
        return changed

    def _settle(self, now: int) -> set[int]:
        """Hand what is settled to the measures. → intersections with new bins."""
        self._window.forget(now - self._parameters.window)
        self._lane_counts.forget(now - self._parameters.window)
        pending, self._pending = self._pending, []
        self.measures.feed(join_batches(pending), now - self._parameters.hold)
        if now - self._flow_at >= self._parameters.flow_every:
            self._flow, self._flow_at = self.volumes.flow(), now
        return self._take_bins(now)

    def _take_bins(self, now: int) -> set[int]:
        """→ intersections with new bins."""
        self.bins.forget(now)
        closed = self.measures.take()
        if not self.bins.add(closed):
            return set()
        devices = np.unique(np.concatenate([rows["device"] for rows in closed])).tolist()
        return {row for device in devices for row in self._of_device.get(device, ())}

    def finish(self) -> None:
        """The last step was done: bins that are open are closed as they stand."""
        self.measures.finish()
        self.bins.add(self.measures.take())

    def _snapshot(self, now: int, changed: set[int], measured: set[int]) -> SignalSnapshot:
        return SignalSnapshot(
            number=self._steps, now=now, inventory=self.inventory, controllers=tuple(self._controllers.now),
            findings=tuple(self._findings), window=self._window.view(), bins=self.bins.view(), states=self.history.view(),
            lane_counts=self._lane_counts.view(),
            counts={**self._counts, **self.measures.refused}, online=self._controllers.online,
            verdicts=self._verdicts, flow=self._flow,
            changed=tuple(sorted(changed)), measured=tuple(sorted(measured)),
        )  # fmt: skip


def _intersections(inventory: Inventory) -> dict[int, tuple[int, ...]]:
    """Rows of the intersections that each controller holds."""
    found: dict[int, tuple[int, ...]] = {}
    for row, device in enumerate(inventory.device.tolist()):
        if device >= 0:
            found[device] = (*found.get(device, ()), row)
    return found


def utc_offset(timezone: str) -> int:
    """ms east of UTC that times of day of the measures are counted by: the zone's standard time, all year."""
    winter = datetime.datetime(2026, 1, 1, tzinfo=ZoneInfo(timezone))
    return int(((winter.utcoffset() or datetime.timedelta()) - (winter.dst() or datetime.timedelta())).total_seconds() * 1000)
