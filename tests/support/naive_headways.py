"""Headways in plain Python: departures are remembered one by one, sums and medians made when asked."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

from transit.kernels.headway_columns import NEXT
from transit.supervision_parameters import HeadwayParameters


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


@dataclass
class NaiveCall:
    """A predicted call; times in s after now."""

    vehicle: int
    place: int
    arrival: float
    departure: float


@dataclass
class NaiveHeadway:
    """What is known of a vehicle at its next call."""

    leader: int
    headway: float
    hold: float | None
    hold_simple: float | None


def next_headways(
    calls: list[NaiveCall], slot_of: list[int], control: list[bool], left: dict[int, tuple[int, float, float]],
    typical: list[float], q: HeadwayParameters,
) -> dict[int, NaiveHeadway]:
    """Of each vehicle that has one. `left` of a slot: (vehicle, its departure, when a bus was missed), s after now."""
    found: dict[int, NaiveHeadway] = {}
    for v in {call.vehicle for call in calls}:
        mine = min((call for call in calls if call.vehicle == v), key=lambda call: call.arrival)
        slot = slot_of[mine.place]
        queue = [call for call in calls if slot >= 0 and slot_of[call.place] == slot]
        queue = sorted(queue, key=lambda call: call.arrival)[:NEXT]
        if mine not in queue:
            continue
        n = queue.index(mine)
        if n > 0:
            leader, before = queue[n - 1].vehicle, queue[n - 1].departure
        elif slot in left and left[slot][1] >= left[slot][2]:
            leader, before = left[slot][:2]
        else:
            continue
        if leader == v or mine.departure - before > q.longest:
            continue
        one = found[v] = NaiveHeadway(leader, max(mine.departure - before, 0.0), None, None)
        if control[mine.place] and mine.arrival <= q.advise_ahead and not math.isnan(typical[slot]):
            behind: list[float] = []
            for call in queue[n + 1 :]:
                if call.arrival - (behind[-1] if behind else mine.departure) > q.most_spacing * typical[slot]:
                    break
                if call.vehicle != v:
                    behind.append(call.arrival)
            most = min(q.most_hold, q.most_hold_share * typical[slot])
            one.hold = hold_even(before, mine.departure, behind, most)
            one.hold_simple = min(max(typical[slot] - (mine.departure - before), 0.0), most)
    return found


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
    return min(most, max(0.0, max(spacings) - (ready - before))) if spacings else 0.0
