"""Coverage over time: at many moments, and as time in state over days or any stretches.

A signal that adapts six hours a day is covered by a quarter: every intersection weighs by its time in the inventory, and counts by its
time in state. Parts are summed and divided once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from signals.coverage import ALL_WORDS, at_least
from signals.coverage_days import Bins
from signals.coverage_official import principal_figure
from signals.coverage_situation import situation_at
from signals.coverage_weights import Measured, belongs, weights_of
from signals.figures import PERHAPS, YES, Figure
from signals.indicator_definitions import CoverageDefinitions, Words
from signals.inventory_spans import Spans
from signals.kernels.columns import F64, I32, I64
from signals.kernels.state_columns import RUNGS, StateColumns
from signals.kernels.states import weigh_bins, weigh_moments
from signals.state_history import StateView


class ScopeSeries(NamedTuple):
    """Sums of a scope: over intersections at each of T moments, or over intersections × ms in each of T bins."""

    name: str
    words: Words
    weights: tuple[str, ...]
    """[W]"""
    proved: F64
    """[T, 6, W] of those shown to stand on each rung or higher"""
    possible: F64
    total: F64
    """[T, W]"""
    unknown_items: F64
    """[T, W] intersections (× ms) whose weight is not known: in no sum"""
    undecided: F64
    """[T] intersections (× ms) that may belong, their grade being unknown: in no sum"""

    def whole(self) -> ScopeSeries:
        """All bins in one, T = 1: the figure of a period."""
        sums = (column.sum(axis=0, keepdims=True) for column in self[3:])
        return ScopeSeries(self.name, self.words, self.weights, *sums)

    def strict(self, rung: int, weight: str = "count") -> F64:
        """[T] share that is proved; NaN where there is nothing."""
        return self._share(self.proved, rung, weight)

    def lenient(self, rung: int, weight: str = "count") -> F64:
        """[T] share that is possible."""
        return self._share(self.possible, rung, weight)

    def _share(self, sums: F64, rung: int, weight: str) -> F64:
        k = self.weights.index(weight)
        total = self.total[:, k]
        share = np.full(len(total), np.nan)
        np.divide(sums[:, rung, k], total, out=share, where=total > 0)
        return share


def coverage_moments(
    times: I64, spans: Spans, states: StateView, definitions: CoverageDefinitions, measured: Sequence[Measured] = ()
) -> tuple[ScopeSeries, ...]:
    """Coverage at each of `times` (epoch ms, in order), by scope."""
    return _series(times, None, spans, states, definitions, measured)


def time_in_state(
    bins: Bins, spans: Spans, states: StateView, definitions: CoverageDefinitions, measured: Sequence[Measured] = ()
) -> tuple[ScopeSeries, ...]:
    """Time in state within each bin, by scope; `whole()` is that of all bins together."""
    return _series(bins.start, bins, spans, states, definitions, measured)


def principal_series(times: I64, spans: Spans, states: StateView, definitions: CoverageDefinitions) -> list[Figure]:
    """The official ratio at each of `times`, without its lists."""
    who = states.rows_of(spans.ids)
    return [principal_figure(situation_at(time, spans, states, who), definitions) for time in times.tolist()]


def _series(
    times: I64, bins: Bins | None, spans: Spans, states: StateView, definitions: CoverageDefinitions, measured: Sequence[Measured]
) -> tuple[ScopeSeries, ...]:
    names, values = weights_of(spans.ids, spans.grade, definitions, measured)
    unknown, who = np.isnan(values), states.rows_of(spans.ids)
    both = np.concatenate((np.where(unknown, 0.0, values), unknown), axis=1).astype(np.float64)
    found, many = [], len(names)
    for reading in (None, *definitions.grade_readings):
        inside = belongs(spans.grade, reading)
        proved, possible = _sums(times, bins, spans, states.columns, who, both, inside == YES)
        perhaps = np.ones((len(who), 1))
        undecided = _sums(times, bins, spans, states.columns, who, perhaps, inside == PERHAPS)[0][:, :, 0].sum(axis=1)
        every = proved.sum(axis=1)
        name, words = ("all", ALL_WORDS) if reading is None else (reading.name, reading.words)
        found.append(
            ScopeSeries(
                name, words, names, at_least(proved[:, :, :many], 1), at_least(possible[:, :, :many], 1),
                every[:, :many], every[:, many:], undecided,
            )
        )  # fmt: skip
    return tuple(found)


def _sums(
    times: I64, bins: Bins | None, spans: Spans, states: StateColumns, who: I32, weights: F64, mask: np.ndarray
) -> tuple[F64, F64]:
    """(proved, possible) [T, 6, W] by rung, of the spans of a mask."""
    start, end, who, weights = spans.start[mask], spans.end[mask], who[mask], np.ascontiguousarray(weights[mask])
    many, width = len(times), weights.shape[1]
    if bins is None:
        sums = np.zeros((2, many + 1, RUNGS, width))
        weigh_moments(states, who, start, end, weights, times, sums[0], sums[1])
        return sums[0, :many], sums[1, :many]
    sums, whole = np.zeros((2, many, RUNGS, width)), np.zeros((2, many + 1, RUNGS, width))
    weigh_bins(states, who, start, end, weights, bins.start, bins.end, whole, sums[0], sums[1])
    return sums[0], sums[1]
