"""Headways in plain Python: departures are remembered one by one, sums and medians made when asked."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass
class NaiveSlot:
    """Departures of one slot as (time, vehicle), in order of time; a break stands before a departure that begins anew."""

    memory: float
    longest: float
    again: float
    departures: list[float] = field(default_factory=list)
    begins: list[bool] = field(default_factory=list)
    """of each departure: whether its headway to the one before is none"""
    newest: int = -1
    ignored: int = 0
    missed: float = -math.inf
    """when a bus that passed here unseen was seen beyond"""

    def leave(self, at: float, vehicle: int, blind: float) -> None:
        if not self.departures:
            self._insert(0, at, True)
            self.newest = vehicle
            return
        last, blind = self.departures[-1], max(blind, self.missed)
        if vehicle == self.newest and abs(at - last) < self.again:
            return
        if at >= last:
            self._insert(len(self.departures), at, last < blind or at - last > self.longest)
            self.newest = vehicle
        elif not self.begins[-1] and at >= self.departures[-2]:
            self._insert(-1, at, False)
        elif self.begins[-1] and at >= blind and last - at <= self.longest:
            self.begins[-1] = False
            self._insert(-1, at, True)
        else:
            self.ignored += 1

    def _insert(self, place: int, at: float, begins: bool) -> None:
        self.departures.insert(place, at)
        self.begins.insert(place, begins)

    def sums(self) -> tuple[float, float, float]:
        """Σw, Σwh, Σwh² as of the last departure."""
        number = total = squares = 0.0
        for (before, at), begins in zip(pairwise(self.departures), self.begins[1:]):
            if not begins:
                weight, h = math.exp((at - self.departures[-1]) / self.memory), at - before
                number, total, squares = number + weight, total + weight * h, squares + weight * h * h
        return number, total, squares


@dataclass
class NaiveLine:
    """Slots of one network; `slots[place]` is that of a pattern stop, None at the last of a pattern."""

    slots: list[NaiveSlot | None]
    first: list[int]
    """of each pattern stop: the first of its pattern"""
    events: dict[int, list[int]] = field(default_factory=dict)
    """of each vehicle: the pattern stops it was seen at"""

    def leave(self, place: int, at: float, vehicle: int, blind: float) -> None:
        been = self.events.setdefault(vehicle, [])
        before = been[-1] if been and self.first[place] <= been[-1] < place else self.first[place] - 1
        for unseen in self.slots[before + 1 : place]:
            if unseen is not None:
                unseen.missed = max(unseen.missed, at)
        been.append(place)
        slot = self.slots[place]
        if slot is not None:
            slot.leave(at, vehicle, blind)


def planned(times: list[float], now: float, memory: float, longest: float, window: float) -> tuple[float, float, float, float, float]:
    """(typical, least, most, Σwh, Σwh²) of planned departures in order; NaN without a gap about now."""
    gaps = [(before, after) for before, after in pairwise(times) if after - before <= longest]
    near = sorted(after - before for before, after in gaps if before <= now + window and after >= now - window)
    past = [(math.exp((after - now) / memory), after - before) for before, after in gaps if after <= now]
    total, squares = sum(w * h for w, h in past), sum(w * h * h for w, h in past)
    if not near:
        return math.nan, math.nan, math.nan, total, squares
    return near[len(near) // 2], near[0], near[-1], total, squares


def hold_even(before: float, ready: float, behind: list[float], most: float) -> float:
    """Berrebi et al.: the widest of the even spacings behind, as far as it is not there yet."""
    spacings = [(arrival - before) / (i + 2) for i, arrival in enumerate(behind[:4])]
    return min(most, max(0.0, max(spacings, default=0.0) - (ready - before)))
