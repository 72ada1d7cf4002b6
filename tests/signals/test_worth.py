from __future__ import annotations

import numpy as np
import pytest

from signals.kernels.columns import F64, I32, CountColumns
from signals.plans import Junction, judge_days
from signals.worth import Worth, gain
from signals.worth_junctions import TimedIntersection, timed_intersections
from signals.worth_parameters import WORTH
from signals.worth_volumes import volume_cube
from tests.support.timed_inventory import inventory

CROSS = Junction(np.array([3300.0, 3300.0, 1650.0, 1650.0]), np.array([0, 2, 4], np.int32), np.array([15, 15], np.int32), 8)
PEAK = np.array([1400.0, 1100.0, 550.0, 450.0]) * WORTH.timing.period
"""veh an interval at the peak"""


def days_of(swing: float, days: int = 12, seed: int = 1, scatter: bool = False) -> F64:
    """[4, D, 96] volumes: a day that repeats in six blocks but for a swing between the streets, new every hour of every day."""
    rng = np.random.default_rng(seed)
    blocks = np.repeat([0.15, 0.9, 0.6, 1.0, 0.5, 0.2], 16)
    turn = np.repeat(rng.uniform(-swing, swing, (days, 24)), 4, axis=1)
    sides = np.stack([1 + turn, 1 + turn, 1 - turn, 1 - turn])
    rate = PEAK[:, None, None] * blocks * sides
    return rng.poisson(rate).astype(float) if scatter else rate


def worth(volume: F64, junction: Junction | None = CROSS, kinds: I32 | None = None, seed: int = 3) -> Worth:
    one = TimedIntersection(0, np.arange(4, dtype=np.int32), junction)
    kinds = np.zeros(volume.shape[1], np.int32) if kinds is None else kinds
    return gain(volume, [one], kinds, np.random.default_rng(seed))


def test_demand_that_repeats_is_worth_nothing() -> None:
    found = worth(days_of(0.0))
    for figure in (found.upper, found.causal, found.finest):
        assert figure.gain[0] == pytest.approx(0.0, abs=0.06 * float(found.plans[0]) * days_of(0.0)[:, 0].sum())
    assert found.upper.gain[0] == pytest.approx(0.0, abs=1e-6)
    assert found.finest.gain[0] == pytest.approx(0.0, abs=1e-6)
    assert found.causal.gain[0] <= 0.0, "following yesterday's quarter can only lose here"
    assert (found.upper.low[0], found.upper.high[0]) == pytest.approx((0.0, 0.0), abs=1e-6)
    assert found.days[0] == 12
    assert found.observed[0] == 1.0
    assert found.saturated[0] == 0.0


def test_the_more_irregular_the_demand_the_more_it_is_worth() -> None:
    found = [worth(days_of(swing)) for swing in (0.1, 0.3, 0.5)]
    upper = [float(one.upper.gain[0]) for one in found]
    assert 0.0 < upper[0] < upper[1] < upper[2]
    assert float(found[2].causal.gain[0]) > 0.0
    for one in found:
        assert one.causal.gain[0] <= one.upper.gain[0]
        assert one.upper.low[0] < one.upper.gain[0] < one.upper.high[0]
        assert one.upper.per_vehicle[0] == pytest.approx(one.upper.gain[0] / days_of(0.1).mean(axis=1).sum(), rel=0.1)


def test_scatter_of_counts_alone_gives_an_upper_bound_but_no_causal_gain() -> None:
    found = worth(days_of(0.0, scatter=True))
    assert found.upper.gain[0] > 0.0
    assert found.causal.gain[0] < 0.0


def test_the_gain_is_the_mean_day_of_what_each_day_saved() -> None:
    volume = days_of(0.4, days=5)
    judged = judge_days(np.moveaxis(volume, 0, 2) / WORTH.timing.period, CROSS, np.zeros(5, np.int32))
    found = worth(volume)
    assert found.upper.gain[0] == pytest.approx((judged.plans - judged.best).sum() / 5)
    assert found.causal.gain[0] == pytest.approx((judged.plans - judged.causal).sum() / 5)
    assert found.plans[0] == pytest.approx(judged.plans.sum() / volume.sum())


def test_what_was_not_measured_is_told_as_a_share_and_not_made_up() -> None:
    volume = days_of(0.4)
    full = worth(volume)
    holes = volume.copy()
    holes[2, 4:8, 30:50] = np.nan
    holes[:, :, 90:] = np.nan
    found = worth(holes)
    assert found.days[0] == 12
    assert found.observed[0] == pytest.approx(1 - (4 * 20 + 12 * 6) / (12 * 96))
    assert found.upper.gain[0] == pytest.approx(full.upper.gain[0], rel=0.15)
    nothing = worth(np.full_like(volume, np.nan))
    assert np.isnan(nothing.upper.gain[0])
    assert nothing.days[0] == 0
    assert nothing.observed[0] == 0.0
    assert np.isnan(nothing.saturated[0])


