"""What an intersection weighs: one, its importance by grade, its flow, its bus passengers. NaN: not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np

from signals.figures import NO, PERHAPS, YES
from signals.indicator_definitions import CoverageDefinitions, GradeReading
from signals.kernels.columns import F64, I8
from signals.model import Grade


class Measured(NamedTuple):
    """A quantity of intersections, by id: `flow` in vehicles/h, `bus_passengers` in passengers/h, or any other."""

    name: str
    ids: Sequence[str]
    values: F64
    """NaN: not known"""


class Weights(NamedTuple):
    """Weights of intersections."""

    names: tuple[str, ...]
    values: F64
    """[S, W]; NaN: not known"""


def weights_of(ids: Sequence[str], grade: I8, definitions: CoverageDefinitions, measured: Sequence[Measured] = ()) -> Weights:
    """`count`, `importance` and whatever was measured, of every intersection [S].

    Raises ValueError for ids and values of two lengths.
    """
    columns = [np.ones(len(grade)), by_grade(grade, definitions.grade_weights)]
    for one in measured:
        if len(one.ids) != len(one.values):
            raise ValueError(f"{one.name}: {len(one.values)} values for {len(one.ids)} intersections")
        columns.append(_placed(one, ids))
    return Weights(("count", "importance", *(one.name for one in measured)), np.stack(columns, axis=1))


def by_grade(grade: I8, table: Mapping[Grade, float]) -> F64:
    """The weight of each grade; NaN for one that has none."""
    weight = np.full(256, np.nan)
    for one, value in table.items():
        weight[one] = value
    return weight[grade.astype(np.uint8)]


def belongs(grade: I8, reading: GradeReading | None) -> I8:
    """Whether each intersection is one of a reading: YES, NO, PERHAPS. None: all are."""
    if reading is None:
        return np.full(len(grade), YES, np.int8)
    return np.where(grade == Grade.UNKNOWN, PERHAPS, np.where(np.isin(grade, list(reading.grades)), YES, NO)).astype(np.int8)


def _placed(measured: Measured, ids: Sequence[str]) -> F64:
    """The values of a quantity in another order of ids."""
    if measured.ids is ids or measured.ids == ids:
        return measured.values
    found = dict(zip(measured.ids, measured.values.tolist()))
    return np.fromiter(map(found.get, ids, repeat(np.nan)), np.float64, len(ids))
