"""The streets of the simulated district as people walk them: a table that `feeds.parking.streets` reads.

From each car park a straight way leads to the nearest street, which has a node there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from feeds.simulated_streets import ORIGIN_LAT, ORIGIN_LON, Streets, to_degrees
from transit.geometry import to_local

F64 = NDArray[np.float64]


class Foot(NamedTuple):
    """Where the way from a place meets a street: after corner `after` of its line."""

    metres: float
    edge: int
    after: int
    point: F64


def walking_streets(streets: Streets, places: Sequence[tuple[float, float]] = ()) -> str:
    """CSV of from_node, to_node, road_class, wkt; a street once, not once a direction. `places`: (lat, lon) that ways lead to."""
    rows = ["from_node,to_node,road_class,wkt"]
    spots = [np.array(to_local(lat, lon, ORIGIN_LAT, ORIGIN_LON), np.float64) for lat, lon in places]
    feet = [nearest(streets, spot) for spot in spots]
    for edge in range(0, len(streets.edge_from), 2):
        line, node = streets.edge_line[edge], str(streets.edge_from[edge])
        here = [(one.after, float(np.hypot(*(one.point - line[one.after]))), k) for k, one in enumerate(feet) if one.edge == edge]
        corner, begin = 0, line[0]
        for after, _, k in sorted(here):
            rows.append(_row(node, f"foot-{k}", np.vstack([begin, line[corner + 1 : after + 1], feet[k].point])))
            node, corner, begin = f"foot-{k}", after, feet[k].point
        rows.append(_row(node, str(streets.edge_to[edge]), np.vstack([begin, line[corner + 1 :]])))
    rows += [_row(f"foot-{k}", f"place-{k}", np.vstack([one.point, spots[k]])) for k, one in enumerate(feet)]
    return "\n".join([*rows, ""])


def nearest(streets: Streets, spot: F64) -> Foot:
    """The nearest point of all streets."""
    best = Foot(np.inf, 0, 0, spot)
    for edge in range(0, len(streets.edge_from), 2):
        line = streets.edge_line[edge]
        steps = np.diff(line, axis=0)
        along = np.clip(((spot - line[:-1]) * steps).sum(1) / np.maximum((steps**2).sum(1), 1e-9), 0.02, 0.98)
        points = line[:-1] + along[:, None] * steps
        away = np.hypot(*(spot - points).T)
        k = int(away.argmin())
        if away[k] < best.metres:
            best = Foot(float(away[k]), edge, k, points[k])
    return best


def _row(begin: str, end: str, line: F64) -> str:
    lat, lon = to_degrees(*line.T)
    text = ", ".join(f"{x:.6f} {y:.6f}" for x, y in zip(lon.tolist(), lat.tolist(), strict=True))
    return f'{begin},{end},residential,"LINESTRING ({text})"'
