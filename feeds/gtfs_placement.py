"""Where along its shape a pattern stops.

Every stop is projected on every short piece of the shape, and of all assignments that never go back along it the one with
the least cost is taken (dynamic programming): loops, out-and-back roads and stops served twice get the right pass because the
stops between them do. The cost of a stop is its squared distance from the shape up to 50 m and grows linearly beyond (Huber),
so that one misplaced stop does not pull the others along. Distances are true metres from the shape's first point.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transit.geometry import polyline_lengths, to_local
from transit.kernels.columns import F64

_PIECE = 50.0
"""m; pieces bound how far stops given in the wrong order on a straight road are pushed"""
_KNEE = 50.0
_END_PULL = 1e-3
"""m² a metre: of two equal places the first stop takes the earlier one, the last stop the later one"""
_TOLERANCE = 25.0
"""m; the feed's own distances are believed while no stop lies this much further from its place than from the shape"""
_UNITS = (1.0, 1000.0, 1609.344, 0.3048)
MISFIT = 200.0
"""m; a shape the middle stop is further away from belongs to another line, or runs the other way"""


class Polyline(NamedTuple):
    """A shape without repeated points."""

    lat: F64
    lon: F64
    along: F64
    """true metres from the first point"""
    traveled: F64
    """shape_dist_traveled of each point, NaN unknown"""


class Track(NamedTuple):
    """A polyline cut into pieces of at most 50 m in the local plane."""

    x: F64
    y: F64
    along: F64


class Placement(NamedTuple):
    """Stops of a pattern on its shape."""

    distance: F64
    """m along the shape, non-decreasing, increasing where the stops differ"""
    offset: F64
    """m from the shape at that place"""
    from_feed: bool
    """placed by shape_dist_traveled"""


def make_track(line: Polyline, origin: tuple[float, float]) -> Track:
    """Cut a polyline for placing stops on it."""
    x, y = to_local(line.lat, line.lon, *origin)
    pieces = np.maximum(1, np.ceil(np.diff(line.along) / _PIECE)).astype(np.int64)
    place = np.repeat(np.arange(len(pieces)), pieces)
    part = (np.arange(len(place)) - np.repeat(np.cumsum(pieces) - pieces, pieces)) / pieces[place]
    cut = np.append(place + part, len(x) - 1)
    points = np.arange(len(x))
    return Track(*(np.interp(cut, points, column) for column in (x, y, line.along)))


def place_stops(line: Polyline, track: Track, x: F64, y: F64, stop: NDArray[np.int32], traveled: F64) -> Placement:
    """Place K stops at local (x, y); `stop` tells which are the same, `traveled` their shape_dist_traveled (NaN unknown)."""
    off, along = _project(track, x, y)
    same = stop[1:] == stop[:-1]
    distance = _from_feed(line, track, x, y, traveled, off.min(axis=1))
    believed = distance is not None
    if distance is None:
        distance = _cheapest(off, along, same, track.along[-1])
    distance = _separate(distance, same, track.along[-1])
    return Placement(distance, _offsets(track, x, y, distance), believed)


def straight_line(lat: F64, lon: F64) -> tuple[Polyline, F64]:
    """Straight lines through the stops, and the stops' distances along them; a metre eastwards when all are at one place."""
    distance = polyline_lengths(lat, lon)
    if distance[-1] == 0:
        lat, lon = lat[[0, 0]], np.array([lon[0], lon[0] + 1e-5])
    along = polyline_lengths(lat, lon)
    kept = np.append(True, np.diff(along) > 0)
    return Polyline(lat[kept], lon[kept], along[kept], np.full(int(kept.sum()), np.nan)), distance


def separate(distance: F64, stop: NDArray[np.int32], length: float) -> F64:
    """Distances pushed apart, by a metre where the shape has room, so that they increase wherever the stops differ."""
    return _separate(distance, stop[1:] == stop[:-1], length)


def _project(track: Track, x: F64, y: F64) -> tuple[F64, F64]:
    """[K, N] distance of every stop from every piece, and the place along the shape of the nearest point of that piece."""
    dx, dy = np.diff(track.x), np.diff(track.y)
    square = dx * dx + dy * dy
    east, north = x[:, None] - track.x[:-1], y[:, None] - track.y[:-1]
    part = np.clip((east * dx + north * dy) / np.where(square > 0, square, 1), 0, 1)
    off = np.hypot(east - part * dx, north - part * dy)
    return off, track.along[:-1] + part * np.diff(track.along)


def _from_feed(line: Polyline, track: Track, x: F64, y: F64, traveled: F64, nearest: F64) -> F64 | None:
    """The feed's own distances in true metres, None when they contradict the shape."""
    if np.isnan(traveled).any() or np.any(np.diff(traveled) < 0) or traveled[-1] <= traveled[0]:
        return None
    candidates = [traveled * unit for unit in _UNITS]
    if not np.isnan(line.traveled).any() and np.all(np.diff(line.traveled) >= 0) and line.traveled[-1] > line.traveled[0]:
        candidates.insert(0, np.interp(traveled, line.traveled, line.along))
    length = line.along[-1]
    for candidate in candidates:
        inside = candidate[0] >= 0 and candidate[-1] <= length * 1.01 + 1
        distance: F64 = np.minimum(candidate, length)
        if inside and np.all(_offsets(track, x, y, distance) <= nearest + _TOLERANCE):
            return distance
    return None


def _offsets(track: Track, x: F64, y: F64, distance: F64) -> F64:
    at_x, at_y = (np.interp(distance, track.along, column) for column in (track.x, track.y))
    return np.asarray(np.hypot(at_x - x, at_y - y))


def _cheapest(off: F64, along: F64, same: NDArray[np.bool_], length: float) -> F64:
    cost = np.where(off <= _KNEE, off * off, 2 * _KNEE * off - _KNEE * _KNEE)
    cost[0] += _END_PULL * along[0]
    cost[-1] += _END_PULL * (length - along[-1])
    total = cost.copy()
    for k in range(1, len(cost)):
        before = np.minimum.accumulate(total[k - 1])
        best = np.append(np.inf, before[:-1])
        total[k] += np.where(_may_share(along, same, k), np.minimum(best, total[k - 1]), best)
    distance = np.empty(len(cost))
    piece = int(np.argmin(total[-1]))
    distance[-1] = along[-1, piece]
    for k in range(len(cost) - 1, 0, -1):
        reach = piece + 1 if _may_share(along, same, k)[piece] else max(piece, 1)
        piece = int(np.argmin(total[k - 1, :reach]))
        distance[k - 1] = along[k - 1, piece]
    return distance


def _may_share(along: F64, same: NDArray[np.bool_], k: int) -> NDArray[np.bool_]:
    """[N] whether stops k - 1 and k may both lie on a piece: in order, or at one place when they are one stop."""
    return np.asarray(along[k] >= along[k - 1] if same[k - 1] else along[k] > along[k - 1])


def _separate(distance: F64, same: NDArray[np.bool_], length: float) -> F64:
    gap = min(1.0, length / (2 * len(distance)))
    least = np.concatenate([[0.0], np.cumsum(np.where(same, 0.0, gap))])
    pushed = np.maximum.accumulate(np.clip(distance, 0, length) - least)
    return np.asarray(np.minimum(pushed, length - least[-1]) + least)
