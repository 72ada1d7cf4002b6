"""City.step on the simulated district: the replay law, immutable snapshots, counts."""

from __future__ import annotations

from functools import cache

import numpy as np

from feeds.gtfs import compile_network
from feeds.simulated import District
from server.city import City
from transit.kernels.columns import PositionColumns
from transit.network import Network
from transit.snapshot import Snapshot

EIGHT = 1_772_409_600.0  # 2026-03-02 08:00 +08:00
STEPS = 18
EVERY = 10.0


@cache
def recorded() -> tuple[Network, tuple[PositionColumns, ...]]:
    """The district's network, and what its buses report in three minutes, by steps."""
    district = District(3)
    network, _ = compile_network(district.gtfs_tables())
    district.start(EIGHT)
    batches = tuple(district.columns(district.advance(EIGHT + EVERY * (k + 1))) for k in range(STEPS))
    return network, batches


def run(city: City) -> list[Snapshot]:
    """A snapshot a step."""
    return [city.step(EIGHT + EVERY * (k + 1), [batch]) for k, batch in enumerate(recorded()[1])]


def as_bytes(snapshot: Snapshot) -> bytes:
    """Everything a reader could see, as bytes."""
    headways = snapshot.headways
    assert headways is not None
    columns = [
        *snapshot.arrivals, *snapshot.matches, *snapshot.events, snapshot.arrival_start, snapshot.vehicles,
        *headways.sums, *headways.planned, *headways.vehicles,
    ]  # fmt: skip
    said = repr((sorted(snapshot.counts.items()), snapshot.supervision))
    return b"".join(np.ascontiguousarray(column).tobytes() for column in columns) + said.encode()


def test_the_same_positions_give_the_same_snapshots_byte_for_byte() -> None:
    first, again = run(City(recorded()[0])), run(City(recorded()[0]))
    assert [as_bytes(one) for one in first] == [as_bytes(one) for one in again]
    assert len(first[-1].arrivals.vehicle) > 0


def test_a_published_snapshot_never_changes() -> None:
    city = City(recorded()[0])
    shots = []
    for k, batch in enumerate(recorded()[1]):
        snapshot = city.step(EIGHT + EVERY * (k + 1), [batch])
        shots.append((snapshot, as_bytes(snapshot)))
    assert all(as_bytes(snapshot) == then for snapshot, then in shots)


def test_absorbing_first_and_stepping_later_publishes_the_same_picture_of_the_fleet() -> None:
    network, batches = recorded()
    whole, halves = City(network), City(network)
    stepped = run(whole)[-1]
    for k, batch in enumerate(batches):
        halves.absorb(EIGHT + EVERY * (k + 1), [batch])
    later = halves.step(EIGHT + EVERY * STEPS, [])
    assert later.vehicles.tobytes() == stepped.vehicles.tobytes()
    assert len(later.matches.vehicle) == sum(len(batch.lat) for batch in batches)


def test_every_position_is_counted_once_by_what_became_of_it() -> None:
    city = City(recorded()[0])
    last = run(city)[-1]
    assert sum(city.state_counts().values()) == sum(len(batch.lat) for batch in recorded()[1])
    assert last.counts["vehicles"] == len(last.vehicle_ids)
    assert last.counts["in_service"] > 0


def test_calls_are_ahead_in_order_and_of_buses_that_are_known() -> None:
    for snapshot in run(City(recorded()[0])):
        arrivals, stops = snapshot.arrivals, snapshot.network.patterns.stop[snapshot.arrivals.pattern_stop]
        assert (arrivals.arrival >= snapshot.now).all()
        assert (arrivals.departure >= arrivals.arrival).all()
        assert (np.diff(stops) >= 0).all()
        for stop in np.unique(stops).tolist():
            rows = slice(snapshot.arrival_start[stop], snapshot.arrival_start[stop + 1])
            assert (np.diff(arrivals.arrival[rows]) >= 0).all()
        assert (arrivals.vehicle < len(snapshot.vehicles)).all()


def test_a_city_without_positions_publishes_an_empty_picture() -> None:
    snapshot = City(recorded()[0]).step(EIGHT, [])
    assert len(snapshot.arrivals.vehicle) == 0
    assert np.isnan(snapshot.last_received)
