"""What is true of every compiled network, whatever the feed was like."""

from __future__ import annotations

import numpy as np

from transit.kernels.columns import SEGMENT_CHORD, SEGMENT_DX, SEGMENT_DY, SEGMENT_PROGRESS, SEGMENT_STRETCH
from transit.network import Network
from transit.network_file import network_from_bytes, network_to_bytes


def check_network(network: Network) -> None:
    """Assert the invariants that the engine relies on."""
    _check_patterns(network)
    _check_shapes(network)
    _check_trips(network)
    _check_blocks(network)
    assert network.calendar.active.max(initial=0) <= 1
    assert len(network.calendar.active) == len(network.service_ids)
    assert list(network_from_bytes(network_to_bytes(network)).trip_ids) == list(network.trip_ids)


def _inside(start: np.ndarray, count: int) -> np.ndarray:
    """Rows 1 … that follow a row of the same group."""
    return np.setdiff1d(np.arange(1, count), start)


def _check_patterns(network: Network) -> None:
    patterns = network.patterns
    hops = _inside(patterns.stop_start, len(patterns.stop))
    assert (np.diff(patterns.stop_start) >= 2).all()
    assert (patterns.sequence[hops] > patterns.sequence[hops - 1]).all()
    gaps = patterns.distance[hops] - patterns.distance[hops - 1]
    assert (gaps >= 0).all()
    assert (gaps[patterns.stop[hops] != patterns.stop[hops - 1]] > 0).all()
    assert (patterns.distance >= 0).all()
    assert (patterns.distance <= network.shapes.length[network.pattern_of_pattern_stop] + 1e-3).all()
    assert patterns.stop.min() >= 0
    assert patterns.stop.max() < len(network.stop_ids)
    assert patterns.headsign.max() < len(network.headsigns)
    assert set(patterns.direction.tolist()) <= {-1, 0, 1}


def _check_shapes(network: Network) -> None:
    rows = network.shapes.segments.astype(float)
    starts = network.shapes.segment_start
    assert np.isfinite(rows).all()
    assert (np.diff(starts) >= 1).all()
    assert (rows[:, SEGMENT_CHORD] > 0).all()
    assert np.allclose(np.hypot(rows[:, SEGMENT_DX], rows[:, SEGMENT_DY]), 1, atol=1e-5)
    assert (rows[starts[:-1], SEGMENT_PROGRESS] == 0).all()
    ends = rows[:, SEGMENT_PROGRESS] + rows[:, SEGMENT_CHORD] * rows[:, SEGMENT_STRETCH]
    hops = _inside(starts, len(rows))
    scale = 1e-6 * network.shapes.length.max() + 1e-2
    assert np.allclose(ends[hops - 1], rows[hops, SEGMENT_PROGRESS], atol=scale)
    assert np.allclose(ends[starts[1:] - 1], network.shapes.length, atol=scale)
    assert network.shape_start[-1] == len(network.shape_lat) == len(network.shape_lon)
    assert network.grid.start[-1] == len(network.grid.segment)


def _check_trips(network: Network) -> None:
    trips = network.trips
    stops = np.diff(network.patterns.stop_start)
    assert np.array_equal(np.diff(trips.start), stops[trips.pattern])
    assert (trips.arrival >= 0).all()
    assert (trips.departure >= trips.arrival).all()
    hops = _inside(trips.start, len(trips.arrival))
    assert (trips.arrival[hops] >= trips.departure[hops - 1]).all()
    assert (trips.arrival[trips.start[1:] - 1] > trips.departure[trips.start[:-1]]).all()
    assert len(set(network.trip_ids)) == len(network.trip_ids) == len(trips.pattern)
    assert ((trips.service >= 0) & (trips.service < len(network.service_ids))).all()
    assert (trips.template[network.frequencies.trip] == 1).all()


def _check_blocks(network: Network) -> None:
    blocks, trips = network.blocks, network.trips
    assert len(blocks.start) == len(network.block_ids) + 1
    inside = np.flatnonzero(trips.block >= 0)
    assert sorted(blocks.trip.tolist()) == inside.tolist()
    assert (blocks.trip[blocks.position_of_trip[inside]] == inside).all()
    first = trips.departure[trips.start[blocks.trip]]
    hops = _inside(blocks.start, len(first))
    assert (first[hops] >= first[hops - 1]).all()
