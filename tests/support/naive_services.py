"""Services and occupied spells in plain Python, an event at a time, written from the rules and not from the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Green(NamedTuple):
    """A service; start -1: not seen."""

    phase: int
    start: int
    end: int
    plan: int
    termination: int
    lost: bool


def naive_services(events: Sequence[tuple[int, int, int]]) -> list[Green]:
    """Greens of phases from (time, code, parameter) in order: 1 begins, 8 ends; 9, 10 or another 1 tell that an 8 was lost."""
    open_since: dict[int, int] = {}
    reasons: dict[int, int] = {}
    plan, found = -1, []
    for time, code, value in events:
        if code == 131:
            plan = value
        if code in (4, 5, 6):
            reasons[value] = code
        ends = code == 8 or (code in (1, 9, 10) and value in open_since)
        if ends:
            start = open_since.pop(value, -1)
            found.append(Green(value, start, time, plan, reasons.get(value, -1), start < 0 or code != 8))
            reasons.pop(value, None)
        if code == 1:
            open_since[value] = time
            reasons.pop(value, None)
    return found


def naive_spells(events: Sequence[tuple[int, int, int]], chosen: set[int]) -> tuple[list[tuple[int, int]], list[int]]:
    """(begin, end) of the times in which any chosen channel was on, ends of 2^63 - 1 where still on; and all hits."""
    on: set[int] = set()
    spells: list[tuple[int, int]] = []
    hits = []
    for time, code, channel in events:
        if channel not in chosen:
            continue
        before = bool(on)
        if code == 82:
            hits.append(time)
            on.add(channel)
        elif code == 81:
            on.discard(channel)
        if on and not before:
            if spells and spells[-1][1] >= time:
                spells[-1] = (spells[-1][0], 2**63 - 1)
            else:
                spells.append((time, 2**63 - 1))
        elif before and not on:
            spells[-1] = (spells[-1][0], time)
    return spells, hits
