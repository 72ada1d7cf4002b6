"""Records of the measures: what is summed by bin, and what is remembered between events. All times int64 ms."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signals.kernels.columns import I32, I64

AGES = 30
"""classes of seconds since begin of green; the last one is open"""
AGE = 2_000
"""ms of a class (UDOT's green time utilisation takes 2 s)"""
RING = 32
"""arrivals of one detector that may be on their way to the stop line"""
PHASES = 64
"""phase numbers 0 … 63; NTCIP 1202 has 1 … 40"""
NEVER = -(2**62)
UNKNOWN, GREEN, YELLOW, RED = 0, 1, 2, 3

Rows = NDArray[np.void]
Record = Any
"""a row of `Rows`"""


def _durations(*names: str) -> tuple[tuple[str, type, tuple[int, ...]], ...]:
    """Fields of (n, sum, min, max)."""
    return tuple((name, np.int64, (4,)) for name in names)


def _dtype(*names: str, more: tuple[tuple[str, type, tuple[int, ...]], ...] = ()) -> np.dtype[np.void]:
    """Fields of int64, or of the type after a colon; `more`: nested arrays."""
    plain = [(name.partition(":")[0], np.dtype(name.partition(":")[2] or "i8")) for name in names]
    return np.dtype([*plain, *more], align=True)


STATE_ROW = _dtype(
    "bin", "device:i4", "phase:i4",
    "green_ms", "yellow_ms", "red_ms",
    "lost_yellow", "invalid",
    more=(*_durations("green", "service", "clearance", "cycle"), ("age_ms", np.int64, (AGES,))),
)  # fmt: skip
"""(device, phase, bin): ms in each state; durations that ended in the bin (green; service: green and yellow; red clearance; cycle:
green to green); ends of green whose yellow was lost; intervals whose begin or end was lost; ms of green by its age"""

GROUP_ROW = _dtype(
    "bin", "device:i4", "phase:i4", "approach:i4", "lanes:i4",
    "green", "yellow", "red", "unknown",
    "delay_ms", "delay_n",
    "judged", "judged_green_ms", "occupied_green_ms", "occupied_red_ms", "failures", "not_judged",
    "stop_green", "stop_yellow", "stop_red", "stop_unknown",
    more=(("age_hits", np.int64, (AGES,)),),
)  # fmt: skip
"""(device, phase, approach, bin), a lane group: arrivals by state, delay, split failures, detections at the stop line"""

REQUEST_ROW = _dtype(
    "bin", "device:i4", "phase:i4",
    "greens", "ends", "gap_outs", "max_outs", "force_offs",
    "calls", "skips", "waits_dropped", "walks", "ped_calls",
    more=_durations("wait", "ped"),
)  # fmt: skip
"""(device, phase, bin): how greens ended, how long calls of vehicles and pedestrians waited"""

CHANNEL_ROW = _dtype(
    "bin", "device:i4", "channel:i4",
    "hits", "on_ms", "known_ms", "longest_on", "unpaired",
    "restored", "other_faults", "watchdog_faults", "open_loop_faults", "shorted_faults", "excessive_faults", "faulty_ms",
)  # fmt: skip
"""(device, channel, bin): `on_ms` of the `known_ms` in which its state was known; `unpaired`: on after on, off after off"""

DEVICE_ROW = _dtype("bin", "device", "events", "observed_ms", "sub_bins", "clock_updates", "vendor_codes", "unlisted", "duplicates")
"""(device, bin): `observed_ms` without silences; `sub_bins` that have data; `unlisted`: detector events of channels not in
the inventory, and events of phases beyond PHASES. No dtype of rows has padding, so equal tables are equal bytes."""

DURATIONS = ("green", "service", "clearance", "cycle", "wait", "ped")
"""fields that are (n, sum, min, max) in ms; min and max are -1 without any"""
MOST = ("longest_on", "lanes")
"""fields of which the greatest counts when rows are joined; all others are summed"""
KEYS = ("bin", "device", "phase", "approach", "channel")

def blank(dtype: np.dtype[np.void], count: int) -> Rows:
    """Rows in which nothing was seen."""
    rows = np.zeros(count, dtype)
    for name in DURATIONS:
        if name in (dtype.names or ()) and dtype[name].shape == (4,):
            rows[name][:, 2:] = -1
    return rows


_DEVICE = ("last", "bin_end", "blind_until", "first:i4", "count:i4", "last_code:i4", "last_parameter:i4", "touched:i4")
SIGNAL_DEVICE = _dtype(*_DEVICE, "groups:i4")
SLOT = _dtype(
    "since", "accounted", "green_start", "cycle_start", "red_start", "device:i4", "phase:i4", "next:i4", "group:i4", "state:i4"
)
"""a phase of a device; `next`: its next phase; `group`: its first lane group"""
GROUP = _dtype(
    "since", "red_end", "green_ms", "green_on", "red_on", "red_sum", "red_n", "cycle_n",
    "slot:i4", "approach:i4", "next:i4", "link:i4", "lanes:i4", "on:i4", "seen:i4", "judging:i4", "doubtful:i4", "broken:i4",
)  # fmt: skip
"""a lane group; `link`: its first advance detector"""
LINK = _dtype("shift", "changed", "group:i4", "next:i4", "stopbar:i4", "on:i4", "head:i4", "size:i4")
"""a detector seen from one phase it calls; `next`: the next advance detector of the lane group"""

REQUEST_DEVICE = _dtype(*_DEVICE, "cycle", "preempt_end", "adjusted")
REQUEST = _dtype("wait_since", "cycle_then", "ped_since", "phase:i4", "next:i4", "green:i4", "called:i4", "walking:i4")
WATCHED = _dtype(*_DEVICE, "accounted", "sub_end", "sub_events")
CHANNEL = _dtype("since", "on_since", "state:i4", "faulty:i4", "channel:i4")


class RequestState(NamedTuple):
    """What `kernels.measures_requests` remembers."""

    devices: Rows
    """[D] REQUEST_DEVICE"""
    slot_of: I32
    """[D, PHASES] slot, -1: none yet"""
    slots: Rows
    """[P] REQUEST"""
    rows: Rows
    """[P] REQUEST_ROW, the open bin"""
    none: Rows
    """[1] REQUEST_ROW of a bin in which nothing was seen"""


class WatchState(NamedTuple):
    """What `kernels.measures_detectors` remembers."""

    devices: Rows
    """[D] WATCHED"""
    open: Rows
    """[D] DEVICE_ROW, the open bin"""
    channel_start: I64
    """[D + 1] the detector of device d and channel c is `detector_of[channel_start[d] + c]`"""
    detector_of: I32
    """-1: not in the inventory"""
    channels: Rows
    """[K] CHANNEL"""
    rows: Rows
    """[K] CHANNEL_ROW, the open bin"""
    no_channel: Rows
    """[1] CHANNEL_ROW of a bin in which nothing was seen"""
    no_device: Rows
    """[1] DEVICE_ROW likewise"""


class SignalState(NamedTuple):
    """What `kernels.measures` remembers; slots in use are those reached from `devices`."""

    devices: Rows
    """[D] SIGNAL_DEVICE"""
    slot_of: I32
    """[D, PHASES] slot, -1: none yet"""
    slots: Rows
    """[P] SLOT"""
    groups: Rows
    """[G] GROUP"""
    links: Rows
    """[L] LINK"""
    ring: I64
    """[L, RING] when arrivals reach the stop line, ms"""
    channel_start: I64
    """[D + 1] the detector of device d and channel c is `detector_of[channel_start[d] + c]`"""
    detector_of: I32
    """-1: not in the inventory"""
    link_start: I32
    """[K + 1] links of each detector"""
    states: Rows
    """[P] STATE_ROW, the open bin"""
    ends: I64
    """[P, AGES] ends of spans of green by the age they reached, less begins"""
    part: I64
    """[P, AGES] ms they reached into that class"""
    arrivals: Rows
    """[G] GROUP_ROW, the open bin"""
    no_state: Rows
    """[1] STATE_ROW of a bin in which nothing was seen"""
    no_arrivals: Rows
    """[1] GROUP_ROW likewise"""


class Silence(NamedTuple):
    """How long a device may say nothing."""

    start: I64
    """[S] ms of the local day, from 0 on"""
    most: I64
    """[S] ms"""
    least: int
    """ms, the smallest of `most`"""


class Work(NamedTuple):
    """Where a kernel puts rows of closed bins, and why it stopped."""

    rows: I64
    """[2] rows in use of each of its two tables"""
    stop: I64
    """[3] (why, device, number): 0 done, 1 `NEED_ROOM`, 2 `NEED_SLOT` for that phase or channel of that device"""


NEED_ROOM, NEED_SLOT = 1, 2
