"""Which observed arrivals were foreseen: 5 and 10 min ahead, and at all.

An arrival is asked about a lead only when it happened at least the lead and 2 min after the vehicle's first one, so that
there was a bus to predict. It was foreseen when a prediction for it was sampled between the lead and 2 min more before it;
it came unforeseen when none was sampled 2 min before it or earlier.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from transit.accuracy_join import Flags, Joined
from transit.accuracy_rulers import LEADS, RULES, AccuracyRules
from transit.accuracy_tables import ArrivalTable, PredictionTable
from transit.kernels.columns import F64

FORESEEN = (
    "arrivals", "uncertainty", *(f"{word}_{lead}" for lead in LEADS for word in ("asked", "foreseen")), "asked", "unforeseen",
)  # fmt: skip
"""`uncertainty` is a sum in s; `asked_300` of which `foreseen_300`; `asked` of which `unforeseen`"""


def first_arrivals(arrivals: ArrivalTable) -> F64:
    """[m] the first arrival of each one's vehicle, epoch s; its own where the vehicle is unknown."""
    first = np.full(int(arrivals.vehicle.max(initial=-1)) + 2, np.inf)
    np.minimum.at(first, arrivals.vehicle, arrivals.arrival)
    return np.where(arrivals.vehicle < 0, arrivals.arrival, first[arrivals.vehicle])


def find_foreseen(
    predictions: PredictionTable, joined: Joined, arrivals: ArrivalTable, first: F64, rules: AccuracyRules = RULES
) -> F64:
    """[m, FORESEEN] of each arrival what was known ahead, 0 or 1; `first` [m] as `first_arrivals` gives it."""
    with np.errstate(invalid="ignore"):
        before = joined.actual - predictions.sampled
    since = arrivals.arrival - first
    counts: list[Any] = [np.ones(len(since)), np.nan_to_num(arrivals.uncertainty.astype(np.float64))]
    for lead in LEADS:
        asked = since >= lead + rules.margin
        counts += [asked, asked & _hit(joined, (before >= lead) & (before < lead + rules.margin), len(since))]
    asked = since >= 2 * rules.margin
    counts += [asked, asked & ~_hit(joined, before >= rules.margin, len(since))]
    found: F64 = np.stack(counts, axis=1).astype(np.float64)
    return found


def _hit(joined: Joined, chosen: Flags, arrivals: int) -> Flags:
    """[m] the arrivals that some chosen prediction was for."""
    hit = np.zeros(arrivals, bool)
    hit[joined.row[chosen]] = True
    return hit
