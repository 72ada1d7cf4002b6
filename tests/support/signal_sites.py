"""Signals beside drawn streets: inventories in a line, and a City that buses drive through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from server.city import City
from signals.inventory import Inventory
from tests.support.lines import DAY
from tests.support.ride import Fix, positions
from transit.snapshot import Snapshot


def inventory_of(middles: Sequence[tuple[float, float]], approaches: Sequence[tuple[int, float, float, float]]) -> Inventory:
    """Intersections J0, J1, … at (lat, lon) and approaches A0, A1, … (intersection, lat, lon, bearing); NaN unknown."""
    lat, lon = (np.array([one[k] for one in middles], np.float64) for k in range(2))
    count = len(lat)
    of, at_lat, at_lon, bearing = (np.array([one[k] for one in approaches], np.float64) for k in range(4))
    return Inventory(
        device_ids=(), intersection_ids=[f"J{k}" for k in range(count)], device=np.full(count, -1, np.int32),
        grade=np.zeros(count, np.int8), declared_mode=np.full(count, -1, np.int32), lat=lat, lon=lon,
        approach_ids=[f"A{k}" for k in range(len(approaches))], approach_intersection=of.astype(np.int32), approach_lat=at_lat,
        approach_lon=at_lon, approach_bearing=bearing,
    )  # fmt: skip


def drives(city: City, fixes: Sequence[Fix], step: float = 5.0, until: float | None = None) -> Iterator[Snapshot]:
    """Snapshots every `step` s of a City whose buses send these fixes (`until` like their clocks in s after lines.DAY)."""
    ordered = sorted(fixes, key=lambda fix: fix.clock + fix.delay)
    now, end = ordered[0].clock, until or ordered[-1].clock + ordered[-1].delay + step
    row = 0
    while now <= end:
        due = row
        while due < len(ordered) and ordered[due].clock + ordered[due].delay <= now:
            due += 1
        batch = [positions(ordered[row:due])] if due > row else []
        row = due
        yield city.step(DAY + now, batch)
        now += step
