"""Spans of excursions; how vehicles make them is tested in test_supervision."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.lines import vehicle
from tests.support.watched import line_network
from transit.detours import DetourWatch, Excursion
from transit.kernels.columns import Records
from transit.model import State
from transit.supervision_parameters import SupervisionParameters

Q = SupervisionParameters()
NETWORK = line_network()


def away(begin: float, end: float | None, pattern: int = 0) -> Excursion:
    return Excursion(0, pattern, begin, end, 0.0, None if end is None else 100.0)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (away(1000.0, 2000.0), away(1200.0, 2100.0), True),
        (away(1000.0, 2000.0), away(1900.0, 2600.0), False),
        (away(1000.0, 4000.0), away(2000.0, 2500.0), True),
        (away(1000.0, 2000.0), away(1000.0, 2000.0, pattern=1), False),
        (away(1000.0, None), away(1300.0, 2000.0), True),
        (away(1000.0, None), away(1500.0, 2000.0), False),
    ],
)
def test_spans_are_the_same_when_they_have_most_in_common(one: Excursion, other: Excursion, same: bool) -> None:
    assert one.same_span(other, Q.detour_slack) is same
    assert other.same_span(one, Q.detour_slack) is same


def fleet(*records: Records) -> Records:
    return np.concatenate(records)


def on(progress: float, **fields: float) -> Records:
    return vehicle(NETWORK, 0, progress, state=State.IN_SERVICE, **fields)


def off(progress: float) -> Records:
    return vehicle(NETWORK, 0, progress, state=State.OFF_ROUTE, misses=4)


def drive(watch: DetourWatch, begin: float, *steps: Records, every: float = 40.0) -> float:
    """Steps of the whole fleet; when the last was."""
    for k, records in enumerate(steps):
        watch.step(begin + every * k, records)
    return begin + every * (len(steps) - 1)


def test_the_spans_of_two_vehicles_one_of_them_still_away_make_a_candidate() -> None:
    watch = DetourWatch(NETWORK, Q)
    drive(watch, 0.0, *(fleet(a, on(500.0)) for a in (on(1900.0), off(1900.0), off(1900.0), off(1900.0), on(3000.0))))
    assert watch.candidates == []
    drive(watch, 400.0, *(fleet(on(3100.0), b) for b in (on(1800.0), off(1800.0), off(1800.0), off(1800.0))))
    (candidate,) = watch.candidates
    assert (candidate.begin, candidate.end, candidate.vehicles) == (1900.0, 3000.0, [0, 1])
    watch.step(400.0 + Q.detour_window + Q.detour_open, fleet(on(3100.0), off(1800.0)))
    assert watch.candidates == []  # nobody went around it for an hour


def test_a_short_hole_in_the_gps_or_a_lost_fix_is_no_excursion() -> None:
    watch = DetourWatch(NETWORK, Q)
    for k in range(3):
        drive(watch, 600.0 * k, *(fleet(*[on(1.0)] * k, a) for a in (on(1900.0), off(1900.0), on(2300.0))), every=20.0)
    assert watch.candidates == []
    assert np.isnan(watch.left).all()


def test_a_vehicle_that_leaves_near_its_last_stop_has_only_ended_its_trip() -> None:
    watch = DetourWatch(NETWORK, Q)
    drive(watch, 0.0, on(5800.0), off(5800.0), off(5800.0), off(5800.0))
    assert np.isnan(watch.left).all()
