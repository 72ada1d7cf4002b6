"""Barriers and sensors of the demo's car parks: who comes and goes, as operators tell it, faults included.

A birth-and-death process whose mean follows the habits of a lot: in slots of five minutes vehicles come at a rate and each of those
inside leaves at a rate. The same seed and the same start give the same events, however the time is cut into calls. Vehicles that are
expected (they have a reservation) come and go when they were told to.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from feeds.parking.simulated_habits import DAY, HABITS, UTC_OFFSET, level
from transit.local_time import rfc3339

Json = dict[str, Any]
F64 = NDArray[np.float64]
SLOT = 300
PAST = 86_400
"""s simulated before the start at least: nobody stands there from the beginning"""
_ZONE = "Asia/Shanghai"
_LETTERS, _SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ", "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
_LOCAL, _TOWNS = 0.85, ("鲁C", "鲁B", "鲁S", "京A", "冀J", "苏C")
_NEW_ENERGY = 0.35
_DAY_NOISE = 0.08
"""of the level, from day to day"""


class Faults(NamedTuple):
    """Shares of passages; drawn, of the order that operators speak of."""

    missed: float = 0.004
    """a barrier stood open: nothing was told, and counts drift"""
    unread: float = 0.02
    """the camera read no plate"""
    misread: float = 0.006
    """one sign was read wrong: an exit nobody entered for"""
    repeated: float = 0.01
    """told twice"""


class Vehicle(NamedTuple):
    """One that is inside."""

    text: str
    color: str
    entered: int


class Told(NamedTuple):
    """What a while brought, as it is posted; in order."""

    events: list[Json]
    """of `/v1/parking/gate-events`"""
    reports: list[Json]
    """of `/v1/parking/occupancy`"""


class Slots(NamedTuple):
    """[S, L] by the end of each slot and lot: vehicles inside, and how many came and left."""

    ends: list[int]
    level: F64
    came: F64
    left: F64


class SimulatedGates:
    """`capacities` of the lots by id; those without habits stay silent. `start`: epoch s from which is told; `past` s before it are
    simulated and kept as `past`."""

    def __init__(
        self, capacities: dict[str, int], seed: int, start: float, faults: Faults | None = None, past: int = PAST
    ) -> None:  # fmt: skip
        known = [(number, lot) for number, lot in enumerate(sorted(capacities)) if lot in HABITS]
        begin = (int(start) - past) // SLOT * SLOT
        self.lots = {lot: _Lot(lot, capacities[lot], np.random.default_rng([seed, 51, number]), begin, faults or Faults())
                     for number, lot in known}  # fmt: skip
        for one in self.lots.values():
            one.live(int(start))
        columns = np.array([one.slots for one in self.lots.values()], np.float64).reshape(len(known), -1, 3)
        ends = [begin + SLOT * (k + 1) for k in range(columns.shape[1])]
        self.past = Slots(ends, *(columns[:, :, k].T for k in range(3)))

    def opening(self) -> Told:
        """At the start: how many are inside, and who they are."""
        told = Told([], [])
        for one in self.lots.values():
            told.reports.append(one.count(one.now))
            if one.habits.gated:
                told.events.extend(one.told(True, vehicle, vehicle.entered) for vehicle in one.inside)
        return told

    def advance(self, until: float) -> Told:
        """All after the call before, up to `until` (epoch s)."""
        events, reports = list[Json](), list[Json]()
        for one in self.lots.values():
            one.advance(int(until), events, reports)
        return Told(sorted(events, key=lambda event: str(event["at"])), reports)

    def expect(self, lot_id: str, text: str, color: str, enters: float, leaves: float) -> None:
        """A vehicle that has a reservation. Where no barrier tells of it, its driver must."""
        one = self.lots.get(lot_id)
        if one is not None:
            heapq.heappush(one.expected, (int(enters), int(leaves), text, color))

    def plate(self, generator: np.random.Generator) -> tuple[str, str]:
        """(text, colour) of some vehicle."""
        return new_plate(generator)

    def inside(self) -> dict[str, int]:
        """Vehicles that are truly inside, by lot."""
        return {lot: one.present for lot, one in self.lots.items()}


class _Lot:
    def __init__(self, lot_id: str, capacity: int, generator: np.random.Generator, begin: int, faults: Faults) -> None:
        self.id, self.capacity, self.habits, self._faults = lot_id, capacity, HABITS[lot_id], faults
        self._generator = generator
        self.inside: list[Vehicle] = []
        self.expected: list[tuple[int, int, str, str]] = []
        self._leaving: list[tuple[int, str, str, int]] = []
        self.now = self._counted = begin
        self.slots: list[tuple[int, int, int]] = []
        """(inside, came, left) of the past"""
        self._passed = [0, 0]
        self._number, self._noise = 0, (-1, 1.0)
        self._waited = self._wait()
        self._come, self._leave = self._rates(self.now)
        for _ in range(round(capacity * level(self.habits, self.now))):
            self.inside.append(Vehicle(*new_plate(generator), self.now))

    def live(self, start: int) -> None:
        """Up to the start; what happens is counted and told to nobody."""
        while self.now // SLOT * SLOT + SLOT <= start:
            self._passed = [0, 0]
            self.advance(self.now + SLOT, None, None)
            self.slots.append((self.present, *self._passed))  # type: ignore[arg-type]
        self.advance(start, None, None)
        self._counted = start

    @property
    def present(self) -> int:
        """Vehicles inside."""
        return len(self.inside) + len(self._leaving)

    def advance(self, until: int, events: list[Json] | None, reports: list[Json] | None) -> None:
        """Events and counts are left out where there is nowhere to put them."""
        while self.now < until:
            end = min(until, (self.now // SLOT + 1) * SLOT)
            self._pass(end, events)
            every = self.habits.counted_s
            if reports is not None and every and end - self._counted >= every:
                self._counted = end
                reports.append(self.count(end))
            if end % SLOT == 0:
                self._come, self._leave = self._rates(end)

    def count(self, at: int) -> Json:
        """A report."""
        return {"lot_id": self.id, "at": rfc3339(at, _ZONE), "occupied": self.present}

    def told(self, entry: bool, vehicle: Vehicle, at: int) -> Json:
        """A barrier's message, without a fault."""
        self._number += 1
        return {
            "id": f"{self.id}-{self._number:06}", "lot_id": self.id, "direction": "entry" if entry else "exit",
            "at": rfc3339(at, _ZONE),
            "gate": "in" if entry else "out",
            "plate": {"text": vehicle.text, "color": vehicle.color},
        }  # fmt: skip

    def _pass(self, end: int, events: list[Json] | None) -> None:
        """All that pass up to `end`, within one slot. Waiting is counted in units of the total rate, so calls may cut it anywhere."""
        moment = float(self.now)
        while True:
            due = self._due()
            total = self._come + self._leave * len(self.inside)
            at = moment + self._waited / total if total > 0.0 else np.inf
            first = min(at, due)
            if first > end:
                self._waited -= (end - moment) * total
                self.now = end
                return
            self._waited -= (first - moment) * total
            moment = first
            if due <= at:
                self._expected_pass(int(due), events)
            else:
                self._waited = self._wait()
                self._some_pass(int(at), self._come / total, events)

    def _due(self) -> float:
        """When the next of those who are expected comes or leaves."""
        return min([float(heap[0][0]) for heap in (self.expected, self._leaving) if heap], default=np.inf)

    def _expected_pass(self, at: int, events: list[Json] | None) -> None:
        at = max(at, self.now)
        if self._leaving and self._leaving[0][0] <= at:
            _, text, color, entered = heapq.heappop(self._leaving)
            self._tell(False, Vehicle(text, color, entered), at, events, sure=True)
        else:
            _, leaves, text, color = heapq.heappop(self.expected)
            heapq.heappush(self._leaving, (max(leaves, at + 60), text, color, at))
            self._tell(True, Vehicle(text, color, at), at, events, sure=True)

    def _some_pass(self, at: int, comes: float, events: list[Json] | None) -> None:
        if self._generator.random() < comes:
            if self.present < self.capacity:  # else it turns away
                self.inside.append(Vehicle(*new_plate(self._generator), at))
                self._tell(True, self.inside[-1], at, events)
            return
        k = int(self._generator.integers(len(self.inside)))
        self.inside[k], self.inside[-1] = self.inside[-1], self.inside[k]
        self._tell(False, self.inside.pop(), at, events)

    def _tell(self, entry: bool, vehicle: Vehicle, at: int, events: list[Json] | None, sure: bool = False) -> None:
        self._passed[not entry] += 1
        if events is None or not self.habits.gated:
            return
        draw, faults, message = float(self._generator.random()), self._faults, self.told(entry, vehicle, at)
        if sure:
            events.append(message)
            return
        for share in (faults.missed, faults.unread, faults.misread, faults.repeated):
            if draw < share:
                break
            draw -= share
        else:
            events.append(message)
            return
        if share == faults.unread:
            del message["plate"]
        elif share == faults.misread:
            message["plate"] = {"text": misread(vehicle.text, self._generator), "color": vehicle.color}
        if share != faults.missed:
            events.extend([message] * (2 if share == faults.repeated else 1))

    def _rates(self, at: int) -> tuple[float, float]:
        """(vehicles a second that come, share of those inside that leave a second): their balance follows the habits."""
        day = (at + UTC_OFFSET) // DAY
        if day != self._noise[0]:
            self._noise = day, float(np.exp(self._generator.normal(0.0, _DAY_NOISE)))
        wanted = self.capacity * level(self.habits, at + SLOT) * self._noise[1]
        there, leave = float(len(self.inside)), 1.0 / self.habits.turnover_s
        come = (min(wanted, self.capacity) - there) / (2 * SLOT) + leave * there
        if come < 0.0:
            return 0.0, leave - come / max(there, 1.0)
        return come, leave

    def _wait(self) -> float:
        return float(self._generator.exponential())


def new_plate(generator: np.random.Generator) -> tuple[str, str]:
    """(text, colour) of a car: most from here, a third of them with new energy."""
    town = "鲁A" if generator.random() < _LOCAL else _TOWNS[int(generator.integers(len(_TOWNS)))]
    if generator.random() < _NEW_ENERGY:
        return f"{town}{'DF'[int(generator.integers(2))]}{int(generator.integers(100_000)):05}", "green"
    signs = [_SIGNS[int(k)] for k in generator.integers(len(_SIGNS), size=2)]
    return f"{town}{''.join(signs)}{int(generator.integers(1000)):03}", "blue"


def misread(text: str, generator: np.random.Generator) -> str:
    """The last digit read as another one."""
    return text[:-1] + str((int(text[-1]) + 1 + int(generator.integers(9))) % 10)


def capacities(lots: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Stalls by lot, of (lot, stalls) of its places."""
    found: dict[str, int] = {}
    for lot, stalls in lots:
        found[lot] = found.get(lot, 0) + stalls
    return found
