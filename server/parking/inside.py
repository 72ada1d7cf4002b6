"""How many vehicles are in each car park now, as this process hears it: what barriers count on top of what operators report.

Barriers' events that another process took in are not counted here; reports are, since they are read from the store every half minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from parking.occupancy import REPORTED, Occupancy, Zone
from parking.records import Place
from server.parking.store import ServiceUnit

AHEAD_S = 1800
"""s: who has reserved for within this and is not there yet keeps a space"""
_AT_ONCE = 500
Steps = Iterable[tuple[int, int]]


class Inside:
    """Of all lots, in one event loop."""

    def __init__(self) -> None:
        self._counts = Occupancy([])
        self._told: dict[str, int] = {}

    def take(self, capacities: Mapping[str, int], reports: Iterable[tuple[str, int, int]], now: int) -> None:
        """Lots by id with their stalls, as they are now, and (lot, at, vehicles) as reported."""
        zones = [Zone(lot, lot, capacity) for lot, capacity in capacities.items()]
        if zones != self._counts.zones:
            self._renew(zones, now)
        for lot, at, occupied in reports:
            self.report(lot, occupied, at)

    def passed(self, lot_id: str, steps: Steps) -> None:
        """(epoch s, ±1) of vehicles."""
        if lot_id in self._counts.rows:
            self._counts.passed(lot_id, steps)

    def report(self, lot_id: str, occupied: int, at: int) -> None:
        """A count; an older one than is known changes nothing."""
        if lot_id in self._counts.rows and at > self._told.get(lot_id, -1):
            self._told[lot_id] = at
            self._counts.report(lot_id, occupied, at)

    def now(self, now: int) -> dict[str, tuple[int, int]]:
        """(vehicles inside, spaces left) of the lots of which it is known."""
        picture = self._counts.picture(now)
        known = np.flatnonzero(np.isfinite(picture.occupied)).tolist()
        zones = self._counts.zones
        return {zones[k].id: (max(0, round(float(picture.occupied[k]))), round(float(picture.free[k]))) for k in known}

    def _renew(self, zones: Sequence[Zone], now: int) -> None:
        before, picture = self._counts, self._counts.picture(now)
        self._counts = Occupancy(zones)
        for lot, k in before.rows.items():
            if lot in self._counts.rows and np.isfinite(picture.occupied[k]):
                set_to = self._counts.report if picture.source[k] == REPORTED else self._counts.anchor
                set_to(lot, float(picture.occupied[k]), now - int(picture.age[k]))


def awaited_at(unit: ServiceUnit, places: Sequence[Place], now: int) -> int:
    """Confirmed for now or soon at these places, and not there yet."""
    count = 0
    for first in range(0, len(places), _AT_ONCE):
        ids = [place.id for place in places[first : first + _AT_ONCE]]
        rows = unit.sql(
            "select count(*) from claims c join reservations r on r.id = c.reservation_id where r.state = 'confirmed'"
            f" and c.place_id in ({','.join('?' * len(ids))}) and c.ends > ? and c.starts < ?",
            *ids, now, now + AHEAD_S,
        )  # fmt: skip
        count += int(rows[0][0])
    return count
