"""E-police coverage against every way its unknown points may be placed and turn out."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from signals.coverage_epolice import EpoliceCoverage, epolice_at
from signals.figures import Figure
from signals.indicator_definitions import CoverageDefinitions
from signals.inventory import Inventory
from tests.support import naive_coverage
from tests.support.inventories import graded
from tests.support.naive_coverage import Point

D = CoverageDefinitions()
NOW = 1_700_000_000_000
SEEN = {True: NOW / 1000 - 3600, False: NOW / 1000 - 90_000, None: np.nan}


def district(approaches: list[int], points: list[Point], grades: list[int] | None = None, crossings: int = 2) -> Inventory:
    """Intersections with approaches (the intersection of each) and points."""
    return dataclasses.replace(
        graded(grades or [11] * crossings),
        approach_ids=[f"a{k}" for k in range(len(approaches))],
        approach_intersection=np.array(approaches, np.int32),
        camera_ids=[f"e{k}" for k in range(len(points))],
        camera_approach=np.array([one.approach for one in points], np.int32),
        camera_intersection=np.array([one.crossing for one in points], np.int32),
        camera_seen=np.array([SEEN[one.works] for one in points], np.float64),
    )


def named(found: EpoliceCoverage) -> dict[str, Figure]:
    return {one.reading: one for one in found.figures}


POINTS = st.lists(
    st.tuples(st.integers(-1, 3), st.integers(0, 1), st.sampled_from([True, False, None])), min_size=1, max_size=5
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 1), max_size=4), POINTS)
@example([0, 0], [(0, 0, True), (0, 0, None)])
def test_an_intersection_counts_when_every_outcome_says_so_and_may_when_one_does(
    approaches: list[int], drawn: list[tuple[int, int, bool | None]]
) -> None:
    points = [Point(a if a < len(approaches) else -1, approaches[a] if 0 <= a < len(approaches) else x, works) for a, x, works in drawn]
    own = {x: [a for a, of in enumerate(approaches) if of == x] for x in (0, 1)}
    found = named(epolice_at(NOW, district(approaches, points), D, items=True))
    for what, known in (("working", points), ("installed", [one._replace(works=True) for one in points])):
        outcomes = naive_coverage.epolice(known, own)
        for k, how in enumerate(("any", "all")):
            figure = found[f"{what}.{how}.no_branch"]
            assert figure.items is not None
            for x, outcome in outcomes.items():
                answers = {one[k] for one in outcome}
                bare = how == "all" and not own[x] and any(one[0] for one in outcome)  # its approaches are not listed
                assert (str(x) in figure.items.counted) is (answers == {True})
                assert (str(x) in figure.items.unknown) is (bare or answers == {True, False})


def test_a_point_works_that_was_seen_within_a_day_and_not_later_than_the_date_asked() -> None:
    seen = [NOW - 86_400_000, NOW - 86_400_001, NOW, NOW + 1000]
    one = dataclasses.replace(
        district([0, 1, 2, 3], [Point(k, -1, None) for k in range(4)], crossings=4), camera_seen=np.array(seen) / 1000
    )  # fmt: skip
    figure = named(epolice_at(NOW, one, D, items=True))["working.any.no_branch"]
    assert figure.items is not None
    assert figure.items.counted == ("0", "2")
    assert figure.items.unknown == ("3",)
    assert named(epolice_at(NOW, one, D))["installed.any.no_branch"].value == 1.0


def test_approaches_are_weighted_by_flow_and_unknown_flow_is_told() -> None:
    points = [Point(0, -1, True), Point(-1, 1, True), Point(-1, -1, True)]
    flow = np.array([300.0, 100.0, 50.0, np.nan, 999.0])
    found = epolice_at(NOW, district([0, 0, 1, 1, 2], points, [11, 12, 0]), D, flow)
    one = next(shares for shares in found.approaches if shares.reading == "working.no_branch")
    assert (one.approaches, one.covered, one.possible) == (4, 1, 3)
    assert (one.flow, one.flow_covered, one.flow_possible, one.flow_unknown) == (450.0, 300.0, 350.0, 1)
    assert one.undecided == 1
    assert found.unplaced == 1
    with pytest.raises(ValueError, match="flow: 1 values for 5 approaches"):
        epolice_at(NOW, district([0, 0, 1, 1, 2], points, [11, 12, 0]), D, flow[:1])


def test_an_inventory_without_points_says_nothing_of_them() -> None:
    found = epolice_at(NOW, district([0, 1], []), D)
    for figure in found.figures:
        assert (figure.numerator, figure.unknown, figure.low, figure.high) == (0, 2, 0.0, 1.0)
        assert (figure.star, figure.star_possible, figure.gap) == (0, 5, 2)
    assert all((one.covered, one.possible, one.flow_unknown) == (0, 2, 2) for one in found.approaches)
