"""Where the patterns of public transport pass the approaches of signals, as distances along their shapes.

Transit knows shapes, signals know stop lines; they meet here once for each pair of timetable and inventory, and all that
follows works with distances. A pattern that comes by twice, a loop or a road driven out and back, passes twice. An approach
without a bearing is taken to point from its stop line to the middle of its intersection. Where an intersection's approaches
have no places, the middle is passed, and the way the shape comes in says by which approach, or nobody knows (-1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signals.inventory import Inventory
from transit.geometry import heading, to_local
from transit.kernels.columns import (
    F32,
    F64,
    I32,
    SEGMENT_CHORD,
    SEGMENT_DX,
    SEGMENT_DY,
    SEGMENT_HEADING,
    SEGMENT_PROGRESS,
    SEGMENT_STRETCH,
    SEGMENT_X,
    SEGMENT_Y,
    U8,
)
from transit.network import Network

_FAR = 1e7
"""m, longer than any pattern: apart by it, progress of all patterns is one ascending column"""
Ints = NDArray[np.signedinteger[Any]]


class CrossingParameters(NamedTuple):
    """How near is near. Distances are bounded by the 60 m that transit's grid of segments answers for."""

    line: float = 25.0
    """m from a shape within which a stop line is its own: half a road of six lanes, plus the 3 m by which shapes are simplified
    and the 10 m by which GTFS shapes lie beside their lane"""
    middle: float = 30.0
    """m likewise for the middle of an intersection: a shape that turns cuts the corner of one of six lanes each way by 20 m"""
    turn: float = 60.0
    """degrees between shape and approach up to which they go the same way: a bend of a simplified shape may take 45, and roads that
    cross at less than 60 are rare"""
    doubt: float = 4.0
    """m; of two approaches that near to being equally near nobody knows which it is: less than a lane and its drawing error"""
    doubt_turn: float = 20.0
    """degrees likewise for approaches that are told apart by bearing alone"""
    apart: float = 80.0
    """m along the shape beyond which it comes by again: it cannot stay within `middle` for longer, and blocks are no shorter"""
    before: float = 25.0
    """m before the middle where the shape is still on its way in"""
    zone: float = 150.0
    """m upstream of the line over which bus delay is measured: a queue of 20 cars; queues beyond it are not seen"""
    stop_zone: float = 10.0
    """m after the line within which a stop still counts as before it: the bus stands with its front there (error of a fix)"""


@dataclass(frozen=True)
class Crossings:
    """Every passing of a signal by a pattern between its first and last stop, in order of pattern and distance. C crossings."""

    start: I32
    """[P + 1] first crossing of each pattern"""
    pattern: I32
    """[C]"""
    intersection: I32
    """[C] row in the inventory"""
    approach: I32
    """[C] row in the inventory; -1 unknown"""
    distance: F64
    """[C] m along the shape to the stop line, or to the middle of the intersection"""
    at_line: U8
    """[C] 1: to the stop line; 0: to the middle, because no stop line is known"""
    aside: F32
    """[C] m between that place and the shape"""
    heading: F32
    """[C] degrees from north in which the shape comes in"""
    stop_before: I32
    """[C] the last pattern stop before it"""
    stop_after: I32
    """[C] the first pattern stop beyond it"""
    zone: F64
    """[C] m along the shape where its stretch for bus delay begins: not before the crossing or stop that precedes it"""
    stop_within: I32
    """[C] the pattern stop within that stretch, -1 none: a near-side stop"""

    def __len__(self) -> int:
        return len(self.pattern)


class _Places(NamedTuple):
    """What shapes may pass: stop lines, and middles where lines are missing. All [n]."""

    x: F64
    y: F64
    bearing: F64
    """NaN unknown: any direction fits"""
    reach: F64
    intersection: I32
    approach: I32


class _Passes(NamedTuple):
    """Places beside shapes. All [n]."""

    pattern: Ints
    intersection: Ints
    approach: Ints
    progress: F64
    aside: F64
    at_line: U8

    def rows(self, chosen: Any) -> _Passes:
        """Some of them."""
        return _Passes._make(column[chosen] for column in self)


def find_crossings(network: Network, inventory: Inventory, parameters: CrossingParameters | None = None) -> Crossings:
    """The crossings of a network and an inventory; coordinates of both are WGS-84 degrees, NaN unknown and passed by nobody."""
    q = parameters or CrossingParameters()
    places = _places(network, inventory, q)
    passes = _nearest(_beside(network, places, q), q.apart)
    passes = _named_by_bearing(network, inventory, passes, q)
    return _crossings(network, _one_approach(passes, q), q)


