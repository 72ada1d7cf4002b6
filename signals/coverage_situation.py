"""What every intersection was shown to be at a moment: the inventory of that time and the states that held then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from signals.figures import NO, PERHAPS, YES
from signals.inventory_spans import Spans, ids_of, rows_at
from signals.kernels.columns import I8, I32, I64, U8
from signals.kernels.state_columns import ALL_POSSIBLE, NOTHING_PROVED
from signals.kernels.states import locate
from signals.state_history import StateView


class Situation(NamedTuple):
    """What every intersection of one moment was shown to be, [J]."""

    as_of: int
    """epoch ms"""
    spans: Spans
    there: I64
    """row in `spans`"""
    grade: I8
    declared_mode: I32
    row: I64
    """row of its state in `StateView.columns`; -1: nothing is known of it"""
    proved: U8
    possible: U8
    verdict: U8
    mode: I32
    """-1 unknown"""

    @property
    def ids(self) -> Sequence[str]:
        """Of the intersections."""
        return ids_of(self.spans, self.there)


def situation_at(as_of: int, spans: Spans, states: StateView, who: I32 | None = None) -> Situation:
    """The states of the intersections that are there at a time (epoch ms).

    `who`, for whoever asks often: `states.rows_of(spans.ids)`.
    """
    there, columns = rows_at(spans, as_of), states.columns
    mine = states.rows_of(ids_of(spans, there)) if who is None else who[there]
    row = np.empty(len(there), np.int64)
    locate(columns, mine, as_of, row)
    place = np.where(row >= 0, row, len(columns.time))

    def taken(column: np.ndarray, missing: int) -> np.ndarray:
        return np.append(column, column.dtype.type(missing))[place]

    return Situation(
        as_of, spans, there, spans.grade[there], spans.declared_mode[there], row, taken(columns.proved, NOTHING_PROVED),
        taken(columns.possible, ALL_POSSIBLE), taken(columns.verdict, 0), taken(columns.mode, -1),
    )  # fmt: skip


def has_rung(now: Situation, rung: int) -> I8:
    """Whether each intersection stands on a rung: YES, NO, PERHAPS."""
    return np.where(now.proved >= rung, YES, np.where(now.possible >= rung, PERHAPS, NO)).astype(np.int8)
