"""WGS-84 degrees to local metres and back; lengths and simplification of polylines.

The local plane is equirectangular around one origin: x = (lon - origin_lon) * metres a degree of longitude, y likewise, with
the ellipsoid's own radii of curvature at the origin's latitude (meridian M and prime vertical N, WGS-84: a = 6,378,137 m,
f = 1 / 298.257223563). Good to 0.3 % of x at 30 km north or south of the origin, exact enough to draw and to compare; true
lengths are therefore taken between neighbouring points at their own mid-latitude (`polyline_lengths`), never in the plane.
All functions take and give float64 arrays of one shape, or scalars.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transit.kernels.columns import F64

_A = 6_378_137.0
_E2 = 2 / 298.257223563 - (1 / 298.257223563) ** 2


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Metres a degree of latitude and a degree of longitude at this latitude: the two factors of the local plane."""
    along, across = _scales(np.float64(lat))
    return float(along), float(across)


def to_local(lat: Any, lon: Any, origin_lat: float, origin_lon: float) -> tuple[F64, F64]:
    """Degrees → (x east, y north) in metres from the origin. NaN stays NaN."""
    per_lat, per_lon = metres_per_degree(origin_lat)
    return (np.asarray(lon, np.float64) - origin_lon) * per_lon, (np.asarray(lat, np.float64) - origin_lat) * per_lat


def to_wgs84(x: Any, y: Any, origin_lat: float, origin_lon: float) -> tuple[F64, F64]:
    """Metres from the origin → (lat, lon) in degrees: the inverse of `to_local`."""
    per_lat, per_lon = metres_per_degree(origin_lat)
    return np.asarray(y, np.float64) / per_lat + origin_lat, np.asarray(x, np.float64) / per_lon + origin_lon


def distance(lat_a: Any, lon_a: Any, lat_b: Any, lon_b: Any) -> F64:
    """Metres between points, element by element; within 1e-5 of the geodesic for points less than 50 km apart."""
    lat_a, lat_b = np.asarray(lat_a, np.float64), np.asarray(lat_b, np.float64)
    along, across = _scales((lat_a + lat_b) / 2)
    east = (np.asarray(lon_b, np.float64) - np.asarray(lon_a, np.float64)) * across
    return np.asarray(np.hypot((lat_b - lat_a) * along, east))


def polyline_lengths(lat: F64, lon: F64) -> F64:
    """[n] metres from the first point along the polyline to each of its n points; the first is 0."""
    lengths = np.zeros(len(lat))
    if len(lat) > 1:
        np.cumsum(distance(lat[:-1], lon[:-1], lat[1:], lon[1:]), out=lengths[1:])
    return lengths


def simplify(x: F64, y: F64, tolerance: float) -> NDArray[np.bool_]:
    """[n] which points to keep so that no point lies further than `tolerance` metres from the kept polyline.

    Douglas–Peucker; a piece that turns back on itself is measured to the chord as a bounded segment, so the far end of an
    out-and-back spur stays. The first and the last point are always kept.
    """
    keep = np.zeros(len(x), np.bool_)
    keep[[0, -1]] = True
    pending = [(0, len(x) - 1)]
    while pending:
        first, last = pending.pop()
        if last - first < 2:
            continue
        away = from_chord(x[first : last + 1], y[first : last + 1])
        furthest = int(np.argmax(away))
        if away[furthest] > tolerance:
            keep[first + furthest] = True
            pending += [(first, first + furthest), (first + furthest, last)]
    return keep


def from_chord(x: F64, y: F64) -> F64:
    """[n] metres of every point from the straight piece between the first and the last."""
    dx, dy = x[-1] - x[0], y[-1] - y[0]
    square = dx * dx + dy * dy
    east, north = x - x[0], y - y[0]
    if square > 0:
        along = np.minimum(np.maximum((east * dx + north * dy) / square, 0.0), 1.0)
        east, north = east - along * dx, north - along * dy
    return np.asarray(np.hypot(east, north))


def heading(dx: Any, dy: Any) -> F64:
    """Degrees clockwise from north, 0 ≤ heading < 360, of the direction (dx east, dy north)."""
    degrees = np.degrees(np.arctan2(np.asarray(dx, np.float64), np.asarray(dy, np.float64))) % 360.0
    return np.asarray(np.where(degrees >= 360.0, 0.0, degrees))


def _scales(lat: Any) -> tuple[F64, F64]:
    sine = np.sin(np.radians(lat))
    curvature = 1 - _E2 * sine * sine
    meridian = _A * (1 - _E2) / curvature**1.5
    vertical = _A / np.sqrt(curvature)
    return meridian * (math.pi / 180), vertical * np.cos(np.radians(lat)) * (math.pi / 180)
