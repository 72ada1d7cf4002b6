"""Approaches of an inventory whose intersections are known, from their own table or as detectors name them.

An approach belongs to an intersection, where that is not known to a controller; names need be unique only there. One that several
of them use is told apart by its owner: `J1/north`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from feeds.recording_tables import Source
from feeds.signals.counters import SignalCounters
from feeds.signals.inventory_rows import NAN, Progress, Row, Table, read_rows, shown
from signals.inventory import Inventory

_APPROACHES = Table(("approach_id", "intersection_id", "lat", "lon", "bearing"), frozenset(["approach_id", "intersection_id"]))
Owner = tuple[bool, int]
"""(True, an intersection's row) or (False, a controller's row)"""


class Approaches:
    """Approaches by owner and name. `derived`: there is no table of them, so a name not heard before is a new one."""

    def __init__(self, inventory: Inventory, derived: bool) -> None:
        self._inventory, self.derived = inventory, derived
        self._rows: dict[tuple[Owner, str], int] = {}
        self._places: list[tuple[float, float, float]] = []
        self._held: dict[int, list[int]] = {}
        for at, device in enumerate(inventory.device.tolist()):
            self._held.setdefault(device, []).append(at)

    def add(self, owner: Owner, name: str, lat: float = NAN, lon: float = NAN, bearing: float = NAN) -> int:
        """Row of a new approach; -1 when the owner has one of that name."""
        if (owner, name) in self._rows:
            return -1
        self._places.append((lat, lon, bearing))
        return self._rows.setdefault((owner, name), len(self._rows))

    def of_detector(self, device: int, intersection: int, name: str) -> int:
        """The approach that a detector's row names, -1 none: at its intersection if that is known, else at any of its controller's."""
        held = self._held.get(device, [])
        if intersection < 0 and len(held) == 1:
            intersection = held[0]
        owners: list[Owner] = [(True, intersection)] if intersection >= 0 else [(False, device), *((True, at) for at in held)]
        for owner in owners:
            if (owner, name) in self._rows:
                return self._rows[owner, name]
        return self.add(owners[0], name) if self.derived else -1

    def of_intersection(self, intersection: int, name: str) -> int:
        """The approach of that name at an intersection, -1 none."""
        return self._rows.get(((True, intersection), name), -1)

    def into(self, inventory: Inventory) -> Inventory:
        """The inventory with these approaches."""
        uses = Counter(name for _, name in self._rows)
        lat, lon, bearing = np.array(self._places, np.float64).reshape(-1, 3).T
        return replace(
            inventory,
            approach_ids=tuple(name if uses[name] == 1 else f"{self._word(owner)}/{name}" for owner, name in self._rows),
            approach_intersection=np.array([at if is_node else -1 for (is_node, at), _ in self._rows], np.int32),
            approach_lat=lat.copy(),
            approach_lon=lon.copy(),
            approach_bearing=bearing.copy(),
        )

    def _word(self, owner: Owner) -> str:
        return (self._inventory.intersection_ids if owner[0] else self._inventory.device_ids)[owner[1]]


def read_approaches(
    inventory: Inventory, source: Source | None, counters: SignalCounters, progress: Progress | None = None
) -> Approaches:
    """The approaches that a table lists; without one they are to be derived from what detectors name."""
    approaches = Approaches(inventory, derived=source is None)
    if source is None:
        return approaches
    for row in read_rows(source, _APPROACHES, counters, None, progress):
        name, at = row["approach_id"], intersection_of(row, inventory)
        if not name:
            row.refuse("approach_id", "missing", "is empty")
        elif at < 0:
            refuse_intersection(row)
        elif approaches.add((True, at), name, *row.position(), row.number("bearing", 0.0, 360.0)) < 0:
            row.refuse("approach_id", "duplicate", f"stands in an earlier row too: {shown(name)}")
    return approaches


def intersection_of(row: Row, inventory: Inventory) -> int:
    """The row of the intersection that a row names, -1 none."""
    return inventory.intersection_index.get(row["intersection_id"], -1)


def refuse_intersection(row: Row) -> None:
    """Count a row as left out for an intersection that is not listed."""
    row.refuse("intersection_id", "unknown", f"is no intersection of the inventory: {shown(row['intersection_id'])}")
