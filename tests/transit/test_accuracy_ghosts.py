"""Ghosts: promised and never came, where the truth can say so."""

from __future__ import annotations

import numpy as np
import pytest

from transit.accuracy_ghosts import find_ghosts
from transit.accuracy_join import join
from transit.accuracy_tables import ArrivalTable, PredictionTable

BUS, OTHER = 0, 1
LATE = (OTHER, 9, 9, 1, 20_000.0)
"""an arrival that makes the truth last"""


def told(*rows: tuple[int, int, int, int, float, float]) -> PredictionTable:
    """(vehicle, trip, stop, sequence, sampled, predicted)."""
    vehicle, trip, stop, sequence, sampled, predicted = (np.array(column) for column in zip(*rows))
    ids = [column.astype(np.int32) for column in (vehicle, trip, stop, np.zeros(len(rows)), sequence)]
    blank = np.full(len(rows), np.nan)
    return PredictionTable(*ids, sampled.astype(float), predicted.astype(float), blank, blank)


def seen(*rows: tuple[int, int, int, int, float]) -> ArrivalTable:
    """(vehicle, trip, stop, sequence, arrival)."""
    vehicle, trip, stop, sequence, arrival = (np.array(column) for column in zip(*rows))
    ids = [column.astype(np.int32) for column in (vehicle, trip, stop, np.zeros(len(rows)), sequence)]
    return ArrivalTable(*ids, arrival.astype(float), np.zeros(len(rows), "f4"))


def judged(predictions: PredictionTable, arrivals: ArrivalTable) -> tuple[int, int]:
    """(calls judged, ghosts)."""
    found = find_ghosts(predictions, arrivals, join(predictions, arrivals))
    return int(found.judged.sum()), int(found.ghost.sum())


SERVED = (OTHER, 8, 2, 2, 500.0)
"""another bus at the stop, so that the truth is known to look there"""
ON_ITS_WAY = (BUS, 1, 1, 1, 900.0)
PROMISE = (BUS, 1, 2, 2, 1000.0, 1300.0)


def test_a_promised_call_that_nobody_made_is_a_ghost() -> None:
    assert judged(told(PROMISE), seen(SERVED, ON_ITS_WAY, LATE)) == (1, 1)


def test_a_call_that_came_is_none_however_late() -> None:
    assert judged(told(PROMISE), seen(SERVED, ON_ITS_WAY, (BUS, 1, 2, 2, 4000.0), LATE)) == (1, 0)


def test_the_same_bus_on_another_trip_is_a_bus_too() -> None:
    assert judged(told(PROMISE), seen(SERVED, ON_ITS_WAY, (BUS, 7, 2, 2, 1400.0), LATE)) == (1, 0)


@pytest.mark.parametrize(
    ("promise", "truth"),
    [
        (PROMISE, [ON_ITS_WAY, LATE]),  # the truth has nothing at this stop
        (PROMISE, [SERVED, LATE]),  # nor of this vehicle
        (PROMISE, [SERVED, ON_ITS_WAY]),  # it ended before
        (PROMISE, [SERVED, ON_ITS_WAY, (BUS, 1, 3, 3, 1500.0), LATE]),  # it saw the bus at the next stop
        ((BUS, 1, 2, 2, 1000.0, 1700.0), [SERVED, ON_ITS_WAY, LATE]),  # nobody was promised anything yet
        ((-1, 1, 2, 2, 1000.0, 1300.0), [SERVED, ON_ITS_WAY, LATE]),  # which vehicle?
    ],
)
def test_what_the_truth_cannot_say_is_left_out(promise: tuple[int, int, int, int, float, float], truth: list) -> None:  # type: ignore[type-arg]
    assert judged(told(promise), seen(*truth)) == (0, 0)


def test_a_call_is_judged_once_however_often_it_was_predicted() -> None:
    rows = [(BUS, 1, 2, 2, 1000.0 + 60 * k, 1300.0) for k in range(5)]
    assert judged(told(*rows), seen(SERVED, ON_ITS_WAY, LATE)) == (1, 1)
