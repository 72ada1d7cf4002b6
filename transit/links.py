"""Links: pieces of road of at most 250 m that all patterns share which drive them, and where each pattern passes which.

A pattern's shape is sampled every 25 m; samples of other patterns on the same road in the same direction are the same road
samples, and consecutive new ones make a link. So a link is known by its geometry alone: a line whose path changes drives other
links there, and learned times never follow it onto a road they were not measured on.
A pattern's path is cut into pieces at the ends of links and around its stops: within `STOP_ZONE` m of a stop a bus may dwell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from transit.kernels.columns import F32, F64, I32, I64
from transit.kernels.links import SAME_WAY, index_points, join_roads, sample_shapes
from transit.kernels.prediction_columns import PieceColumns
from transit.network import Network

STEP = 25.0
"""m between samples"""
REACH = 18.0
"""m from a sample within which another one is of the same road: half a step along it and 13 m across, lanes and drawing"""
LONGEST = 10
"""samples of a link at most: 250 m"""
HOP_STEP = 100.0
"""m by which the ways of two patterns from one stop to the next must differ to be two"""
STOP_ZONE = 15.0
"""m before and after a stop that are its zone"""


@dataclass(frozen=True)
class Links:
    """The links of a network. L links, S stops, N pieces."""

    points: F32
    """[R, 4] road samples: x, y in local metres, unit vector of the heading"""
    link_of_point: I32
    """[R]"""
    length: F32
    """[L] m"""
    pieces: PieceColumns
    hop_of: I32
    """[Q] the hop that ends at each pattern stop: all patterns share it that drive from the same stop to the same stop as far"""
    hops: int

    def index(self, cell: float) -> tuple[I32, I32]:
        """(heads, chains) of the hash of road samples by cells of so many metres, for `kernels.links.drive_past`."""
        size = 1 << max(4, (2 * len(self.points)).bit_length())
        head, chain = np.empty(size, np.int32), np.empty(len(self.points), np.int32)
        index_points(self.points, cell, head, chain)
        return head, chain

    def __len__(self) -> int:
        return len(self.length)


def find_links(network: Network) -> Links:
    """The links of all patterns of a network; the same network gives the same links."""
    shapes = network.shapes
    counts = np.maximum(1, np.ceil(shapes.length / STEP)).astype(np.int64)
    start = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    points = np.empty((int(start[-1]), 4), np.float32)
    sample_shapes(shapes, start, points)
    road = np.empty(len(points), np.int32)
    join_roads(points, 0, REACH, SAME_WAY, road)
    index = np.arange(len(points))
    new = road == index
    pattern = np.repeat(np.arange(len(counts)), counts)
    breaks = new & ~(np.roll(new, 1) & (np.roll(pattern, 1) == pattern))
    run = np.cumsum(breaks)
    place = index - np.maximum.accumulate(np.where(breaks, index, 0))
    lengths = np.bincount(run[new], minlength=int(run[-1]) + 1 if len(run) else 1)
    parts = -(-lengths // LONGEST)
    link = np.full(len(points), -1, np.int64)
    within = place[new] * parts[run[new]] // np.maximum(lengths[run[new]], 1)
    first = np.concatenate(([0], np.cumsum(parts)))[:-1]
    link[new] = first[run[new]] + within
    step = (shapes.length / counts)[pattern]
    length = np.bincount(link[new], weights=step[new], minlength=int(parts.sum()))
    of_sample = link[road].astype(np.int32)
    pieces = _pieces(network, start, of_sample, step)
    hops = _hops(network)
    return Links(
        points[new], link[new].astype(np.int32), length.astype(np.float32), pieces, hops, int(hops.max(initial=-1)) + 1
    )


def _hops(network: Network) -> I32:
    """[Q] number of (stop before, stop, way in steps of HOP_STEP m); at a first stop one of its own."""
    patterns = network.patterns
    before = np.roll(patterns.stop, 1).astype(np.int64)
    before[patterns.stop_start[:-1]] = -1
    way = np.round(np.diff(patterns.distance, prepend=0.0) / HOP_STEP).astype(np.int64)
    way[patterns.stop_start[:-1]] = 0
    keys = np.stack((before, patterns.stop.astype(np.int64), way))
    return np.unique(keys, axis=1, return_inverse=True)[1].reshape(-1).astype(np.int32)


def _pieces(network: Network, start: I32, link: I32, step: F64) -> PieceColumns:
    """Every pattern's path cut at the ends of links and of stop zones."""
    patterns = network.patterns
    ends: list[F64] = []
    links: list[I32] = []
    stops: list[I64] = []
    counts: list[int] = []
    zone_of_stop = np.empty(len(patterns.stop), np.int32)
    for p in range(len(patterns.route)):
        first, end = patterns.stop_start[p], patterns.stop_start[p + 1]
        mine = link[start[p] : start[p + 1]]
        width = float(step[start[p]]) if len(mine) else STEP
        low, high = _zones(patterns.distance[first:end].astype(np.float64), float(network.shapes.length[p]))
        cuts = np.concatenate(((np.flatnonzero(np.diff(mine)) + 1) * width, low, high, [float(network.shapes.length[p])]))
        cuts = np.unique(np.round(cuts, 1))
        cuts = cuts[cuts > 0.05]
        middle = (cuts + np.concatenate(([0.0], cuts[:-1]))) / 2
        zone = np.searchsorted(low, middle, "right") - 1
        zone = np.where((zone >= 0) & (middle < high[np.maximum(zone, 0)]), zone, -1)
        on = mine[np.clip((middle / width).astype(np.int64), 0, len(mine) - 1)]
        whole = np.append((np.diff(zone) != 0) | ((zone[1:] < 0) & (np.diff(on) != 0)), True)
        ends.append(cuts[whole])
        links.append(on[whole])
        stops.append(np.where(zone[whole] >= 0, first + zone[whole], -1))
        places = np.searchsorted(ends[-1], patterns.distance[first:end])
        own = np.flatnonzero(stops[-1] >= 0)
        places[stops[-1][own] - first] = own
        zone_of_stop[first:end] = sum(counts) + np.maximum.accumulate(np.minimum(places, len(ends[-1]) - 1))
        counts.append(int(whole.sum()))
    return PieceColumns(
        np.concatenate(([0], np.cumsum(counts))).astype(np.int32), np.concatenate([*ends, []]).astype(np.float32),
        np.concatenate([*links, []]).astype(np.int32), np.concatenate([*stops, []]).astype(np.int32), zone_of_stop,
    )


def _zones(distance: F64, length: float) -> tuple[F64, F64]:
    """(begin, end) m of the zone of each stop, in order and apart; a zone is at least 0.2 m long, or lies in that of the next."""
    middle = (distance[1:] + distance[:-1]) / 2
    low = np.maximum(distance - STOP_ZONE, np.concatenate(([-np.inf], middle)))
    high = np.minimum(distance + STOP_ZONE, np.concatenate((middle, [np.inf])))
    low = np.minimum(np.maximum(low, 0.0), max(length - 0.2, 0.0))
    return low, np.minimum(np.maximum(high, low + 0.2), length)