def test_one_day_or_no_junction_says_nothing() -> None:
    alone = worth(days_of(0.4, days=1))
    assert np.isnan(alone.upper.gain[0])
    assert alone.days[0] == 0
    unknown = worth(days_of(0.4), junction=None)
    assert np.isnan(unknown.upper.gain[0])
    assert unknown.days[0] == 0
    two = worth(days_of(0.4, days=2))
    assert np.isfinite(two.upper.gain[0])
    assert np.isnan(two.upper.low[0]), "an interval needs three days"


def test_weekends_of_their_own_type_are_not_taken_for_irregularity() -> None:
    volume = days_of(0.0, days=14)
    kinds = np.array(([0] * 5 + [1] * 2) * 2, np.int32)
    volume[:2, kinds == 1] *= 0.4
    volume[2:, kinds == 1] *= 1.5
    assert worth(volume, kinds=kinds).upper.gain[0] == pytest.approx(0.0, abs=1e-6)
    assert worth(volume).upper.gain[0] > 1000.0


def test_days_left_out_count_nowhere() -> None:
    volume = days_of(0.4, days=14)
    kinds = np.zeros(14, np.int32)
    kinds[[3, 9]] = -1
    left, short = worth(volume, kinds=kinds), worth(volume[:, kinds == 0])
    assert left.days[0] == 12
    assert left.observed[0] == 1.0
    assert left.upper.gain[0] == short.upper.gain[0]
    assert left.upper.low[0] == short.upper.low[0]
    none = worth(volume, kinds=np.full(14, -1, np.int32))
    assert np.isnan(none.upper.gain[0])
    assert none.observed[0] == 0.0


def test_saturated_intervals_are_told() -> None:
    volume = days_of(0.0)
    volume[:, :, 40:64] *= 3.0
    found = worth(volume)
    assert found.saturated[0] == pytest.approx(0.25)


def test_the_interval_over_days_holds_the_mean_of_many_days() -> None:
    """Of 20 seeds at 95 %, at least 16 intervals from 12 days hold the gain of 60 others: the bootstrap runs a little short."""
    many = np.mean([float(worth(days_of(0.4, days=30, seed=seed)).upper.gain[0]) for seed in (900, 901)])
    held = 0
    for seed in range(20):
        found = worth(days_of(0.4, seed=seed)).upper
        held += bool(found.low[0] <= many <= found.high[0])
    assert held >= 16


def test_from_lane_counts_and_the_inventory_to_the_gain() -> None:
    """Two lanes an approach on one street and one on the other, counted by quarter hours; one approach's lane fails for an hour."""
    lanes = {0: 2, 1: 1, 2: 2, 3: 1}
    detectors = [(a, f"lane{k}", (1 if a % 2 == 0 else 2,)) for a, count in lanes.items() for k in range(count)]
    listed = inventory(detectors, [0, 0, 0, 0])
    volume = days_of(0.4, days=6)[[0, 2, 1, 3]]
    approach, day, interval = (index.ravel() for index in np.indices(volume.shape))
    every = [(a, d, n, k) for a, d, n in zip(approach, day, interval) for k in range(lanes[int(a)])]
    rows = [(a, d, n, k) for a, d, n, k in every if not (a == 2 and d == 1 and n < 4 and k)]
    place, start = np.array([row[0] for row in rows], np.int32), np.array([(row[1] * 96 + row[2]) * 900_000 for row in rows], np.int64)
    each = np.array([volume[a, d, n] / lanes[int(a)] for a, d, n, _ in rows])
    nothing = np.full(len(rows), np.nan)
    counts = CountColumns(start, start + 900_000, place, each, nothing, nothing, nothing)
    cube = volume_cube(counts, 4, 0, 6)
    found = gain(cube.volume, timed_intersections(listed), np.zeros(6, np.int32), np.random.default_rng(3))
    assert found.days[0] == 6
    assert found.observed[0] == pytest.approx(1 - 4 / (6 * 96))
    junction = Junction(np.array([3300.0, 3300.0, 1650.0, 1650.0]), CROSS.stage_start, CROSS.least, CROSS.lost)
    volume[:, 1, :4] = np.nan
    assert found.upper.gain[0] == pytest.approx(worth(volume[[0, 2, 1, 3]], junction).upper.gain[0])


def test_the_same_seed_gives_the_same_figures_and_wrong_shapes_are_refused() -> None:
    one, two = worth(days_of(0.3)), worth(days_of(0.3))
    assert one.upper.low[0] == two.upper.low[0]
    with pytest.raises(ValueError, match="do not fit"):
        worth(days_of(0.3), kinds=np.zeros(3, np.int32))
