"""ETAs told 30 s and 60 s ahead are judged once the bus has passed, by passings that are known well enough."""

from __future__ import annotations

import numpy as np
import pytest

from server.signals.approaches_passed import Passed
from server.signals.priority_accuracy import EtaAccuracy
from server.signals.priority_eta import Etas


def etas(*rows: tuple[int, int, float]) -> Etas:
    """(vehicle, crossing, likely) each, give or take 8 s."""
    vehicle, crossing, likely = (np.array([row[k] for row in rows], np.float64) for k in range(3))
    unknown = np.full(len(rows), np.nan)
    return Etas(
        vehicle.astype(np.int32), crossing.astype(np.int32), likely - 8, likely, likely + 8, np.zeros(len(rows), np.int32),
        np.zeros(len(rows), np.uint8), unknown, unknown, unknown, unknown,
    )  # fmt: skip


def passed(*rows: tuple[int, int, float, float]) -> Passed:
    """(vehicle, crossing, time, uncertainty) each."""
    vehicle, crossing, time, unsure = (np.array([row[k] for row in rows], np.float64) for k in range(4))
    return Passed(vehicle.astype(np.int32), crossing.astype(np.int32), time, unsure, time - 20, unsure)


def test_the_eta_at_the_horizon_counts_and_not_the_later_ones() -> None:
    accuracy = EtaAccuracy()
    accuracy.step(0.0, etas((5, 3, 70.0)), passed(), 9)
    accuracy.step(12.0, etas((5, 3, 70.0)), passed(), 9)
    accuracy.step(42.0, etas((5, 3, 71.0)), passed(), 9)
    accuracy.step(50.0, etas((5, 3, 76.0)), passed(), 9)
    accuracy.step(90.0, etas(), passed((5, 3, 77.0, 2.0)), 9)
    at_60, at_30 = accuracy.tallies()[60.0], accuracy.tallies()[30.0]
    assert (at_60.judged, at_60.within_5, at_60.within_10, at_60.inside, at_60.error) == (1, 0, 1, 1, -7.0)
    assert (at_30.judged, at_30.within_5, at_30.within_10, at_30.absolute) == (1, 0, 1, 6.0)
    accuracy.step(91.0, etas(), passed((5, 3, 90.0, 2.0)), 9)
    assert accuracy.tallies()[30.0].judged == 1


def test_a_bus_first_seen_nearer_than_the_horizon_is_not_judged_at_it_and_a_rough_passing_judges_nothing() -> None:
    accuracy = EtaAccuracy()
    accuracy.step(0.0, etas((0, 0, 40.0), (1, 1, 25.0)), passed(), 2)
    accuracy.step(60.0, etas(), passed((0, 0, 41.0, 1.0), (1, 1, 30.0, 15.0)), 2)
    assert accuracy.tallies()[60.0].judged == 0
    assert (accuracy.tallies()[30.0].judged, accuracy.tallies()[30.0].unjudged) == (0, 1)


def test_many_buses_and_more_of_them_than_before() -> None:
    accuracy = EtaAccuracy()
    for k in range(40):
        accuracy.step(100.0 * k, etas((k, k % 11, 100.0 * k + 28)), passed(), k + 1)
    for k in range(40):
        accuracy.step(5000.0, etas(), passed((k, k % 11, 100.0 * k + 28 + k % 20, 0.5)), 40)
    tally = accuracy.tallies()[30.0]
    assert (tally.judged, tally.within_5, tally.within_10) == (40, 12, 22)
    assert tally.absolute == pytest.approx(2 * sum(range(20)))
    assert tally.inside == 18
