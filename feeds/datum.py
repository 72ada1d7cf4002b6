"""WGS-84 ⇄ GCJ-02, the datum that Chinese maps are drawn in: `?crs=gcj02` converts answers, nothing else is kept in it.

The public formula (Krasovsky ellipsoid, offsets as trigonometric series around 105° E, 35° N); outside the box
72.004–137.8347 E, 0.8293–55.8271 N both are the same by convention. In Zhangqiu they lie 540 m apart. The inverse is a
fixed-point iteration: three steps leave 0.03 mm. Arrays of one shape, or scalars; NaN stays NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from transit.kernels.columns import F64

_A = 6378245.0
_EE = 0.00669342162296594323
_STEPS = 3


def wgs84_to_gcj02(lat: Any, lon: Any) -> tuple[F64, F64]:
    """(lat, lon) in GCJ-02."""
    lat, lon = np.asarray(lat, np.float64), np.asarray(lon, np.float64)
    north, east = _shift(lat, lon)
    return lat + north, lon + east


def gcj02_to_wgs84(lat: Any, lon: Any) -> tuple[F64, F64]:
    """(lat, lon) in WGS-84."""
    lat, lon = np.asarray(lat, np.float64), np.asarray(lon, np.float64)
    true_lat, true_lon = lat, lon
    for _ in range(_STEPS):
        there_lat, there_lon = wgs84_to_gcj02(true_lat, true_lon)
        true_lat, true_lon = true_lat - (there_lat - lat), true_lon - (there_lon - lon)
    return true_lat, true_lon


def _shift(lat: F64, lon: F64) -> tuple[F64, F64]:
    """Degrees to add; 0 outside the box."""
    x, y = lon - 105.0, lat - 35.0
    sin, pi, root = np.sin, np.pi, np.sqrt(np.abs(x))
    common = (20 * sin(6 * pi * x) + 20 * sin(2 * pi * x)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north += (20 * sin(pi * y) + 40 * sin(pi * y / 3)) * 2 / 3 + (160 * sin(pi * y / 12) + 320 * sin(pi * y / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east += (20 * sin(pi * x) + 40 * sin(pi * x / 3)) * 2 / 3 + (150 * sin(pi * x / 12) + 300 * sin(pi * x / 30)) * 2 / 3
    latitude = np.radians(lat)
    magic = 1 - _EE * sin(latitude) ** 2
    north = north * 180 / ((_A * (1 - _EE)) / (magic * np.sqrt(magic)) * pi)
    east = east * 180 / (_A / np.sqrt(magic) * np.cos(latitude) * pi)
    inside = (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)
    return np.where(inside, north, 0.0), np.where(inside, east, 0.0)
