"""Predictions of an instant are the same bytes whatever comes after it: a simulated district, cut off at several times."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from feeds.gtfs import compile_network
from feeds.simulated import District
from transit.fleet import Fleet, copy_records
from transit.history import History
from transit.intervals import Intervals
from transit.kernels.columns import PositionColumns
from transit.kernels.prediction_columns import HistoryColumns
from transit.learner import Learner
from transit.learning_parameters import IntervalParameters, LearningParameters
from transit.network import Network
from transit.parameters import MatchingParameters, PredictionParameters
from transit.prediction import Predictor
from transit.tracker import Tracker

AT = 1_792_022_400.0 + 7 * 3600
STEP, STEPS = 20.0, 60
CUTS = (7, 16, 31, 46)
"""steps after which nothing more comes; refreshes of what is typical lie between them"""


@cache
def network() -> Network:
    return compile_network(District(7).gtfs_tables())[0]


@cache
def recording(day: int) -> PositionColumns:
    """All positions of the stretch, in order of receipt."""
    district = District(7)
    district.start(AT + 86_400.0 * day)
    return district.columns(district.advance(AT + 86_400.0 * day + STEP * STEPS))


def cut(positions: PositionColumns, first: int, end: int) -> PositionColumns:
    return PositionColumns(positions.text, *(column[first:end] for column in positions[1:]))


def predictions(positions: PositionColumns, begin: float, steps: int, history: History, counts: np.ndarray) -> list[bytes]:
    """What is predicted at each step, from what was received by then."""
    tracker = Tracker(network(), Fleet(), MatchingParameters())
    learner = Learner(network(), PredictionParameters(), LearningParameters(), history)
    predictor = Predictor(network(), PredictionParameters(), learner, intervals=Intervals(IntervalParameters(), counts))
    told, at = [], 0
    for k in range(1, steps + 1):
        now = begin + STEP * k
        end = int(np.searchsorted(positions.received, now, "right"))
        before = copy_records(tracker.fleet.columns.vehicles)
        _, events = tracker.observe(now, cut(positions, at, end))
        predictor.learn(before, tracker.fleet.columns.vehicles, events, now, tracker.days)
        arrivals, start = predictor.predict(copy_records(tracker.fleet.columns.vehicles), now, tracker.days)
        told.append(b"".join(column.tobytes() for column in (*arrivals, start)))
        at = end
    return told


def knowledge(known: bool) -> tuple[History, np.ndarray]:
    """Nothing, or what the day before taught; a copy each time."""
    elements, counts = _yesterday() if known else (None, np.zeros((2, 10, 96), np.float32))
    learner = Learner(network(), PredictionParameters(), LearningParameters())
    if elements is None:
        return learner.history, counts
    counts = counts.copy()
    return History(learner.history.links, HistoryColumns(*(column.copy() for column in elements)), counts), counts


@cache
def _yesterday() -> tuple[HistoryColumns, np.ndarray]:
    history, counts = knowledge(False)
    predictions(recording(0), AT, STEPS, history, counts)
    assert history.columns.weight.sum() > 100.0
    assert counts.sum() > 10.0
    return history.columns, counts


@pytest.mark.slow
@pytest.mark.parametrize("known", [False, True], ids=["a first day", "with history"])
def test_what_comes_later_changes_no_byte_of_what_was_predicted(known: bool) -> None:
    begin = AT + 86_400.0
    whole = predictions(recording(1), begin, STEPS, *knowledge(known))
    assert len(set(whole)) == STEPS
    for steps in CUTS:
        positions = recording(1)
        end = int(np.searchsorted(positions.received, begin + STEP * steps, "right"))
        assert 0 < end < len(positions.received)
        alone = PositionColumns(*(column.copy() for column in cut(positions, 0, end)))
        assert predictions(alone, begin, steps, *knowledge(known)) == whole[:steps]


@pytest.mark.slow
def test_history_changes_what_is_predicted() -> None:
    begin = AT + 86_400.0
    first, second = (predictions(recording(1), begin, 5, *knowledge(known)) for known in (False, True))
    assert first[-1] != second[-1]
