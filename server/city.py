"""The engine: one writer, one step. Positions in, an immutable Snapshot out. Still pure: no clock, no sockets, no files.

`step` is the only door; live and replay go through it alike (the replay law: same positions and parameters, same snapshots).
`absorb` is its first half, for callers that have more positions before they need a picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from transit.batches import join_events, join_matches, joined
from transit.fleet import Fleet, copy_records
from transit.headway import Headways
from transit.kernels.columns import I64, EventColumns, MatchColumns, PositionColumns
from transit.model import State
from transit.network import Network
from transit.parameters import MatchingParameters, PredictionParameters
from transit.prediction import Predictor
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
    ) -> None:
        self.network = network
        self.fleet = Fleet(most_vehicles)
        self._tracker = Tracker(network, self.fleet, matching)
        self._predictor = Predictor(network, prediction or PredictionParameters())
        self._headways, self._supervisor = Headways(network), Supervisor(network)
        self._steps = 0
        self._last_received = np.nan
        self._states: I64 = np.zeros(len(State), np.int64)
        self._matches: list[MatchColumns] = []
        self._events: list[EventColumns] = []

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

    def step(self, now: float, inbox: Sequence[PositionColumns]) -> Snapshot:
        """Takes in `inbox` and publishes the picture of the instant `now`."""
        self.absorb(now, inbox)
        self._tracker.turn_to(now)
        vehicles = copy_records(self.fleet.columns.vehicles)
        arrivals, start = self._predictor.predict(vehicles, now, self._tracker.days)
        self._steps += 1
        matches, events = join_matches(self._matches), join_events(self._events)
        self._matches, self._events = [], []
        headways = self._headways.step(now, events, arrivals, start, len(vehicles), self._tracker.days, self._last_received)
        return Snapshot(
            number=self._steps, now=now, network=self.network, vehicles=vehicles, vehicle_ids=self.fleet.ids, arrivals=arrivals,
            arrival_start=start, last_received=self._last_received, matches=matches, events=events, counts=self._counts(),
            headways=headways, supervision=self._supervisor.step(now, vehicles, headways),
        )

    def state_counts(self) -> dict[str, int]:
        """Positions so far by what became of them."""
        return {State(k).word: int(n) for k, n in enumerate(self._states) if n}

    def _counts(self) -> dict[str, int]:
        counts = self.state_counts()
        states = self.fleet.columns.vehicles["state"]
        counts["vehicles"] = len(states)
        counts["vehicles_in_service"] = int((states == State.IN_SERVICE).sum())
        return counts
