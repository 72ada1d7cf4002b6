"""Scores the engine while it runs: samples what is published once a minute, and pairs it with the engine's own stop events.

The truth is the engine's own detection of stops, known to within each event's uncertainty; whoever shows figures says so. First
stops are left out on both sides: buses wait there, and when they came tells riders nothing. Baselines are told the same stop
events and asked at the same instants, in the thread that settles.
"""

from __future__ import annotations

import asyncio
import datetime
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import structlog

from server.accuracy_state import NAME, Numbering, load_state, save_state
from server.accuracy_store import AccuracyStore
from server.errors import ServerError
from transit.accuracy_live import LiveScores
from transit.accuracy_report import Score, report
from transit.accuracy_tables import ArrivalTable, Codes, PredictionTable, service_dates
from transit.accuracy_tally import Tally
from transit.baselines import Baselines
from transit.kernels.columns import F64, I32, ArrivalColumns, EventColumns, Records
from transit.model import Source
from transit.network import Network
from transit.snapshot import Snapshot

OURS = "baimai"
SETTLE_EVERY, SAVE_EVERY = 60.0, 300.0
"""s between two settlings, and between two writings: what a crash loses at most"""
_BUSY = 20.0
"""a settling takes at most one part in so many of the time"""
_UNWATCHED = 180.0
"""s after a restart within which buses are not found yet"""
_CLOSED_AFTER = 18_000.0
"""s into the next service day when nothing of the one before can be open any more"""


class Heard(NamedTuple):
    """What the baselines are told of a snapshot."""

    events: EventColumns
    now: float
    fleet: Records | None
    """where they are asked for predictions"""
    vehicles: I32
    """[V] codes"""


