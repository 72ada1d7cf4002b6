"""Coverage at a moment: how many intersections, and how much of what they carry, stand on each rung; strict and lenient.

Strict counts what is proved, lenient what is possible; the truth lies between. A figure by importance, flow or passengers is over the
intersections whose weight is known, and says of how many it is not. A `Coverage` equals an earlier one when nothing but time changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from signals.coverage_epolice import EpoliceCoverage
from signals.coverage_official import official_figures
from signals.coverage_situation import Situation, situation_at
from signals.coverage_weights import Measured, Weights, belongs, weights_of
from signals.figures import PERHAPS, YES, Figure
from signals.indicator_definitions import CoverageDefinitions, GradeReading, Words
from signals.inventory_spans import Spans
from signals.kernels.columns import F64, U8
from signals.kernels.state_columns import RUNGS
from signals.state_history import StateView

ALL_WORDS = Words("全部路口", "all intersections")


class Shares(NamedTuple):
    """Sums of one weight over intersections."""

    weight: str
    proved: tuple[float, ...]
    """[6] of those shown to stand on each rung or higher"""
    possible: tuple[float, ...]
    """[6] of those that may"""
    total: float
    unknown_items: int
    """intersections whose weight is not known: in no sum"""

    def strict(self, rung: int) -> float | None:
        """Share that is proved; None when there is nothing."""
        return self.proved[rung] / self.total if self.total else None

    def lenient(self, rung: int) -> float | None:
        """Share that is possible."""
        return self.possible[rung] / self.total if self.total else None


class Scope(NamedTuple):
    """A set of intersections: all of them, or those of a grade reading."""

    name: str
    words: Words
    items: int
    undecided: int
    """intersections that may belong, their grade being unknown: in no sum"""
    shares: tuple[Shares, ...]


@dataclass(frozen=True)
class Coverage:
    """Everything that is published of one moment."""

    as_of: int = field(compare=False)
    """epoch ms"""
    definitions: CoverageDefinitions
    scopes: tuple[Scope, ...]
    official: tuple[Figure, ...]
    epolice: EpoliceCoverage | None = None


def coverage_at(
    as_of: int,
    spans: Spans,
    states: StateView,
    definitions: CoverageDefinitions,
    measured: Sequence[Measured] = (),
    epolice: EpoliceCoverage | None = None,
    items: bool = False,
) -> Coverage:
    """Coverage at a time (epoch ms); with `items` every official figure carries the ids behind it."""
    now = situation_at(as_of, spans, states)
    weights = weights_of(now.ids, now.grade, definitions, measured)
    scopes = tuple(_scope(now, weights, reading) for reading in (None, *definitions.grade_readings))
    return Coverage(as_of, definitions, scopes, official_figures(now, definitions, items), epolice)


def _scope(now: Situation, weights: Weights, reading: GradeReading | None) -> Scope:
    inside = belongs(now.grade, reading)
    mine = inside == YES
    proved, possible = now.proved[mine], now.possible[mine]
    shares = tuple(_shares(name, proved, possible, weights.values[mine, k]) for k, name in enumerate(weights.names))
    name, words = ("all", ALL_WORDS) if reading is None else (reading.name, reading.words)
    return Scope(name, words, int(mine.sum()), int((inside == PERHAPS).sum()), shares)


def _shares(name: str, proved: U8, possible: U8, weight: F64) -> Shares:
    unknown = np.isnan(weight)
    weight = np.where(unknown, 0.0, weight)
    strict, lenient = (tuple(at_least(np.bincount(rung, weight, RUNGS).astype(np.float64)).tolist()) for rung in (proved, possible))
    return Shares(name, strict, lenient, strict[0], int(unknown.sum()))


def at_least(by_rung: F64, axis: int = -1) -> F64:
    """Sums over each rung and all above it, of sums by rung."""
    return np.flip(np.cumsum(np.flip(by_rung, axis), axis), axis)
