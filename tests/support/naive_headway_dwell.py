"""The plain twin of `transit.kernels.headway_dwell`: lists and dictionaries, one event and one call at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from transit.headway_dwell import DwellParameters


class Passing(NamedTuple):
    """A stop event at a slot (-1 none)."""

    slot: int
    typical: float
    arrival: float
    departure: float


class Coming(NamedTuple):
    """A predicted call at a slot."""

    vehicle: int
    slot: int
    live: bool
    arrival: float
    departure: float


@dataclass
class NaiveHeadwayDwell:
    """What a slot remembers is in dictionaries; absent is unknown."""

    par: DwellParameters
    left: dict[int, float] = field(default_factory=dict)
    mean: dict[int, float] = field(default_factory=dict)
    squares: float = 0.0
    products: float = 0.0

    def learn(self, passings: Sequence[Passing]) -> None:
        for one in passings:
            if one.slot < 0 or math.isnan(one.departure):
                continue
            headway = one.arrival - self.left[one.slot] if one.slot in self.left and one.arrival == one.arrival else math.nan
            if 0 < headway < self.par.most_headway:
                if one.slot in self.mean:
                    usual = self.mean[one.slot]
                    x = min(headway / usual - 1, self.par.most)
                    y = max(-self.par.most, min((one.departure - one.arrival) / max(one.typical, 1.0) - 1, self.par.most))
                    self.squares, self.products = self.squares + x * x, self.products + x * y
                    self.mean[one.slot] = usual + self.par.memory * (headway - usual)
                else:
                    self.mean[one.slot] = headway
            self.left[one.slot] = max(one.departure, self.left.get(one.slot, -math.inf))

    def foresee(self, calls: Sequence[Coming], now: float, vehicles: int) -> list[float]:
        found: list[list[float]] = [[] for _ in range(vehicles)]
        last = dict(self.left)
        for one in calls:
            if one.slot < 0 or not one.live or one.arrival - now > self.par.ahead:
                continue
            headway = one.arrival - last[one.slot] if one.slot in last else math.nan
            if headway < self.par.most_headway and self.mean.get(one.slot, 0.0) > 0:
                found[one.vehicle].append(min(max(headway / self.mean[one.slot] - 1, -1.0), self.par.most))
            last[one.slot] = one.departure
        return [sum(ratios) / len(ratios) if ratios else 0.0 for ratios in found]
