"""ETAs at stop lines: between the stops around them, never before now, in order along the trip; learned waits and spreads."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import pytest

from feeds.gtfs import compile_network
from feeds.simulated import District
from server.city import City
from server.signals.approaches import find_crossings
from server.signals.approaches_passed import PassingWatch
from server.signals.priority_approaching import Approaching
from server.signals.priority_eta import EtaParameters, Etas, estimate
from tests.server.signals.test_approaches_passed import CROSSINGS, EIGHT, LINE, NETWORK
from tests.support.lines import DAY
from tests.support.ride import Fix, along, standing
from tests.support.signal_sites import drives, inventory_of
from transit.geometry import to_wgs84
from transit.kernels.columns import F64, I32
from transit.snapshot import Snapshot

Q = EtaParameters()
LATE = 200


def last_of(fixes: Sequence[Fix], until: float | None = None) -> Snapshot:
    """The last snapshot of a drive."""
    *_, last = drives(City(NETWORK), fixes, until=until)
    return last


def etas_of(fixes: Sequence[Fix], until: float | None = None, approaching: Approaching | None = None) -> Etas:
    """The last snapshot's."""
    return estimate(last_of(fixes, until), CROSSINGS, approaching or Approaching(CROSSINGS), Q)


def test_with_no_stop_before_the_line_an_eta_lies_where_the_metres_do() -> None:
    last = last_of(along(LINE, 0, 600, EIGHT + LATE, 5, trip="T0"))
    etas = estimate(last, CROSSINGS, Approaching(CROSSINGS), Q)
    assert etas.crossing.tolist() == [0, 1]
    assert etas.stops.tolist() == [0, 1]
    seen, place = float(last.vehicles["timestamp"][0]), float(last.vehicles["progress"][0])
    arrival = float(last.arrivals.arrival[last.arrivals.pattern_stop == 2][0])
    assert etas.likely[0] == pytest.approx(seen + (arrival - seen) * (1000 - place) / (1500 - place), abs=0.1)
    assert 150 < etas.lateness[0] < LATE + 5  # it is expected to make up some
    assert np.isnan(etas.dwell[0])
    assert etas.earliest[0] < etas.likely[0] < etas.latest[0]
    assert np.isnan(etas.headway[0])


def test_a_stop_before_the_line_is_counted_with_its_dwell_and_one_that_is_not_predicted_stays_unknown() -> None:
    last = last_of(along(LINE, 0, 200, EIGHT, 5, trip="T0"))
    etas = estimate(last, CROSSINGS, Approaching(CROSSINGS), Q._replace(reach=2000.0))
    assert etas.stops.tolist() == [1, 2]
    assert estimate(last, CROSSINGS, Approaching(CROSSINGS), Q).stops.tolist() == [1]
    assert etas.dwell[0] > 0
    assert etas.near_side.tolist() == [0, 0]
    departure = last.arrivals.departure[last.arrivals.pattern_stop == 1][0]
    assert departure < etas.likely[0] < last.arrivals.arrival[last.arrivals.pattern_stop == 2][0]
    undwelt = dataclasses.replace(last, arrivals=last.arrivals._replace(departure=last.arrivals.arrival))
    assert np.isnan(estimate(undwelt, CROSSINGS, Approaching(CROSSINGS), Q).dwell[0])


def test_nothing_is_said_of_a_bus_that_was_not_heard_lately() -> None:
    fixes = along(LINE, 0, 600, EIGHT, 5, trip="T0")
    assert len(etas_of(fixes, until=fixes[-1].clock + Q.silent - 5).vehicle) == 2
    assert len(etas_of(fixes, until=fixes[-1].clock + Q.silent + 10).vehicle) == 0


def test_an_overdue_bus_is_likely_there_now_and_no_earlier() -> None:
    fixes = along(LINE, 0, 990, EIGHT, 5, trip="T0")
    etas = etas_of(fixes, until=fixes[-1].clock + 30)
    assert etas.likely[0] - DAY >= fixes[-1].clock + 25
    assert etas.earliest[0] == etas.likely[0]


def test_the_wait_of_buses_that_stood_as_near_the_line_is_learned() -> None:
    approaching, watch = Approaching(CROSSINGS), PassingWatch(NETWORK, CROSSINGS)
    for k in range(20):
        fixes = along(LINE, 0, 970, EIGHT + 1000 * k, 10, trip="T0")
        fixes += standing((970, 0), fixes[-1].clock + 10, 60, trip="T0")
        fixes += along(LINE, 978, 1300, fixes[-1].clock + 1, 10, trip="T0")
        for snapshot in drives(City(NETWORK), fixes):
            passed = watch.step(snapshot)
            etas = estimate(snapshot, CROSSINGS, approaching, Q)
            clear = etas.stops == 0
            approaching.learn(snapshot.vehicles, etas.vehicle[clear], etas.crossing[clear], passed)
        approaching.forget_vehicles()
        watch = PassingWatch(NETWORK, CROSSINGS)
    fixes = along(LINE, 0, 970, EIGHT, 10, trip="T0")
    fixes += standing((970, 0), fixes[-1].clock + 10, 10, trip="T0")
    before, after = etas_of(fixes), etas_of(fixes, approaching=approaching)
    assert before.likely[0] - DAY - fixes[-1].clock < 12
    assert 18 < after.likely[0] - DAY - fixes[-1].clock < 50


def test_etas_keep_between_the_stops_and_in_order_all_over_a_district() -> None:
    district = District(3)
    network, _ = compile_network(district.gtfs_tables())
    begin = 1_772_409_600.0
    district.start(begin)
    segments = network.shapes.segments[np.random.default_rng(5).integers(0, len(network.shapes.segments), 60)].astype(float)
    lat, lon = to_wgs84(segments[:, 0], segments[:, 1], network.origin_lat, network.origin_lon)
    inventory = inventory_of(list(zip(lat.tolist(), lon.tolist())), [])
    crossings = find_crossings(network, inventory)
    city, watch, approaching, seen = City(network), PassingWatch(network, crossings), Approaching(crossings), 0
    for k in range(30):
        now = begin + 10.0 * (k + 1)
        snapshot = city.step(now, [district.columns(district.advance(now))])
        etas, passed = estimate(snapshot, crossings, approaching, Q), watch.step(snapshot)
        approaching.learn(snapshot.vehicles, etas.vehicle[etas.stops == 0], etas.crossing[etas.stops == 0], passed)
        seen += check(etas, snapshot.arrivals.vehicle, snapshot.arrivals.arrival, now)
    assert seen > 500
    assert math.isfinite(float(etas.likely.sum()))


def check(etas: Etas, vehicle: I32, arrival: F64, now: float) -> int:
    """How many there are; all keep what they promise."""
    assert (etas.earliest <= etas.likely).all()
    assert (etas.likely <= etas.latest).all()
    same = etas.vehicle[1:] == etas.vehicle[:-1]
    assert (np.diff(etas.likely)[same] >= -1e-6).all()
    assert (etas.likely <= [arrival[vehicle == v].max() for v in etas.vehicle.tolist()]).all()
    assert (etas.likely >= np.minimum(now, [arrival[vehicle == v].min() for v in etas.vehicle.tolist()]) - 1e-6).all()
    return len(etas.vehicle)
