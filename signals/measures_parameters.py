"""What the measures of signals are tuned by; times are int64 ms, as in event columns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from signals.kernels.columns import I64

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class MeasureParameters(NamedTuple):
    """Every constant of the measures. atspm: the PyPI package of that name, 2.6; UDOT: its ATSPM 5."""

    bin: int = 900_000
    """ms of a bin, a divisor of a day; bins of any multiple are the sums of these"""
    utc_offset: int = 8 * HOUR
    """ms east of UTC, for times of day (China has one zone and no summer time)"""
    approach_speed: float = 13.9
    """m/s at which an arrival drives from its advance detector to the stop line: 50 km/h, the urban limit"""
    latency: int = 0
    """ms by which advance detectors report late; loops 0, UDOT takes 1,200 for radar. A shift is never below 0."""
    longest_shift: int = MINUTE
    """ms; a detector further away than this tells nothing of the arrivals at this light"""
    most_clearance: int = 10_000
    """ms; a yellow or a red clearance longer than that has lost its end (atspm)"""
    clock_doubt: int = 5_000
    """ms after a clock update (181) in which stamps are not trusted (atspm)"""
    red_window: int = 5_000
    """ms of red in ROR5 (Purdue split failure)"""
    failure_percent: int = 80
    """% of green and of the first 5 s of red occupied, from which on a cycle is a split failure (Purdue, atspm)"""
    rapid: int = 2_000
    """ms; two detector-ons in a row within this are one occupancy, further apart an off was lost (atspm)"""
    skip_percent: int = 150
    """% of the cycle length, a wait above which is a skipped phase (atspm)"""
    skip_percent_priority: int = 200
    """the same when a priority adjustment (113, 114) fell into the wait (atspm)"""
    assumed_cycle: int = 140_000
    """ms taken for the cycle length where none is reported, as in free running (atspm)"""
    preempt_recovery: int = 120_000
    """ms after a preemption in which waits are left out (atspm)"""
    longest_preempt: int = 30 * MINUTE
    """ms after which a preemption whose end was not told is taken for over"""
    sub_bin: int = 300_000
    """ms; a device has data in a sub-bin with at least `sub_bin_events` events (atspm)"""
    sub_bin_events: int = 3
    most_ahead: int = DAY
    """ms past the watermark, from which on a stamp is a wrong clock and its event refused"""


SILENCES: tuple[tuple[int, int], ...] = ((5 * HOUR, 300_000), (6 * HOUR, 120_000), (21 * HOUR, 300_000), (23 * HOUR, 900_000))
"""(from ms of the local day, ms): a device that says nothing for longer was not observed. Set by atspm's authors from 420 signals."""


def silence_columns(silences: tuple[tuple[int, int], ...] = SILENCES) -> tuple[I64, I64]:
    """(starts from 0 on, thresholds) of `silences`, which wrap at midnight; [S] each."""
    ordered = sorted(silences)
    rows = ordered if ordered[0][0] == 0 else [(0, ordered[-1][1]), *ordered]
    return np.array([start for start, _ in rows], np.int64), np.array([most for _, most in rows], np.int64)


class HealthParameters(NamedTuple):
    """When a detector is in doubt."""

    stuck_on: int = 15 * MINUTE
    """ms on without a break: a queue stands no longer than that, a broken loop does (UDOT watchdog looks back 30 min)"""
    neighbour_hits: int = 20
    """hits of its neighbours, from which on a detector without any is silent: below, the road may be empty"""
    few_share: float = 0.05
    """of its neighbours' mean hits, below which its own are too few: lanes differ, but not twentyfold"""
    chatter_hits: float = 1.2
    """hits/s over a whole bin; saturation flow of a lane is half of that"""
