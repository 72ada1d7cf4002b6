"""One controller's events as services (phase or stage greens) and as the times its detectors were occupied."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from signals.kernels.columns import F64, I32, I64, U8

PHASES, CHANNELS = 256, 4096
"""parameters from here on are no phase (NTCIP 1202: 255) and no channel"""
TRANSITION, ADJUSTED, NOT_IN_CONTROL, PREEMPTED, CLOCK, LOST = 1, 2, 4, 8, 16, 32
"""flags: coordination in transition, cycle adjusted, manual or flash, preemption, clock set or power lost, start or end not seen"""


class ServiceColumns(NamedTuple):
    """Greens that ended, [n], in order of their end."""

    device: I32
    """row in `Inventory.device_ids`"""
    phase: I32
    """phase, or stage where the controller reports stages only"""
    start: I64
    """epoch ms, begin of green; -1 not seen"""
    end: I64
    """epoch ms, begin of yellow; with LOST: the first time it was seen not to be green"""
    plan: I32
    """number of the last 131; -1 none yet"""
    termination: I32
    """4 gap-out, 5 max-out, 6 force-off; -1 not told"""
    demand: I32
    """detections (of the phase's advance detectors, else of those at the stop line) since its green before ended; -1 none usable"""
    gap: I64
    """ms since a detector of the phase was last occupied as green ended; 0 occupied; -1 unknown"""
    flags: I32
    """0: usable as evidence"""


@njit(cache=True, nogil=True, error_model="numpy")
def extract(
    time: I64, code: I32, parameter: I32, stages: bool, away: I32, start_out: I64, end_out: I64, columns: I32
) -> int:
    """Services of one controller, its events in order; how many.

    `stages`: read GA/T stages (100005, 100006) instead of phases. `away` [m]: control modes in which no timing runs by itself.
    Fills `start_out`, `end_out` [n] and `columns` [4, n] with phase, plan, termination and flags; each needs a row per event.
    """
    begun = np.full(PHASES, -1, np.int64)
    told = np.full(PHASES, -1, np.int32)
    flags = np.zeros(PHASES, np.int32)
    now_flags, plan, stage, n, cycle_first = 0, -1, -1, 0, 0
    for k in range(len(time)):
        c, p = code[k], parameter[k]
        ends, begins, lost = -1, -1, False
        if c == 131:
            plan = p
        elif c == 150:
            now_flags = now_flags | TRANSITION if 2 <= p <= 4 else now_flags & ~TRANSITION
        elif c == 178 or c == 173:
            on = p != 0 if c == 178 else p != 0 and p != 2
            now_flags = now_flags | NOT_IN_CONTROL if on else now_flags & ~NOT_IN_CONTROL
        elif c == 100_002:
            now_flags &= ~NOT_IN_CONTROL
            for mode in away:
                if p == mode:
                    now_flags |= NOT_IN_CONTROL
        elif c == 105 or c == 111:
            now_flags = now_flags | PREEMPTED if c == 105 else now_flags & ~PREEMPTED
        elif c == 181 or c == 182 or c == 184:
            flags |= CLOCK
        elif c == 100_001 and p == 0:
            flags |= LOST
        elif c == 100_008 and p == 1:
            for row in range(cycle_first, n):
                columns[3, row] |= ADJUSTED
        elif c == 100_009:
            cycle_first = n
        elif stages and c == 100_005:
            begins, ends = p, stage
        elif stages and c == 100_006 and stage >= 0 and begun[stage] >= 0 and time[k] > begun[stage]:
            ends = stage
        elif not stages and 0 <= p < PHASES:
            if c == 1:
                begins = p
                lost = begun[p] >= 0
                ends = p if lost else -1
            elif c == 8:
                ends = p
            elif 4 <= c <= 6:
                told[p] = c
            elif (c == 9 or c == 10) and begun[p] >= 0:
                ends, lost = p, True
        flags |= now_flags
        if 0 <= ends < PHASES and (begun[ends] >= 0 or (c == 8 and not stages)):
            start_out[n], end_out[n] = begun[ends], time[k]
            columns[0, n], columns[1, n], columns[2, n] = ends, plan, told[ends]
            columns[3, n] = flags[ends] | (LOST if lost or begun[ends] < 0 else 0)
            begun[ends], told[ends] = -1, -1
            n += 1
        if 0 <= begins < PHASES:
            begun[begins], told[begins], flags[begins], stage = time[k], -1, now_flags, begins
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def channel_sums(time: I64, code: I32, parameter: I32, end: int, number: I64, occupied: I64, longest: I64, faults: I64) -> None:
    """Add to [CHANNELS] sums of one controller: detections, ms occupied, the longest time on end, fault reports (84–88).

    What is on when the window ends is occupied until `end`.
    """
    since = np.full(CHANNELS, -1, np.int64)
    for k in range(len(time)):
        c, channel = code[k], parameter[k]
        if c < 81 or c > 88 or channel < 0 or channel >= CHANNELS:
            continue
        if c == 82 or c == 81:
            if since[channel] >= 0:
                spell = time[k] - since[channel]
                occupied[channel] += spell
                longest[channel] = max(longest[channel], spell)
            since[channel] = time[k] if c == 82 else -1
            number[channel] += c == 82
        elif c != 83:
            faults[channel] += 1
    for channel in range(CHANNELS):
        if since[channel] >= 0:
            occupied[channel] += end - since[channel]
            longest[channel] = max(longest[channel], end - since[channel])


@njit(cache=True, nogil=True, error_model="numpy")
def occupied_spells(time: I64, code: I32, parameter: I32, chosen: U8, on_out: I64, off_out: I64, hits_out: I64) -> tuple[int, int]:
    """When at least one of the chosen channels [CHANNELS] was occupied, and each time that one was hit; (spells, hits).

    A spell still open at the end ends at int64's greatest value. Each output needs a row per event.
    """
    is_on = np.zeros(CHANNELS, np.uint8)
    number, spells, hits = 0, 0, 0
    for k in range(len(time)):
        channel = parameter[k]
        if channel < 0 or channel >= CHANNELS or not chosen[channel]:
            continue
        if code[k] == 82:
            hits_out[hits] = time[k]
            hits += 1
            if not is_on[channel]:
                is_on[channel] = 1
                number += 1
                if number == 1 and (spells == 0 or off_out[spells - 1] < time[k]):
                    on_out[spells], off_out[spells] = time[k], np.iinfo(np.int64).max
                    spells += 1
                elif number == 1:
                    off_out[spells - 1] = np.iinfo(np.int64).max
        elif code[k] == 81 and is_on[channel]:
            is_on[channel] = 0
            number -= 1
            if number == 0:
                off_out[spells - 1] = time[k]
    return spells, hits


@njit(cache=True, nogil=True, error_model="numpy")
def gaps_at(at: I64, on: I64, off: I64, longest: int, gap: F64) -> None:
    """Time since the last spell [m], in the spells' unit, just before each instant [n]: 0 within a spell, at most `longest`."""
    for k in range(len(at)):
        row = np.searchsorted(on, at[k]) - 1
        if row < 0:
            gap[k] = longest
        else:
            gap[k] = min(max(at[k] - off[row], 0), longest)
