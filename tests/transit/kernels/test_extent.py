"""What is known of each pattern at a glance."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drives import random_town
from tests.support.naive_fleet import town_of
from tests.support.naive_matching import folds
from tests.support.streets import LOOP, OUT_AND_BACK, STRAIGHT, TRUNK_NORTH, Corners, Line, evenly, length_of, streets
from transit.kernels.columns import F32, DayColumns
from transit.kernels.extent import measure
from transit.network import Network

NO_DAYS = DayColumns(np.zeros(0), np.zeros((0, 0), np.uint8))


def measured(network: Network, reach: float = 150.0) -> F32:
    extent = np.full((len(network.patterns.route), 3), np.nan, np.float32)
    measure(network.shapes, network.patterns, reach, extent)
    return extent


@settings(max_examples=60)
@given(seed=st.integers(0, 100_000), reach=st.floats(1.0, 500.0))
def test_the_kernel_measures_what_its_twin_does(seed: int, reach: float) -> None:
    network, _ = random_town(seed)
    for pattern, (begin, end, fold) in zip(town_of(network, NO_DAYS).patterns, measured(network, reach).tolist()):
        assert (begin, end) == pytest.approx((pattern.stops[0], pattern.stops[-1]))
        assert fold == float(folds(pattern, reach))


@pytest.mark.parametrize(("corners", "fold"), [(STRAIGHT, 0.0), (TRUNK_NORTH, 0.0), (LOOP, 1.0), (OUT_AND_BACK, 1.0)])
def test_a_shape_folds_where_it_comes_back_near_itself(corners: Corners, fold: float) -> None:
    line = Line(corners, [])
    line.stops = evenly(length_of(line), 4)
    pieces = Line(_cut(corners, 50.0), line.stops)
    assert measured(streets(pieces))[0, 2] == fold


def test_first_and_last_stop_need_not_be_the_ends_of_the_shape() -> None:
    assert measured(streets(Line(STRAIGHT, [120.0, 900.0, 2750.0])))[0].tolist() == [120.0, 2750.0, 0.0]


def _cut(corners: Corners, step: float) -> Corners:
    """The same shape in pieces of at most `step` metres."""
    places = [corners[0]]
    for (x, y), (to_x, to_y) in pairwise(corners):
        count = int(np.ceil(np.hypot(to_x - x, to_y - y) / step))
        places += [(x + (to_x - x) * k / count, y + (to_y - y) * k / count) for k in range(1, count + 1)]
    return places
