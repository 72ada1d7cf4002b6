"""Cells of recorded tables as numbers: one that is no number costs its row, which is counted with its place."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from feeds.counters import Counters, Refusal
from feeds.recording_tables import Block, Place
from transit.kernels.columns import F64

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def blank_rows(block: Block) -> Any:
    """Rows with nothing in any column that is read: empty lines, which are not positions and nobody's mistake."""
    blank = np.ones(block.rows, bool)
    for array in block.columns.values():
        if array.null_count == 0:
            return np.zeros(block.rows, bool)
        blank &= array.is_null().to_numpy(zero_copy_only=False)
    return blank


def read_numbers(block: Block, name: str, keep: Any, counters: Counters) -> F64:
    """A column as float64, NaN unknown; rows whose cell is no number are struck from `keep` and counted."""
    array = block.columns.get(name)
    if array is None:
        return np.full(block.rows, np.nan)
    try:
        values: F64 = np.array(pa.compute.cast(array, pa.float64()).to_numpy(zero_copy_only=False))
        if not np.isinf(values).any():
            return values
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        pass
    values = np.full(block.rows, np.nan)
    for row, cell in enumerate(array.to_pylist()):
        if cell is None:
            continue
        word = str(cell).strip()
        if _NUMBER.fullmatch(word) and np.isfinite(float(word)):
            values[row] = float(word)
        elif word.lower() != "nan":
            strike(row, name, "not_a_number", f"is not a number: {word[:40]!r}", block.where, keep, counters)
    return values


def is_text(word: bytes) -> bool:
    """Whether bytes are UTF-8."""
    try:
        word.decode()
    except UnicodeDecodeError:
        return False
    return True


def strike(row: int, name: str, kind: str, detail: str, where: Place, keep: Any, counters: Counters) -> None:
    """Leave a row out; it is counted once, for the first thing found wrong with it."""
    if keep[row]:
        keep[row] = False
        reason = f"{name}_{kind}"
        shown = len(counters.examples) < counters.keep
        counters.refuse(reason, 1, [Refusal(where.of(row), name, reason, detail)] if shown else ())
