"""Passings of stop lines, told from fixes of buses that are driven past one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from server.city import City
from server.signals.approaches import find_crossings
from server.signals.approaches_passed import PassingWatch
from tests.support.lines import DAY
from tests.support.ride import Fix, along, standing
from tests.support.signal_sites import drives, inventory_of
from tests.support.streets import STRAIGHT, Line, streets
from transit.geometry import to_wgs84

EIGHT = 8 * 3600
LINE = Line(STRAIGHT, (0, 400, 1500, 2995), starts=(EIGHT, EIGHT + 1800))
NETWORK = streets(LINE)
PLACES = [to_wgs84(x, 0.0, NETWORK.origin_lat, NETWORK.origin_lon) for x in (1000.0, 2000.0)]
INVENTORY = inventory_of([(math.nan, math.nan)] * 2, [(k, float(lat), float(lon), 90.0) for k, (lat, lon) in enumerate(PLACES)])
CROSSINGS = find_crossings(NETWORK, INVENTORY)


def passings(fixes: Sequence[Fix]) -> list[tuple[int, float, float, float]]:
    """(crossing, s after DAY at the line, uncertainty, s after DAY at the begin of the stretch)."""
    watch, told = PassingWatch(NETWORK, CROSSINGS), []
    for snapshot in drives(City(NETWORK), fixes):
        passed = watch.step(snapshot)
        columns = passed.crossing, passed.time - DAY, passed.uncertainty, passed.entered - DAY
        told += list(zip(*(column.tolist() for column in columns)))
    return told


@pytest.mark.parametrize("interval", [1.0, 10.0, 25.0])
def test_a_bus_that_flows_passes_when_it_does_whatever_the_interval_of_its_fixes(interval: float) -> None:
    told = passings(along(LINE, 0, 2900, EIGHT, interval, trip="T0"))
    assert [one[0] for one in told] == [0, 1]
    for (_, passed, uncertainty, entered), x in zip(told, (1000, 2000)):
        assert passed == pytest.approx(EIGHT + x / 8, abs=2)
        assert entered == pytest.approx(EIGHT + (x - 150) / 8, abs=2)
        assert uncertainty == pytest.approx(max(interval, 5.0) / 2)  # of steps of 5 s only the last fix is seen


def test_a_wait_at_the_line_lies_before_it_even_when_only_the_fixes_around_it_are_known() -> None:
    fixes = along(LINE, 0, 960, EIGHT, 30, trip="T0")
    passed_at = EIGHT + 960 / 8 + 20 + 5
    fixes += along(LINE, 1000 + 8 * 5, 2900, passed_at + 5, 30, trip="T0")
    (_, passed, uncertainty, entered), *_ = passings(fixes)
    assert passed == pytest.approx(passed_at, abs=2)
    assert entered == pytest.approx(EIGHT + 850 / 8, abs=2)
    assert uncertainty == pytest.approx(15)


def test_a_bus_that_stands_before_the_line_has_not_passed_it() -> None:
    fixes = along(LINE, 0, 960, EIGHT, 10, trip="T0")
    stood = standing((960, 0), fixes[-1].clock + 10, 200, trip="T0")
    assert passings(fixes + stood) == []
    on = along(LINE, 968, 1500, stood[-1].clock + 1, 10, trip="T0")
    (_, passed, _, entered), *_ = passings(fixes + stood + on)
    assert passed == pytest.approx(stood[-1].clock + 5, abs=2)
    assert passed - entered > 200


def test_nothing_is_told_over_a_gap_and_each_run_passes_anew() -> None:
    fixes = along(LINE, 0, 900, EIGHT, 10, trip="T0") + along(LINE, 1700, 2900, EIGHT + 1700 / 8, 10, trip="T0")
    assert [one[0] for one in passings(fixes)] == [1]
    again = along(LINE, 0, 2900, EIGHT + 1800, 10, trip="T1")
    assert [one[0] for one in passings(fixes + again)] == [1, 0, 1]
