"""What plans need to know of each intersection, read from the inventory: lanes of approaches, and which approaches run together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from signals.inventory import Inventory
from signals.kernels.columns import I32
from signals.plans import Junction
from signals.worth_parameters import WORTH, WorthParameters

NEMA_STREETS: Mapping[int, int] = {1: 1, 2: 1, 5: 1, 6: 1, 3: 2, 4: 2, 7: 2, 8: 2}
"""the dual ring of NEMA TS 2: phases 1, 2, 5, 6 on one side of the barrier, 3, 4, 7, 8 on the other. By approach, without turn counts,
each side is one stage: lefts are then timed with their street"""


@dataclass(frozen=True)
class TimedIntersection:
    """One intersection and its approaches in order of stage; `junction` is None where something needed is not known."""

    intersection: int
    """row in the inventory"""
    approach: I32
    """[M] rows in the inventory"""
    junction: Junction | None
    reason: str = ""
    """why it is None: `no_approaches`, `lanes_unknown`, `phases_unknown` or `one_stage`"""


def lanes_of_approaches(inventory: Inventory) -> I32:
    """[A] lanes with a detector of their own name; 0 unknown."""
    lanes: list[set[str]] = [set() for _ in inventory.approach_ids]
    for approach, lane in zip(inventory.detector_approach.tolist(), inventory.detector_lane):
        if approach >= 0 and lane:
            lanes[approach].add(lane)
    return np.array([len(names) for names in lanes], np.int32)


def timed_intersections(
    inventory: Inventory, q: WorthParameters = WORTH, streets: Mapping[int, int] | None = None,
    lanes: Sequence[int] | None = None,
) -> list[TimedIntersection]:  # fmt: skip
    """Every intersection with what is known of its timing.

    Approaches that share a phase run together and make a stage; stages follow each other. `streets` renames phases first
    (`NEMA_STREETS` for dual-ring controllers, whose phases overlap). `lanes` [A] instead of those that detectors name; 0 unknown.
    Saturation flow is `q.lane` a lane, lost time and minimum green are `q.timing`'s.
    """
    counts = lanes_of_approaches(inventory) if lanes is None else np.asarray(lanes, np.int32)
    phases: list[set[int]] = [set() for _ in inventory.approach_ids]
    for detector, approach in enumerate(inventory.detector_approach.tolist()):
        if approach >= 0:
            named = inventory.phases_of(detector).tolist()
            phases[approach] |= {phase if streets is None else streets.get(phase, phase) for phase in named}
    of_intersection: list[list[int]] = [[] for _ in inventory.intersection_ids]
    for approach, intersection in enumerate(inventory.approach_intersection.tolist()):
        if intersection >= 0:
            of_intersection[intersection].append(approach)
    return [_timed(row, rows, counts, phases, q) for row, rows in enumerate(of_intersection)]


def _timed(
    intersection: int, approaches: Sequence[int], lanes: I32, phases: Sequence[set[int]], q: WorthParameters
) -> TimedIntersection:
    stages = _stages(approaches, phases)
    order = np.array([approach for stage in stages for approach in stage], np.int32)
    reason = ""
    if not approaches:
        reason = "no_approaches"
    elif not (lanes[order] > 0).all():
        reason = "lanes_unknown"
    elif not all(phases[approach] for approach in approaches):
        reason = "phases_unknown"
    elif len(stages) < 2:
        reason = "one_stage"
    if reason:
        return TimedIntersection(intersection, order, None, reason)
    start = np.cumsum([0, *map(len, stages)]).astype(np.int32)
    least = np.full(len(stages), q.timing.least_green, np.int32)
    junction = Junction(lanes[order].astype(np.float64) * q.lane, start, least, q.timing.lost * len(stages))
    return TimedIntersection(intersection, order, junction)


def _stages(approaches: Sequence[int], phases: Sequence[set[int]]) -> list[list[int]]:
    """Approaches in groups that share phases, directly or by way of others, in order of their lowest phase."""
    groups: list[tuple[set[int], list[int]]] = []
    for approach in approaches:
        mine, members = set(phases[approach]), [approach]
        apart = []
        for shared, others in groups:
            if shared & mine:
                mine |= shared
                members = others + members
            else:
                apart.append((shared, others))
        groups = [*apart, (mine, members)]
    groups.sort(key=lambda group: (min(group[0], default=-1), group[1][0]))
    return [members for _, members in groups]
