"""Scores arrival predictions against observed arrivals, by the public rulers and by measures of our own.

`score_tables` is the whole way from tables to figures, `tally_tables` the first part, up to sums that can be added and kept;
`score` takes ids as text. The steps, a file each: accuracy_join (which arrival a prediction was for), accuracy_ghosts,
accuracy_arrivals (what was foreseen), accuracy_tally (sums), accuracy_report (figures). Rulers and rules: accuracy_rulers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transit.accuracy_arrivals import find_foreseen, first_arrivals
from transit.accuracy_ghosts import find_ghosts
from transit.accuracy_join import join
from transit.accuracy_report import Score, report
from transit.accuracy_rulers import RULES, AccuracyRules
from transit.accuracy_tables import ArrivalTable, Codes, PredictionTable, local_hours
from transit.accuracy_tally import Tally, add_tallies, count_arrivals, count_predictions
from transit.kernels.columns import F64

__all__ = ["Arrivals", "Predictions", "Score", "score", "score_tables", "tally_tables"]
Texts = Sequence[str] | NDArray[Any]


class Predictions(NamedTuple):
    """What was predicted; one row a call and sampling instant. Ids as text, times in epoch s without NaN."""

    vehicle: Texts
    trip: Texts
    stop: Texts
    sampled: F64
    arrival: F64


class Arrivals(NamedTuple):
    """What was observed."""

    vehicle: Texts
    trip: Texts
    stop: Texts
    arrival: F64


def tally_tables(
    predictions: PredictionTable, arrivals: ArrivalTable, timezone: str = "UTC", rules: AccuracyRules = RULES
) -> Tally:
    """The sums of predictions and arrivals whose ids have one numbering; hours of the day are those of `timezone`."""
    joined = join(predictions, arrivals, rules)
    promises = find_ghosts(predictions, arrivals, joined, rules)
    foreseen = find_foreseen(predictions, joined, arrivals, first_arrivals(arrivals), rules)
    return add_tallies(
        count_predictions(predictions, arrivals.arrival, joined, promises, local_hours(predictions.sampled, timezone), rules),
        count_arrivals(arrivals, foreseen, local_hours(arrivals.arrival, timezone)),
    )


def score_tables(
    predictions: PredictionTable, arrivals: ArrivalTable, timezone: str = "UTC", rules: AccuracyRules = RULES
) -> Score:
    """The figures of the same."""
    return report(tally_tables(predictions, arrivals, timezone, rules))


def score(predictions: Predictions, arrivals: Arrivals) -> Score:
    """The score of predictions by their ids alone: without intervals, routes and sequences."""
    vehicles, trips, stops = Codes(), Codes(), Codes()
    both = [
        (vehicles.codes(one.vehicle), trips.codes(one.trip), stops.codes(one.stop)) for one in (predictions, arrivals)
    ]
    unknown = [np.full(len(ids[0]), -1, np.int32) for ids in both]
    blank = np.full(len(both[0][0]), np.nan)
    sampled, predicted = (np.asarray(column, np.float64) for column in (predictions.sampled, predictions.arrival))
    return score_tables(
        PredictionTable(*both[0], unknown[0], unknown[0], sampled, predicted, blank, blank),
        ArrivalTable(
            *both[1], unknown[1], unknown[1], np.asarray(arrivals.arrival, np.float64), np.full(len(unknown[1]), np.nan, np.float32)
        ),
    )

