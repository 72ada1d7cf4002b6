"""The filter on how elements run now, in double precision and one element at a time, with all that was measured remembered."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.support.naive_traversals import pieces_of
from transit.learning_parameters import TrafficParameters
from transit.links import Links
from transit.network import Network


class Measured(NamedTuple):
    element: int
    time: float
    actual: float
    expected: float
    share: float
    passing: bool = False
    """of a link, by a vehicle on no pattern"""


class State(NamedTuple):
    """Normal; of the log of the ratio of an element, less that of all."""

    mean: float
    variance: float
    time: float


class Kind(NamedTuple):
    slack: float
    noise: float
    spread: float


@dataclass
class NaiveTraffic:
    links: int
    q: TrafficParameters
    states: dict[int, State] = field(default_factory=dict)
    seen: list[tuple[Measured, float]] = field(default_factory=list)
    """with the newest time of its kind when it came"""
    gated: int = 0

    def kind(self, element: int, passing: bool = False) -> Kind:
        q = self.q
        if element >= self.links:
            return Kind(q.dwell_slack, q.dwell_noise, q.dwell_spread)
        return Kind(q.slack, q.passing_noise if passing else q.noise, q.spread)

    def predicted(self, element: int, time: float) -> tuple[float, float]:
        """Mean and variance of a state at a time: Ornstein–Uhlenbeck."""
        spread = self.kind(element).spread ** 2
        if element not in self.states:
            return 0.0, spread
        old = self.states[element]
        left = math.exp(-max(0.0, time - old.time) / self.q.memory)
        return left * old.mean, spread + left * left * (old.variance - spread)

    def log(self, one: Measured) -> float:
        slack = self.kind(one.element).slack * one.share
        return math.log((one.actual + slack) / (one.expected + slack))

    def bounded(self, one: Measured) -> float:
        slack = self.kind(one.element).slack
        return max(min(one.actual, 3.0 * one.expected + slack), one.expected / 3.0 - slack)

    def alike(self, element: int, passing: bool = False) -> list[tuple[Measured, float]]:
        """What was measured of elements of the same kind by the same kind of vehicles."""
        return [
            row for row in self.seen if (row[0].element < self.links) == (element < self.links) and row[0].passing == passing
        ]

    def of_kind(self, element: int, passing: bool = False) -> list[tuple[float, Measured]]:
        """(how much it counts as of the newest one, measurement) of all of the same kind."""
        mine = self.alike(element, passing)
        newest = mine[-1][1] if mine else 0.0
        return [(math.exp((clock - newest) / self.q.common_memory), one) for one, clock in mine]

    def see(self, one: Measured) -> None:
        past = self.of_kind(one.element, one.passing)
        shares = sum(w * other.share for w, other in past) + 1.0
        y = self.log(one) - sum(w * other.share * self.log(other) for w, other in past) / shares
        mean, variance = self.predicted(one.element, one.time)
        kind = self.kind(one.element, one.passing)
        noise = kind.noise / one.share
        if abs(y - mean) > 3.0 * math.sqrt(variance + noise):
            self.gated += 1
            variance = min(variance + self.q.doubt * kind.spread**2, 4.0 * kind.spread**2)
        else:
            mean, variance = (mean * noise + y * variance) / (variance + noise), variance * noise / (variance + noise)
        self.states[one.element] = State(mean, variance, one.time)
        clocks = [clock for _, clock in self.alike(one.element, one.passing)]
        self.seen.append((one, max([one.time, *clocks])))

    def excess(self, element: int, now: float) -> float:
        past = self.of_kind(element)
        newest = max((clock for _, clock in self.alike(element)), default=-math.inf)
        fading = math.exp(min(0.0, newest - now) / self.q.common_memory)
        actual = fading * sum(w * self.bounded(one) for w, one in past) + self.q.common_prior
        typical = fading * sum(w * one.expected for w, one in past) + self.q.common_prior
        own = 0.0
        if element in self.states and now - self.states[element].time < 5.0 * self.q.memory:
            own = self.predicted(element, now)[0]
        return actual / typical * math.exp(own) - 1.0

    def hop(self, network: Network, links: Links, typical: list[float], q: int, now: float) -> tuple[float, float]:
        """Excess of the way to pattern stop q from the one before it, and of the stay there."""
        p = int(network.pattern_of_pattern_stop[q])
        if q == network.patterns.stop_start[p]:
            return 0.0, 0.0
        base = int(links.pieces.start[p])
        span = pieces_of(links, p)[links.pieces.of_stop[q - 1] + 1 - base : links.pieces.of_stop[q] + 1 - base]
        takes = [(piece.end - piece.begin) * typical[piece.link] / float(links.length[piece.link]) for piece in span]
        more = sum(seconds * self.excess(piece.link, now) for seconds, piece in zip(takes, span))
        running = more / sum(takes) if sum(takes) > 0.0 else 0.0
        return running, self.excess(len(links) + int(network.patterns.stop[q]), now)
