"""The columns that the prediction kernels share: running times, paces, the plan of the days, places and predicted runs.

Lengths as in `columns`; D service days, K planned starts. "Profile": the typical times of a trip at its stops, whatever they
were learned from. Times in places and runs are float32 seconds after `now`: 0.2 ms at an hour.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transit.kernels.columns import F32, F64, I32, I64, U8, U64

U32 = NDArray[np.uint32]


class RunningTimes(NamedTuple):
    """Typical times of each trip at its stops; the k-th stop of trip t is row `profile[t] + k`. Trips may share a profile."""

    profile: I64
    """[T]"""
    arrive: F32
    """s since any zero of the profile's own; only differences count"""
    leave: F32
    """likewise; arrive[k] <= leave[k] <= arrive[k + 1]"""


class PatternPace(NamedTuple):
    """How vehicles of a pattern ran lately: fading sums of time against profiles, and what they did when early. All [P]."""

    actual: F64
    """s"""
    typical: F64
    """s"""
    updated: F64
    """epoch s the sums were faded to"""
    early: F64
    """s by which buses came to timepoints ahead of time, all told"""
    waited: F64
    """s of that they waited there"""


class DayPlan(NamedTuple):
    """Which trips run on the service days around now, and in what order."""

    day_start: F64
    """[D] epoch s of noon minus 12 h, in date order"""
    start: I32
    """[P + 1] first planned start of each pattern"""
    trip: I32
    """[K]"""
    begin: F64
    """[K] epoch s of leaving the first stop, in order within a pattern"""
    successor: I32
    """[D, T] the trip that follows in the block on that day, -1 none"""


class Places(NamedTuple):
    """Where each predictable vehicle stands, or what it will begin. All [V]."""

    profile: I32
    """the trip whose profile serves: its own, or the nearest one planned; -1: nothing is known to predict from"""
    trip: I32
    """the trip it is on or will begin, -1 unknown"""
    day: I32
    """that trip's service day in the plan, -1 unknown"""
    ahead: I32
    """the first pattern stop still to predict: the one it stands at, else the first one beyond it"""
    time: F32
    """s after the profile's zero"""
    wait: F32
    """s after now that it waits where it stands, for its scheduled time; 0: it does not"""
    begin: F32
    """s after now that a vehicle at a terminal begins its trip; -1 under way"""


class Runs(NamedTuple):
    """A run is a vehicle on a trip; its calls are rows `row[i]` up to `row[i + 1]`, at consecutive pattern stops."""

    vehicle: I32
    trip: I32
    pattern_stop: I32
    """the first call's"""
    row: I64
    """[runs + 1]"""
    service_day: F64
    source: U8
    arrival: F32
    """[rows] s after now, within the horizon"""
    departure: F32
    """likewise, but it may lie beyond"""


class OrderScratch(NamedTuple):
    """Scratch of ordering R calls by stop and time."""

    cursor: I32
    """[S]"""
    run_of: I32
    """[R]"""
    arrival_bits: U32
    """[≥ R] the runs' arrivals, viewed as integers"""
    key: U64
    """[R] the answer: arrival bits and row, in order"""
