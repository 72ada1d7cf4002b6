"""The engine: one writer, one step. Positions in, an immutable Snapshot out. Still pure: no clock, no sockets, no files.

`step` is the only door; live and replay go through it alike (the replay law: same positions and parameters, same snapshots).
`absorb` is its first half, for callers that have more positions before they need a picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

import numpy as np

from transit.batches import join_events, join_matches, joined
from transit.changed_calls import follow_detours, take_out
from transit.changes import NO_CHANGES, ServiceChanges
from transit.changes_in_force import NOTHING_IN_FORCE, ChangesInForce, resolve
from transit.fleet import Fleet, copy_records
from transit.headway import Headways
from transit.history_file import history_to_bytes, read_history
from transit.kernels.columns import I64, EventColumns, MatchColumns, PositionColumns
from transit.learner import Learner
from transit.learning_parameters import LearningParameters
from transit.model import State
from transit.network import Network
from transit.parameters import MatchingParameters, PredictionParameters
from transit.prediction import Predictor
from transit.service_day import service_days
from transit.snapshot import Snapshot
from transit.supervision import Supervisor
from transit.tracker import Tracker


class City:
    """Everything the district's public transport is doing, as far as its positions tell."""

    def __init__(
        self,
        network: Network,
        matching: MatchingParameters | None = None,
        prediction: PredictionParameters | None = None,
        most_vehicles: int = 200_000,
        history: BinaryIO | None = None,
    ) -> None:
        """`history` is what `learned` wrote on an earlier day. Raises HistoryFormatError when it is not."""
        self.network = network
        self.fleet = Fleet(most_vehicles)
        self._tracker = Tracker(network, self.fleet, matching)
        learner = Learner(network, prediction or PredictionParameters(), LearningParameters())
        if history is not None:
            learner.recall(read_history(history, getattr(history, "name", "history"), network, learner.links))
        self._predictor = Predictor(network, prediction or PredictionParameters(), learner)
        self._headways, self._supervisor = Headways(network), Supervisor(network)
        self._steps = 0
        self._last_received = np.nan
        self._states: I64 = np.zeros(len(State), np.int64)
        self._matches: list[MatchColumns] = []
        self._events: list[EventColumns] = []
        self._said, self._changes, self._changes_until = NO_CHANGES, NOTHING_IN_FORCE, np.inf

    def absorb(self, now: float, inbox: Sequence[PositionColumns]) -> None:
        """Takes in positions in order of receipt, up to `now` (epoch s), without publishing."""
        for positions in joined(inbox):
            before = copy_records(self.fleet.columns.vehicles)
            matches, events = self._tracker.observe(now, positions)
            self._predictor.learn(before, self.fleet.columns.vehicles, events, now, self._tracker.days)
            self._states += np.bincount(matches.state, minlength=len(State))
            self._matches.append(matches)
            self._events.append(events)
            if len(positions.received):
                newest = float(positions.received.max())
                self._last_received = newest if np.isnan(self._last_received) else max(newest, self._last_received)

    def step(self, now: float, inbox: Sequence[PositionColumns], changes: ServiceChanges = NO_CHANGES) -> Snapshot:
        """Takes in `inbox` and publishes the picture of the instant `now`, with the service changes that are known then."""
        in_force = self._turn_changes(now, changes)
        self.absorb(now, inbox)
        self._tracker.turn_to(now)
        vehicles = copy_records(self.fleet.columns.vehicles)
        seen = follow_detours(vehicles, now, in_force, self.network)
        parts = take_out(*self._predictor.predict(seen, now, self._tracker.days), in_force)
        self._steps += 1
        matches, events = join_matches(self._matches), join_events(self._events)
        self._matches, self._events = [], []
        headways = self._headways.step(
            now, events, parts.arrivals, parts.start, len(vehicles), self._tracker.days, self._last_received
        )
        return Snapshot(
            number=self._steps, now=now, network=self.network, vehicles=vehicles, vehicle_ids=self.fleet.ids,
            arrivals=parts.arrivals, arrival_start=parts.start, last_received=self._last_received, matches=matches, events=events,
            counts=self._counts() | {"vehicles_on_cancelled_runs": parts.cancelled_vehicles}, changes=in_force,
            skipped=parts.skipped, headways=headways, supervision=self._supervisor.step(now, vehicles, headways),
        )

    def rehearse(self, now: float) -> None:
        """Predicts without publishing: what comes of it teaches how sure predictions may be."""
        self._tracker.turn_to(now)
        self._predictor.predict_runs(self.fleet.columns.vehicles, now, self._tracker.days)

    def learned(self) -> bytes:
        """All that was learned, as a history file."""
        learner = self._predictor.learner
        return history_to_bytes(learner.history, self.network, learner.links)

    @property
    def days_learned(self) -> int:
        """Service days that taught something."""
        return self._predictor.learner.history.days

    def _turn_changes(self, now: float, said: ServiceChanges) -> ChangesInForce:
        """What is in force now: the same object as long as it says the same."""
        if said is not self._said or now >= self._changes_until:
            fresh = resolve(said, self.network, now, service_days(self.network, now)) if said.told else NOTHING_IN_FORCE
            self._said, self._changes_until = said, fresh.until
            if fresh != self._changes:
                self._changes, cancelled = fresh, frozenset(fresh.cancelled)
                self._tracker.cancel(cancelled)
                self._predictor.cancelled = cancelled
        return self._changes

    def state_counts(self) -> dict[str, int]:
        """Positions so far by what became of them."""
        return {State(k).word: int(n) for k, n in enumerate(self._states) if n}

    def _counts(self) -> dict[str, int]:
        counts = self.state_counts()
        states = self.fleet.columns.vehicles["state"]
        counts["vehicles"] = len(states)
        counts["vehicles_in_service"] = int((states == State.IN_SERVICE).sum())
        counts["traffic_measurements_refused"] = self._predictor.gated
        return counts
