"""E-police coverage, the plan's indicator no. 30: by intersection (any approach, all approaches) and by approach and flow.

`installed` asks whether a point is there; `working` whether it was known to work within 24 h, and a point that never told is unknown. A
point whose approach is not known covers its intersection, and any one of its approaches perhaps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from signals.coverage_weights import belongs
from signals.figures import NO, PERHAPS, YES, Figure, figure
from signals.indicator_definitions import CoverageDefinitions, GradeReading, Words
from signals.inventory import Inventory
from signals.kernels.columns import F64, I8, I32, I64

INSTALLED, WORKING = Words("已安装", "installed"), Words("24 小时内在用", "working within 24 h")
ANY, EVERY = Words("至少一个进口道", "any approach"), Words("全部进口道", "all approaches")


class ApproachShares(NamedTuple):
    """Approaches of a grade reading, and what drives on them."""

    reading: str
    """`installed` or `working`, and the grade reading"""
    words: Words
    approaches: int
    covered: int
    possible: int
    """covered for all that is known"""
    flow: float
    """vehicles/h on the approaches whose flow is known"""
    flow_covered: float
    flow_possible: float
    flow_unknown: int
    """approaches whose flow is not known"""
    undecided: int
    """approaches that may belong, the grade being unknown"""


@dataclass(frozen=True)
class EpoliceCoverage:
    """All figures of one moment."""

    figures: tuple[Figure, ...]
    approaches: tuple[ApproachShares, ...]
    unplaced: int
    """points of which neither approach nor intersection is known"""


class _Points(NamedTuple):
    """Points by what they cover."""

    works: I8
    """[E] YES, NO, PERHAPS"""
    approach: I32
    crossing: I32


def epolice_at(
    as_of: int, inventory: Inventory, definitions: CoverageDefinitions, flow: F64 | None = None, items: bool = False
) -> EpoliceCoverage:
    """E-police coverage at a time (epoch ms), of the inventory of that time.

    `flow` [A] is vehicles/h on each approach, NaN unknown, None: of none is known. Without any point in the inventory nothing is known.
    """
    flow = np.full(len(inventory.approach_ids), np.nan) if flow is None else flow
    if len(flow) != len(inventory.approach_ids):
        raise ValueError(f"flow: {len(flow)} values for {len(inventory.approach_ids)} approaches")
    figures, shares = [], []
    ids = inventory.intersection_ids if items else None
    crossing = _crossings(inventory)
    for what, what_words, works in _readings(as_of, inventory, definitions):
        points = _Points(works, inventory.camera_approach, crossing)
        covered = _approaches(inventory, points)
        any_one, every = _any(inventory, points), _every(inventory, points, covered)
        for grades in definitions.grade_readings:
            inside = belongs(inventory.grade, grades)
            for how, how_words, counts in (("any", ANY, any_one), ("all", EVERY, every)):
                name = f"{what}.{how}.{grades.name}"
                words = Words(
                    f"{grades.words.zh}：{what_words.zh}，{how_words.zh}", f"{what_words.en}, {how_words.en}; {grades.words.en}"
                )
                figures.append(figure(definitions.epolice, name, words, as_of, inside, counts, ids))
            shares.append(_shares(inventory, grades, inside, covered, flow, (what, what_words)))
    unplaced = int((crossing < 0).sum())
    return EpoliceCoverage(tuple(figures), tuple(shares), unplaced)


def _readings(as_of: int, inventory: Inventory, definitions: CoverageDefinitions) -> Iterator[tuple[str, Words, I8]]:
    """(name, words, whether each point counts)."""
    seen = inventory.camera_seen * 1000.0
    yield "installed", INSTALLED, np.full(len(seen), YES, np.int8)
    late = seen < as_of - definitions.camera_life
    unknown = np.isnan(seen) | (seen > as_of)
    yield "working", WORKING, np.where(unknown, PERHAPS, np.where(late, NO, YES)).astype(np.int8)


def _crossings(inventory: Inventory) -> I32:
    """The intersection of each point: its own, else that of its approach; -1 unknown."""
    through = np.append(inventory.approach_intersection, np.int32(-1))[inventory.camera_approach]
    return np.where(inventory.camera_intersection >= 0, inventory.camera_intersection, through).astype(np.int32)


def _approaches(inventory: Inventory, points: _Points) -> I8:
    """Whether each approach is covered."""
    many = len(inventory.approach_ids)
    sure, maybe = (_count(points.approach, points.works == value, many) for value in (YES, PERHAPS))
    able = maybe + _loose(inventory, points)[inventory.approach_intersection]
    return _unlisted(inventory, np.where(sure > 0, YES, np.where(able > 0, PERHAPS, NO)))


def _loose(inventory: Inventory, points: _Points) -> I64:
    """Points of each intersection that count or may, on an approach not known; one row more, for intersections not known."""
    loose = (points.approach < 0) & (points.works != NO)
    return np.append(_count(points.crossing, loose, len(inventory.intersection_ids)), 0)


def _any(inventory: Inventory, points: _Points) -> I8:
    """Whether each intersection has a point on any approach."""
    many = len(inventory.intersection_ids)
    sure, maybe = (_count(points.crossing, points.works == value, many) for value in (YES, PERHAPS))
    return _unlisted(inventory, np.where(sure > 0, YES, np.where(maybe > 0, PERHAPS, NO)))


def _every(inventory: Inventory, points: _Points, covered: I8) -> I8:
    """Whether each intersection has a point on all approaches; where no approach is listed that is not known, if it has a point."""
    many, crossing = len(inventory.intersection_ids), inventory.approach_intersection
    listed = _count(crossing, np.ones(len(crossing), bool), many)
    sure = _count(crossing, covered == YES, many)
    own = _count(points.approach, points.works == PERHAPS, len(crossing)) > 0
    maybe = _count(crossing, own & (covered != YES), many) + _loose(inventory, points)[:many]
    bare = np.where(_count(points.crossing, points.works != NO, many) > 0, PERHAPS, NO)
    found = np.where(sure == listed, YES, np.where(sure + maybe >= listed, PERHAPS, NO))
    return _unlisted(inventory, np.where(listed == 0, bare, found))


def _shares(inventory: Inventory, grades: GradeReading, inside: I8, covered: I8, flow: F64, what: tuple[str, Words]) -> ApproachShares:
    belonging = np.append(inside, np.int8(PERHAPS))[inventory.approach_intersection]
    mine, known = belonging == YES, ~np.isnan(flow)
    yes, able = mine & (covered == YES), mine & (covered != NO)
    words = Words(f"{grades.words.zh}：{what[1].zh}的进口道", f"approaches, {what[1].en}; {grades.words.en}")
    return ApproachShares(
        f"{what[0]}.{grades.name}", words, int(mine.sum()), int(yes.sum()), int(able.sum()),
        float(flow[mine & known].sum()), float(flow[yes & known].sum()), float(flow[able & known].sum()),
        int((mine & ~known).sum()), int((belonging == PERHAPS).sum()),
    )  # fmt: skip


def _count(row: I32, mask: np.ndarray, many: int) -> I64:
    """How many of `mask` are in each row."""
    return np.bincount(row[mask & (row >= 0)], minlength=many)[:many].astype(np.int64)


def _unlisted(inventory: Inventory, counts: np.ndarray) -> I8:
    """An inventory without e-police points says nothing of them."""
    return (counts if len(inventory.camera_ids) else np.full(len(counts), PERHAPS)).astype(np.int8)
