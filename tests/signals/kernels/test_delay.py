from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.kernels.columns import F64, I32
from signals.kernels.delay import best_timings, control_delays, costs_each, costs_under, webster_delays
from tests.support import naive_delay

NAN = math.nan
FLOWS = st.one_of(st.sampled_from([0.0, -5.0, NAN, 720.0]), st.floats(1.0, 6000.0))
ROWS = st.lists(
    st.tuples(
        FLOWS, st.one_of(st.sampled_from([0.0, NAN, 1800.0]), st.floats(200.0, 8000.0)),
        st.sampled_from([0.0, 5.0, 24.0, 60.0, 61.0, NAN]), st.sampled_from([0.0, 60.0, 90.0]), st.floats(0.04, 0.5),
        st.floats(0.09, 1.0),
        st.one_of(st.just(NAN), st.floats(0.0, 0.95)), st.one_of(st.sampled_from([0.0, NAN]), st.floats(0.0, 80.0)),
    ),
    min_size=1, max_size=20,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(ROWS, st.sampled_from([0.25, 1.0]))
def test_formulas_are_the_naive_ones(rows: list[tuple[float, ...]], period: float) -> None:
    v, s, g, c, k, i, p, q = (np.array(column) for column in zip(*rows))
    out, simple = np.empty((len(rows), 3)), np.empty(len(rows))
    control_delays(v, s, g, c, period, k, i, p, q, out)
    webster_delays(v, s, g, c, simple)
    for r, (flow, saturation, green, cycle, factor, upstream, on_green, queue) in enumerate(rows):
        wanted = naive_delay.control(flow, saturation, green, cycle, period, factor, upstream, on_green, queue)
        assert out[r] == pytest.approx(wanted, rel=1e-9, abs=1e-6, nan_ok=True)
        assert simple[r] == pytest.approx(naive_delay.webster(flow, saturation, green, cycle), rel=1e-6, abs=1e-9, nan_ok=True)


@st.composite
def junctions(draw: st.DrawFn) -> tuple[F64, F64, I32, I32, int, I32]:
    """flow [R, M], saturation [M], stage_start, least, lost, cycles."""
    stages = draw(st.integers(1, 3))
    movements = [draw(st.integers(1, 2)) for _ in range(stages)]
    start = np.cumsum([0, *movements]).astype(np.int32)
    count = int(start[-1])
    saturation = np.array(draw(st.lists(st.sampled_from([1650.0, 3300.0, 4950.0]), min_size=count, max_size=count)))
    load = st.one_of(st.sampled_from([0.0, NAN]), st.floats(0.0, 0.95))
    rows = draw(st.integers(1, 3))
    loads = [draw(st.lists(load, min_size=count, max_size=count)) for _ in range(rows)]
    least = np.array(draw(st.lists(st.integers(4, 16), min_size=stages, max_size=stages)), np.int32)
    cycles = np.array(sorted(draw(st.sets(st.sampled_from([20, 34, 47, 60]), min_size=1, max_size=3))), np.int32)
    return np.array(loads) * saturation, saturation, start, least, 4 * stages, cycles


@settings(max_examples=40, deadline=None)
@given(junctions())
def test_no_timing_in_whole_seconds_beats_the_best(junction: tuple[F64, F64, I32, I32, int, I32]) -> None:
    flow, saturation, start, least, lost, cycles = junction
    stages = len(least)
    timing, cost = np.zeros((len(flow), 1 + stages), np.int32), np.empty(len(flow))
    best_timings(flow, saturation, start, least, lost, cycles, 0.25, 0.5, timing, cost)
    stage = np.repeat(np.arange(stages), np.diff(start)).tolist()
    for r, row in enumerate(flow):
        if np.isnan(row).any() or cycles.max() < lost + least.sum():
            assert math.isnan(cost[r])
            assert timing[r, 0] == 0
            continue
        movements = list(zip(row.tolist(), saturation.tolist(), stage))
        wanted = naive_delay.best(movements, least.tolist(), lost, cycles.tolist())
        assert cost[r] == pytest.approx(wanted, rel=1e-9, abs=1e-6)
        assert timing[r, 0] in cycles
        assert timing[r, 1:].sum() + lost == timing[r, 0]
        assert (timing[r, 1:] >= least).all()
        assert naive_delay.cost(movements, int(timing[r, 0]), timing[r, 1:].tolist()) == pytest.approx(cost[r])


@settings(max_examples=40, deadline=None)
@given(junctions())
def test_costs_under_given_timings_are_the_naive_ones(junction: tuple[F64, F64, I32, I32, int, I32]) -> None:
    flow, saturation, start, least, lost, cycles = junction
    stages = len(least)
    timing, best = np.zeros((len(flow), 1 + stages), np.int32), np.empty(len(flow))
    best_timings(flow, saturation, start, least, lost, cycles, 0.25, 0.5, timing, best)
    cost, each = np.empty((len(flow), len(flow))), np.empty(len(flow))
    costs_under(flow, saturation, start, timing, 0.25, 0.5, cost)
    costs_each(flow, saturation, start, timing, 0.25, 0.5, each)
    assert np.array_equal(each, np.diagonal(cost), equal_nan=True)
    stage = np.repeat(np.arange(stages), np.diff(start)).tolist()
    for r, row in enumerate(flow):
        for q in range(len(timing)):
            if np.isnan(row).any() or timing[q, 0] == 0:
                assert math.isnan(cost[r, q])
                continue
            wanted = naive_delay.cost(list(zip(row.tolist(), saturation.tolist(), stage)), int(timing[q, 0]), timing[q, 1:].tolist())
            assert cost[r, q] == pytest.approx(wanted)
            assert best[r] <= cost[r, q] + 1e-6
