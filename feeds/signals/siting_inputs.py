"""Lists of intersections for where-next: `intersection_id` and any of grade, place, gain, bus delay, cost, equipped.

An inventory (`device_id,intersection_id,grade,declared_mode,lat,lon`) is such a list: a declared mode that answers traffic means
equipped. Cells that are no number cost their row; a row without an id, or with one that came before, is counted and left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from feeds.counters import Counters
from feeds.errors import FeedError
from feeds.recording_cells import blank_rows, read_numbers, strike
from feeds.recording_tables import Columns, Source, name_of, read_blocks
from feeds.signals.road_edges import id_codes
from signals.codes import DECLARED_REAL_TIME
from signals.kernels.columns import F64, I8
from signals.model import Grade
from transit.accuracy_tables import Codes

NUMBERS = ("lat", "lon", "grade", "gain_s", "bus_delay_person_s", "cost", "equipped", "declared_mode")
LIST = Columns(("intersection_id", "name", *NUMBERS), frozenset(["intersection_id"]), frozenset(["intersection_id", "name"]))
COSTS = LIST._replace(required=frozenset(["intersection_id", "cost"]))


@dataclass(frozen=True)
class IntersectionTable:
    """n intersections; NaN unknown."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    lat: F64
    lon: F64
    grade: I8
    """`signals.model.Grade`; UNKNOWN for other numbers too"""
    gain: F64
    """s saved per vehicle"""
    bus_delay: F64
    """person-seconds a day"""
    cost: F64
    equipped: tuple[bool, ...]


def read_intersections(source: Source, costs: bool = False) -> tuple[IntersectionTable, Counters]:
    """The list of one file; `costs`: it must have a column of costs. Raises FeedError (see feeds.recording_tables)."""
    counters, name, columns = Counters(), name_of(source), COSTS if costs else LIST
    codes, names, seen = Codes(), Codes(), set[int]()
    rows: list[tuple[int, int, list[float]]] = []
    for block in read_blocks(source, columns, counters):
        keep = ~blank_rows(block)
        ids, titles = id_codes(block, "intersection_id", codes, name), id_codes(block, "name", names, name)
        numbers = [read_numbers(block, one, keep, counters) for one in NUMBERS]
        for row in np.flatnonzero(keep).tolist():
            cost = numbers[NUMBERS.index("cost")][row]
            if ids[row] < 0:
                strike(row, "intersection_id", "missing", "is empty", block.where, keep, counters)
            elif ids[row] in seen:
                strike(row, "intersection_id", "repeated", f"{codes.ids[ids[row]]} came before", block.where, keep, counters)
            elif cost <= 0 or (costs and np.isnan(cost)):
                strike(row, "cost", "impossible", "is not above 0", block.where, keep, counters)
            else:
                seen.add(int(ids[row]))
                rows.append((int(ids[row]), int(titles[row]), [float(column[row]) for column in numbers]))
    if not rows:
        raise FeedError(name, None, None, "has no usable intersection")
    counters.accepted = len(rows)
    lat, lon, grade, gain, bus, cost, equipped, mode = np.array([values for _, _, values in rows]).T
    grades = [int(one) if one in set(Grade) else 0 for one in grade.tolist()]
    running = [bool(is_so) if is_so == is_so else kind in DECLARED_REAL_TIME for is_so, kind in zip(equipped.tolist(), mode.tolist())]
    return IntersectionTable(
        tuple(codes.ids[one] for one, _, _ in rows), tuple("" if k < 0 else names.ids[k] for _, k, _ in rows), lat, lon,
        np.array(grades, np.int8), gain, bus, cost, tuple(running),
    ), counters  # fmt: skip
