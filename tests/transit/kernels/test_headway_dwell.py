from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.naive_headway_dwell import Coming, NaiveHeadwayDwell, Passing
from transit.headway_dwell import DwellParameters
from transit.kernels.columns import ArrivalColumns, EventColumns
from transit.kernels.headway_dwell import count_dwells, foresee_headways
from transit.model import Source

PAR = DwellParameters()
SLOTS = np.array([0, 1, 0, -1], np.int32)
TYPICAL = np.array([20.0, 0.0, 35.0, 10.0], np.float32)
NOW, VEHICLES = 50_000.0, 4
TIMES = st.one_of(st.just(math.nan), st.integers(0, 20_000).map(float))
EVENTS = st.lists(st.tuples(st.integers(0, 3), TIMES, st.integers(0, 300).map(float)), max_size=30)
CALLS = st.lists(
    st.tuples(st.integers(0, VEHICLES - 1), st.integers(0, 3), st.integers(0, 1200).map(float), st.booleans()), max_size=20
)


@settings(max_examples=200, deadline=None)
@given(EVENTS, CALLS)
def test_sums_and_ratios_are_those_of_the_twin(
    events: list[tuple[int, float, float]], calls: list[tuple[int, int, float, bool]]
) -> None:
    left, mean, sums = np.full(2, np.nan), np.full(2, np.nan), np.zeros(2)
    naive = NaiveHeadwayDwell(PAR)
    place, arrival, stay = (np.array([one[k] for one in events], np.float64) for k in range(3))
    arrival += 40_000.0
    nothing = np.zeros(len(events), np.int32)
    columns = EventColumns(nothing, nothing, place.astype(np.int32), arrival, arrival + stay, np.zeros(len(events), np.float32))
    count_dwells(columns, SLOTS, TYPICAL, PAR.most_headway, PAR.most, PAR.memory, left, mean, sums)
    naive.learn([
        Passing(int(SLOTS[int(q)]), float(TYPICAL[int(q)]), float(a), float(a + s)) for q, a, s in zip(place, arrival, stay)
    ])  # fmt: skip
    np.testing.assert_allclose(sums, [naive.squares, naive.products], atol=1e-6)
    for slot in range(2):
        assert left[slot] == pytest.approx(naive.left.get(slot, math.nan), nan_ok=True)
        assert mean[slot] == pytest.approx(naive.mean.get(slot, math.nan), nan_ok=True)
    calls.sort(key=lambda one: (one[1], one[2]))
    coming = [Coming(v, int(SLOTS[q]), live, NOW + at, NOW + at + 15.0) for v, q, at, live in calls]
    number = [np.array([getattr(one, name) for one in coming], np.float64) for name in ("vehicle", "arrival", "departure")]
    source = np.array([Source.LIVE if one.live else Source.LAYOVER for one in coming], np.uint8)
    places = np.array([q for _, q, *_ in calls], np.int32)
    unknown = np.full(len(calls), np.nan)
    arrivals = ArrivalColumns(
        number[0].astype(np.int32), places, np.zeros(len(calls), np.int32), unknown, number[1], number[2], source, unknown, unknown
    )
    ratio = np.empty(VEHICLES, np.float32)
    foresee_headways(
        arrivals, NOW, SLOTS, PAR.ahead, PAR.most_headway, PAR.most, left, mean, np.empty(2), np.empty(VEHICLES, np.int32), ratio
    )
    np.testing.assert_allclose(ratio, naive.foresee(coming, NOW, VEHICLES), atol=1e-5)
