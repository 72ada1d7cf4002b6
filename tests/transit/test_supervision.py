from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from server.city import City
from tests.support.lines import DAY
from tests.support.ride import Fix, along, standing
from tests.support.watched import EIGHT, LINE, around, bus, line_network, of_kind, told, watch
from transit.alert_book import Severity
from transit.network import Network
from transit.supervision import Hold
from transit.supervision_parameters import HeadwayParameters, SupervisionParameters

Q = SupervisionParameters()
THROUGH = bus("first", 6, EIGHT)
"""Trip 6 leaves at eight."""


def test_two_buses_a_minute_apart_are_bunched_until_one_ends_its_trip() -> None:
    shots = watch([*THROUGH, *bus("second", 7, EIGHT + 60.0)], until=EIGHT + 1200.0)
    (alert,) = of_kind(shots, "bunching")
    assert alert.condition.vehicles == (0, 1)
    assert alert.condition.planned_headway == 600.0
    assert alert.condition.headway == pytest.approx(60.0, abs=20.0)
    assert EIGHT < alert.condition.since - DAY < EIGHT + 300.0
    assert alert.opened >= alert.condition.since + Q.confirm
    assert alert.closed is not None
    assert not told(shots[-1]).current


def test_buses_as_planned_are_no_event() -> None:
    shots = watch([fix for k in range(4) for fix in bus(f"bus{k}", 6 + k, EIGHT + 600.0 * k)])
    assert [told(one).current for one in shots if told(one).current] == []


def test_a_missing_bus_is_a_gap_and_two_missing_ones_a_severe_gap() -> None:
    late = watch([*THROUGH, *bus("late", 8, EIGHT + 1320.0)])
    (alert,) = of_kind(late, "gap")
    assert alert.condition.severity is Severity.WARNING
    assert alert.condition.vehicles == (0, 1)
    assert alert.condition.headway == pytest.approx(1320.0, abs=90.0)
    later = watch([*THROUGH, *bus("later", 9, EIGHT + 1980.0)])
    assert of_kind(later, "gap")[0].condition.severity is Severity.SEVERE


def test_a_line_whose_buses_are_gone_is_a_gap_until_one_comes_and_none_while_the_feed_is_down() -> None:
    other = standing((9000.0, 9000.0), EIGHT, 4200.0, vehicle="other")
    before = [fix for k in range(3) for fix in bus(f"before{k}", 3 + k, EIGHT - 1800.0 + 600.0 * k)]
    (alert,) = of_kind(watch([*before, *THROUGH, *other, *bus("late", 11, EIGHT + 3000.0)]), "gap")[:1]
    assert alert.condition.vehicles == ()
    assert alert.condition.since - DAY == pytest.approx(EIGHT + 700.0, abs=60.0)  # at the last stop but one
    assert alert.opened - alert.condition.since == pytest.approx(2 * 600.0, abs=120.0)
    assert alert.closed is not None
    assert of_kind(watch([*before, *THROUGH], until=EIGHT + 5000.0), "gap") == []
    assert of_kind(watch([*THROUGH, *other]), "gap") == []  # of one bus nobody knows how many there are


def test_a_headway_is_no_gap_where_the_feed_was_down() -> None:
    silent = watch([*bus("first", 6, EIGHT), *bus("next", 9, EIGHT + 1980.0)])
    assert silent[-1].headways is not None
    assert silent[-1].headways.sums.number.max() == 0.0  # nothing came for a quarter of an hour: no headway was observed
    other = standing((9000.0, 9000.0), EIGHT, 3000.0, vehicle="other")
    kept = watch([*bus("first", 6, EIGHT), *bus("next", 9, EIGHT + 1980.0), *other])
    assert kept[-1].headways is not None
    assert kept[-1].headways.sums.number.max() == 1.0


def test_a_bus_that_stands_on_its_way_is_stuck_until_it_moves() -> None:
    way, held = bus("bus", 6, EIGHT, 0.0, 2500.0), 700.0
    stands = standing((2500.0, 0.0), way[-1].clock, held, vehicle="bus", trip="T6")
    on = bus("bus", 6, stands[-1].clock + 10.0, 2580.0)
    shots = watch([*way, *stands, *on])
    (alert,) = of_kind(shots, "stuck")
    assert alert.condition.since - DAY == pytest.approx(way[-1].clock, abs=30.0)
    assert alert.opened - DAY == pytest.approx(way[-1].clock + Q.stuck_after, abs=40.0)
    assert alert.closed is not None
    assert line_network().patterns.sequence[alert.condition.pattern_stop] == 6  # the stop at 2500 m


