"""Baselines: what it costs to run all of them beside ours once a minute, for 1,000 vehicles.

The fleet of `locate` on 600 lines of 60 stops; three earlier days of every trip are known, so that each baseline has its full work.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import numpy as np

from bench.rows import Row
from bench.timing import least
from bench.workload import synthetic_fleet, synthetic_network
from server.city import City
from transit.baseline_history import operating_date
from transit.baselines import Baselines
from transit.kernels.columns import EventColumns
from transit.network import Network
from transit.service_day import service_day_start

MOST = 0.050
"""s; once a minute beside a step of the engine"""


def run(smoke: bool = False) -> Iterator[Row | str]:
    """One row in ms a minute."""
    vehicles, batches = (50, 7) if smoke else (1000, 31)
    network = synthetic_network(patterns=20 if smoke else 600)
    recorded = synthetic_fleet(network, vehicles=vehicles, batches=batches, interval=10.0).batches
    city, baselines = City(network), Baselines(network)
    now = float(recorded[-1].received[-1])
    for back in (3, 2, 1):
        baselines.remember(_day(network, operating_date(now, network.timezone) - datetime.timedelta(back)))
    for batch in recorded[:-1]:
        snapshot = city.step(float(batch.received[-1]), [batch])
        baselines.step(snapshot.vehicles, snapshot.events, snapshot.now)
    snapshot = city.step(now, [recorded[-1]])
    told = baselines.step(snapshot.vehicles, snapshot.events, now)
    took = least(lambda: baselines.step(snapshot.vehicles, snapshot.events, now), 3 if smoke else 30)
    yield Row(f"all baselines for {vehicles:,} vehicles", 1e3 * took, 1e3 * MOST, "wanted at most", "ms", False)
    yield "calls: " + ", ".join(f"{name} {len(columns.arrival):,}" for name, columns in told.items())


def _day(network: Network, date: datetime.date) -> EventColumns:
    """Every trip as scheduled on a date, a little late: its own vehicle, ten seconds at each stop."""
    trips = network.trips
    count = np.diff(trips.start)
    trip = np.repeat(np.arange(len(count), dtype=np.int32), count)
    stop = network.patterns.stop_start[trips.pattern[trip]] + np.arange(len(trip)) - trips.start[trip]
    late = np.random.default_rng(date.toordinal()).uniform(0.0, 20.0, len(trip))
    arrival = service_day_start(date, network.timezone) + trips.arrival + late
    return EventColumns(trip, trip, stop.astype(np.int32), arrival, arrival + 10.0, np.zeros(len(trip), np.float32))