def _places(network: Network, inventory: Inventory, q: CrossingParameters) -> _Places:
    x, y = to_local(inventory.lat, inventory.lon, network.origin_lat, network.origin_lon)
    line_x, line_y = to_local(inventory.approach_lat, inventory.approach_lon, network.origin_lat, network.origin_lon)
    of = inventory.approach_intersection
    on = np.flatnonzero(np.isfinite(line_x) & np.isfinite(line_y) & (of >= 0)).astype(np.int32)
    east, north = x[of[on]] - line_x[on], y[of[on]] - line_y[on]
    inward = np.where(np.hypot(east, north) >= 5.0, heading(east, north), np.nan)
    bearing = np.where(np.isfinite(inventory.approach_bearing[on]), inventory.approach_bearing[on], inward)
    number = np.bincount(of[of >= 0], minlength=len(x))
    bare = (number == 0) | (np.bincount(of[on], minlength=len(x)) < number)
    middles = np.flatnonzero(bare & np.isfinite(x) & np.isfinite(y)).astype(np.int32)
    none = np.full(len(middles), np.nan)
    return _Places(
        np.concatenate((line_x[on], x[middles])), np.concatenate((line_y[on], y[middles])), np.concatenate((bearing, none)),
        np.repeat((q.line, q.middle), (len(on), len(middles))), np.concatenate((of[on], middles)).astype(np.int32),
        np.concatenate((on, np.full(len(middles), -1, np.int32))),
    )


def _beside(network: Network, places: _Places, q: CrossingParameters) -> _Passes:
    """Every segment near every place, looked up in transit's grid: its cells name all segments within 60 m of any point in them."""
    grid, segments = network.grid, network.shapes.segments
    column, row = np.floor((places.x - grid.x0) / grid.cell), np.floor((places.y - grid.y0) / grid.cell)
    inside = np.flatnonzero((column >= 0) & (column < grid.columns) & (row >= 0) & (row < grid.rows))
    cell = (row[inside] * grid.columns + column[inside]).astype(np.int64)
    first, count = grid.start[cell].astype(np.int64), np.diff(grid.start)[cell].astype(np.int64)
    place = np.repeat(inside, count)
    segment = grid.segment[np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)]
    g = segments[segment].astype(np.float64)
    east, north = places.x[place] - g[:, SEGMENT_X], places.y[place] - g[:, SEGMENT_Y]
    along = np.clip(east * g[:, SEGMENT_DX] + north * g[:, SEGMENT_DY], 0.0, g[:, SEGMENT_CHORD])
    aside = np.hypot(east - along * g[:, SEGMENT_DX], north - along * g[:, SEGMENT_DY])
    fits = ~(_turn(g[:, SEGMENT_HEADING], places.bearing[place]) > q.turn) & (aside <= places.reach[place])
    progress = g[:, SEGMENT_PROGRESS] + along * g[:, SEGMENT_STRETCH]
    found = _Passes(
        grid.pattern_of_segment[segment], places.intersection[place], places.approach[place], progress, aside,
        (places.approach[place] >= 0).astype(np.uint8),
    )
    return found.rows(fits)


def _nearest(passes: _Passes, apart: float) -> _Passes:
    """Of each place, each time a shape comes by, the nearest point of the shape; the earlier of equally near ones."""
    passes, group = _grouped(passes, 3, apart)
    order = np.lexsort((passes.progress, passes.aside, group))
    return passes.rows(order[_firsts(group[order])])


def _grouped(passes: _Passes, keys: int, apart: float) -> tuple[_Passes, Ints]:
    """In order of the first columns and progress, with the number of the group each row is in."""
    order = np.lexsort((passes.progress, *passes[:keys][::-1]))
    passes = passes.rows(order)
    begins = np.diff(passes.progress, prepend=-np.inf) > apart
    for column in passes[:keys]:
        begins |= np.diff(column, prepend=-2) != 0
    return passes, np.cumsum(begins)


def _firsts(group: Ints) -> NDArray[np.bool_]:
    return np.asarray(np.diff(group, prepend=-1) != 0)