def test_a_bus_that_stands_at_its_terminal_is_not_stuck() -> None:
    shots = watch(standing((20.0, 0.0), EIGHT, 1500.0, vehicle="bus", trip="T6"))
    assert of_kind(shots, "stuck") == []


def test_two_buses_around_one_span_are_a_detour_candidate_until_one_drives_it_again() -> None:
    city = City(line_network())
    shots = watch([*around("a", 6, EIGHT), *around("b", 7, EIGHT + 600.0)], city=city)
    (alert,) = of_kind(shots, "detour_candidate")
    assert alert.closed is None
    assert alert.condition.severity is Severity.WARNING
    assert sorted(alert.condition.vehicles) == [0, 1]
    assert alert.condition.span is not None
    assert alert.condition.span == pytest.approx((2000.0, 3060.0), abs=300.0)
    assert {one.condition.vehicles for one in of_kind(shots, "off_route")} == {(0,), (1,)}
    third = watch(around("c", 8, EIGHT + 1200.0), city=city)
    assert of_kind(third, "detour_candidate")[-1].condition.severity is Severity.SEVERE
    through = watch(bus("d", 9, EIGHT + 1800.0), city=city)
    assert told(through[-1]).current == ()
    assert of_kind(through, "detour_candidate")[-1].closed is not None


def test_buses_whose_feed_names_no_trip_show_a_detour_too() -> None:
    fixes = [fix._replace(trip="") for fix in [*around("a", 6, EIGHT), *around("b", 7, EIGHT + 600.0)]]
    assert len(of_kind(watch(fixes), "detour_candidate")) == 1


def test_one_bus_around_a_span_is_no_detour_nor_are_two_with_one_through_between() -> None:
    shots = watch([*around("a", 6, EIGHT), *bus("b", 7, EIGHT + 600.0), *around("c", 8, EIGHT + 1200.0)])
    assert of_kind(shots, "detour_candidate") == []


def test_a_wrong_login_is_no_detour() -> None:
    fixes: list[Fix] = []
    for k, name in enumerate("abc"):
        fixes += along(LINE, 0.0, 6000.0, EIGHT + 600.0 * k, aside=900.0, vehicle=name, trip=f"T{6 + k}")
    shots = watch(fixes)
    assert {kind: of_kind(shots, kind) for kind in ("detour_candidate", "off_route")} == {"detour_candidate": [], "off_route": []}


def close_behind(network: Network) -> list[Hold]:
    """Advice for a punctual bus 100 s behind one that is 500 s late, with the next one waiting at the terminal for its time."""
    fixes = [*bus("late", 6, EIGHT + 500.0), *bus("punctual", 7, EIGHT + 600.0)]
    fixes += standing((5.0, 0.0), EIGHT + 500.0, 690.0, vehicle="next", trip="T8")
    return [hold for one in watch(fixes, city=City(network)) for hold in told(one).holds]


def test_a_bus_close_behind_another_is_advised_to_wait_at_a_timepoint() -> None:
    network = line_network()
    timepoint = network.trips.timepoint.copy()
    timepoint[np.arange(6, len(timepoint), 13)] = 1
    network = dataclasses.replace(network, trips=network.trips._replace(timepoint=timepoint))
    holds = close_behind(network)
    assert {(hold.vehicle, hold.pattern_stop) for hold in holds} == {(2, 0), (2, 6)}  # at its first stop too
    assert {hold.planned_headway for hold in holds} == {600.0}
    assert max(hold.hold for hold in holds) == HeadwayParameters().most_hold
    last = holds[-1]
    assert last.ready - last.before == pytest.approx(100.0, abs=40.0)
    unplanned = dataclasses.replace(network, calendar=network.calendar._replace(active=np.zeros_like(network.calendar.active)))
    assert close_behind(unplanned) == []


def test_nothing_is_advised_between_control_stops() -> None:
    assert [hold for hold in close_behind(line_network()) if hold.pattern_stop != 0] == []


def test_buses_that_are_meant_to_run_together_are_not_bunched() -> None:
    together = dataclasses.replace(LINE, starts=[EIGHT - 3600 + 90 * k for k in range(160)])
    fixes = [*bus("first", 40, EIGHT), *bus("second", 41, EIGHT + 10.0)]
    assert of_kind(watch(fixes, city=City(line_network(together))), "bunching") == []


def test_a_bus_whose_feed_names_no_trip_and_that_leaves_a_line_is_not_told_as_off_route() -> None:
    leaves = [*bus("bus", 6, EIGHT, 0.0, 3000.0), *along(LINE, 3000.0, 5000.0, EIGHT + 400.0, aside=900.0, vehicle="bus", trip="T6")]
    assert of_kind(watch(leaves), "off_route") != []
    assert of_kind(watch([fix._replace(trip="") for fix in leaves]), "off_route") == []
