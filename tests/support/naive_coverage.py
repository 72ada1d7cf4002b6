"""Coverage counted intersection by intersection."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class Crossing(NamedTuple):
    """One intersection at a moment."""

    grade: int
    proved: int
    possible: int
    weight: float


def shares(crossings: Sequence[Crossing], grades: frozenset[int] | None) -> tuple[list[float], list[float], float, int, int]:
    """(proved, possible by rung, total, items of unknown weight, items of unknown grade)."""
    proved, possible, total, unknown, undecided = [0.0] * 6, [0.0] * 6, 0.0, 0, 0
    for one in crossings:
        if grades is not None and one.grade == 0:
            undecided += 1
        elif grades is None or one.grade in grades:
            if math.isnan(one.weight):
                unknown += 1
                continue
            total += one.weight
            for rung in range(6):
                proved[rung] += one.weight * (one.proved >= rung)
                possible[rung] += one.weight * (one.possible >= rung)
    return proved, possible, total, unknown, undecided


class Point(NamedTuple):
    """One e-police point: its approach and intersection by number, -1 unknown; whether it works, None unknown."""

    approach: int
    crossing: int
    works: bool | None


def epolice(points: Sequence[Point], approaches: dict[int, list[int]]) -> dict[int, set[tuple[bool, bool]]]:
    """Of each intersection, every (any, all) that placing and settling its unknown points may give.

    `approaches` are those of each intersection. A point of unknown approach is put on each in turn, and on one not listed.
    """
    found = {}
    for crossing, own in approaches.items():
        mine = [one for one in points if one.approach in own or (one.approach == -1 and one.crossing == crossing)]
        outcomes: list[tuple[frozenset[int], bool]] = [(frozenset(), False)]
        for point in mine:
            places = [point.approach] if point.approach != -1 else [*own, -1]
            states = [point.works] if point.works is not None else [True, False]
            outcomes = [
                (covered | {place}, True) if works else (covered, any_one)
                for covered, any_one in outcomes for place in places for works in states
            ]  # fmt: skip
        found[crossing] = {(any_one, bool(own) and covered >= set(own)) for covered, any_one in outcomes}
    return found
