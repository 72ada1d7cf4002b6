"""Before and after, or days with and without: does a measure differ, and if not, is that shown or merely not contradicted?

Days are the unit: cycles and quarter hours of one day are alike for reasons that have nothing to do with the signal. Each day gets one
score: how far it is from the mean of its day type and time of day, over all slots it was seen in, weighed alike for all days. Labels
(with, without) are then shuffled over whole days within each day type (Fisher; Good 2005): exact where the days without were drawn by
lot, as in FHWA-HOP-13-031 (Mesa: 30 days off drawn over two months). Before and after were not drawn: give weeks as blocks, and what is
found may still have any cause that came in between. (Four weeks before and after, days correlated by 0.6 from one to the next, nothing
changed: shuffled by days a third of 300 comparisons found a difference, by weeks 7 %, with days drawn by lot 3 %.) The interval inverts
the same test (Garthwaite 1996).

"No difference" is said only where it is shown: both one-sided tests reject a difference as large as the smallest that matters (TOST,
Schuirmann 1987). Not significant and not equivalent is `unknown`. Of several measures, Holm's 1979 correction holds both kinds of
claim to the level.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from signals.comparison_days import Days, day_scores, shuffled_labels
from signals.kernels.columns import F64


class Effect(IntEnum):
    """What the days with say beside the days without."""

    UNKNOWN = 0
    """too few days, or neither a difference nor its absence is shown"""
    WORSE = 1
    NO_DIFFERENCE = 2
    """shown to be smaller than the smallest that matters"""
    BETTER = 3

    @property
    def word(self) -> str:
        """The wire word: `unknown`, `worse`, `no_difference`, `better`."""
        return self.name.lower()


class Measure(NamedTuple):
    """What is compared, and how much of it matters."""

    name: str
    unit: str
    higher_is_better: bool
    smallest: float = 0.05
    """the smallest difference that matters, as a share of the mean of the days without. 5 %: about half of what adaptive control is
    published to bring where it brings something (SCOOT 12 %, SCATS in Oakland County 7 to 9 %)"""


DELAY = Measure("delay", "s/veh", False)
SPLIT_FAILURES = Measure("split_failures", "share", False)
TRAVEL_TIME = Measure("travel_time", "s", False)
PLATOON_RATIO = Measure("platoon_ratio", "ratio", True)
ARRIVALS_ON_GREEN = Measure("arrivals_on_green", "share", True)


class ComparisonParameters(NamedTuple):
    """How sure, and from how much."""

    level: float = 0.05
    """α, of all measures together: the chance to say better or worse where nothing differs, and no difference where one matters"""
    least_days: int = 5
    """with and without each, below which nothing is said: ten days can be labelled in 252 ways, so p can fall to 0.008"""
    shuffles: int = 4999
    """of labels; p is then known to ± 0.006 at 0.05 (two deviations)"""


COMPARISON = ComparisonParameters()


class Comparison(NamedTuple):
    """One measure. Differences are with less without, in the measure's unit; NaN unknown."""

    measure: Measure
    effect: Effect
    difference: float
    low: float
    """interval of the difference at 1 - α, of this measure alone; infinite where labels can be dealt in too few ways"""
    high: float
    without: float
    """mean of the days without, over the slots that both have"""
    margin: float
    """the smallest difference that matters, in the measure's unit"""
    p_difference: float
    """of the two-sided test, after Holm"""
    p_equivalence: float
    """of TOST, after Holm"""
    p_not_worse: float
    """that it is not worse by the margin or more: one side of TOST, of this measure alone. `effective` asks it of all measures, which
    needs no correction (intersection-union test, Berger 1982)"""
    days_with: int
    days_without: int
    reason: str = ""
    """why `unknown`: `few_days`, `no_common_slots`, `no_scale` (a mean without of 0) or `undecided`"""


class _Tested(NamedTuple):
    difference: float
    low: float
    high: float
    p_difference: float
    p_worse: float
    """of no change as large as the margin to the worse"""
    p_better: float


def compare(
    measures: Sequence[tuple[Measure, Days]], rng: np.random.Generator, q: ComparisonParameters = COMPARISON
) -> list[Comparison]:
    """Every measure with its days, judged together. `rng` shuffles labels. Raises ValueError where columns of days do not fit."""
    found = [_one(measure, days, rng, q) for measure, days in measures]
    tested = [k for k, one in enumerate(found) if not one.reason]
    differences = _holm([found[k].p_difference for k in tested])
    equivalences = _holm([found[k].p_equivalence for k in tested])
    for k, difference, equivalence in zip(tested, differences, equivalences):
        one = found[k]._replace(p_difference=difference, p_equivalence=equivalence)
        effect = _effect(one, q.level)
        found[k] = one._replace(effect=effect, reason="undecided" if effect == Effect.UNKNOWN else "")
    return found


