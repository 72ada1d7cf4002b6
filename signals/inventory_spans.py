"""Intersections over time: from when until when each had which grade and declared mode, as columns. What coverage counts over.

A moment, a series and a period are all counted over spans, so no figure needs the whole inventory of every date between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from signals.inventory import Inventory
from signals.inventory_history import Action, InventoryHistory
from signals.inventory_tables import Kind
from signals.kernels.columns import I8, I32, I64

ALWAYS = int(np.iinfo(np.int64).min)
FOREVER = int(np.iinfo(np.int64).max)


class Spans(NamedTuple):
    """[S], in order of (id, start); spans of one intersection do not overlap."""

    ids: Sequence[str]
    start: I64
    """epoch ms"""
    end: I64
    """epoch ms, exclusive; FOREVER: until further notice"""
    grade: I8
    """`signals.model.Grade`"""
    declared_mode: I32
    """GA/T 1049.2 control mode that the list declares; -1 unknown"""


def spans_of(history: InventoryHistory, known_at: int | None = None) -> Spans:
    """All spans of a history, as known now or as known at another time (epoch ms)."""
    table = history.tables[Kind.INTERSECTION]
    rows = np.flatnonzero(table["number"] < history.told_by(known_at))
    key, start = table["key"][rows], table["valid_from"][rows]
    last = np.ones(len(rows), bool)
    last[:-1] = (key[1:] != key[:-1]) | (start[1:] != start[:-1])
    rows, key, start = rows[last], key[last], start[last]
    end = np.full(len(rows), FOREVER)
    end[:-1] = np.where(key[1:] == key[:-1], start[1:], FOREVER)
    standing = table["action"][rows] != Action.CLOSED
    rows = rows[standing]
    ids = history.pool.take(table["key"][rows])
    return Spans(ids, start[standing], end[standing], table["grade"][rows], table["declared_mode"][rows])


def spans_now(inventory: Inventory) -> Spans:
    """The spans of one inventory whose history is not asked for: each always."""
    many = len(inventory.intersection_ids)
    start, end = np.full(many, ALWAYS), np.full(many, FOREVER)
    return Spans(inventory.intersection_ids, start, end, inventory.grade, inventory.declared_mode)


def rows_at(spans: Spans, time: int) -> I64:
    """Rows of those that hold at a time."""
    return np.flatnonzero((spans.start <= time) & (time < spans.end))


def ids_of(spans: Spans, rows: I64) -> Sequence[str]:
    """The intersections of some rows, in order."""
    return spans.ids if len(rows) == len(spans.start) else list(map(spans.ids.__getitem__, rows.tolist()))
