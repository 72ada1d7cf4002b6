"""When buses that wait at terminals of headway-operated lines will leave: the last departure, and a headway on.

Such lines have no run to name. What a waiting bus begins is the pattern of its route that starts where it stands; the first in
the queue leaves one headway after the last bus that left, the next one headway later. The headway is the timetable's for the time
of day (frequencies.txt), blended with the gaps that were seen; where there is neither, nothing is predicted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from transit.geometry import to_local
from transit.history import History
from transit.kernels.columns import F32, F64, I32, Records
from transit.kernels.prediction_columns import Places
from transit.learning_parameters import LearningParameters
from transit.model import State
from transit.network import Network
from transit.parameters import PredictionParameters
from transit.service_day import ServiceDay


class HeadwayStarts:
    """Of one network: which patterns are operated by headway, and where they start."""

    def __init__(self, network: Network, prediction: PredictionParameters, learning: LearningParameters) -> None:
        self._network, self._prediction, self._learning = network, prediction, learning
        frequencies = network.frequencies
        self._pattern_of_window: I32 = network.trips.pattern[frequencies.trip]
        self._patterns = np.unique(self._pattern_of_window)
        template = np.zeros(len(network.patterns.route), np.int32)
        template[self._pattern_of_window[::-1]] = frequencies.trip[::-1]
        self._template = template
        first = network.patterns.stop[network.patterns.stop_start[:-1]]
        x, y = to_local(network.stop_lat[first], network.stop_lon[first], network.origin_lat, network.origin_lon)
        self._start: F32 = np.stack((x, y), axis=1).astype(np.float32)

    def variances(self, otherwise: float) -> F32:
        """[P] s^2 of starts: by headway a share of it, else `otherwise`."""
        spread = np.full(len(self._network.patterns.route), otherwise, np.float32)
        frequencies = self._network.frequencies
        spread[self._pattern_of_window] = (self._learning.headway_deviation * frequencies.headway) ** 2
        return spread

    def await_departures(
        self, vehicles: Records, now: float, days: Sequence[ServiceDay], history: History, last_start: F64, places: Places
    ) -> int:
        """Completes `places` of vehicles that wait to begin a pattern operated by headway; of how many.

        `last_start` [P] epoch s is when a bus last left each pattern's first stop, NaN never.
        """
        if not len(self._patterns):
            return 0
        q = self._prediction
        waiting = np.flatnonzero(
            (vehicles["state"] == State.LAYOVER) & (places.profile[: len(vehicles)] < 0) & (vehicles["last_pattern"] >= 0)
            & (now - vehicles["heard"] <= q.layover_age)
        )  # fmt: skip
        headway = self._headways(now, days, history) if len(waiting) else np.zeros(0)
        queue: dict[int, int] = {}
        set_out = 0
        for v in sorted(waiting.tolist(), key=lambda row: (float(vehicles["left"][row]), row)):
            pattern = self._pattern_of(vehicles[v], headway)
            if pattern < 0 or not np.isfinite(last_start[pattern]):
                continue
            place = queue.get(pattern, 0) + 1
            queue[pattern] = place
            begin = float(last_start[pattern]) + place * float(headway[pattern]) - now
            if begin < -q.layover_patience:
                continue
            trip = int(self._template[pattern])
            places.profile[v], places.trip[v], places.day[v] = trip, -1, -1
            places.begin[v] = max(begin, 0.0)
            set_out += 1
        return set_out

    def _pattern_of(self, vehicle: Records, headway: F64) -> int:
        """The pattern with a headway now that starts where a vehicle of its route stands, -1 none."""
        patterns = self._network.patterns
        mine = self._patterns[
            (patterns.route[self._patterns] == patterns.route[vehicle["last_pattern"]]) & (headway[self._patterns] > 0)
        ]
        if not len(mine):
            return -1
        away = np.hypot(self._start[mine, 0] - vehicle["x"], self._start[mine, 1] - vehicle["y"])
        nearest = int(np.argmin(away))
        return int(mine[nearest]) if away[nearest] <= self._prediction.headway_terminal else -1

    def _headways(self, now: float, days: Sequence[ServiceDay], history: History) -> F64:
        """[P] s between buses now; 0 where none is known."""
        network, known = self._network, history.columns
        planned = np.zeros(len(network.patterns.route))
        frequencies = network.frequencies
        for day in days:
            clock = now - day.start
            on: NDArray[np.bool_] = (frequencies.start <= clock) & (clock < frequencies.end + frequencies.headway)
            on &= day.active[network.trips.service[frequencies.trip]] == 1
            planned[self._pattern_of_window[on]] = frequencies.headway[on]
        weight = self._learning.headway_weight
        seen = (known.gap_seconds + weight * planned) / (known.gaps + weight)
        return np.where(planned > 0, seen, 0.0)
