"""The measures of one device by the book, from its whole list of events: timelines and overlaps instead of states and sums.

An event is (time ms, code, parameter). Every figure is {(bin start, phase or channel, …): {name: value}}; zero figures are left out.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from signals.measures_parameters import DAY, SILENCES, MeasureParameters

Event = tuple[int, int, int]
Figures = dict[Any, dict[str, Any]]
UNKNOWN, GREEN, YELLOW, RED = 0, 1, 2, 3
LOSING = (181, 182, 184)


class Detector(NamedTuple):
    channel: int
    phases: tuple[int, ...]
    approach: int
    stopbar: bool
    shift: int


def allowed_silence(at: int, q: MeasureParameters) -> int:
    clock = (at + q.utc_offset) % DAY
    earlier = [most for start, most in sorted(SILENCES) if start <= clock]
    return earlier[-1] if earlier else sorted(SILENCES)[-1][1]


def in_line(events: list[Event]) -> list[Event]:
    """Sorted, without exact repetitions."""
    ordered = sorted(events)
    return [one for i, one in enumerate(ordered) if i == 0 or one != ordered[i - 1]]


def breaks(events: list[Event], q: MeasureParameters) -> list[tuple[int, int]]:
    """(time, blind until): moments after which nothing is known, and phases are not believed before the second."""
    found = [(t, t + q.clock_doubt if c == 181 else t) for t, c, _ in events if c in LOSING]
    for (a, _, _), (b, _, _) in pairwise(events):
        if b - a > allowed_silence(a, q):
            found.append((a, a))
    return [*sorted(found), (events[-1][0], events[-1][0])]


@dataclass
class Span:
    state: int
    start: int
    end: int
    broken: bool = False
    """it ended because knowledge was lost: its last moment still belongs to it"""


@dataclass
class Timeline:
    """What one phase did."""

    spans: list[Span] = field(default_factory=list)
    turns: list[tuple[int, int, int, bool]] = field(default_factory=list)
    """(time, state before, state after, whole): whole is a yellow between a green and a red in time"""
    greens: list[tuple[int, int]] = field(default_factory=list)
    services: list[tuple[int, int]] = field(default_factory=list)
    clearances: list[tuple[int, int]] = field(default_factory=list)
    cycles: list[tuple[int, int]] = field(default_factory=list)
    lost_yellow: list[int] = field(default_factory=list)
    invalid: list[int] = field(default_factory=list)

    def at(self, time: int) -> int:
        starts = [span.start for span in self.spans]
        for span in reversed(self.spans[: bisect_right(starts, time)]):
            if time < span.end or (time == span.end and span.broken):
                return span.state
        return UNKNOWN


def timeline(events: list[Event], phase: int, q: MeasureParameters) -> Timeline:
    line, state, since = Timeline(), UNKNOWN, 0
    green = cycle = red = None
    blind = -1
    items = [(t, 0, c) for t, c, v in events if v == phase and (c == 1 or 7 <= c <= 12)]
    items += [(t, 1, until) for t, until in breaks(events, q)]

    def turn(t: int, to: int, whole: bool = False) -> None:
        nonlocal state, since
        _lay(line.spans, state, since, t, q)
        line.turns.append((t, state, to, whole))
        state, since = to, t

    for t, losing, c in sorted(items):
        if losing:
            known = state != UNKNOWN
            turn(t, UNKNOWN)
            if known:
                line.spans[-1].broken = True
            blind, green, cycle, red = max(blind, c), None, None, None
        elif t < blind:
            continue
        elif c == 1:
            if state == RED and cycle is not None:
                line.cycles.append((cycle, t))
            if state in (GREEN, YELLOW):
                line.invalid.append(t)
            turn(t, GREEN)
            green = cycle = t
        elif c in (7, 8) and state == GREEN:
            line.greens.append((green or 0, t))
            turn(t, YELLOW)
        elif c == 8 and state != YELLOW:
            if state == RED:
                line.invalid.append(t)
            turn(t, YELLOW)
            green = cycle = None
        elif c == 11 and state == RED:
            if red is not None and t - red <= q.most_clearance:
                line.clearances.append((red, t))
            red = None
        elif c >= 9 and state != RED and not (state == GREEN and t == since):
            whole = state == YELLOW and green is not None and t - since <= q.most_clearance
            if whole:
                line.services.append((green or 0, t))
            elif state == YELLOW:
                line.invalid.append(t)
            if state == GREEN:
                line.lost_yellow.append(t)
            turn(t, RED, whole)
            red, green = (t if c in (9, 10) else None), None
    return line


def _lay(spans: list[Span], state: int, since: int, t: int, q: MeasureParameters) -> None:
    if state == YELLOW and t - since > q.most_clearance:
        spans.append(Span(YELLOW, since, since + q.most_clearance, True))
    elif state != UNKNOWN:
        spans.append(Span(state, since, t))


def add(figures: Figures, key: Any, name: str, value: int) -> None:
    if value:
        row = figures.setdefault(key, {})
        row[name] = row.get(name, 0) + value


def measure(figures: Figures, key: Any, name: str, ms: int) -> None:
    n, total, least, most = figures.setdefault(key, {}).get(name, (0, 0, ms, ms))
    figures[key][name] = (n + 1, total + ms, min(least, ms), max(most, ms))


def overlap(a: int, b: int, c: int, d: int) -> int:
    return max(min(b, d) - max(a, c), 0)


def states(events: list[Event], phases: list[int], q: MeasureParameters) -> Figures:
    """By (bin, phase)."""
    found: Figures = {}
    for phase in phases:
        line = timeline(events, phase, q)
        for span in line.spans:
            for start in range(span.start - span.start % q.bin, span.end, q.bin):
                ms = overlap(span.start, span.end, start, start + q.bin)
                add(found, (start, phase), {GREEN: "green_ms", YELLOW: "yellow_ms", RED: "red_ms"}[span.state], ms)
                if span.state == GREEN:
                    for j in range(30):
                        end = span.start + 2000 * (j + 1) if j < 29 else 2**62
                        lies = overlap(max(span.start, start), min(span.end, start + q.bin), span.start + 2000 * j, end)
                        add(found, (start, phase), f"age_ms_{j}", lies)
        named = {"green": line.greens, "service": line.services, "clearance": line.clearances, "cycle": line.cycles}
        for name, lasted in named.items():
            for a, b in lasted:
                measure(found, (b - b % q.bin, phase), name, b - a)
        for name, times in (("lost_yellow", line.lost_yellow), ("invalid", line.invalid)):
            for t in times:
                add(found, (t - t % q.bin, phase), name, 1)
    return found


def groups(events: list[Event], detectors: list[Detector], q: MeasureParameters) -> Figures:
    """By (bin, phase, approach)."""
    found: Figures = {}
    for phase, approach in sorted({(p, one.approach) for one in detectors for p in one.phases}):
        line = timeline(events, phase, q)
        mine = [one for one in detectors if phase in one.phases and one.approach == approach]
        arrivals = [t + one.shift for one in mine if not one.stopbar for t, c, v in events if c == 82 and v == one.channel]
        _arrivals(found, (phase, approach), line, sorted(arrivals), q)
        stops = [one for one in mine if one.stopbar]
        for t in (t for one in stops for t, c, v in events if c == 82 and v == one.channel):
            name = {GREEN: "stop_green", YELLOW: "stop_yellow", RED: "stop_red", UNKNOWN: "stop_unknown"}[line.at(t)]
            add(found, (t - t % q.bin, phase, approach), name, 1)
            if line.at(t) == GREEN:
                begun = max(a for a, _, to, _ in line.turns if to == GREEN and a <= t)
                add(found, (t - t % q.bin, phase, approach), f"age_hits_{min((t - begun) // 2000, 29)}", 1)
        if stops:
            _judge(found, (phase, approach), line, events, [one.channel for one in stops], q)
    return found


def _arrivals(found: Figures, key: tuple[int, int], line: Timeline, arrivals: list[int], q: MeasureParameters) -> None:
    names = {GREEN: "green", YELLOW: "yellow", RED: "red", UNKNOWN: "unknown"}
    for s in arrivals:
        add(found, (s - s % q.bin, *key), names[line.at(s)], 1)
    reset, broken = -(2**62), True
    for t, before, to, _ in line.turns:
        if to == GREEN:
            came = [s for s in arrivals if reset <= s < t]
            if before == RED and not broken and all(line.at(s) != UNKNOWN for s in came):
                add(found, (t - t % q.bin, *key), "delay_ms", sum(t - s for s in came if line.at(s) == RED))
                add(found, (t - t % q.bin, *key), "delay_n", len(came))
            reset, broken = t, False
        elif to == UNKNOWN or (to == YELLOW and before != GREEN):
            broken = True


def _judge(
    found: Figures, key: tuple[int, int], line: Timeline, events: list[Event], channels: list[int], q: MeasureParameters
) -> None:
    union, doubts, seen = occupancy(events, channels, q)
    for i, (g, _, to, _) in enumerate(line.turns):
        if to != GREEN:
            continue
        later = line.turns[i + 1 :]
        if len(later) >= 2 and later[0][2] == YELLOW and later[1][2] == RED and later[1][3]:
            y, r = later[0][0], later[1][0]
            end = r + q.red_window
            after = later[2][0] if len(later) > 2 else None
            if after is None or after > end:
                bin_key = (end - end % q.bin, *key)
                known = any(a <= g < b for a, b in seen) and not any(g <= t <= end for t in doubts)
                if not known or y <= g:
                    add(found, bin_key, "not_judged", 1)
                    continue
                green = sum(overlap(a, b, g, y) for a, b in union)
                red = sum(overlap(a, b, r, end) for a, b in union)
                add(found, bin_key, "judged", 1)
                add(found, bin_key, "judged_green_ms", y - g)
                add(found, bin_key, "occupied_green_ms", green)
                add(found, bin_key, "occupied_red_ms", red)
                add(found, bin_key, "failures", int(green / (y - g) >= 0.8 and red / q.red_window >= 0.8))
                continue
            cut = after
        else:
            bad = [t for t, before, after, whole in later if not (before == GREEN and after == YELLOW)]
            cut = bad[0]
        add(found, (cut - cut % q.bin, *key), "not_judged", 1)


def occupancy(
    events: list[Event], channels: list[int], q: MeasureParameters
) -> tuple[list[tuple[int, int]], list[int], list[tuple[int, int]]]:
    """(spans in which any detector is on, moments of doubt, spans in which one has been heard of)."""
    state: dict[int, tuple[int, int]] = {}
    union, doubts, seen = [], [], []
    on_since = seen_since = None
    items = [(t, 0, c, v) for t, c, v in events if c in (81, 82) and v in channels] + [(t, 1, 0, 0) for t, _ in breaks(events, q)]
    for t, losing, c, v in sorted(items):
        if losing:
            if seen_since is not None:
                seen.append((seen_since, t + 1))
            if on_since is not None:
                union.append((on_since, t))
            state, on_since, seen_since = {}, None, None
            continue
        was = state.get(v)
        if was is None or (was[0] == 82 and c == 82 and t - was[1] > q.rapid) or (was[0] == 81 and c == 81):
            doubts.append(t)
        state[v] = (c, t)
        seen_since = t if seen_since is None else seen_since
        anything = any(code == 82 for code, _ in state.values())
        if anything and on_since is None:
            on_since = t
        elif not anything and on_since is not None:
            union.append((on_since, t))
            on_since = None
    return union, doubts, seen


def by_device(events: list[tuple[int, int, int, int]]) -> dict[int, list[Event]]:
    """Events (time, device, code, parameter) of each device, in line."""
    found: dict[int, list[Event]] = defaultdict(list)
    for t, d, c, v in events:
        found[d].append((t, c, v))
    return {d: in_line(some) for d, some in found.items()}
