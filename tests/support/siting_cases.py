"""Random trips over a few intersections, with what equipping them gains and costs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from signals.kernels.columns import F64
from signals.siting_trips import Trips, make_trips

WEIGHTS = st.sampled_from([0.25, 0.5, 1.0, 1.0, 2.0, 3.7, 60.0])
SHARES = st.sampled_from([0.0, 0.1, 0.15, 0.15, 0.15, 0.4, 0.999, 1.0])


class Case(NamedTuple):
    rows: list[list[int]]
    weight: list[float]
    share: F64
    extra: F64
    cost: F64
    trips: Trips


@st.composite
def cases(draw: st.DrawFn, most: int = 9) -> Case:
    count = draw(st.integers(1, most))
    junction = st.integers(0, count - 1)
    rows = draw(st.lists(st.lists(junction, max_size=6, unique=True), max_size=25))
    numbers = st.lists(st.sampled_from([0.0, 0.0, 0.5, 2.0]), min_size=count, max_size=count)
    return Case(
        rows, weight := [draw(WEIGHTS) for _ in rows], np.array([draw(SHARES) for _ in range(count)]), np.array(draw(numbers)),
        np.array([draw(st.sampled_from([1.0, 1.0, 2.0, 3.5])) for _ in range(count)]), trips_of(rows, weight, count),
    )  # fmt: skip


def trips_of(rows: list[list[int]], weight: list[float], count: int) -> Trips:
    trip = np.repeat(np.arange(len(rows), dtype=np.int32), [len(row) for row in rows]).astype(np.int32)
    stop = np.array([j for row in rows for j in row], np.int32)
    return make_trips(trip, stop, np.array(weight), np.zeros(len(rows), np.int32), count)
