"""The public rulers that predictions are measured by, and the rules of our own measures; err = actual minus predicted, s.

MBTA / IBI: bins by predicted horizon, low ≤ horizon < high, strict bounds (mbta/prediction_analyzer, filters.ex).
Transit (ETA Accuracy Benchmark): bins by time to the actual arrival, likewise half-open, inclusive bounds; its score is the
plain mean of its four shares. Errors (MAE, bias, quantiles) go by true horizon, low < horizon ≤ high.
All bins of all rulers are numbered through: ERRORS first, then MBTA, then TRANSIT; BEYOND is a horizon outside ERRORS.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from transit.kernels.columns import F64, I64


class Bin(NamedTuple):
    """One bin of a ruler: its horizons, and the errors that count as right."""

    low: int
    high: int
    early: int
    late: int

    @property
    def label(self) -> str:
        """`3-6min`."""
        return f"{self.low // 60}-{self.high // 60}min"


TRUE_BINS = (0, 120, 300, 600, 1200, 1800, 3600)
ERRORS = tuple(pairwise(TRUE_BINS))
MBTA = (Bin(0, 180, -60, 60), Bin(180, 360, -90, 120), Bin(360, 720, -150, 210), Bin(720, 1800, -240, 360))
TRANSIT = (Bin(0, 180, -30, 90), Bin(180, 360, -60, 150), Bin(360, 600, -60, 210), Bin(600, 900, -90, 270))
BEYOND = len(ERRORS)
FIRST_MBTA = BEYOND + 1
FIRST_TRANSIT = FIRST_MBTA + len(MBTA)
BINS = FIRST_TRANSIT + len(TRANSIT)
SUMMED = 5
"""how many bins of ERRORS make up one figure for a route, stop or hour: up to 30 min, what riders plan with and MBTA scores"""
LEADS = (300, 600)
"""s ahead of an arrival at which it should have been predicted, 2 min more at most"""


@dataclass(frozen=True)
class AccuracyRules:
    """What our own measures mean."""

    longest: float = 5400.0
    """s from the sampling to the arrival a prediction may be for: no call is foreseen longer ahead (independent scorer)."""
    same_vehicle: float = 1200.0
    """s between predicted and actual where only vehicle and stop are known: below a line's usual turn-around (same source)."""
    passed: float = 600.0
    """s before a sample within which its bus may have come already: positions are rarely older on boards (BoardParameters)."""
    wobble_window: float = 1800.0
    """s before the arrival over which a call's predicted time should stand still (cal-itp/data-infra#3930)."""
    memory: float = 120.0
    """s a board remembers what it showed; BoardParameters.memory_after."""
    ghost_ahead: float = 600.0
    """s: a call predicted at most so far ahead was promised to somebody at the stop already."""
    seen_within: float = 1800.0
    """s from the predicted time within which the truth must know the vehicle somewhere, to say that it did not come."""
    margin: float = 120.0
    """s: width of the window of LEADS, and how long before an arrival it must have been predicted to count as foreseen."""


RULES = AccuracyRules()


def error_bin(horizon: F64) -> I64:
    """The bin of true horizons [n] among ERRORS; BEYOND outside."""
    found = np.searchsorted(np.array(TRUE_BINS), horizon, "left") - 1
    return np.where((found < 0) | (found >= BEYOND), BEYOND, found).astype(np.int64)


def ruler_bin(ruler: tuple[Bin, ...], horizon: F64) -> I64:
    """The bin of horizons [n] within a ruler, -1 outside."""
    edges = np.array([one.low for one in ruler] + [ruler[-1].high])
    found = np.searchsorted(edges, horizon, "right") - 1
    return np.where(found >= len(ruler), -1, found).astype(np.int64)
