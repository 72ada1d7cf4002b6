"""What readers are told of headways: of a whole city, and of sums by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from server.city import City
from tests.support.lines import DAY
from tests.support.watched import EIGHT, STEP, bus, line_network, watch
from transit.headway import HeadwayPicture
from transit.supervision_parameters import HeadwayParameters

Q = HeadwayParameters()


def pictures(gaps: list[float], until: float | None = None) -> list[HeadwayPicture]:
    """Of buses that set out so many seconds after eight, told every STEP s."""
    fixes = [fix for k, gap in enumerate(gaps) for fix in bus(f"bus{k}", 6 + k, EIGHT + gap)]
    found = [shot.headways for shot in watch(fixes, until)]
    assert all(one is not None for one in found)
    return [one for one in found if one is not None]


def test_even_buses_have_no_excess_wait_and_uneven_ones_what_the_formula_says() -> None:
    even = pictures([0.0, 600.0, 1200.0, 1800.0])[-1]
    (line,) = even.waiting_of_lines
    assert line.mean == pytest.approx(600.0, abs=15.0)
    assert line.variation == pytest.approx(0.0, abs=0.05)
    assert line.scheduled == pytest.approx(300.0, abs=1.0)
    assert line.excess == pytest.approx(0.0, abs=10.0)
    uneven = pictures([0.0, 700.0, 900.0, 1600.0])[-1]
    waiting = uneven.waiting(1)
    weights = np.exp((DAY + EIGHT + np.array([700.0, 900.0, 1600.0]) + 62.5 - uneven.now) / Q.memory)
    gaps = np.array([700.0, 200.0, 700.0])
    assert waiting.number == pytest.approx(weights.sum(), rel=0.02)
    assert waiting.actual == pytest.approx((weights * gaps**2).sum() / (2 * (weights * gaps).sum()), rel=0.03)
    assert waiting.mean is not None
    assert waiting.variation is not None
    assert waiting.actual == pytest.approx(waiting.mean * (1 + waiting.variation**2) / 2, rel=1e-6)
    assert waiting.excess == pytest.approx(uneven.excess[1], abs=0.01)


def test_a_headway_longer_ago_than_twenty_minutes_is_unknown_and_waiting_a_planned_headway_later() -> None:
    found = pictures([600.0 * k for k in range(5)], until=EIGHT + 6000.0)
    last = float(found[-1].sums.last[1])
    for one in found:
        if one.sums.last[1] == last:
            age = one.now - last
            assert (one.observed(1) is not None) is (age <= Q.max_age)
            assert (one.waiting(1).actual is not None) is (age <= Q.max_age + 600.0)
            assert np.isnan(one.excess[1]) == (one.waiting(1).excess is None)


def test_the_live_headway_runs_from_the_last_departure_to_the_next_predicted() -> None:
    found = pictures([0.0, 600.0])
    at = next(one for one in found if one.now >= DAY + EIGHT + 660.0)
    (vehicle, departs), *_ = at.coming(4)
    assert vehicle == 1
    last = at.last(4)
    assert last is not None
    assert departs - last == pytest.approx(600.0, abs=60.0)
    assert at.planned_headway(4) == 600.0
    assert found[0].last(4) is None


def test_the_state_is_as_large_as_the_docstring_says() -> None:
    one = pictures([0.0], until=EIGHT + STEP)[0]
    assert sum(column.itemsize for column in one.sums) == 52
    assert len(one.slots) == 12  # 13 stops, the last of which is none


def test_nothing_is_planned_on_days_without_service() -> None:
    network = line_network()
    idle = dataclasses.replace(network, calendar=network.calendar._replace(active=np.zeros_like(network.calendar.active)))
    shots = watch(bus("bus", 6, EIGHT, 0.0, 1500.0), city=City(idle))
    picture = shots[-1].headways
    assert picture is not None
    assert picture.planned_headway(1) is None
    assert picture.waiting(1).scheduled is None
