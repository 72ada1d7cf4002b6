"""Volumes of junctions whose demand is known: days that repeat, days that wander, days with disturbances; and days of delay.

Rates are the truth, counts are Poisson draws of them, as a detector would report.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from signals.comparison_days import Days
from signals.kernels.columns import F64, I32
from signals.plans import Junction

INTERVALS = 96
KINDS = ("repeats", "wanders", "disturbed")


class Demand(NamedTuple):
    """One junction."""

    junction: Junction
    rate: F64
    """[D, N, M] veh/h, the truth"""
    counted: F64
    """[D, N, M] veh an interval, as counted"""


def junction_of(rng: np.random.Generator) -> Junction:
    """Two streets of two approaches each; every third has a third stage with one approach."""
    stages = 3 if rng.random() < 1 / 3 else 2
    lanes = [2 + int(rng.integers(2))] * 2 + [1 + int(rng.integers(2))] * 2 + [1] * (stages - 2)
    start = np.array([0, 2, 4, 5][: stages + 1], np.int32)
    return Junction(np.array(lanes) * 1650.0, start, np.full(stages, 15, np.int32), 4 * stages)


def demand_of(kind: str, junction: Junction, days: int, day_type: I32, rng: np.random.Generator) -> Demand:
    """`kind` of KINDS. Two peaks on weekdays, one on weekends, each movement with its own share of them; peak flow ratio 0.75."""
    hours = np.arange(INTERVALS) / 4
    movements = len(junction.saturation)
    weekday = 0.08 + _hump(hours, 8, 1.5) + 0.9 * _hump(hours, 18, 2) + 0.5 * _hump(hours, 13, 4)
    weekend = 0.08 + 0.9 * _hump(hours, 14, 5)
    shape = np.where(day_type[:, None] == 0, weekday, weekend)[:, :, None]
    tilt = 1 + 0.25 * rng.uniform(-1, 1, movements) * np.sin((hours - 6) / 24 * 2 * np.pi)[:, None]
    peak = junction.saturation * 0.75 / (len(junction.least) * 1.3)
    rate = shape * tilt * peak * rng.uniform(0.8, 1.1, movements)
    if kind == "wanders":
        rate = rate * np.exp(_wander(days, movements, rng))
    elif kind == "disturbed":
        for day, first in zip(rng.integers(0, days, 2 * days), rng.integers(24, 80, 2 * days)):
            street = slice(0, 2) if rng.random() < 0.5 else slice(2, movements)
            rate[day, first : first + int(rng.integers(2, 9)), street] *= rng.uniform(1.3, 2.0)
    return Demand(junction, rate, rng.poisson(rate / 4).astype(np.float64))


def _hump(hours: F64, middle: float, width: float) -> F64:
    return np.asarray(np.exp(-(((hours - middle) / width) ** 2)), np.float64)


def _wander(days: int, movements: int, rng: np.random.Generator) -> F64:
    """log of a factor that drifts over hours, by street: standard deviation 0.25, correlation 0.9 from one interval to the next."""
    step = rng.normal(0.0, 0.25 * np.sqrt(1 - 0.9**2), (days, INTERVALS, 2))
    out = np.zeros((days, INTERVALS, 2))
    out[:, 0] = rng.normal(0.0, 0.25, (days, 2))
    for n in range(1, INTERVALS):
        out[:, n] = 0.9 * out[:, n - 1] + step[:, n]
    return out[:, :, [0, 0, 1, 1, 1][:movements]]


def delay_days(days: int, effect: float, spread: float, rng: np.random.Generator) -> Days:
    """Delay of half of `days` days, drawn by lot, changed by `effect`; a day as a whole is slower or faster by `spread`."""
    label = rng.permutation(np.arange(days) % 2)
    kind = (np.arange(days) % 7 >= 5).astype(np.int32)
    hours = 14
    mean = np.linspace(25.0, 55.0, hours) * np.where(kind == 1, 0.7, 1.0)[:, None]
    delay = mean * np.exp(rng.normal(0.0, spread, (days, 1)) + rng.normal(0.0, 0.08, (days, hours))) * (1 + effect * label[:, None])
    vehicles = rng.poisson(400, (days, hours)).astype(np.float64)
    day, slot = np.repeat(np.arange(days, dtype=np.int32), hours), np.tile(np.arange(hours, dtype=np.int32), days)
    return Days(day, slot, kind[day], label[day].astype(np.uint8), (delay * vehicles).ravel(), vehicles.ravel())