def effective(comparisons: Comparison | Sequence[Comparison], q: ComparisonParameters = COMPARISON) -> bool | None:
    """For the rung `effective`: True where every measure is shown to be no worse, False where one is worse, None unknown."""
    found = [comparisons] if isinstance(comparisons, Comparison) else list(comparisons)
    if any(one.effect == Effect.WORSE for one in found):
        return False
    no_worse = [one.effect in (Effect.BETTER, Effect.NO_DIFFERENCE) or one.p_not_worse <= q.level for one in found]
    return True if found and all(no_worse) else None


def _effect(one: Comparison, level: float) -> Effect:
    """What is shown to be too small to matter is no difference, however surely it is not zero."""
    if one.p_equivalence <= level:
        return Effect.NO_DIFFERENCE
    if one.p_difference > level:
        return Effect.UNKNOWN
    return Effect.BETTER if (one.difference > 0.0) == one.measure.higher_is_better else Effect.WORSE


def _one(measure: Measure, days: Days, rng: np.random.Generator, q: ComparisonParameters) -> Comparison:
    """One measure before Holm; `reason` says why nothing can be tested."""
    scores = day_scores(days)
    nan = float("nan")
    with_, without = int(scores.label.sum()), int((~scores.label).sum())
    empty = Comparison(measure, Effect.UNKNOWN, nan, nan, nan, scores.without, nan, nan, nan, nan, with_, without)
    if not scores.common:
        return empty._replace(reason="no_common_slots")
    if min(with_, without) < q.least_days:
        return empty._replace(reason="few_days")
    margin = measure.smallest * abs(scores.without)
    if not margin > 0.0:
        return empty._replace(reason="no_scale")
    labels = shuffled_labels(scores, rng, q.shuffles)
    tested = _test(scores.score, scores.weights(labels), margin, measure.higher_is_better, q.level)
    return empty._replace(
        difference=tested.difference, low=tested.low, high=tested.high, margin=margin, p_difference=tested.p_difference,
        p_equivalence=max(tested.p_worse, tested.p_better), p_not_worse=tested.p_worse,
    )  # fmt: skip


def _test(score: F64, weights: F64, margin: float, higher_is_better: bool, level: float) -> _Tested:
    """All tests by one set of shuffles: `weights` [1 + B, n], the true labels first; weights @ score is the difference.

    Were the days with d higher than without, score - d·label would show no difference. Its difference under shuffle b is A_b - d·B_b,
    with B_b the difference of the true labels under those of b, at most 1: shuffle b says no less than the true labels for every d from
    (A_0 - A_b) / (1 - B_b) on. So one sort gives p for every d.
    """
    shown = weights @ score
    labels = (weights[0] > 0.0).astype(np.float64)
    own = weights @ labels
    rest = 1.0 - own[1:]
    other = rest > 1e-9
    turns = np.sort((shown[0] - shown[1:][other]) / rest[other])
    count, same = len(shown), 1 + int((~other).sum())
    scale = 1e-9 * max(float(np.abs(shown).max()), 1e-300)
    far = float((np.abs(shown[1:]) >= abs(shown[0]) - scale).sum() + 1) / count
    # one-sided p that the difference is above -margin, and below margin; labels dealt as they are count against both
    above = float((turns <= -margin).sum() + same) / count
    below = float((turns >= margin).sum() + same) / count
    spare = math.floor(level / 2 * count + 1e-9) - same
    low, high = (turns[spare], turns[-1 - spare]) if 0 <= spare < len(turns) else (-np.inf, np.inf)
    worse, better = (above, below) if higher_is_better else (below, above)
    return _Tested(float(shown[0]), float(low), float(high), far, worse, better)


def _holm(p: Sequence[float]) -> list[float]:
    """Step-down adjusted p values (Holm 1979), in the order given."""
    adjusted, running = [0.0] * len(p), 0.0
    for rank, k in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        running = max(running, min(1.0, (len(p) - rank) * p[k]))
        adjusted[k] = running
    return adjusted