class AccuracyCollector:
    """One engine's. `observe` is called by the loop of the engine with each snapshot; `run` does the work, in a thread."""

    def __init__(
        self, network: Network, store: AccuracyStore, clock: Callable[[], float], baselines: Baselines | None = None
    ) -> None:
        self.store, self._network, self._clock = store, network, clock
        self._baselines = baselines
        self._heard: list[Heard] = []
        self.ids = Numbering(Codes(network.route_ids), Codes(network.stop_ids))
        self.scores = LiveScores(network.timezone)
        self._samples: list[tuple[str, PredictionTable]] = []
        self._events: list[ArrivalTable] = []
        self._vehicles: I32 = np.zeros(0, np.int32)
        first = np.zeros(len(network.patterns.stop), bool)
        first[network.patterns.stop_start[:-1]] = True
        self._first_stop = first
        self._due = -np.inf
        self._lock = threading.Lock()
        self._log = structlog.get_logger()
        self.settled_at = float("nan")
        """epoch s of the newest settling"""
        self._reports: dict[int, tuple[Mapping[str, Tally], dict[str, Score]]] = {}

    def observe(self, snapshot: Snapshot) -> None:
        """Keep the stop events of a snapshot, and once a minute what it predicts."""
        vehicles = self._codes(snapshot)
        if len(snapshot.events.vehicle):
            self._events.append(self._arrivals(snapshot.events, vehicles))
        if snapshot.now >= self._due:
            every = self.scores.live.every
            self._due = (snapshot.now // every + 1) * every
            self._samples.append((OURS, self._predictions(snapshot.arrivals, snapshot.now, vehicles)))
            self._heard.append(Heard(snapshot.events, snapshot.now, snapshot.vehicles, vehicles))
        elif len(snapshot.events.vehicle):
            self._heard.append(Heard(snapshot.events, snapshot.now, None, vehicles))

    async def run(self) -> None:
        """Until cancelled: settle every minute, write every five. The last thing is a write."""
        await asyncio.to_thread(self.load)
        saved = time.monotonic()
        pause = SETTLE_EVERY
        try:
            while True:
                await asyncio.sleep(pause)
                began = time.monotonic()
                await asyncio.to_thread(self.settle)
                if time.monotonic() - saved >= SAVE_EVERY:
                    await asyncio.to_thread(self.save)
                    saved = time.monotonic()
                pause = max(SETTLE_EVERY, _BUSY * (time.monotonic() - began))
        finally:
            self.settle()
            self.save()

    def load(self) -> None:
        """Go on where the process before stopped. What cannot be read is logged and left behind."""
        with self._lock:
            now = self._clock()
            path = self.store.directory / NAME
            try:
                dropped = load_state(path, self.scores, self.ids, self._network.version, now + _UNWATCHED)
                if dropped:
                    self._log.info("accuracy_samples_dropped", samples=dropped)
            except ServerError as wrong:
                self._log.warning("accuracy_state_lost", reason=str(wrong))
            for date in np.unique(service_dates(np.array([now - _CLOSED_AFTER, now]), self._network.timezone)).tolist():
                if date not in self.scores.days:
                    self._reopen(date)

    def settle(self) -> None:
        """Turn what is decided by now into sums."""
        with self._lock:
            samples, self._samples = self._samples + self._rival_samples(), []
            events, self._events = self._events, []
            self.scores.add(samples, events)
            now = self._clock()
            self.scores.settle(now)
            self.settled_at = now

    def _rival_samples(self) -> list[tuple[str, PredictionTable]]:
        """What the baselines say at each sampled instant, after the stop events up to it."""
        heard, self._heard = self._heard, []
        samples: list[tuple[str, PredictionTable]] = []
        if self._baselines is None:
            return samples
        for one in heard:
            self._baselines.observe(one.events)
            if one.fleet is not None:
                told = self._baselines.predict(one.fleet, one.now)
                samples += [(name, self._predictions(calls, one.now, one.vehicles)) for name, calls in told.items()]
        return samples

    def save(self) -> None:
        """Write the state, then the files of the open days; close days that are over.

        In this order: what a crash leaves between the two is made good by the state, which is the newer.
        """
        with self._lock:
            try:
                if self.scores.days or self.scores.waiting:
                    path = self.store.directory / NAME
                    save_state(path, self.scores, self.ids, self._network.version, self._clock())
                for date, tallies in self.scores.days.items():
                    self.store.write(datetime.date.fromordinal(date), tallies, self.ids.routes, self.ids.stops)
                closed = int(service_dates(np.array([self._clock() - _CLOSED_AFTER]), self._network.timezone)[0])
                self.scores.days = {date: tallies for date, tallies in self.scores.days.items() if date >= closed}
            except OSError as wrong:
                self._log.error("accuracy_not_written", reason=str(wrong))

    def today(self) -> datetime.date:
        """The service date of now."""
        return datetime.date.fromordinal(int(service_dates(np.array([self._clock()]), self._network.timezone)[0]))

    def running(self, date: datetime.date) -> bool:
        """Whether the day is not closed yet."""
        return date.toordinal() in self.scores.days

    def day(self, date: datetime.date) -> dict[str, Score]:
        """The scores of a day by predictor, ours first; none where nothing is known. Raises ServerError."""
        tallies = self.scores.days.get(date.toordinal())
        if tallies is None:
            with self._lock:
                tallies = self.store.read(date, self.ids.routes, self.ids.stops)
            return {name: report(tallies[name]) for name in _ordered(tallies)}
        held = self._reports.get(date.toordinal())
        if held is None or held[0] is not tallies:
            held = tallies, {name: report(tallies[name]) for name in _ordered(tallies)}
            self._reports = {date.toordinal(): held}
        return held[1]

    def _reopen(self, date: int) -> None:
        try:
            tallies = self.store.read(datetime.date.fromordinal(date), self.ids.routes, self.ids.stops)
        except ServerError as wrong:
            self._log.warning("accuracy_day_lost", reason=str(wrong))
            return
        if tallies:
            self.scores.days = {**self.scores.days, date: tallies}

    def _codes(self, snapshot: Snapshot) -> I32:
        """[V] the code of each vehicle of this process."""
        known, ids = len(self._vehicles), snapshot.vehicle_ids
        if known < len(ids):
            fresh = self.ids.vehicles.codes(ids[k] for k in range(known, len(ids)))
            self._vehicles = np.append(self._vehicles, fresh)
        return self._vehicles

    def _predictions(self, arrivals: ArrivalColumns, now: float, vehicles: I32) -> PredictionTable:
        ahead = arrivals.arrival - now
        live = (arrivals.source == Source.LIVE) | (arrivals.source == Source.LAYOVER)
        rows = np.flatnonzero(live & (ahead >= 0) & (ahead <= self.scores.live.ahead) & ~self._first_stop[arrivals.pattern_stop])
        place = arrivals.pattern_stop[rows]
        route, stop, sequence = self._places(place)
        return PredictionTable(
            vehicles[arrivals.vehicle[rows]], arrivals.trip[rows], stop, route, sequence, np.full(len(rows), now),
            arrivals.arrival[rows], arrivals.p10[rows], arrivals.p90[rows],
        )  # fmt: skip

    def _arrivals(self, events: EventColumns, vehicles: I32) -> ArrivalTable:
        known: F64 = events.arrival
        rows = np.flatnonzero(np.isfinite(known) & ~self._first_stop[events.pattern_stop])
        route, stop, sequence = self._places(events.pattern_stop[rows])
        return ArrivalTable(
            vehicles[events.vehicle[rows]], events.trip[rows], stop, route, sequence, events.arrival[rows], events.uncertainty[rows]
        )

    def _places(self, place: I32) -> tuple[I32, I32, I32]:
        """(route, stop, stop_sequence) of pattern stops."""
        network = self._network
        route = network.patterns.route[network.pattern_of_pattern_stop[place]]
        return route.astype(np.int32), network.patterns.stop[place].astype(np.int32), network.patterns.sequence[place].astype(np.int32)


def _ordered(tallies: Mapping[str, Tally]) -> list[str]:
    return sorted(tallies, key=lambda name: (name != OURS, name))
