"""How greens end and how long calls wait: one pass over events, exact wherever the stream is cut.

A vehicle's wait runs from the last call (43), or from the end of green (7) while its call stays, to begin of green. A pedestrian's runs
from the first push (90, or 45) after a walk to the next walk (21). Each belongs to the bin in which it ended.
"""

from __future__ import annotations

from numba import njit

from signals.kernels.columns import I64, EventColumns
from signals.kernels.measures_columns import NEED_ROOM, NEED_SLOT, NEVER, PHASES, Record, RequestState, Rows, Silence, Work
from signals.measures_parameters import MeasureParameters


@njit(cache=True, nogil=True, error_model="numpy")
def observe_requests(
    events: EventColumns, begin: int, s: RequestState, silence: Silence, q: MeasureParameters, out: Rows, work: Work
) -> int:
    """Take in events from row `begin` on, as `measures.observe` does; the row it stopped at, `work` says why."""
    time, device, code, parameter = events.time, events.device, events.code, events.parameter
    devices, slot_of = s.devices, s.slot_of
    work.stop[0] = 0
    for i in range(begin, time.size):
        t, d, c, v = time[i], device[i], code[i], parameter[i]
        dev = devices[d]
        last = dev["last"]
        if (t == last) & (c == dev["last_code"]) & (v == dev["last_parameter"]):  # & does not branch
            continue
        if t >= dev["bin_end"] or t - last > silence.least:
            if last == NEVER:
                dev["bin_end"] = (t // q.bin + 1) * q.bin
            elif not _advance(d, t, _lapse(last, silence.start, silence.most, q.utc_offset), s, q, out, work.rows):
                work.stop[0], work.stop[1] = NEED_ROOM, d
                return i
        if c < 81 or c == 90:
            if c > 0 and (c <= 12 or 21 <= c <= 23 or 43 <= c <= 45 or c == 90) and 0 <= v < PHASES:
                k = slot_of[d, v]
                if k < 0 and (c == 1 or 4 <= c <= 12 or c == 21 or c == 43 or c == 45 or c == 90):
                    work.stop[0], work.stop[1], work.stop[2] = NEED_SLOT, d, v
                    return i
                if k >= 0:
                    if c <= 12:
                        _phase(s.slots[k], s.rows[k], dev, t, c, q)
                    else:
                        _request(s.slots[k], s.rows[k], dev, t, c)
        elif c >= 102:
            if c == 102 or c == 105:
                dev["preempt_end"] = t + q.longest_preempt
            elif c == 104 or c == 111:
                dev["preempt_end"] = t + q.preempt_recovery
            elif c == 113 or c == 114:
                dev["adjusted"] = t
            elif c == 132 or c == 316:
                dev["cycle"] = 1000 * max(v, 0)
            elif c == 181 or c == 182 or c == 184:
                _forget(d, devices, s.slots)
        dev["last"], dev["last_code"], dev["last_parameter"], dev["touched"] = t, c, v, 1
    return time.size


@njit(cache=True, nogil=True, error_model="numpy")
def close_requests(
    until: int, final: bool, begin: int, s: RequestState, silence: Silence, q: MeasureParameters, out: Rows, work: Work
) -> int:
    """As `measures.close`."""
    work.stop[0] = 0
    for d in range(begin, s.devices.size):
        last = s.devices[d]["last"]
        if last == NEVER:
            continue
        allowed = -1 if final else _lapse(last, silence.start, silence.most, q.utc_offset)
        if until - last > allowed and not _advance(d, until, allowed, s, q, out, work.rows):
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
def _advance(d: int, t: int, allowed: int, s: RequestState, q: MeasureParameters, out: Rows, rows: I64) -> bool:
    """Close the bins of device d that end by `t`; false: no room for their rows. After a silence no wait goes on."""
    dev = s.devices[d]
    last = dev["last"]
    silent = t - last > allowed
    if silent:
        _forget(d, s.devices, s.slots)
    while dev["bin_end"] <= t:
        end = dev["bin_end"]
        if dev["touched"]:
            if rows[0] + dev["count"] > out.size:
                return False
            k = dev["first"]
            while k >= 0:
                row = rows[0]
                out[row] = s.rows[k]
                out[row]["bin"], out[row]["device"], out[row]["phase"] = end - q.bin, d, s.slots[k]["phase"]
                s.rows[k] = s.none[0]
                rows[0] += 1
                k = s.slots[k]["next"]
        if silent:
            dev["touched"] = 0
            dev["bin_end"] = (t // q.bin + 1) * q.bin
            break
        dev["bin_end"] = end + q.bin
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _forget(d: int, devices: Rows, slots: Rows) -> None:
    """Whatever waited, nobody knows since when."""
    k = devices[d]["first"]
    while k >= 0:
        slot = slots[k]
        slot["wait_since"], slot["ped_since"], slot["green"], slot["called"], slot["walking"] = -1, -1, -1, 0, 0
        k = slot["next"]


@njit(cache=True, nogil=True, error_model="numpy")
def _phase(slot: Record, row: Record, dev: Record, t: int, code: int, q: MeasureParameters) -> None:
    """Begin and end of green, and why it ended."""
    if code == 1:
        row["greens"] += 1
        if slot["wait_since"] >= 0:
            _served(slot, row, dev, t, q)
        slot["green"], slot["wait_since"] = 1, -1
    elif code == 4:
        row["gap_outs"] += 1
    elif code == 5:
        row["max_outs"] += 1
    elif code == 6:
        row["force_offs"] += 1
    elif code >= 7:
        if slot["green"] == 1:
            row["ends"] += 1
            slot["wait_since"] = t if slot["called"] and code <= 8 else -1
            slot["cycle_then"] = dev["cycle"]
        slot["green"] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def _served(slot: Record, row: Record, dev: Record, t: int, q: MeasureParameters) -> None:
    """A wait ends with green; one that a preemption touched is left out, and one of more than 1.5 cycles is a skip."""
    wait = t - slot["wait_since"]
    if slot["wait_since"] < dev["preempt_end"]:
        row["waits_dropped"] += 1
        return
    _measure(wait, row["wait"])
    then = slot["cycle_then"] if slot["cycle_then"] > 0 else q.assumed_cycle
    now = dev["cycle"] if dev["cycle"] > 0 else q.assumed_cycle
    percent = q.skip_percent_priority if dev["adjusted"] >= slot["wait_since"] else q.skip_percent
    row["skips"] += 1 if 100 * wait > percent * max(then, now) else 0


@njit(cache=True, nogil=True, error_model="numpy")
def _request(slot: Record, row: Record, dev: Record, t: int, code: int) -> None:
    """Calls of vehicles and pedestrians, and walks."""
    if code == 43:
        row["calls"] += 1
        slot["called"] = 1
        if slot["green"] == 0:  # a call can only come anew when the one before was dropped
            slot["wait_since"], slot["cycle_then"] = t, dev["cycle"]
    elif code == 44:
        slot["called"], slot["wait_since"] = 0, -1
    elif code == 45 or code == 90:
        row["ped_calls"] += 1 if code == 90 else 0
        if slot["walking"] == 0 and slot["ped_since"] < 0:
            slot["ped_since"] = t
    elif code == 21:
        row["walks"] += 1
        if slot["ped_since"] >= 0:
            _measure(t - slot["ped_since"], row["ped"])
        slot["ped_since"], slot["walking"] = -1, 1
    else:
        if slot["walking"] == 0:
            slot["ped_since"] = -1  # the walk was not told
        slot["walking"] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def _measure(ms: int, sums: I64) -> None:
    """Adds a duration to (n, sum, min, max)."""
    sums[2] = ms if sums[0] == 0 else min(sums[2], ms)
    sums[3] = max(sums[3], ms)
    sums[0] += 1
    sums[1] += ms