def _named_by_bearing(network: Network, inventory: Inventory, passes: _Passes, q: CrossingParameters) -> _Passes:
    """Passes of middles get the approach without a place whose bearing is that of the shape on its way in, if only one is."""
    lost = np.flatnonzero(
        ~np.isfinite(inventory.approach_lat + inventory.approach_lon) & np.isfinite(inventory.approach_bearing)
        & (inventory.approach_intersection >= 0)
    )  # fmt: skip
    middles = np.flatnonzero(passes.approach < 0)
    if not len(lost) or not len(middles):
        return passes
    lost = lost[np.argsort(inventory.approach_intersection[lost], kind="stable")]
    of = inventory.approach_intersection[lost]
    first, end = (np.searchsorted(of, passes.intersection[middles], side) for side in ("left", "right"))
    count = end - first
    row = np.repeat(middles, count)
    which = lost[np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)]
    way = _heading_at(network, passes.pattern[row], passes.progress[row] - q.before)
    turn = _turn(way, inventory.approach_bearing[which])
    order = np.lexsort((which, turn, row))
    row, which, turn = row[order], which[order], turn[order]
    second = np.append(np.where(row[1:] == row[:-1], turn[1:], np.inf), np.inf)
    sure = _firsts(row) & (turn <= q.turn) & (second - turn > q.doubt_turn)
    approach = passes.approach.copy()
    approach[row[sure]] = which[sure]
    return passes._replace(approach=approach)


def _one_approach(passes: _Passes, q: CrossingParameters) -> _Passes:
    """One pass for each time a shape comes by an intersection: the nearest named one; unknown where two are about as near."""
    passes, group = _grouped(passes, 2, q.apart)
    order = np.lexsort((passes.progress, passes.aside, passes.approach < 0, passes.at_line == 0, group))
    passes, group = passes.rows(order), group[order]
    best = np.flatnonzero(_firsts(group)[:-1] & ~_firsts(group)[1:])
    doubt = (passes.approach[best + 1] >= 0) & (passes.at_line[best] == passes.at_line[best + 1])
    unsure = best[doubt & (passes.aside[best + 1] - passes.aside[best] <= q.doubt)]
    approach, progress = passes.approach.copy(), passes.progress.copy()
    approach[unsure] = -1
    progress[unsure] = np.minimum(progress[unsure], progress[unsure + 1])
    return passes._replace(approach=approach, progress=progress).rows(_firsts(group))


def _crossings(network: Network, passes: _Passes, q: CrossingParameters) -> Crossings:
    passes = passes.rows(np.lexsort((passes.intersection, passes.progress, passes.pattern)))
    patterns = network.patterns
    stops = network.pattern_of_pattern_stop * _FAR + patterns.distance.astype(np.float64)
    beyond = np.searchsorted(stops, passes.pattern * _FAR + passes.progress, side="right")
    between = (beyond > patterns.stop_start[passes.pattern]) & (beyond < patterns.stop_start[passes.pattern + 1])
    passes, after = passes.rows(between), beyond[between].astype(np.int32)
    pattern, distance = passes.pattern.astype(np.int32), passes.progress
    former = np.where(np.diff(pattern, prepend=-1) == 0, np.concatenate(([0.0], distance[:-1])), 0.0)[: len(distance)]
    zone = np.maximum(np.maximum(distance - q.zone, former), patterns.distance[patterns.stop_start[pattern]])
    last = np.searchsorted(stops, pattern * _FAR + distance + q.stop_zone, side="right") - 1
    last = np.minimum(last, patterns.stop_start[pattern + 1] - 1)
    within = (patterns.distance[last] > zone) & (last > patterns.stop_start[pattern])
    return Crossings(
        np.searchsorted(pattern, np.arange(len(patterns.route) + 1)).astype(np.int32), pattern,
        passes.intersection.astype(np.int32), passes.approach.astype(np.int32), distance,
        passes.at_line, passes.aside.astype(np.float32),
        _heading_at(network, pattern, distance - q.before).astype(np.float32), after - np.int32(1), after, zone,
        np.where(within, last, -1).astype(np.int32),
    )


def _heading_at(network: Network, pattern: Ints, progress: F64) -> F64:
    """Degrees from north that shapes head along at so many m."""
    shapes = network.shapes
    key = network.grid.pattern_of_segment * _FAR + shapes.segments[:, SEGMENT_PROGRESS].astype(np.float64)
    at = np.searchsorted(key, pattern * _FAR + np.maximum(progress, 0.0), side="right") - 1
    at = np.clip(at, shapes.segment_start[pattern], shapes.segment_start[pattern + 1] - 1)
    return np.asarray(shapes.segments[at, SEGMENT_HEADING], np.float64)


def _turn(one: F64, other: F64) -> F64:
    """Degrees between two directions, 0–180; NaN where one is unknown."""
    return np.asarray(np.abs((one - other + 180.0) % 360.0 - 180.0))
