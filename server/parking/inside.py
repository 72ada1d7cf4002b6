"""How many vehicles are in each car park now: what barriers count, what operators report, and what people counted.

Passages are read from the store in the order in which they were told (`passage_steps`), so every process counts the same. Both counts
are kept and shown: the reported one as it was told, and the derived one, which reports and counts by hand set right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from parking.occupancy import NEITHER, Occupancy, Picture, Zone
from parking.occupancy_memory import recall, remember
from parking.records import Place
from server.parking.store import ServiceUnit

AHEAD_S = 1800
"""s: who has reserved for within this and is not there yet keeps a space"""
SOURCES = ("unknown", "derived", "reported", "both", "parts")
_AT_ONCE = 500
Steps = Iterable[tuple[int, int]]


class Count(NamedTuple):
    """Of one lot at one time; None: unknown."""

    occupied: int | None
    free: int | None
    """stalls that no vehicle is on"""
    source: str
    age_s: int | None
    derived: int | None
    reported: int | None
    drift: int | None
    """how far the derived count was off when a report or a count by hand set it right last; vehicles too many"""
    uncertainty: float | None


NOTHING = Count(None, None, SOURCES[NEITHER], None, None, None, None, None)


class Seen(NamedTuple):
    """All lots at one time."""

    rows: Mapping[str, int]
    picture: Picture
    drifts: Mapping[str, float]

    def of(self, lot_id: str) -> Count:
        """One lot's count."""
        k, picture = self.rows.get(lot_id), self.picture
        if k is None:
            return NOTHING
        known = picture.source[k] != NEITHER and np.isfinite(picture.occupied[k])
        uncertainty = float(picture.uncertainty[k])
        return Count(
            _whole(picture.occupied[k]) if known else None, _whole(picture.free[k]) if known else None, SOURCES[picture.source[k]],
            int(picture.age[k]) if known and np.isfinite(picture.age[k]) else None, _whole(picture.derived[k]),
            _whole(picture.reported[k]), _whole(self.drifts.get(lot_id, np.nan), signed=True),
            round(uncertainty, 1) if np.isfinite(uncertainty) else None,
        )  # fmt: skip


class Inside:
    """Of all lots, in one event loop."""

    def __init__(self) -> None:
        self.counts = Occupancy([])
        self._drifts: dict[str, float] = {}
        self._picture: tuple[int, Picture] | None = None

    def take(self, capacities: Mapping[str, int]) -> None:
        """Lots by id with their stalls, as they are now; what is known of those that stay is kept."""
        zones = [Zone(lot, lot, capacity) for lot, capacity in capacities.items()]
        if zones != self.counts.zones:
            before, self.counts, self._picture = self.counts, Occupancy(zones), None
            recall(self.counts, remember(before))

    def passed(self, lot_id: str, steps: Steps) -> None:
        """(epoch s, ±1) of vehicles."""
        if lot_id in self.counts.rows:
            self._picture = None
            self.counts.passed(lot_id, steps)

    def report(self, lot_id: str, occupied: int, at: int) -> None:
        """A count; an older one than is known changes nothing."""
        if lot_id in self.counts.rows and at > self.counts.told(lot_id)[0]:
            self._picture = None
            self._drift(lot_id, occupied)
            self.counts.report(lot_id, occupied, at)

    def counted(self, lot_id: str, occupied: int, at: int) -> None:
        """What people counted: sets the derived count right."""
        if lot_id in self.counts.rows and at > self.counts.told(lot_id)[1]:
            self._picture = None
            self._drift(lot_id, occupied)
            self.counts.count(lot_id, occupied, at)

    def at(self, now: int) -> Seen:
        """What is known at `now`, for any thread."""
        if self._picture is None or self._picture[0] != now:
            self._picture = now, self.counts.picture(now)
        return Seen(self.counts.rows, self._picture[1], self._drifts)

    def _drift(self, lot: str, occupied: int) -> None:
        """How far the derived count is off a truth that is told; it is kept to be shown."""
        derived = float(self.counts.derived_all()[self.counts.rows[lot]])
        if np.isfinite(derived):
            self._drifts[lot] = derived - occupied


def awaited_at(unit: ServiceUnit, places: Sequence[Place], now: int) -> dict[str, int]:
    """Confirmed for now or soon and not there yet, by lot; these places alone."""
    lots = {place.id: place.lot_id for place in places}
    names, counts = sorted(lots), dict[str, int]()
    for first in range(0, len(names), _AT_ONCE):
        some = names[first : first + _AT_ONCE]
        rows = unit.sql(
            "select c.place_id, count(*) from claims c join reservations r on r.id = c.reservation_id where r.state = 'confirmed'"
            f" and c.place_id in ({','.join('?' * len(some))}) and c.ends > ? and c.starts < ? group by c.place_id",
            *some, now, now + AHEAD_S,
        )  # fmt: skip
        for place_id, count in rows:
            counts[lots[place_id]] = counts.get(lots[place_id], 0) + count
    return counts


def _whole(value: float, signed: bool = False) -> int | None:
    if not np.isfinite(value):
        return None
    return round(float(value)) if signed else max(0, round(float(value)))
