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


class PieceColumns(NamedTuple):
    """The path of each pattern as pieces [N] in order, cut at the ends of links and of stop zones."""

    start: I32
    """[P + 1] first piece of each pattern"""
    end: F32
    """m along the shape; a piece begins where the one before it ends, a pattern's first one at 0"""
    link: I32
    """the link it is part of"""
    stop: I32
    """the pattern stop whose zone it is, -1 between stops"""
    of_stop: I32
    """[Q] the zone of each pattern stop"""


class Measurements(NamedTuple):
    """What vehicles told of elements (links, and the dwells at stops), in order of telling. All [M]."""

    element: I32
    vehicle: I32
    time: F64
    """epoch s"""
    actual: F32
    """s"""
    expected: F32
    """s it typically takes, for the same part of the element"""
    share: F32
    """of the element that was measured; a dwell is whole"""
    passing: U8
    """1: by a vehicle on no pattern, a coach or a taxi, which stops nowhere and drives otherwise than buses do"""


class HistoryColumns(NamedTuple):
    """Sums of what was measured of elements, by day type and hour of the service day."""

    weight: F32
    """[E, day types, 24] measurements, parts by their share"""
    seconds: F32
    """[E, day types, 24] s"""
    squares: F32
    """[E] s^2, sum of squared errors against what was expected"""
    passes: F32
    """[E] how many those are"""
    hop_actual: F32
    """[H] s from stop to stop, as driven"""
    hop_expected: F32
    """[H] s that links and timetable gave for it"""
    start_delay: F32
    """[P] s by which buses were later at the second stop than their start on time would have brought them, all told"""
    starts: F32
    """[P] how many those are"""
    early: F32
    """[P] s by which buses came to timepoints ahead of time, all told"""
    waited: F32
    """[P] s of that they waited there"""
    gap_seconds: F32
    """[P] s between buses that left the first stop one after the other, all told"""
    gaps: F32
    """[P] how many those are"""
    lateness: F64
    """[5] of hops driven late: sums of typical s, lateness x typical, lateness^2 x typical, s made up, lateness x s made up"""
    dwells: F64
    """[2] of dwells by headway, both relative to the usual: sums of headway^2 and headway x dwell"""


class Estimates(NamedTuple):
    """What elements typically take on one day type."""

    mean: F32
    """[E, 24] s by hour of the day"""
    weight: F32
    """[E] measurements that stand behind it"""


class Traffic(NamedTuple):
    """How elements run now: log of current over typical time, a normal state each that reverts to what all of its kind do."""

    deviation: F32
    """[E] from what all elements of its kind do"""
    variance: F32
    """[E] of it"""
    updated: F64
    """[E] epoch s; NaN never"""
    actual: F64
    """[3] s lately, fading, of all links, of all dwells, and of all links as vehicles on no pattern drive them"""
    typical: F64
    """[3] likewise"""
    logs: F64
    """[3] sum of logs of actual over typical, likewise: their mean lies below the log of the ratio of sums"""
    shares: F64
    """[3] how many elements those were measured on"""
    faded: F64
    """[3] epoch s they were faded to"""


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


class Excess(NamedTuple):
    """What is expected now on top of typical times, as shares of them."""

    running: F32
    """[Q] of the way from the stop before"""
    dwell: F32
    """[Q] of the stay there"""
    headway: F32
    """[V] of the stays of each vehicle on its way, for the headway it has"""


class Spread(NamedTuple):
    """How far predictions may be off, and which quantile of their errors is published."""

    variance: F32
    """[Q] s^2 that the way from the stop before and the stay there add"""
    start: F32
    """[P] s^2 of starts at the terminal"""
    middle: F32
    """[2, HORIZONS] that quantile of error over standard deviation, by source (live, layover) and time ahead"""


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
    deviation: F32
    """[rows] s, standard deviation that the published point and its interval are multiples of"""
    expected: F32
    """[rows] s after now, the mean that they are offsets from; filled in only when some of it is sampled"""
    later: F32
    """scratch: s by which the traffic makes a call of one run later than the one before it"""


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
