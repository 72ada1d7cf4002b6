"""The columns of a simulated intersection, as its kernel takes them: what it is, how it stands, what it logged."""

from __future__ import annotations

from typing import NamedTuple

from signals.kernels.columns import F64, I32, I64

ROOM = 8
"""vehicles between the detectors: 60 m at 7.5 m each"""
HISTORY = 3
"""cycles whose demand SPLIT and SELECT answer"""


class SiteTables(NamedTuple):
    """A site as the kernel reads it. Times in tenths of a second."""

    lane_phase: I64
    """[L] 0-based"""
    lane_rate: F64
    """[L] vehicles/h"""
    fault: I64
    """[L] 0 none, 1 dead, 2 stuck on"""
    plan: I64
    """[K, P + 2] number, beginning (tenths of a second of the day; SELECT: vehicles), greens"""
    swing_period: F64
    """[P] s"""
    swing_phase: F64
    """[P] radians"""
    control: int
    seed: int
    swing: float
    daily: bool
    platoons: float
    upstream: int
    yellow: int
    all_red: int
    least: int
    most: int
    passage: int
    recall: bool
    offset: int
    jitter: float
    memory: float
    period: float
    style: int
    step: float
    terminations: bool
    plan_events: bool
    advance: bool
    stopbar: bool
    utc_offset: int


class SiteState(NamedTuple):
    """What changes. Times in tenths of a second since the epoch."""

    signal: I64
    """[9] by STATE … SETTLING"""
    green: F64
    """[P] planned greens of this cycle"""
    change: F64
    """[P] jitter of the last cycle"""
    demand: I64
    """[HISTORY + 1, P] detections of this cycle and those before"""
    call: I64
    """[P] 1: somebody waits or came since the last green"""
    actuated: I64
    """[P] last time a detector of the phase was occupied"""
    coming: I64
    """[L] when the vehicle drawn for this second comes; -1 none"""
    upstream: I64
    """[L] vehicles that wait for the advance detector to be free"""
    over: I64
    """[L] when the vehicle on the advance detector has crossed it; -1 free"""
    free: I64
    """[L] when the advance detector can take the next"""
    queue: I64
    """[L, ROOM] when each vehicle between the detectors would reach the line, the first first"""
    length: I64
    """[L]"""
    leaving: I64
    """[L] when the vehicle at the line has left its detector; 0: it stands there; -1 nobody"""
    departs: I64
    """[L] earliest next departure"""
    rate: F64
    """[L] vehicles a second now"""


class Log(NamedTuple):
    """Events as they happen, [n]."""

    time: I64
    """tenths of a second"""
    code: I32
    parameter: I32
    filled: I64
    """[1] how many"""
