from __future__ import annotations

import numpy as np

from signals.coordination import purdue, split_monitor
from signals.events import in_order
from signals.measures import Measures
from tests.signals.test_measures import STREET, T0, Q, Told, cycles
from tests.support.naive_measures import Detector
from tests.support.signal_streets import columns, inventory_of


def events_of(told: Told):  # type: ignore[no-untyped-def]
    return in_order(columns([(T0 + round(1000 * t), 0, c, v) for t, c, v in told]))


def test_a_cycle_runs_from_red_to_red_and_arrivals_lie_in_it() -> None:
    told = [*cycles(3), (10.0, 82, 1), (40.0, 82, 1), (100.0, 82, 1), (121.0, 82, 1), (900.0, 82, 9)]
    found = purdue(events_of(told), inventory_of(STREET), 0, 1)
    assert ((found.red_start - T0) / 1000).tolist() == [33.0, 123.0, 213.0]
    assert ((found.green_start[:2] - T0) / 1000).tolist() == [90.0, 180.0]
    assert ((found.yellow_start[:2] - T0) / 1000).tolist() == [120.0, 210.0]
    assert ((found.end[:2] - T0) / 1000).tolist() == [123.0, 213.0]
    assert (found.green_start[2], found.yellow_start[2], found.end[2]) == (-1, -1, -1)
    assert found.arrival_cycle.tolist() == [-1, 0, 0, 0]
    assert np.isnan(found.since_red_s[0])
    assert found.since_red_s[1:].tolist() == [7.0, 67.0, 88.0]
    assert found.arrival_state.tolist() == [0, 3, 1, 2]


def test_the_diagram_and_the_measures_judge_arrivals_alike() -> None:
    rng = np.random.default_rng(1)
    street = [Detector(1, (1,), 0, False, 4317)]
    told = [*cycles(9, green=30.0), *((float(t), 82, 1) for t in rng.uniform(40.0, 790.0, 120).round(1))]
    found = purdue(events_of(told), inventory_of(street), 0, 1)
    measures = Measures(inventory_of(street), Q)
    measures.feed(events_of(told), T0 + 900_000)
    measures.finish()
    groups = measures.take().groups
    counted = np.bincount(found.arrival_state, minlength=4)
    assert [groups[name].sum() for name in ("green", "yellow", "red")] == counted[1:4].tolist()


def test_arrivals_of_a_cycle_whose_green_was_not_told_are_in_doubt() -> None:
    told = [one for one in cycles(3) if one[:2] != (90.0, 1)] + [(100.0, 82, 1)]
    assert purdue(events_of(told), inventory_of(STREET), 0, 1).arrival_state.tolist() == [0]


def test_a_detector_without_hits_and_a_phase_without_cycles_draw_nothing() -> None:
    found = purdue(events_of([(0.0, 31, 1)]), inventory_of(STREET), 0, 1)
    assert len(found.red_start) == len(found.arrival) == 0


def test_services_have_their_split_and_why_they_ended() -> None:
    told = [*cycles(3, lost=frozenset([2])), (30.0, 4, 1), (120.0, 6, 1), (250.0, 14, 1), (300.0, 1, 1)]
    found = split_monitor(events_of(told), 0, 1)
    assert found.green_s[:2].tolist() == [30.0, 30.0]
    assert np.isnan(found.green_s[2:]).all()
    assert found.split_s[:3].tolist() == [35.0, 35.0, 35.0]
    assert np.isnan(found.split_s[3])
    assert found.termination.tolist() == [4, 6, 0, 0]
    assert found.skipped.tolist() == [T0 + 250_000]
