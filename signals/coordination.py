"""What is drawn cycle by cycle: the Purdue coordination diagram and the split monitor, as arrays for a page.

Both read events of one device in order of (time, code) and a window is short (hours), so they are plain numpy over few events.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from signals.inventory import Inventory
from signals.kernels.columns import F64, I8, I32, I64, EventColumns
from signals.measures_parameters import MeasureParameters
from signals.measures_state import shifts
from signals.model import DetectorType


class Purdue(NamedTuple):
    """Purdue coordination diagram of a phase (Day & Bullock 2010): a cycle runs from begin of red to begin of red."""

    red_start: I64
    """[n] epoch ms"""
    green_start: I64
    """[n] epoch ms; -1: not told"""
    yellow_start: I64
    """[n] epoch ms; -1: not told"""
    end: I64
    """[n] epoch ms: the next begin of red; -1: not yet"""
    arrival: I64
    """[m] epoch ms at which each arrival reaches the stop line, in order"""
    arrival_cycle: I32
    """[m] its cycle; -1: before the first begin of red"""
    since_red_s: F64
    """[m] s since begin of red of its cycle; NaN without one"""
    arrival_state: I8
    """[m] 0 unknown, 1 green, 2 yellow, 3 red"""


class SplitMonitor(NamedTuple):
    """Services of a phase in order."""

    start: I64
    """[n] begin of green, epoch ms"""
    green_s: F64
    """[n] s; NaN: begin of yellow was not told"""
    split_s: F64
    """[n] s of green, yellow and red clearance (to 11, else to the begin of red); NaN: end not told"""
    termination: I32
    """[n] 4 gap-out, 5 max-out, 6 force-off; 0: not told"""
    skipped: I64
    """[s] epoch ms of each skip (14)"""


def purdue(
    events: EventColumns, inventory: Inventory, device: int, phase: int, parameters: MeasureParameters | None = None
) -> Purdue:
    """The diagram of a phase (`device`: row of the inventory); `events` in order of time, of this device or of many."""
    q = parameters or MeasureParameters()
    mine = EventColumns._make(column[events.device == device] for column in events)
    red, green, yellow, end = _cycles(*_of_phase(mine, phase))
    arrivals = _arrivals(mine, inventory, device, phase, q)
    cycle = np.searchsorted(red, arrivals, side="right").astype(np.int32) - 1
    state = np.zeros(len(arrivals), np.int8)
    since = np.full(len(arrivals), np.nan)
    inside = cycle >= 0
    c, at = cycle[inside], arrivals[inside]
    since[inside] = (at - red[c]) / 1000.0
    turned = (green[c] >= 0) & (at >= green[c])
    passed = (yellow[c] >= 0) & (at >= yellow[c])
    # with a begin of green that was not told, all up to the yellow is in doubt
    found = np.where(passed, 2, np.where(turned, 1, np.where((green[c] < 0) & (yellow[c] >= 0), 0, 3)))
    found[passed & (at - yellow[c] > q.most_clearance)] = 0
    state[inside] = found
    return Purdue(red, green, yellow, end, arrivals, cycle, since, state)


def split_monitor(events: EventColumns, device: int, phase: int) -> SplitMonitor:
    """Duration and termination of every service of a phase; `events` in order of time, of this device or of many."""
    mine = EventColumns._make(column[(events.device == device) & (events.parameter == phase)] for column in events)
    starts = np.flatnonzero(mine.code == 1)
    count = len(starts)
    green, split, why = np.full(count, np.nan), np.full(count, np.nan), np.zeros(count, np.int32)
    for n, first in enumerate(starts.tolist()):
        last = int(starts[n + 1]) if n + 1 < count else len(mine.time)
        code, after = mine.code[first + 1 : last], (mine.time[first + 1 : last] - mine.time[first]) / 1000.0
        ended = np.flatnonzero((code == 8) | (code == 7))
        closed = np.flatnonzero(((code == 9) | (code == 10)) & (after > 0))
        cleared = np.flatnonzero((code == 11) & (after > 0))
        told = np.flatnonzero((code >= 4) & (code <= 6))
        if len(ended):
            green[n] = after[ended[0]]
        if len(cleared) or len(closed):
            split[n] = after[cleared[0] if len(cleared) else closed[0]]
        why[n] = code[told[0]] if len(told) else 0
    return SplitMonitor(mine.time[starts], green, split, why, mine.time[mine.code == 14])


def _of_phase(mine: EventColumns, phase: int) -> tuple[I64, I32]:
    """(time, code) of what begins a state: 1, 8, and the first of 9, 10, 11 after a green or yellow."""
    kept = (mine.parameter == phase) & np.isin(mine.code, (1, 8, 9, 10, 11))
    time, code = mine.time[kept], np.where(mine.code[kept] >= 9, 10, mine.code[kept]).astype(np.int32)
    repeated = np.zeros(len(code), bool)
    repeated[1:] = (code[1:] == 10) & ((code[:-1] == 10) | ((code[:-1] == 1) & (time[1:] == time[:-1])))
    return time[~repeated], code[~repeated]


def _cycles(time: I64, code: I32) -> tuple[I64, I64, I64, I64]:
    reds = np.flatnonzero(code == 10)
    red = time[reds]
    end = np.append(red[1:], -1)[: len(red)]
    bounds = np.append(reds[1:], len(code))[: len(reds)]

    def first(which: int) -> I64:
        places = np.flatnonzero(code == which)
        at = np.searchsorted(places, reds)
        found = np.full(len(reds), -1, np.int64)
        there = at < len(places)
        there[there] = places[at[there]] < bounds[there]
        found[there] = time[places[at[there]]]
        return found

    return red, first(1), first(8), end


def _arrivals(mine: EventColumns, inventory: Inventory, device: int, phase: int, q: MeasureParameters) -> I64:
    """Stop-line times of the phase's advance detections, in order."""
    shift: NDArray[np.int64] = shifts(inventory, q)
    parts = [
        mine.time[(mine.code == 82) & (mine.parameter == inventory.detector_channel[k])] + shift[k]
        for k in np.flatnonzero((inventory.detector_device == device) & (inventory.detector_type == DetectorType.ADVANCE)).tolist()
        if phase in inventory.phases_of(k) and shift[k] >= 0
    ]
    return np.sort(np.concatenate(parts)) if parts else np.zeros(0, np.int64)
