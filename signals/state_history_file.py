"""A StateHistory to and from the bytes of one .npz file. Nothing is pickled; the same history gives the same bytes."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.errors import HistoryFileError
from signals.inventory_history_file import DAMAGE, first_line, packed_json, unpacked_json
from signals.kernels.state_columns import RUNGS, LastStates, Transitions
from signals.state_history import StateHistory, StateParameters

FORMAT = 1
_LAST = LastStates(np.int64, np.uint8, np.uint8, np.uint8, np.int32)  # type: ignore[arg-type]
_KEPT = Transitions(np.int32, np.int64, np.uint8, np.uint8, np.uint8, np.int32)  # type: ignore[arg-type]


def state_history_to_bytes(history: StateHistory) -> bytes:
    """The bytes of the file, compacted."""
    meta = {"format": FORMAT, "kind": "states", "life": history.parameters.life}
    arrays: dict[str, NDArray[Any]] = {"meta": packed_json(meta), "ids": packed_json(history.ids)}
    arrays |= {f"last.{name}": column for name, column in history.last._asdict().items()}
    arrays |= {f"kept.{name}": column for name, column in history.kept._asdict().items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def state_history_from_bytes(data: bytes, name: str, parameters: StateParameters | None = None) -> StateHistory:
    """The history in a file's bytes; `name` is what errors call it, `parameters` govern from here on (else the file's).

    Raises HistoryFileError for anything but a whole file.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            meta = unpacked_json(found["meta"])
            if meta.get("kind") != "states":
                raise HistoryFileError(name, "is not a history of states")
            if meta.get("format") != FORMAT:
                raise HistoryFileError(name, f"has format {meta.get('format')}, this program reads {FORMAT}")
            ids: list[str] = unpacked_json(found["ids"])
            last = LastStates._make(found[f"last.{key}"].astype(dtype) for key, dtype in _LAST._asdict().items())
            kept = Transitions._make(found[f"kept.{key}"].astype(dtype) for key, dtype in _KEPT._asdict().items())
            parameters = parameters or StateParameters(int(meta["life"]))
            whole = _fits(ids, last, kept)
    except DAMAGE as error:
        raise HistoryFileError(name, f"is not a history of states or is damaged ({first_line(error)})") from None
    if not whole:
        raise HistoryFileError(name, "is damaged (its rows do not fit together)")
    return StateHistory.of(parameters, ids, last, kept)


def _fits(ids: list[str], last: LastStates, kept: Transitions) -> bool:
    """Whether columns have the lengths, order and values that lookups rely on."""
    shapes = {column.shape for column in kept} | {(len(kept.time),)}, {column.shape for column in last} | {(len(ids),)}
    if any(len(found) != 1 for found in shapes) or len(set(ids)) != len(ids):
        return False
    order = np.lexsort((kept.time, kept.intersection))
    again = (kept.intersection[1:] == kept.intersection[:-1]) & (kept.time[1:] == kept.time[:-1])
    rungs = all(int(column.max(initial=0)) < RUNGS for column in (kept.proved, kept.possible, last.proved, last.possible))
    inside = int(kept.intersection.max(initial=-1)) < len(ids) and int(kept.intersection.min(initial=0)) >= 0
    return rungs and inside and not again.any() and np.array_equal(order, np.arange(len(order)))
