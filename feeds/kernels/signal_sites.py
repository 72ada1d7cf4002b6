"""A simulated intersection, a tenth of a second at a time: traffic lanes, detectors and a signal controller.

Vehicles come at random (a second holds one at most), cross a detector 60 m before the stop line, queue and leave at saturation flow.
A queue of eight stands on the advance detector. All chance is a hash of (seed, what, when), so a run is the same however it is cut.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from feeds.signals.simulated_columns import HISTORY, ROOM, Log, SiteState, SiteTables
from signals.kernels.columns import F64

TRAVEL, TRAVEL_SPREAD = 40, 10
"""tenths of a second from the advance detector to the stop line: 60 m at 43–54 km/h"""
HEADWAY, HEADWAY_SPREAD = 18, 5
"""tenths of a second between departures: 1,700–1,800 vehicles/h and lane (HCM base saturation flow 1,900)"""
START_UP, LATE = 20, 20
"""tenths of a second lost as a queue starts and used of yellow (HCM: 2.0 s each)"""
GREEN, YELLOW, CLEARANCE = 0, 1, 2
STATE, PHASE, SINCE, END, CYCLE, ANCHOR, PLAN, NOW, SETTLING = range(9)
FIXED, TOD, JITTER, SPLIT, ACTUATED, DELAY, SELECT = range(7)


@njit(cache=True, nogil=True, error_model="numpy")
def chance(seed: int, what: int, when: int) -> float:
    """A uniform number of [0, 1) for each (seed, what, when): splitmix64 (Steele, Lea, Flood 2014)."""
    x = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(what) * np.uint64(0xD1B54A32D192ED03) + np.uint64(when)
    for _ in range(2):
        x = x + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    return float(x >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _write(log: Log, now: int, code: int, parameter: int) -> None:
    n = log.filled[0]
    log.time[n], log.code[n], log.parameter[n] = now, code, parameter
    log.filled[0] = n + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _set_rates(t: SiteTables, s: SiteState, now: int) -> None:
    """Demand of each lane: base × peaks × swing × a level drawn every five minutes, by platoons of the signal upstream."""
    second = now // 10
    hour = ((second + t.utc_offset) % 86_400) / 3600.0
    day = 1.0
    if t.daily:
        day = 0.12 + 0.95 * math.exp(-(((hour - 8.0) / 1.6) ** 2)) + 0.9 * math.exp(-(((hour - 17.8) / 1.9) ** 2))
        day += 0.5 * math.exp(-(((hour - 13.0) / 4.0) ** 2))
    block, part = second // 300, (second % 300) / 300.0
    for lane in range(len(t.lane_phase)):
        p = t.lane_phase[lane]
        wave = 1.0 + t.swing * math.sin(2 * math.pi * second / t.swing_period[p] + t.swing_phase[p])
        level = (1 - part) * chance(t.seed, 100 + p, block) + part * chance(t.seed, 100 + p, block + 1)
        rate = t.lane_rate[lane] / 3600.0 * day * max(0.0, wave) * (0.7 + 0.6 * level)
        if t.platoons > 0.0:
            place = (now + 137 * p) % t.upstream / t.upstream
            rate *= (1.0 - t.platoons) + t.platoons * (2.5 if place < 0.4 else 0.0)
        s.rate[lane] = min(rate, 0.6)


@njit(cache=True, nogil=True, error_model="numpy")
def _move_lanes(t: SiteTables, s: SiteState, now: int, log: Log) -> None:
    """All lanes for one step: arrivals over the advance detector, the queue, departures over the stop bar."""
    state, elapsed, phase = s.signal[STATE], now - s.signal[SINCE], s.signal[PHASE]
    flows = (state == GREEN and elapsed >= START_UP) or (state == YELLOW and elapsed < LATE)
    for lane in range(len(t.lane_phase)):
        if now % 10 == 0:
            comes = chance(t.seed, 1000 + lane, now) < s.rate[lane]
            s.coming[lane] = now + int(10 * chance(t.seed, 2000 + lane, now)) if comes else -1
        if s.coming[lane] == now:
            s.upstream[lane] += 1
        elif s.length[lane] == 0 and s.over[lane] < 0 and s.leaving[lane] < 0 and s.upstream[lane] == 0 and t.fault[lane] < 2:
            continue
        p, sound = t.lane_phase[lane], t.fault[lane] == 0
        if s.over[lane] < 0 and s.upstream[lane] > 0 and now >= s.free[lane]:
            s.over[lane] = now + 5
            s.upstream[lane] -= 1
            if sound:
                s.demand[0, p] += 1
                if t.advance:
                    _write(log, now, 82, 2 * lane + 1)
        elif 0 <= s.over[lane] <= now and s.length[lane] < ROOM:
            if sound and t.advance:
                _write(log, now, 81, 2 * lane + 1)
            s.queue[lane, s.length[lane]] = now + TRAVEL + int(TRAVEL_SPREAD * chance(t.seed, 3000 + lane, now))
            s.length[lane] += 1
            s.over[lane], s.free[lane] = -1, now + 7
        if (s.over[lane] >= 0 and sound) or t.fault[lane] == 2:
            s.actuated[p] = now
            s.call[p] = 1
        if s.leaving[lane] > 0 and now >= s.leaving[lane]:
            s.leaving[lane] = -1
            if sound and t.stopbar:
                _write(log, now, 81, 2 * lane + 2)
        elif s.leaving[lane] < 0 and s.length[lane] > 0 and s.queue[lane, 0] <= now and now >= s.departs[lane] - HEADWAY + 12:
            s.leaving[lane] = 0
            if sound:
                s.call[p] = 1
                if t.stopbar:
                    _write(log, now, 82, 2 * lane + 2)
        if s.leaving[lane] == 0 and flows and p == phase and now >= s.departs[lane]:
            s.leaving[lane] = now + 5
            s.departs[lane] = now + HEADWAY + int(HEADWAY_SPREAD * chance(t.seed, 4000 + lane, now))
            s.length[lane] -= 1
            for place in range(s.length[lane]):
                s.queue[lane, place] = s.queue[lane, place + 1]


@njit(cache=True, nogil=True, error_model="numpy")
def _plan_in_force(t: SiteTables, s: SiteState, now: int) -> int:
    """Row of the plan that holds now: by the clock, or by the demand of the last cycles."""
    row = 0
    if t.control == SELECT:
        number = 0.0
        for k in range(1, HISTORY + 1):
            number += s.demand[k].sum() / HISTORY
        for k in range(len(t.plan)):
            if number >= t.plan[k, 1]:
                row = k
    else:
        of_day = (now + 10 * t.utc_offset) % 864_000
        row = len(t.plan) - 1 if of_day < t.plan[0, 1] else 0
        for k in range(len(t.plan)):
            row = k if of_day >= t.plan[k, 1] else row
    return row


@njit(cache=True, nogil=True, error_model="numpy")
def _jitter(t: SiteTables, s: SiteState, cycle: int) -> None:
    """Random greens that answer nothing."""
    count = len(s.green)
    total = s.green.sum()
    for p in range(count):
        fresh = 2.0 * chance(t.seed, 5000 + p, cycle) - 1.0
        if t.period > 0.0:
            fresh = math.sin(2 * math.pi * (cycle / t.period + chance(t.seed, 5100 + p, 0)))
        s.change[p] = t.memory * s.change[p] + (1.0 - t.memory) * fresh if t.memory > 0.0 else fresh
    spread = 10.0 * t.jitter / math.sqrt((1.0 - t.memory) / (1.0 + t.memory)) if t.memory < 1.0 else 0.0
    for p in range(count):
        change = max(-15.0 * t.jitter, min(15.0 * t.jitter, spread * s.change[p]))
        if t.style == 2:
            change = s.green[p] / total * count * max(-15.0 * t.jitter, min(15.0 * t.jitter, spread * s.change[0]))
        s.green[p] = max(30.0, s.green[p] + change)
    if t.style == 1:
        s.green[count - 1] = max(30.0, total - s.green[: count - 1].sum())


@njit(cache=True, nogil=True, error_model="numpy")
def _split(t: SiteTables, s: SiteState, before: F64, total: float) -> None:
    """Greens in proportion to the demand of the last cycles, the cycle kept; whole seconds."""
    count = len(s.green)
    vehicles = 0.0
    for k in range(1, HISTORY + 1):
        vehicles += s.demand[k].sum() + count
    spare = total - count * t.least
    used = 0.0
    for p in range(count):
        own = 0.0
        for k in range(1, HISTORY + 1):
            own += s.demand[k, p] + 1.0
        wish = t.least + spare * own / vehicles
        if t.step > 0.0:
            wish = min(max(wish, before[p] - 10 * t.step), before[p] + 10 * t.step)
        s.green[p] = 10.0 * round(wish / 10.0)
        used += s.green[p]
    s.green[count - 1] = max(float(t.least), s.green[count - 1] + total - used)


@njit(cache=True, nogil=True, error_model="numpy")
def _begin_cycle(t: SiteTables, s: SiteState, now: int, log: Log) -> None:
    """Plan the greens of a cycle that begins now."""
    count, signal = len(s.green), s.signal
    signal[CYCLE] += 1
    for k in range(HISTORY, 0, -1):
        s.demand[k] = s.demand[k - 1]
    s.demand[0] = 0
    row = _plan_in_force(t, s, now) if t.control in (TOD, SELECT) or len(t.plan) > 1 else 0
    changed = row != signal[PLAN]
    if changed:
        signal[PLAN] = row
        if t.plan_events:
            _write(log, now, 131, t.plan[row, 0])
    before, total = s.green.copy(), float(t.plan[row, 2:].sum())
    s.green[:] = t.plan[row, 2:]
    if t.control == JITTER:
        _jitter(t, s, now if t.period == 0.0 else signal[CYCLE])
    elif t.control == SPLIT and signal[CYCLE] > HISTORY:
        _split(t, s, before, total)
    signal[ANCHOR] = now
    if t.offset >= 0 and not (t.control == ACTUATED or t.control == DELAY):
        whole = int(total) + count * (t.yellow + t.all_red)
        late = (now - t.offset) % whole
        late = late - whole if 2 * late > whole else late
        signal[ANCHOR] = now - late
        if abs(late) > 20 + 15 * count * t.jitter:
            signal[ANCHOR] = now
            stretch = min(-late if late < 0 else whole - late, int(0.2 * total))
            s.green[0] += stretch
            signal[SETTLING] = 1
            _write(log, now, 150, 3)
        elif signal[SETTLING]:
            signal[SETTLING] = 0
            _write(log, now, 150, 1)


@njit(cache=True, nogil=True, error_model="numpy")
def _begin_green(t: SiteTables, s: SiteState, now: int, log: Log) -> None:
    """Light the next phase."""
    p = s.signal[PHASE]
    s.signal[STATE], s.signal[SINCE] = GREEN, now
    _write(log, now, 1, p + 1)
    s.actuated[p], s.call[p] = now, 0
    if t.control == ACTUATED or t.control == DELAY:
        s.signal[END] = now + t.least
        return
    ends = s.signal[ANCHOR] + p * (t.yellow + t.all_red)
    for k in range(p + 1):
        ends += int(s.green[k])
    s.signal[END] = max(ends, now + 30)


@njit(cache=True, nogil=True, error_model="numpy")
def _green_ends(t: SiteTables, s: SiteState, now: int) -> int:
    """Termination code when green ends now (4 gap-out, 5 max-out, 6 force-off), else 0."""
    p, elapsed = s.signal[PHASE], now - s.signal[SINCE]
    if t.control != ACTUATED and t.control != DELAY:
        return 6 if now >= s.signal[END] else 0
    if t.offset >= 0 and p == 0:
        cycle = t.plan[0, 2:].sum() + len(s.green) * (t.yellow + t.all_red)
        return 6 if elapsed >= t.least and (now - t.offset) % cycle == 0 else 0
    others = t.recall
    for k in range(len(s.green)):
        others = others or (k != p and s.call[k] == 1)
    if elapsed < t.least or not others:
        return 0
    most = t.plan[0, 2 + p] if t.offset >= 0 else t.most
    if elapsed >= most:
        return 6 if t.offset >= 0 else 5
    if t.control == ACTUATED:
        return 4 if now - s.actuated[p] >= t.passage else 0
    for lane in range(len(t.lane_phase)):
        if t.lane_phase[lane] == p and t.fault[lane] != 1 and s.length[lane] > 0 and s.queue[lane, 0] + 10 < now:
            return 0
    return 4


@njit(cache=True, nogil=True, error_model="numpy")
def _control(t: SiteTables, s: SiteState, now: int, log: Log) -> None:
    """One step of the signal."""
    signal, p = s.signal, s.signal[PHASE]
    if signal[STATE] == GREEN:
        ends = _green_ends(t, s, now)
        if ends:
            if t.terminations:
                _write(log, now, ends, p + 1)
            _write(log, now, 8, p + 1)
            signal[STATE], signal[SINCE] = YELLOW, now
    elif signal[STATE] == YELLOW and now - signal[SINCE] >= t.yellow:
        _write(log, now, 10, p + 1)
        signal[STATE], signal[SINCE] = CLEARANCE, now
    if signal[STATE] == CLEARANCE and now - signal[SINCE] >= t.all_red:
        _write(log, now, 11, p + 1)
        count = len(s.green)
        following = (p + 1) % count
        while not t.recall and following != p and s.call[following] == 0 and not (t.offset >= 0 and following == 0):
            following = (following + 1) % count
        signal[PHASE] = following
        if following <= p:
            _begin_cycle(t, s, now, log)
        _begin_green(t, s, now, log)


@njit(cache=True, nogil=True, error_model="numpy")
def run(t: SiteTables, s: SiteState, until: int, log: Log) -> bool:
    """Move on to `until` (tenths of a second, exclusive); False when the log was full before and must be emptied first."""
    lanes = len(t.lane_phase)
    while s.signal[NOW] < until:
        if log.filled[0] + 4 * lanes + 8 > len(log.time):
            return False
        now = s.signal[NOW]
        if now % 20 == 0:
            _set_rates(t, s, now)
        if s.signal[CYCLE] == 0:
            for lane in range(lanes):
                if t.fault[lane] == 2 and t.advance:
                    _write(log, now, 82, 2 * lane + 1)
            _begin_cycle(t, s, now, log)
            _begin_green(t, s, now, log)
        if s.signal[STATE] != GREEN or now >= s.signal[END]:
            _control(t, s, now, log)
        _move_lanes(t, s, now, log)
        s.signal[NOW] = now + 1
    return True
