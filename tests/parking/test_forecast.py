"""Profiles, today's ratio, intervals that cover, nothing of the future, fixed memory."""

from __future__ import annotations

import copy
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from parking.forecast import Forecast, Forecaster, Slot
from parking.forecast_parameters import ForecastParameters

PAR = ForecastParameters()
LOTS = 30
Day = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def day(rng: np.random.Generator, scale: float = 1.0, shift: int = 0, lots: int = LOTS) -> Day:
    """(level, arrivals, departures) [L, 288]: a morning rush, stays of some three hours."""
    slots = np.arange(288)
    rate = scale * np.exp(-(((slots - 100 - shift) / 20.0) ** 2)) * np.linspace(0.2, 3.0, lots)[:, None]
    arrivals = rng.poisson(rate).astype(np.float64)
    level, levels, departures = np.zeros(lots), np.zeros_like(arrivals), np.zeros_like(arrivals)
    for s in slots:
        departures[:, s] = rng.binomial(level.astype(int), 1 / 36)
        level = level - departures[:, s] + arrivals[:, s]
        levels[:, s] = level
    return levels, arrivals, departures


def forecaster(lots: int = LOTS, **options: object) -> Forecaster:
    return Forecaster(np.full(lots, 1e4), **options)  # type: ignore[arg-type]


def play(model: Forecaster, days: list[Day], first: int = 0, slots: range = range(288)) -> list[Forecast]:
    """Observes whole days; the forecasts after every slot of the last."""
    told: list[Forecast] = []
    for number, (level, arrivals, departures) in enumerate(days, first):
        told = []
        for s in slots:
            model.observe(Slot(s, number, 0, 0), level[:, s], arrivals[:, s], departures[:, s])
            told.append(model.forecast())
    return told


def stacked(told: list[Forecast], h: int, name: str) -> NDArray[np.float64]:
    return np.stack([getattr(one, name)[h] for one in told], axis=1)


def test_it_beats_persistence_and_the_mean_of_other_days_and_its_interval_covers() -> None:
    rng = np.random.default_rng(3)
    learned = [day(rng, scale, shift) for scale, shift in ((1.0, 0), (0.85, -2), (1.05, 1), (0.95, 2))]
    today = day(rng, 1.15, 3)
    told = play(forecaster(), [*learned, today])
    level, mean = today[0], np.mean([one[0] for one in learned], axis=0)
    for h, k in enumerate((3, 6, 12)):
        at = slice(70, 200)
        truth = level[:, 70 + k : 200 + k]
        error = np.abs(stacked(told, h, "mid")[:, at] - truth).mean()
        assert error < 0.8 * np.abs(level[:, at] - truth).mean()
        assert error < 0.8 * np.abs(mean[:, 70 + k : 200 + k] - truth).mean()
        covered = (stacked(told, h, "low")[:, at] <= truth) & (truth <= stacked(told, h, "high")[:, at])
        assert 0.74 <= covered.mean() <= 0.86


@cache
def learned() -> tuple[Forecaster, Day]:
    """After two days; a third."""
    rng, model = np.random.default_rng(5), forecaster(3)
    today = day(rng, 1.2, lots=3)
    play(model, [day(rng, lots=3), day(rng, 0.9, lots=3)], slots=range(80, 150))
    return model, today


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 39), st.integers(0, 2**31))
def test_what_is_observed_later_changes_no_forecast(cut: int, seed: int) -> None:
    """Forty slots of day 3, and the same up to `cut` with anything after it: the same forecasts up to there."""
    rush = range(90, 130)
    model, today = learned()
    other = tuple(one.copy() for one in today)
    for one in other:
        one[:, 91 + cut :] = np.random.default_rng(seed).integers(0, 50, one[:, 91 + cut :].shape)
    whole, cut_off = (play(copy.deepcopy(model), [one], 2, rush) for one in (today, other))
    for ours, theirs in zip(whole[: cut + 1], cut_off[: cut + 1]):
        np.testing.assert_array_equal(ours, theirs)


