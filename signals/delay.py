"""Delay at signals by formula, over arrays: Webster's, the Highway Capacity Manual's control delay, level of service.

Sources: F. V. Webster, Traffic Signal Settings, Road Research Technical Paper 39, HMSO 1958; Highway Capacity Manual (HCM), 6th ed.
2016 and 7th ed. 2022, chapter 19, whose equation numbers are given. Flows and saturation flows in veh/h (the latter per hour of
green, all lanes together), times in s, delays in s/veh. Outside a formula's domain the answer is NaN: unknown. Both formulas take
vehicles to arrive at random at a steady rate; HCM's also holds where flow exceeds capacity, for one period of T h.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from signals.kernels.columns import F64, I8
from signals.kernels.delay import control_delays, webster_delays

PRETIMED = 0.5
"""k of d2 for pretimed phases (HCM ch. 19, step 8)"""
RANDOM = float("nan")
"""share arriving in green that is not known: arrivals are taken to be random, PF = 1"""


class ControlDelay(NamedTuple):
    """HCM control delay and its parts, s/veh, in the shape of the inputs; NaN unknown."""

    uniform: F64
    """d1, progression included (eq. 19-19, 19-20)"""
    incremental: F64
    """d2: random arrivals and what exceeds capacity within the period (eq. 19-26)"""
    queue: F64
    """d3: a queue that stood when the period began (eq. 19-44 … 19-49)"""

    @property
    def total(self) -> F64:
        """d = d1 + d2 + d3 (eq. 19-18)."""
        return self.uniform + self.incremental + self.queue


class Service(IntEnum):
    """Level of service of motor vehicles at signals, by control delay: HCM exhibit 19-8."""

    UNKNOWN = 0
    A = 1
    """at most 10 s/veh"""
    B = 2
    """20"""
    C = 3
    """35"""
    D = 4
    """55"""
    E = 5
    """80"""
    F = 6
    """more, or a lane group over capacity"""


def webster_delay(flow: ArrayLike, saturation: ArrayLike, green: ArrayLike, cycle: ArrayLike) -> F64:
    """Mean delay by Webster's formula (1958, eq. 1); NaN unless 0 < x < 1, where x = flow / (saturation · green / cycle).

    Near x = 1 it grows without bound; use `control_delay` there.
    """
    shape, (q, s, g, c) = _rows(flow, saturation, green, cycle)
    out = np.empty(q.size)
    webster_delays(q, s, g, c, out)
    return out.reshape(shape)


def webster_cycle(lost: ArrayLike, flow_ratio: ArrayLike) -> F64:
    """s, the cycle of least delay C₀ = (1.5 L + 5) / (1 - Y) (Webster 1958): L `lost` a cycle, Y the sum of critical flow ratios.

    NaN unless 0 <= Y < 1: beyond it no cycle serves the flow.
    """
    lost, ratio = np.broadcast_arrays(np.asarray(lost, np.float64), np.asarray(flow_ratio, np.float64))
    valid = (ratio >= 0.0) & (ratio < 1.0) & (lost >= 0.0)
    return np.where(valid, (1.5 * lost + 5.0) / np.where(valid, 1.0 - ratio, 1.0), np.nan)


def control_delay(
    flow: ArrayLike, saturation: ArrayLike, green: ArrayLike, cycle: ArrayLike, *, period: float = 0.25, factor: ArrayLike = PRETIMED,
    upstream: ArrayLike = 1.0, on_green: ArrayLike = RANDOM, queue: ArrayLike = 0.0,
) -> ControlDelay:  # fmt: skip
    """HCM control delay of lane groups with one green a cycle and no opposed turns.

    `period` T h; `factor` k (0.5 pretimed, see `actuated_factor`); `upstream` I (1: no signal within 1 km); `on_green` P, the share
    that arrives in green (NaN: random); `queue` veh that stood at the start. NaN unless flow >= 0, saturation > 0, 0 < green <= cycle.
    Raises ValueError unless `period` > 0.
    """
    if not period > 0.0:
        raise ValueError("the period of a control delay must be above 0 h")
    shape, (v, s, g, c, k, i, p, q) = _rows(flow, saturation, green, cycle, factor, upstream, on_green, queue)
    out = np.empty((v.size, 3))
    control_delays(v, s, g, c, period, k, i, p, q, out)
    return ControlDelay(*(out[:, part].reshape(shape) for part in range(3)))


def actuated_factor(passage: ArrayLike, load: ArrayLike) -> F64:
    """k of d2 for an actuated phase (eq. 19-22, 19-23), 0.04 … 0.5: `passage` time s, `load` = flow / capacity at its longest green."""
    t = np.asarray(passage, np.float64)
    least = np.maximum(-0.375 + 0.354 * t - 0.0910 * t**2 + 0.00889 * t**3, 0.04)
    least = np.minimum(least, PRETIMED)
    found: F64 = np.clip((1.0 - 2.0 * least) * (np.asarray(load, np.float64) - 0.5) + least, least, PRETIMED)
    return found


def level_of_service(delay: ArrayLike, x: ArrayLike = 0.0) -> I8:
    """`Service` of control delays (s/veh). `x`: a lane group's flow / capacity, F above 1; not for approaches and junctions."""
    d, ratio = np.broadcast_arrays(np.asarray(delay, np.float64), np.asarray(x, np.float64))
    found = 1 + np.searchsorted((10.0, 20.0, 35.0, 55.0, 80.0), d)
    found = np.where(ratio > 1.0, int(Service.F), found)
    return np.where(np.isnan(d) | np.isnan(ratio) | (d < 0.0), 0, found).astype(np.int8)


def pedestrian_green(width: ArrayLike, walk: float = 7.0, speed: float = 1.0) -> F64:
    """s a stage must last for a crossing of `width` m: walk interval + width / walking speed.

    7 s and 3.5 ft/s (1.07 m/s): MUTCD 2009, 4E.06; 1 m/s is the slower walk that Chinese design reckons with.
    """
    return walk + np.asarray(width, np.float64) / speed


def _rows(*values: ArrayLike) -> tuple[tuple[int, ...], list[NDArray[Any]]]:
    """The common shape, and each value over it as one float64 row after another."""
    arrays = np.broadcast_arrays(*(np.asarray(value, np.float64) for value in values))
    return arrays[0].shape, [np.ascontiguousarray(array).reshape(-1) for array in arrays]
