"""Drives vehicles past a Tracker one fix at a time and says what became of each: the short way to write a story as a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tests.support.lines import DAY
from tests.support.streets import ORIGIN, Line, place_on
from transit.fleet import Fleet
from transit.geometry import to_wgs84
from transit.kernels.columns import PositionColumns
from transit.model import State
from transit.network import Network
from transit.parameters import MatchingParameters
from transit.strings import Strings
from transit.tracker import Tracker

NAN = float("nan")


class Fix(NamedTuple):
    """One position: clock in s after DAY, place in local metres."""

    clock: float
    x: float
    y: float
    vehicle: str = "bus"
    trip: str = ""
    route: str = ""
    bearing: float = NAN
    speed: float = NAN
    delay: float = 1.0
    """s until it is received"""


def along(line: Line, begin: float, end: float, clock: float, interval: float = 10.0, aside: float = 0.0, **fields: Any) -> list[Fix]:
    """Fixes of a bus that drives the line from begin to end (m along it) at the line's own speed, `aside` m north of it."""
    count = int((end - begin) / (line.speed * interval)) + 1
    places = [place_on(line, begin + line.speed * interval * k) for k in range(count)]
    return [Fix(clock + interval * k, x, y + aside, **fields) for k, (x, y) in enumerate(places)]


def standing(place: tuple[float, float], clock: float, seconds: float, interval: float = 10.0, **fields: Any) -> list[Fix]:
    """Fixes of a bus that stands."""
    return [Fix(clock + interval * k, *place, **fields) for k in range(int(seconds / interval) + 1)]


class Seen(NamedTuple):
    """What became of a fix."""

    state: str
    pattern: int
    trip: int
    progress: float
    cross_track: float


def positions(fixes: Sequence[Fix], origin: tuple[float, float] = ORIGIN) -> PositionColumns:
    """The fixes as a decoder would deliver them, in the order given."""
    ids = [Strings.of(getattr(fix, name) for fix in fixes) for name in ("vehicle", "trip", "route")]
    bases = np.cumsum([0] + [len(one.text) for one in ids])
    spans: list[Any] = []
    for one, base in zip(ids, bases):
        spans += [(one.starts[:-1] + base).astype(np.int32), np.diff(one.starts).astype(np.int32)]
    clock, x, y, bearing, speed, delay = (
        np.array([getattr(fix, name) for fix in fixes], np.float64) for name in ("clock", "x", "y", "bearing", "speed", "delay")
    )
    lat, lon = to_wgs84(x, y, *origin)
    text = np.concatenate([one.text for one in ids])
    return PositionColumns(
        text, *spans, DAY + clock, DAY + clock + delay, lat, lon, bearing.astype(np.float32), speed.astype(np.float32)
    )


class Ride:
    """A Tracker and what it said so far."""

    def __init__(self, network: Network, tracker: Tracker | None = None, **changes: float) -> None:
        self.tracker = tracker or Tracker(network, Fleet(), MatchingParameters()._replace(**changes))
        self.events: list[tuple[int, int, float, float]] = []
        """(trip, pattern stop, arrival, departure) in s after DAY, in order of telling"""

    def see(self, *fixes: Fix) -> Seen:
        """Takes in the fixes, one batch each; what became of the last."""
        return [self.see_batch([fix])[0] for fix in fixes][-1]

    def columns(self, fixes: Sequence[Fix]) -> PositionColumns:
        """The fixes as a decoder would deliver them."""
        return positions(fixes, (self.tracker.network.origin_lat, self.tracker.network.origin_lon))

    def see_batch(self, fixes: Sequence[Fix]) -> list[Seen]:
        """Takes in the fixes as one batch; what became of each."""
        last = fixes[-1]
        matches, told = self.tracker.observe(DAY + last.clock + last.delay, self.columns(fixes))
        rows = zip(told.trip.tolist(), told.pattern_stop.tolist(), told.arrival - DAY, told.departure - DAY)
        self.events += [(trip, stop, float(arrival), float(departure)) for trip, stop, arrival, departure in rows]
        seen = zip(*(column.tolist() for column in matches[1:]))
        return [Seen(State(state).word, *rest) for state, *rest in seen]

    def see_all(self, fixes: Sequence[Fix], batch: int) -> list[Seen]:
        """Takes in the fixes in batches of that many."""
        return [seen for k in range(0, len(fixes), batch) for seen in self.see_batch(fixes[k : k + batch])]

    def states(self, fixes: Sequence[Fix]) -> list[str]:
        """The state of each fix."""
        return [self.see(fix).state for fix in fixes]

    def record(self, vehicle: int = 0) -> Any:
        """The vehicle's row."""
        return self.tracker.fleet.columns.vehicles[vehicle]

    def passes(self, vehicle: int = 0) -> list[float]:
        """Progress of its living hypotheses, the likeliest first."""
        alive = int(self.record(vehicle)["hypotheses"])
        progress: list[float] = self.tracker.fleet.columns.hypotheses[vehicle, :alive]["progress"].tolist()
        return progress