def test_without_a_learned_day_or_a_level_the_forecast_is_unknown() -> None:
    rng = np.random.default_rng(1)
    model = forecaster()
    assert np.isnan(stacked(play(model, [day(rng)]), 0, "mid")).all()
    level, arrivals, departures = day(rng)
    level[4, 100] = np.nan
    for s in range(99, 101):
        model.observe(Slot(s, 1, 0, 0), level[:, s], arrivals[:, s], departures[:, s])
    assert np.flatnonzero(np.isnan(model.forecast().mid[0])).tolist() == [4]
    model.observe(Slot(101, 1, 1, 0), level[:, 101], arrivals[:, 101], departures[:, 101])
    assert np.isnan(model.forecast().mid).all()  # a day off was never seen


def test_today_enters_the_profile_when_it_is_over_and_old_days_fade() -> None:
    model = forecaster(1, par=PAR._replace(day_memory=1.0))
    zero, six = np.zeros((1, 288)), np.full((1, 288), 6.0)
    play(model, [(zero, zero, zero), (six, six, zero)])
    assert model.rates(0)[0][50, 0] == 0.0
    model.observe(Slot(0, 2, 0, 0), *(np.zeros(1) for _ in range(3)))
    assert model.rates(0)[0][50, 0] == pytest.approx(6.0 / (1.0 + np.exp(-1.0)), rel=1e-5)


def test_a_busier_day_than_usual_is_noticed_for_all_lots_together() -> None:
    rng = np.random.default_rng(2)
    model = forecaster()
    play(model, [day(rng), day(rng)])
    level, arrivals, departures = day(rng, 2.0)
    for s in range(96):
        model.observe(Slot(s, 2, 0, 0), level[:, s], arrivals[:, s], departures[:, s])
    expected = model.rates(0)[0][96:108].sum()
    rise = (model.forecast().mid[2] - level[:, 95]).sum() + 0.1 * level[:, 95].sum()
    assert rise > 1.4 * expected


def test_across_midnight_tomorrows_day_type_counts() -> None:
    model = forecaster(1)
    zero, busy = np.zeros((1, 288)), np.full((1, 288), 10.0)
    for number, (kind, arrivals) in enumerate(((0, zero), (1, busy), (0, zero))):
        for s in range(288):
            model.observe(Slot(s, number, kind, 0), np.zeros(1), arrivals[:, s], np.zeros(1))
    model.observe(Slot(287, 3, 0, 1), np.zeros(1), np.zeros(1), np.zeros(1))
    assert model.forecast().mid[0, 0] > 15.0
    model.observe(Slot(287, 4, 0, 0), np.zeros(1), np.zeros(1), np.zeros(1))
    assert model.forecast().mid[0, 0] < 1.0


def test_slots_come_in_order_and_holes_are_not_observed() -> None:
    model = forecaster(2)
    model.observe(Slot(10, 0, 0, 0), *(np.ones(2) for _ in range(3)))
    with pytest.raises(ValueError, match="slots come in order"):
        model.observe(Slot(10, 0, 0, 0), *(np.ones(2) for _ in range(3)))
    model.observe(Slot(20, 0, 0, 0), *(np.ones(2) for _ in range(3)))
    model.observe(Slot(20, 1, 0, 0), *(np.ones(2) for _ in range(3)))
    assert np.flatnonzero(np.isfinite(model.rates(0)[0][:, 0])).tolist() == [10, 20]


def test_no_forecast_is_below_nothing_or_above_full() -> None:
    rng = np.random.default_rng(4)
    model = Forecaster(np.full(LOTS, 12.0))
    for one in play(model, [day(rng), day(rng)]):
        known = np.isfinite(one.mid)
        assert (one.low[known] >= 0.0).all()
        assert (one.low[known] <= one.mid[known]).all()
        assert (one.mid[known] <= one.high[known]).all()


def test_what_a_lot_costs_is_fixed() -> None:
    rng = np.random.default_rng(4)
    model = forecaster()
    play(model, [day(rng), day(rng)])
    before = model.bytes_per_lot
    play(model, [day(rng) for _ in range(3)], first=2)
    assert model.bytes_per_lot == before < 25_000


@pytest.mark.parametrize(("lots", "horizons"), [(0, (900,)), (1, (60,)), (1, (7200,))])
def test_horizons_that_cannot_be(lots: int, horizons: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="horizons"):
        forecaster(lots, horizons=horizons)
