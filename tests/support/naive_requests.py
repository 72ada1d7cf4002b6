"""Requests, detectors and devices by the book, as `naive_measures` does states and lane groups."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from signals.measures_parameters import MeasureParameters
from tests.support.naive_measures import Event, Figures, add, allowed_silence, breaks, measure, overlap


def requests(events: list[Event], phases: list[int], q: MeasureParameters) -> Figures:
    """By (bin, phase): how greens ended, waits of vehicles and pedestrians."""
    found: Figures = {}
    lost = [t for t, _ in breaks(events, q)]
    cycles = [(t, 1000 * v) for t, c, v in events if c in (132, 316)]
    counted = {1: "greens", 4: "gap_outs", 5: "max_outs", 6: "force_offs", 43: "calls", 21: "walks", 90: "ped_calls"}
    for phase in phases:
        mine = [(t, c) for t, c, v in events if v == phase and (c < 81 or c == 90)]
        for i, (t, c) in enumerate(mine):
            key = (t - t % q.bin, phase)
            if c in counted:
                add(found, key, counted[c], 1)
            before = mine[:i]
            if 7 <= c <= 12 and _last(before, t, lost) == 1:
                add(found, key, "ends", 1)
            if c == 1:
                since = _waiting_since(before, t, lost)
                if since is not None and since < _preempted_until(events, t, q):
                    add(found, key, "waits_dropped", 1)
                elif since is not None:
                    measure(found, key, "wait", t - since)
                    lengths = _in_force(cycles, t), _in_force(cycles, since)
                    adjusted = any(since <= at for at, code, _ in events if code in (113, 114) and at < t)
                    most = max(ms if ms > 0 else q.assumed_cycle for ms in lengths)
                    add(found, key, "skips", int(t - since > (2.0 if adjusted else 1.5) * most))
            if c == 21:
                pushed = _pushed_since(before, t, lost)
                if pushed is not None:
                    measure(found, key, "ped", t - pushed)
    return found


def _in_force(cycles: list[tuple[int, int]], at: int) -> int:
    """Cycle length in force at a moment; at one time, the code of a cycle length comes after those of phases."""
    earlier = [ms for t, ms in cycles if t < at]
    return earlier[-1] if earlier else 0


def _preempted_until(events: list[Event], t: int, q: MeasureParameters) -> int:
    """Waits that began before this are left out at `t`: what the last word of a preemption said of its end."""
    words = [(at, c) for at, c, _ in events if c in (102, 104, 105, 111) and at < t]
    if not words:
        return -1
    at, c = words[-1]
    return at + (q.longest_preempt if c in (102, 105) else q.preempt_recovery)


def _last(before: list[tuple[int, int]], t: int, lost: list[int]) -> int | None:
    """The last of the codes that begin or end a green, of those known at `t`."""
    horizon = max([at for at in lost if at < t], default=-1)
    known = [c for at, c in before if (c == 1 or 7 <= c <= 12) and at > horizon]
    return known[-1] if known else None


def _waiting_since(before: list[tuple[int, int]], t: int, lost: list[int]) -> int | None:
    horizon = max([at for at in lost if at < t], default=-1)
    known = [(at, c) for at, c in before if at > horizon]
    since, green, called = None, None, False
    for at, c in known:
        if c == 1:
            green, since = True, None
        elif c == 43:
            called, since = True, at if green is False else since
        elif c == 44:
            called, since = False, None
        elif 7 <= c <= 12:
            if green:
                since = at if called and c <= 8 else None
            green = False
    return since


def _pushed_since(before: list[tuple[int, int]], t: int, lost: list[int]) -> int | None:
    horizon = max([at for at in lost if at < t], default=-1)
    since, walking = None, False
    for at, c in before:
        if at <= horizon:
            continue
        if c in (45, 90) and not walking and since is None:
            since = at
        elif c == 21:
            since, walking = None, True
        elif c in (22, 23):
            since, walking = (since if walking else None), False
    return since


def detectors(events: list[Event], channels: list[int], q: MeasureParameters) -> Figures:
    """By (bin, channel)."""
    found: Figures = {}
    words = ("other_faults", "watchdog_faults", "open_loop_faults", "shorted_faults", "excessive_faults")
    names = dict(enumerate(words, 84))
    silent = [(a, b) for (a, _, _), (b, _, _) in pairwise(events) if b - a > allowed_silence(a, q)]
    for channel in channels:
        mine = [(t, c) for t, c, v in events if v == channel and 81 <= c <= 88]
        state, faulty = None, None
        items = [(t, 0, c) for t, c in mine] + [(t, 1, 0) for t, _ in breaks(events, q)]
        for t, losing, c in sorted(items):
            key = (t - t % q.bin, channel)
            if losing or c in (81, 82):
                if state is not None:
                    _lasted(found, channel, state, t, q)
                if not losing:
                    add(found, key, "hits", int(c == 82))
                    add(found, key, "unpaired", int(state is not None and state[1] == c))
                on_since = state[2] if state is not None and state[1] == c == 82 else t
                state = None if losing else (t, c, on_since)
            elif c == 83:
                add(found, key, "restored", 1)
                _faulty(found, channel, faulty, t, silent, q)
                faulty = None
            else:
                add(found, key, names[c], 1)
                faulty = t if faulty is None else faulty
        _faulty(found, channel, faulty, events[-1][0], silent, q)
    return found


def _lasted(found: Figures, channel: int, state: tuple[int, int, int], t: int, q: MeasureParameters) -> None:
    begun, code, on_since = state
    for start in range(begun - begun % q.bin, t, q.bin):
        ms = overlap(begun, t, start, start + q.bin)
        add(found, (start, channel), "known_ms", ms)
        if code == 82 and ms:
            add(found, (start, channel), "on_ms", ms)
            row = found[(start, channel)]
            row["longest_on"] = max(row.get("longest_on", 0), min(t, start + q.bin) - on_since)


def _faulty(found: Figures, channel: int, since: int | None, t: int, silent: list[tuple[int, int]], q: MeasureParameters) -> None:
    if since is None:
        return
    for start in range(since - since % q.bin, t, q.bin):
        a, b = max(since, start), min(t, start + q.bin)
        add(found, (start, channel), "faulty_ms", b - a - sum(overlap(a, b, *gap) for gap in silent))


def devices(events: list[Event], listed: list[int], q: MeasureParameters) -> Figures:
    """By (bin,)."""
    found: Figures = {}
    sub: dict[int, list[int]] = defaultdict(list)
    for t, c, v in events:
        key = (t - t % q.bin,)
        add(found, key, "events", 1)
        vendor = c > 218 and not 100_000 < c <= 100_007
        add(found, key, "vendor_codes", int(vendor))
        add(found, key, "unlisted", int(81 <= c <= 88 and v not in listed))
        add(found, key, "clock_updates", int(c == 181))
        if not vendor:
            sub[t // q.sub_bin].append(t)
    for times in sub.values():
        if len(times) >= q.sub_bin_events:
            third = times[q.sub_bin_events - 1]
            add(found, (third - third % q.bin,), "sub_bins", 1)
    for (a, _, _), (b, _, _) in pairwise(events):
        if b - a <= allowed_silence(a, q):
            for start in range(a - a % q.bin, b, q.bin):
                add(found, (start,), "observed_ms", overlap(a, b, start, start + q.bin))
    return found
