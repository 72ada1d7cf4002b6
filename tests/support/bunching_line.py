"""One line whose buses bunch as real ones do: late buses find more people at the stops, stay longer, and get later.

Buses set out every `headway` s, more or less; links take lognormal times; a dwell is a few seconds and two for each rider who came
since the bus before. Nobody overtakes. At control stops a rule may hold them, given what could be predicted then: buses behind
move by mean link times and mean dwells from where they were last seen.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from transit.kernels.columns import F64

Rule = Callable[[float, float, F64, int], float]
"""(epoch s the bus before left, when this one is ready, arrivals of those behind [8], how many) → s to hold"""


class Line(NamedTuple):
    """Sizes of the experiment. Times in s."""

    headway: float = 360.0
    buses: int = 60
    stops: int = 30
    link: float = 90.0
    spread: float = 0.25
    """of the log of a link's time"""
    dispatch: float = 60.0
    """standard deviation of setting out"""
    dwell: float = 8.0
    rate: float = 1.5 / 60.0
    """riders a second and stop"""
    boarding: float = 2.5
    control: int = 6
    """every so many stops is a control stop; the first one too"""


def departures(line: Line, seed: int, rule: Rule | None) -> tuple[F64, F64]:
    """([stops, buses] when each bus left each stop, s; [buses] s it was held in all)."""
    random = np.random.default_rng(seed)
    links = line.link * np.exp(random.normal(-0.5 * line.spread**2, line.spread, (line.buses, line.stops)))
    starts = np.maximum.accumulate(line.headway * np.arange(line.buses) + random.normal(0.0, line.dispatch, line.buses))
    left = np.full((line.stops, line.buses), np.nan)
    seen_at, seen = np.full(line.buses, -1), starts.copy()
    held = np.zeros(line.buses)
    queue = [(float(starts[bus]), bus, 0) for bus in range(line.buses)]
    heapq.heapify(queue)
    hop = line.link + line.dwell + line.boarding * line.rate * line.headway
    while queue:
        now, bus, stop = heapq.heappop(queue)
        before = float(left[stop, bus - 1]) if bus else now - line.headway
        if np.isnan(before):  # the bus before is still there: wait behind it
            heapq.heappush(queue, (float(seen[bus - 1]) + 1e-3 if seen[bus - 1] > now else now + 1.0, bus, stop))
            continue
        ready = max(now, before) + line.dwell + line.boarding * line.rate * max(now - before, 0.0)
        if rule is not None and stop % line.control == 0:
            behind = np.arange(bus + 1, min(bus + 9, line.buses))
            ahead = np.full(8, np.inf)
            ahead[: len(behind)] = np.maximum.accumulate(np.maximum(seen[behind] + (stop - seen_at[behind]) * hop - line.dwell, now))
            hold = rule(before, ready, ahead, len(behind))
            held[bus] += hold
            ready += hold
        left[stop, bus], seen[bus], seen_at[bus] = ready, ready, stop
        if stop + 1 < line.stops:
            heapq.heappush(queue, (ready + links[bus, stop], bus, stop + 1))
    return left, held


def waiting(left: F64, headway: float) -> tuple[float, float]:
    """(EWT in s, coefficient of variation) over all stops: Σh²/2Σh less half the planned headway."""
    h = np.diff(np.sort(left[:, 10:], axis=1), axis=1).ravel()
    return float((h**2).sum() / (2.0 * h.sum()) - headway / 2.0), float(h.std() / h.mean())
