"""States of intersections in plain Python: windows remembered one by one, time walked moment by moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class State(NamedTuple):
    """What an intersection is."""

    proved: int
    possible: int
    verdict: int
    mode: int


UNKNOWN = State(0, 5, 0, -1)


@dataclass
class NaiveIntersection:
    """Windows (start, end, state) in the order told."""

    life: int
    told: list[tuple[int, int, State]] = field(default_factory=list)
    late: int = 0

    def tell(self, start: int, end: int, state: State) -> None:
        if self.told and end <= self.told[-1][1]:
            self.late += 1
            return
        self.told.append((max(start, self.told[-1][1]) if self.told else start, end, state))

    def at(self, time: int) -> State:
        """The state of the last window that began by then, while it or its afterlife lasts."""
        found = UNKNOWN
        for start, end, state in self.told:
            if start <= time:
                found = state if time < end + self.life else UNKNOWN
        return found


Span = tuple[int, int, int]
"""(intersection or -1, start, end)"""


def state_of(known: list[NaiveIntersection], intersection: int, time: int) -> State:
    return known[intersection].at(time) if intersection >= 0 else UNKNOWN


def moments(known: list[NaiveIntersection], spans: list[Span], weights: list[list[float]], times: list[int]) -> list[list[list[float]]]:
    """[proved or possible][moment, then rung][weight] flattened: sums of weights by moment and rung."""
    sums = [[[0.0] * len(weights[0]) for _ in range(6 * len(times))] for _ in range(2)]
    for t, time in enumerate(times):
        for (intersection, start, end), weight in zip(spans, weights):
            if start <= time < end:
                state = state_of(known, intersection, time)
                for side, rung in enumerate((state.proved, state.possible)):
                    for w, one in enumerate(weight):
                        sums[side][6 * t + rung][w] += one
    return sums


def bins(
    known: list[NaiveIntersection], spans: list[Span], weights: list[list[float]], edges: list[tuple[int, int]]
) -> list[list[list[float]]]:
    """Likewise weight × ms by bin: every millisecond is asked."""
    sums = [[[0.0] * len(weights[0]) for _ in range(6 * len(edges))] for _ in range(2)]
    for b, (first, stop) in enumerate(edges):
        each = moments(known, spans, weights, list(range(first, stop)))
        for side in range(2):
            for t in range(stop - first):
                for rung in range(6):
                    for w in range(len(weights[0])):
                        sums[side][6 * b + rung][w] += each[side][6 * t + rung][w]
    return sums
