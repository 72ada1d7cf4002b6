"""What each intersection was shown to be, over time: findings in, changes of state kept, by intersection id.

A window speaks of the time that no window before it spoke of, so overlapping windows rewrite nothing. A state lasts until the next
window says otherwise, and no longer than its own window and `StateParameters.life`; then it is unknown. A window that speaks only of
time already spoken of comes late and is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import NamedTuple

import numpy as np

from signals.finding import Finding
from signals.kernels.columns import I32, I64
from signals.kernels.state_columns import ALL_POSSIBLE, NOTHING_PROVED, LastStates, StateColumns, Transitions, Windows
from signals.kernels.states import transitions


@dataclass(frozen=True)
class StateParameters:
    """Constants of a state history."""

    life: int = 900_000
    """ms that a state holds beyond its window: the next window of the usual 15 min may fail to come, a second one may not"""


class Told(NamedTuple):
    """What a batch of findings came to."""

    findings: int
    changes: int
    late: int
    """findings that spoke only of time already spoken of"""


@dataclass(frozen=True)
class StateView:
    """What readers get: states that no later batch changes."""

    columns: StateColumns
    index: Mapping[str, int]
    """row of each intersection; it may have grown since"""
    ids: Sequence[str]
    """id of each row; likewise"""

    def rows_of(self, ids: Sequence[str]) -> I32:
        """The row of each intersection id; -1 for one never heard of."""
        rows = np.fromiter(map(self.index.get, ids, repeat(-1)), np.int32, len(ids))
        rows[rows >= len(self.columns.known_until)] = -1
        return rows


class StateHistory:
    """Grows by batches; `view` is what readers get."""

    def __init__(self, parameters: StateParameters | None = None) -> None:
        self.parameters = parameters or StateParameters()
        self.ids: list[str] = []
        """[N] intersections ever heard of; it only grows"""
        self._index: dict[str, int] = {}
        self._last = no_states(0)
        self._base = _no_transitions(0)
        self._tail: list[Transitions] = []
        self._ready: StateView | None = None

    @classmethod
    def of(cls, parameters: StateParameters, ids: Sequence[str], last: LastStates, kept: Transitions) -> StateHistory:
        """A history out of its parts; `kept` in order of (intersection, time)."""
        history = cls(parameters)
        history.ids, history._index = list(ids), {name: row for row, name in enumerate(ids)}
        history._last, history._base = last, kept
        return history

    def record(self, findings: Sequence[Finding], intersection_ids: Sequence[str]) -> Told:
        """Take in findings whose rows are those of `intersection_ids` (`Inventory.intersection_ids`); any order.

        Raises ValueError for one of no intersection, whose window has no length, or whose possible rung is below what is proved.
        """
        if not findings:
            return Told(0, 0, 0)
        for one in findings:
            if not 0 <= one.intersection < len(intersection_ids):
                raise ValueError(f"row {one.intersection} is no intersection of {len(intersection_ids)}")
            if one.end <= one.start or one.possible < one.proved or one.start < 0:
                raise ValueError(f"{intersection_ids[one.intersection]}: no finding can be {one.start}–{one.end}, {one.proved!r}")
        self._grow([intersection_ids[one.intersection] for one in findings])
        windows = _windows(findings, np.array([self._index[intersection_ids[one.intersection]] for one in findings], np.int32))
        out = _no_transitions(2 * len(findings))
        made, late = transitions(windows, self.parameters.life, self._last, out)
        self._tail.append(Transitions._make(column[:made] for column in out))
        self._ready = None
        return Told(len(findings), made, late)

    def compact(self) -> None:
        """Put what was appended since the last time in order; `view` does it when asked."""
        if self._tail:
            parts = [self._base, *self._tail]
            joined = Transitions._make(np.concatenate(columns) for columns in zip(*parts, strict=True))
            order = np.argsort(joined.intersection, kind="stable")
            self._base, self._tail = Transitions._make(column[order] for column in joined), []

    def forget(self, before: int) -> None:
        """Drop what was before a time (epoch ms), but for the state that each intersection was in then."""
        self.compact()
        base = self._base
        followed = np.zeros(len(base.time), bool)
        followed[:-1] = (base.intersection[1:] == base.intersection[:-1]) & (base.time[1:] <= before)
        self._base = Transitions._make(column[~followed] for column in base)
        self._ready = None

    def view(self) -> StateView:
        """All states so far, in order."""
        if self._ready is None:
            self.compact()
            base, many = self._base, len(self.ids)
            first = np.searchsorted(base.intersection, np.arange(many + 1)).astype(np.int64)
            known_until = self._last.end + self.parameters.life
            columns = StateColumns(first, known_until, base.time, base.proved, base.possible, base.verdict, base.mode)
            self._ready = StateView(columns, self._index, self.ids)
        return self._ready

    @property
    def last(self) -> LastStates:
        """What was told last of each intersection; not to be written to."""
        return self._last

    @property
    def kept(self) -> Transitions:
        """All changes, in order of (intersection, time)."""
        self.compact()
        return self._base

    def _grow(self, ids: Sequence[str]) -> None:
        """Make room for ids not heard of before."""
        known = len(self.ids)
        for name in ids:
            if name not in self._index:
                self._index[name] = len(self.ids)
                self.ids.append(name)
        if len(self.ids) > known:
            old, new = self._last._asdict(), no_states(len(self.ids) - known)._asdict()
            self._last = LastStates(**{name: np.concatenate((old[name], new[name])) for name in old})


def no_states(many: int) -> LastStates:
    """Of intersections of which nothing was told."""
    proved, possible, verdict = (np.full(many, value, np.uint8) for value in (NOTHING_PROVED, ALL_POSSIBLE, 0))
    return LastStates(np.full(many, -1, np.int64), proved, possible, verdict, np.full(many, -1, np.int32))


def _no_transitions(many: int) -> Transitions:
    rungs = np.zeros((3, many), np.uint8)
    return Transitions(np.zeros(many, np.int32), np.zeros(many, np.int64), rungs[0], rungs[1], rungs[2], np.zeros(many, np.int32))


def _windows(findings: Sequence[Finding], rows: I32) -> Windows:
    """Findings as columns, in order of (end, start) for each intersection."""
    start, end, mode = (_whole(findings, name) for name in ("start", "end", "mode"))
    proved, possible, verdict = (_whole(findings, name).astype(np.uint8) for name in ("proved", "possible", "verdict"))
    order = np.lexsort((start, end, rows))
    columns = (rows, start, end, proved, possible, verdict, mode.astype(np.int32))
    return Windows._make(column[order] for column in columns)


def _whole(findings: Sequence[Finding], name: str) -> I64:
    return np.fromiter((getattr(one, name) for one in findings), np.int64, len(findings))
