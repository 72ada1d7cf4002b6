from __future__ import annotations

from signals.worth_junctions import NEMA_STREETS, lanes_of_approaches, timed_intersections
from signals.worth_parameters import WORTH
from tests.support.timed_inventory import inventory


def test_approaches_of_one_phase_make_a_stage_and_lanes_count_once() -> None:
    detectors = [(0, "n1", (2,)), (0, "n1", (2,)), (0, "n2", (2,)), (1, "e1", (1,)), (2, "s1", (2,)), (3, "w1", (1,)), (3, "w2", (1,))]
    one = timed_intersections(inventory(detectors, [0, 0, 0, 0]))[0]
    assert lanes_of_approaches(inventory(detectors, [0, 0, 0, 0])).tolist() == [2, 1, 1, 2]
    assert one.approach.tolist() == [1, 3, 0, 2]
    assert one.junction is not None
    assert one.junction.stage_start.tolist() == [0, 2, 4]
    assert one.junction.saturation.tolist() == [WORTH.lane, 2 * WORTH.lane, 2 * WORTH.lane, WORTH.lane]
    assert one.junction.lost == 2 * WORTH.timing.lost
    assert one.junction.least.tolist() == [WORTH.timing.least_green] * 2


def test_a_phase_shared_by_way_of_another_approach_joins_them() -> None:
    detectors = [(0, "a", (1, 5)), (1, "b", (6,)), (2, "c", (5, 6)), (3, "d", (3,))]
    one = timed_intersections(inventory(detectors, [0, 0, 0, 0]))[0]
    assert one.junction is not None
    assert sorted(one.approach[:3].tolist()) == [0, 1, 2]
    assert one.junction.stage_start.tolist() == [0, 3, 4]


def test_dual_rings_are_two_streets_when_told_so() -> None:
    detectors = [(0, "e", (2, 5)), (1, "w", (6, 1)), (2, "n", (4, 7)), (3, "s", (8, 3))]
    rings = inventory(detectors, [0, 0, 0, 0])
    split, joined = timed_intersections(rings)[0], timed_intersections(rings, streets=NEMA_STREETS)[0]
    assert split.junction is not None
    assert joined.junction is not None
    assert len(split.junction.least) == 4
    assert len(joined.junction.least) == 2


def test_what_is_not_known_is_named_and_not_guessed() -> None:
    detectors = [(0, "a", (1,)), (1, "", (2,)), (2, "c", ()), (3, "d", (2,)), (4, "e", (1,)), (5, "f", (1,))]
    found = timed_intersections(inventory(detectors, [0, 0, 1, 1, 2, 2, -1], 4))
    assert [one.reason for one in found] == ["lanes_unknown", "phases_unknown", "one_stage", "no_approaches"]
    assert all(one.junction is None for one in found)
    told = timed_intersections(inventory(detectors, [0, 0, 1, 1, 2, 2, -1], 4), lanes=[1, 3, 1, 1, 1, 1, 1])
    assert told[0].junction is not None
    assert told[0].junction.saturation.tolist() == [WORTH.lane, 3 * WORTH.lane]
