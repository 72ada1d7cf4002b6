from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drives import random_town
from tests.support.naive_links import is_of, samples_of
from transit.kernels.links import join_roads, sample_shapes

REACH, COSINE = 18.0, 0.85


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), step=st.sampled_from([10.0, 25.0, 80.0]))
def test_samples_lie_on_the_line_at_equal_steps_and_head_along_it(seed: int, step: float) -> None:
    network, lines = random_town(seed)
    counts = np.maximum(1, np.ceil(network.shapes.length / step)).astype(np.int64)
    start = np.concatenate(([0], np.cumsum(counts))).astype(np.int32)
    points = np.full((start[-1], 4), np.nan, np.float32)
    sample_shapes(network.shapes, start, points)
    for p, line in enumerate(lines):
        mine = points[start[p] : start[p + 1]]
        np.testing.assert_allclose(mine[:, :2], samples_of(line, int(counts[p])), rtol=0, atol=0.02)
        np.testing.assert_allclose(np.hypot(mine[:, 2], mine[:, 3]), 1.0, rtol=0, atol=1e-5)


@st.composite
def samples(draw: st.DrawFn) -> np.ndarray:
    """Samples close together and far off, on both sides of nought, some twice; headings all round."""
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    count, width = draw(st.integers(1, 60)), draw(st.sampled_from([5.0, 60.0, 400.0, 80_000.0]))
    x, y = random.uniform(-width, width, (2, count))
    angle = random.choice([0.0, 0.3, 0.6, math.pi, 2.0], count)
    points = np.stack((x, y, np.sin(angle), np.cos(angle)), axis=1).astype(np.float32)
    return np.concatenate((points, points[: draw(st.integers(0, count))]))


@settings(max_examples=200, deadline=None)
@given(points=samples(), share=st.sampled_from([0.0, 0.0, 0.4]))
def test_each_sample_is_of_the_nearest_registered_before_it_or_is_registered(points: np.ndarray, share: float) -> None:
    given_count = int(share * len(points))
    road = np.full(len(points), -7, np.int32)
    join_roads(points, given_count, REACH, COSINE, road)
    assert road[:given_count].tolist() == list(range(given_count))
    for i in range(given_count, len(points)):
        assert road[i] in is_of(points, i, road, REACH, COSINE)


@pytest.mark.parametrize(
    ("second", "joined"),
    [
        ((0.0, 17.0, 1.0, 0.0), True),
        ((0.0, 19.0, 1.0, 0.0), False),
        ((0.0, 5.0, -1.0, 0.0), False),
        ((0.0, 5.0, math.cos(0.5), math.sin(0.5)), True),
        ((0.0, 5.0, math.cos(0.6), math.sin(0.6)), False),
    ],
    ids=["beside it", "too far", "the other way", "a bend", "a turn"],
)
def test_a_road_is_one_that_is_close_and_heads_the_same_way(second: tuple[float, ...], joined: bool) -> None:
    road = np.empty(2, np.int32)
    join_roads(np.array([(0.0, 0.0, 1.0, 0.0), second], np.float32), 0, REACH, COSINE, road)
    assert road.tolist() == [0, 0 if joined else 1]


def test_no_samples_are_no_roads() -> None:
    road = np.empty(0, np.int32)
    join_roads(np.empty((0, 4), np.float32), 0, REACH, COSINE, road)
    assert len(road) == 0
