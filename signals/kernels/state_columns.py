"""The columns of states: what each intersection was shown to be from when on. Times are int64 epoch ms.

A state holds from its `time` to the next of the same intersection, and the last one to `known_until`; before the first and after
`known_until` nothing is known: LISTED is proved, EFFECTIVE is possible.
"""

from __future__ import annotations

from typing import NamedTuple

from signals.kernels.columns import I32, I64, U8

RUNGS = 6
"""how many rungs `signals.model.Rung` has"""
NOTHING_PROVED, ALL_POSSIBLE = 0, RUNGS - 1
"""the rungs of an intersection of which nothing is known"""


class StateColumns(NamedTuple):
    """R rows of N intersections, in order of (intersection, time)."""

    first: I64
    """[N+1] the rows of intersection n are first[n] to first[n + 1]"""
    known_until: I64
    """[N] epoch ms from which nothing is known any more"""
    time: I64
    """[R] epoch ms, strictly increasing within an intersection"""
    proved: U8
    """[R] `signals.model.Rung`"""
    possible: U8
    """[R] likewise; ≥ proved"""
    verdict: U8
    """[R] `signals.model.Verdict`"""
    mode: I32
    """[R] control mode in force; -1 unknown"""


class LastStates(NamedTuple):
    """What was told last of each intersection, [N]; kernels write to it."""

    end: I64
    """epoch ms at which its last window ended; -1 none was told"""
    proved: U8
    possible: U8
    verdict: U8
    mode: I32


class Windows(NamedTuple):
    """What windows of events said, [n], in order of (end, start) for each intersection."""

    intersection: I32
    start: I64
    """epoch ms"""
    end: I64
    """epoch ms, exclusive"""
    proved: U8
    possible: U8
    verdict: U8
    mode: I32


class Transitions(NamedTuple):
    """Changes of state, [n]."""

    intersection: I32
    time: I64
    proved: U8
    possible: U8
    verdict: U8
    mode: I32
