"""Signal states and what happens in them: one pass over events, exact wherever the stream is cut.

A phase is unknown, green, yellow or red. Detections of advance detectors wait in rings until the moment they reach the stop line;
they are judged when the state changes, before it does. Everything is a sum of integers in the bin in which it happened;
durations, delays and split failures belong to the bin in which they ended, so none is lost at an edge.
"""

from __future__ import annotations

from numba import njit

from signals.kernels.columns import I32, I64, EventColumns
from signals.kernels.measures_columns import (
    AGE,
    AGES,
    GREEN,
    NEED_ROOM,
    NEED_SLOT,
    NEVER,
    PHASES,
    RED,
    RING,
    UNKNOWN,
    YELLOW,
    Record,
    Rows,
    SignalState,
    Silence,
    Work,
)  # fmt: skip
from signals.measures_parameters import MeasureParameters

LAPSED, OPEN, AFTER = 0, 1, 2
"""judging of a lane group: no green to judge, in green or yellow, in the first seconds of red"""


@njit(cache=True, nogil=True, error_model="numpy")
def observe(
    events: EventColumns, begin: int, s: SignalState, silence: Silence, q: MeasureParameters, states: Rows, groups: Rows, work: Work
) -> int:
    """Take in events from row `begin` on, each device's in order of (time, code, parameter); the row it stopped at, `work` says why.

    Rows of bins that closed are appended to `states` and `groups`. An exact repetition of the event before it is passed over.
    """
    time, device, code, parameter = events.time, events.device, events.code, events.parameter
    devices, slot_of, links, start, detector_of, least = s.devices, s.slot_of, s.links, s.channel_start, s.detector_of, silence.least
    ring, lane_groups, slots, arrivals, opened, ends, part = s.ring, s.groups, s.slots, s.arrivals, s.states, s.ends, s.part
    link_start = s.link_start
    work.stop[0] = 0
    for i in range(begin, time.size):
        t, d, c, v = time[i], device[i], code[i], parameter[i]
        dev = devices[d]
        last = dev["last"]
        if (t == last) & (c == dev["last_code"]) & (v == dev["last_parameter"]):  # & does not branch
            continue
        if t >= dev["bin_end"] or t - last > least:
            if last == NEVER:
                dev["bin_end"] = (t // q.bin + 1) * q.bin
            elif not _advance(d, t, _lapse(last, silence.start, silence.most, q.utc_offset), s, q, states, groups, work.rows):
                work.stop[0], work.stop[1] = NEED_ROOM, d
                return i
        if c == 82 or c == 81:
            if 0 <= v < start[d + 1] - start[d] and detector_of[start[d] + v] >= 0:
                k = detector_of[start[d] + v]
                for at in range(link_start[k], link_start[k + 1]):
                    if links[at]["stopbar"]:
                        _stop_line(links[at], t, c == 82, lane_groups, slots, arrivals, q)
                    elif c == 82:
                        _push(at, t, links, ring, lane_groups, slots, arrivals, q.most_clearance)
        elif (c == 1 or 7 <= c <= 12) and 0 <= v < PHASES and t >= dev["blind_until"]:
            k = slot_of[d, v]
            if k < 0 and c != 7:
                work.stop[0], work.stop[1], work.stop[2] = NEED_SLOT, d, v
                return i
            if k >= 0:
                _change(k, t, c, slots, opened, lane_groups, links, ring, arrivals, ends, part, q)
        elif c == 181 or c == 182 or c == 184:
            _forget(d, t, s, q)
            if c == 181:
                dev["blind_until"] = t + q.clock_doubt
        dev["last"], dev["last_code"], dev["last_parameter"], dev["touched"] = t, c, v, 1
    return time.size


@njit(cache=True, nogil=True, error_model="numpy")
def close(
    until: int, final: bool, begin: int, s: SignalState, silence: Silence, q: MeasureParameters, states: Rows, groups: Rows, work: Work
) -> int:
    """Close bins of devices, from row `begin` on, that said nothing for too long before `until` (ms); all of them when `final`."""
    work.stop[0] = 0
    for d in range(begin, s.devices.size):
        last = s.devices[d]["last"]
        if last == NEVER:
            continue
        allowed = -1 if final else _lapse(last, silence.start, silence.most, q.utc_offset)
        if until - last > allowed and not _advance(d, until, allowed, s, q, states, groups, work.rows):
            work.stop[0], work.stop[1] = NEED_ROOM, d
            return d
    return s.devices.size


@njit(cache=True, nogil=True, error_model="numpy")
def _lapse(last: int, start: I64, most: I64, offset: int) -> int:
    """ms a device may say nothing after its event at `last`."""
    clock = (last + offset) % 86_400_000
    k = start.size - 1
    while start[k] > clock:
        k -= 1
    allowed: int = most[k]
    return allowed


@njit(cache=True, nogil=True, error_model="numpy")
def _advance(d: int, t: int, allowed: int, s: SignalState, q: MeasureParameters, states: Rows, groups: Rows, rows: I64) -> bool:
    """Close the bins of device d that end by `t`; false: no room for their rows. A silence makes its phases unknown from its begin."""
    dev = s.devices[d]
    last = dev["last"]
    silent = t - last > allowed
    if silent:
        _forget(d, last, s, q)
    while dev["bin_end"] <= t:
        end = dev["bin_end"]
        if dev["touched"]:
            if rows[0] + dev["count"] > states.size or rows[1] + dev["groups"] > groups.size:
                return False
            k = dev["first"]
            while k >= 0:
                _bring(k, end, end, s.slots, s.states, s.groups, s.links, s.ring, s.arrivals, s.ends, s.part, q)
                states[rows[0]] = s.states[k]
                states[rows[0]]["bin"], states[rows[0]]["device"], states[rows[0]]["phase"] = end - q.bin, d, s.slots[k]["phase"]
                _spread(s.ends[k], s.part[k], states[rows[0]])
                s.states[k] = s.no_state[0]
                rows[0] += 1
                g = s.slots[k]["group"]
                while g >= 0:
                    row, group = rows[1], s.groups[g]
                    groups[row] = s.arrivals[g]
                    groups[row]["bin"], groups[row]["device"], groups[row]["phase"] = end - q.bin, d, s.slots[k]["phase"]
                    groups[row]["approach"], groups[row]["lanes"] = group["approach"], group["lanes"]
                    s.arrivals[g] = s.no_arrivals[0]
                    rows[1] += 1
                    g = group["next"]
                k = s.slots[k]["next"]
        if silent and not _on_their_way(d, s.links, s.link_start, s.channel_start, s.detector_of):
            dev["touched"] = 0
            dev["bin_end"] = (t // q.bin + 1) * q.bin
            break
        dev["bin_end"] = end + q.bin
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _on_their_way(d: int, links: Rows, link_start: I32, channel_start: I64, detector_of: I32) -> bool:
    """Whether arrivals of device d have yet to reach the stop line."""
    for c in range(channel_start[d], channel_start[d + 1]):
        if detector_of[c] >= 0:
            for at in range(link_start[detector_of[c]], link_start[detector_of[c] + 1]):
                if links[at]["size"] > 0:
                    return True
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def _forget(d: int, t: int, s: SignalState, q: MeasureParameters) -> None:
    """From `t` on nothing is known of device d. Arrivals at `t` itself are still judged."""
    k = s.devices[d]["first"]
    while k >= 0:
        _bring(k, t, t + 1, s.slots, s.states, s.groups, s.links, s.ring, s.arrivals, s.ends, s.part, q)
        slot = s.slots[k]
        slot["state"], slot["since"], slot["green_start"], slot["cycle_start"], slot["red_start"] = UNKNOWN, t, -1, -1, -1
        g = slot["group"]
        while g >= 0:
            group = s.groups[g]
            if group["judging"] != LAPSED:
                s.arrivals[g]["not_judged"] += 1
            group["judging"], group["broken"], group["doubtful"] = LAPSED, 1, 1
            g = group["next"]
        k = slot["next"]
    for c in range(s.channel_start[d], s.channel_start[d + 1]):
        if s.detector_of[c] >= 0:
            for at in range(s.link_start[s.detector_of[c]], s.link_start[s.detector_of[c] + 1]):
                s.links[at]["on"] = -1
                s.groups[s.links[at]["group"]]["on"], s.groups[s.links[at]["group"]]["seen"] = 0, 0


@njit(cache=True, nogil=True, error_model="numpy")
def _bring(
    k: int, t: int, before: int, slots: Rows, states: Rows, groups: Rows, links: Rows, ring: I64, arrivals: Rows, ends: I64, part: I64,
    q: MeasureParameters,
) -> None:
    """Phase k has been in its state up to `t`: times, occupancy, and the arrivals before `before`."""
    slot, row = slots[k], states[k]
    begun, state = slot["accounted"], slot["state"]
    if t > begun:
        if state == GREEN:
            row["green_ms"] += t - begun
            _until_age(ends, part, k, t - slot["since"], 1)
            _until_age(ends, part, k, begun - slot["since"], -1)
        elif state == YELLOW:
            row["yellow_ms"] += max(min(t, slot["since"] + q.most_clearance) - begun, 0)
        elif state == RED:
            row["red_ms"] += t - begun
        slot["accounted"] = t
    g = slot["group"]
    while g >= 0:
        at = groups[g]["link"]
        while at >= 0:
            _drain(at, before, links, ring, groups, slots, arrivals, q.most_clearance)
            at = links[at]["next"]
        _settle(groups[g], slot, arrivals[g], t, q)
        g = groups[g]["next"]


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _until_age(ends: I64, part: I64, k: int, age: int, sign: int) -> None:
    """Notes green from its begin to `age` ms: how often it came to an end in each class, and how far into it."""
    j = min(age // AGE, AGES - 1)
    ends[k, j] += sign
    part[k, j] += sign * (age - j * AGE)


@njit(cache=True, nogil=True, error_model="numpy")
def _spread(ends: I64, part: I64, row: Record) -> None:
    """Green time by age of what `_until_age` noted, which is cleared."""
    reached = 0
    for j in range(AGES - 1, -1, -1):
        row["age_ms"][j] = AGE * reached + part[j]
        reached += ends[j]
        ends[j], part[j] = 0, 0


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _push(
    at: int, t: int, links: Rows, ring: I64, groups: Rows, slots: Rows, arrivals: Rows, most_clearance: int
) -> None:
    """An arrival that reaches the stop line `shift` ms after `t`; when too many are on their way its state is unknown."""
    link = links[at]
    if link["size"] == RING:
        _drain(at, t + 1, links, ring, groups, slots, arrivals, most_clearance)
    if link["size"] == RING:
        arrivals[link["group"]]["unknown"] += 1
        groups[link["group"]]["broken"] = 1
    else:
        ring[at, (link["head"] + link["size"]) & (RING - 1)] = t + link["shift"]
        link["size"] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _drain(
    at: int, before: int, links: Rows, ring: I64, groups: Rows, slots: Rows, arrivals: Rows, most_clearance: int
) -> None:
    """Judge the arrivals of a detector before `before`, all of which lie in the present state of its phase."""
    link = links[at]
    group, row = groups[link["group"]], arrivals[link["group"]]
    slot = slots[group["slot"]]
    state, since = slot["state"], slot["since"]
    while link["size"] > 0:
        arrived = ring[at, link["head"]]
        if arrived >= before:
            break
        link["head"] = (link["head"] + 1) & (RING - 1)
        link["size"] -= 1
        group["cycle_n"] += 1
        if state == GREEN:
            row["green"] += 1
        elif state == RED:
            row["red"] += 1
            group["red_n"] += 1
            group["red_sum"] += arrived
        elif state == YELLOW and arrived - since <= most_clearance:
            row["yellow"] += 1
        else:
            row["unknown"] += 1
            group["broken"] = 1


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _settle(group: Record, slot: Record, row: Record, t: int, q: MeasureParameters) -> None:
    """Occupancy of the stop line up to `t`, and the verdict on a cycle whose first seconds of red are over."""
    if group["on"] > 0:
        if slot["state"] == GREEN:
            group["green_on"] += max(t - group["since"], 0)
        elif group["judging"] == AFTER:
            group["red_on"] += max(min(t, group["red_end"]) - group["since"], 0)
    group["since"] = max(t, group["since"])
    if group["judging"] == AFTER and group["red_end"] < t:
        group["judging"] = LAPSED
        if group["doubtful"] or group["green_ms"] <= 0:
            row["not_judged"] += 1
        else:
            row["judged"] += 1
            row["judged_green_ms"] += group["green_ms"]
            row["occupied_green_ms"] += group["green_on"]
            row["occupied_red_ms"] += group["red_on"]
            full_green = 100 * group["green_on"] >= q.failure_percent * group["green_ms"]
            row["failures"] += 1 if full_green and 100 * group["red_on"] >= q.failure_percent * q.red_window else 0


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _stop_line(link: Record, t: int, on: bool, groups: Rows, slots: Rows, arrivals: Rows, q: MeasureParameters) -> None:
    """A stop-bar detector goes on or off: a detection in the present state, and the union of the lane group's detectors."""
    group = groups[link["group"]]
    slot, row = slots[group["slot"]], arrivals[link["group"]]
    state, age = slot["state"], t - slot["since"]
    _settle(group, slot, row, t, q)
    if on:
        if state == GREEN:
            row["stop_green"] += 1
            row["age_hits"][min(age // AGE, AGES - 1)] += 1
        elif state == YELLOW and age <= q.most_clearance:
            row["stop_yellow"] += 1
        elif state == RED:
            row["stop_red"] += 1
        else:
            row["stop_unknown"] += 1
    was = link["on"]
    if was < 0 or (was == 1 and on and t - link["changed"] > q.rapid) or (was == 0 and not on):
        group["doubtful"] = 1  # what it was before, or what lay between, was not told
    group["on"] += (1 if on else 0) - max(was, 0)
    group["seen"], link["on"], link["changed"] = 1, 1 if on else 0, t


@njit(cache=True, nogil=True, error_model="numpy")
def _change(
    k: int, t: int, code: int, slots: Rows, states: Rows, groups: Rows, links: Rows, ring: I64, arrivals: Rows, ends: I64, part: I64,
    q: MeasureParameters,
) -> None:
    """Phase k begins green (1), ends it (7, 8), or is red from the first of 9, 10, 11 and 12 on: sources give one or all of them."""
    slot, row = slots[k], states[k]
    state = slot["state"]
    if code == 1:
        _bring(k, t, t, slots, states, groups, links, ring, arrivals, ends, part, q)
        if state == RED and slot["cycle_start"] >= 0:
            _measure(t - slot["cycle_start"], row["cycle"])
        elif state != UNKNOWN and state != RED:
            row["invalid"] += 1
        slot["state"], slot["since"], slot["green_start"], slot["cycle_start"] = GREEN, t, t, t
    elif (code == 7 or code == 8) and state == GREEN:
        _bring(k, t, t, slots, states, groups, links, ring, arrivals, ends, part, q)
        _measure(t - slot["green_start"], row["green"])
        slot["state"], slot["since"] = YELLOW, t
    elif code == 8 and state != YELLOW:  # the green before it was not told
        _bring(k, t, t, slots, states, groups, links, ring, arrivals, ends, part, q)
        row["invalid"] += 1 if state == RED else 0
        slot["state"], slot["since"], slot["green_start"], slot["cycle_start"] = YELLOW, t, -1, -1
    elif code == 11 and state == RED:
        if slot["red_start"] >= 0 and t - slot["red_start"] <= q.most_clearance:
            _measure(t - slot["red_start"], row["clearance"])
        slot["red_start"] = -1
    elif code >= 9 and state != RED and (state != GREEN or t > slot["since"]):  # at one time, an end of red is sorted after the green
        _bring(k, t, t, slots, states, groups, links, ring, arrivals, ends, part, q)
        whole = state == YELLOW and slot["green_start"] >= 0 and t - slot["since"] <= q.most_clearance
        if whole:
            _measure(t - slot["green_start"], row["service"])
        row["invalid"] += 1 if state == YELLOW and not whole else 0
        row["lost_yellow"] += 1 if state == GREEN else 0
        slot["state"], slot["since"], slot["green_start"] = RED, t, t if whole else -1
        slot["red_start"] = t if code <= 10 else -1
    else:
        return
    g = slot["group"]
    while g >= 0:
        _turn(groups[g], slot, arrivals[g], t, state, q.red_window)
        g = groups[g]["next"]


@njit(cache=True, nogil=True, error_model="numpy")
def _measure(ms: int, sums: I64) -> None:
    """Adds a duration to (n, sum, min, max)."""
    sums[2] = ms if sums[0] == 0 else min(sums[2], ms)
    sums[3] = max(sums[3], ms)
    sums[0] += 1
    sums[1] += ms


@njit(cache=True, nogil=True, error_model="numpy")
def _turn(group: Record, slot: Record, row: Record, t: int, before: int, red_window: int) -> None:
    """A lane group when its phase has just turned from state `before`: delay of the cycle that ends, judging of the green."""
    state = slot["state"]
    if state == GREEN:
        row["not_judged"] += 1 if group["judging"] != LAPSED else 0
        if before == RED and not group["broken"]:
            row["delay_ms"] += group["red_n"] * t - group["red_sum"]
            row["delay_n"] += group["cycle_n"]
        group["red_n"], group["red_sum"], group["cycle_n"], group["broken"] = 0, 0, 0, 0
        group["green_on"], group["green_ms"], group["doubtful"] = 0, 0, 0 if group["seen"] else 1
        group["judging"] = OPEN if group["lanes"] > 0 else LAPSED
    elif state == YELLOW and before == GREEN:
        group["green_ms"] = t - slot["green_start"]
    elif state == RED and slot["green_start"] >= 0:
        if group["judging"] == OPEN:
            group["judging"], group["red_end"], group["red_on"] = AFTER, t + red_window, 0
    else:
        row["not_judged"] += 1 if group["judging"] != LAPSED else 0
        group["judging"] = LAPSED
        group["broken"] |= 1 if state == YELLOW else 0
