"""What detectors and devices tell of themselves: one pass over events, exact wherever the stream is cut."""

from __future__ import annotations

from numba import njit

from signals.kernels.columns import I64, EventColumns
from signals.kernels.measures_columns import NEED_ROOM, NEVER, PHASES, Record, Rows, Silence, WatchState, Work
from signals.measures_parameters import MeasureParameters


@njit(cache=True, nogil=True, error_model="numpy")
def observe_detectors(
    events: EventColumns, begin: int, s: WatchState, silence: Silence, q: MeasureParameters, channels: Rows, devices: Rows, work: Work
) -> int:
    """Take in events from row `begin` on, as `measures.observe` does; the row it stopped at, `work` says why."""
    time, device, code, parameter = events.time, events.device, events.code, events.parameter
    watched, opened, start, detector_of = s.devices, s.open, s.channel_start, s.detector_of
    work.stop[0] = 0
    for i in range(begin, time.size):
        t, d, c, v = time[i], device[i], code[i], parameter[i]
        dev, row = watched[d], opened[d]
        last = dev["last"]
        if (t == last) & (c == dev["last_code"]) & (v == dev["last_parameter"]):  # & does not branch
            row["duplicates"] += 1
            continue
        if t >= dev["bin_end"] or t - last > silence.least:
            if last == NEVER:
                dev["bin_end"], dev["accounted"] = (t // q.bin + 1) * q.bin, t
            elif not _advance(d, t, _lapse(last, silence.start, silence.most, q.utc_offset), s, q, channels, devices, work.rows):
                work.stop[0], work.stop[1] = NEED_ROOM, d
                return i
        row["events"] += 1
        if c <= 218 or 100_000 < c <= 100_007:
            if t >= dev["sub_end"]:
                dev["sub_end"], dev["sub_events"] = (t // q.sub_bin + 1) * q.sub_bin, 0
            dev["sub_events"] += 1
            row["sub_bins"] += 1 if dev["sub_events"] == q.sub_bin_events else 0
        else:
            row["vendor_codes"] += 1
        if 81 <= c <= 88:
            k = detector_of[start[d] + v] if 0 <= v < start[d + 1] - start[d] else -1
            if k >= 0:
                _tell(s.channels[k], s.rows[k], t, c)
            else:
                row["unlisted"] += 1
        elif c == 181:
            row["clock_updates"] += 1
        elif 0 < c <= 12 and not 0 <= v < PHASES:
            row["unlisted"] += 1
        if c == 181 or c == 182 or c == 184:
            _forget(d, t, s)
        dev["last"], dev["last_code"], dev["last_parameter"], dev["touched"] = t, c, v, 1
    return time.size


@njit(cache=True, nogil=True, error_model="numpy")
def close_detectors(
    until: int, final: bool, begin: int, s: WatchState, silence: Silence, q: MeasureParameters, channels: Rows, devices: Rows,
    work: Work,
) -> int:
    """As `measures.close`."""
    work.stop[0] = 0
    for d in range(begin, s.devices.size):
        last = s.devices[d]["last"]
        if last == NEVER:
            continue
        allowed = -1 if final else _lapse(last, silence.start, silence.most, q.utc_offset)
        if until - last > allowed and not _advance(d, until, allowed, s, q, channels, devices, work.rows):
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
def _advance(d: int, t: int, allowed: int, s: WatchState, q: MeasureParameters, channels: Rows, devices: Rows, rows: I64) -> bool:
    """Close the bins of device d that end by `t`; false: no room for their rows. A silence counts for nothing, from its begin."""
    dev = s.devices[d]
    last = dev["last"]
    first, end_channel = s.channel_start[d], s.channel_start[d + 1]
    silent = t - last > allowed
    if silent:
        s.open[d]["observed_ms"] += max(last - dev["accounted"], 0)
        dev["accounted"] = max(last, dev["accounted"])
        _forget(d, last, s)
    while dev["bin_end"] <= t:
        end = dev["bin_end"]
        if not silent:
            s.open[d]["observed_ms"] += end - dev["accounted"]
            dev["accounted"] = end
        if dev["touched"]:
            if rows[0] + end_channel - first > channels.size or rows[1] == devices.size:
                return False
            for c in range(first, end_channel):
                k = s.detector_of[c]
                if k >= 0:
                    if not silent:
                        _account(s.channels[k], s.rows[k], end)
                    channels[rows[0]] = s.rows[k]
                    channels[rows[0]]["bin"], channels[rows[0]]["device"] = end - q.bin, d
                    channels[rows[0]]["channel"] = s.channels[k]["channel"]
                    s.rows[k] = s.no_channel[0]
                    rows[0] += 1
            devices[rows[1]] = s.open[d]
            devices[rows[1]]["bin"], devices[rows[1]]["device"] = end - q.bin, d
            s.open[d] = s.no_device[0]
            rows[1] += 1
        if silent:
            dev["touched"] = 0
            dev["bin_end"] = (t // q.bin + 1) * q.bin
            break
        dev["bin_end"] = end + q.bin
    if silent:
        dev["accounted"] = t
        for c in range(first, end_channel):
            if s.detector_of[c] >= 0:
                s.channels[s.detector_of[c]]["since"] = t
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _forget(d: int, t: int, s: WatchState) -> None:
    """From `t` on nobody knows whether the detectors of device d are on. A fault lasts until it is restored."""
    for c in range(s.channel_start[d], s.channel_start[d + 1]):
        k = s.detector_of[c]
        if k >= 0:
            _account(s.channels[k], s.rows[k], t)
            s.channels[k]["state"] = -1


@njit(cache=True, nogil=True, error_model="numpy")
def _account(channel: Record, row: Record, t: int) -> None:
    """The detector has been as it is up to `t`."""
    lasted = t - channel["since"]
    if lasted <= 0:
        return
    if channel["state"] >= 0:
        row["known_ms"] += lasted
    if channel["state"] == 1:
        row["on_ms"] += lasted
        row["longest_on"] = max(row["longest_on"], t - channel["on_since"])
    if channel["faulty"]:
        row["faulty_ms"] += lasted
    channel["since"] = t


@njit(cache=True, nogil=True, error_model="numpy")
def _tell(channel: Record, row: Record, t: int, code: int) -> None:
    """On, off, restored or one of the faults."""
    _account(channel, row, t)
    channel["since"] = t
    if code == 82:
        row["hits"] += 1
        row["unpaired"] += 1 if channel["state"] == 1 else 0
        if channel["state"] != 1:
            channel["on_since"] = t
        channel["state"] = 1
    elif code == 81:
        row["unpaired"] += 1 if channel["state"] == 0 else 0
        channel["state"] = 0
    elif code == 83:
        row["restored"] += 1
        channel["faulty"] = 0
    else:
        channel["faulty"] = 1
        if code == 84:
            row["other_faults"] += 1
        elif code == 85:
            row["watchdog_faults"] += 1
        elif code == 86:
            row["open_loop_faults"] += 1
        elif code == 87:
            row["shorted_faults"] += 1
        else:
            row["excessive_faults"] += 1
