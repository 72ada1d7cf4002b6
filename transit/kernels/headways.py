"""Headways: observed ones as fading sums, planned ones out of the timetable, live ones of each vehicle, and holding.

A rider who comes at random waits Σh² / 2Σh = mean/2 · (1 + CV²) (Osuna & Newell 1972; TCQM, 3rd ed., ch. 5; TfL's QSI): the two
sums are all that is kept. They fade with exp(-age / memory), so they may be added over the stops of a line.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from transit.kernels.columns import F64, I32, I64, U8, ArrivalColumns
from transit.kernels.headway_columns import NEXT, CallScratch, HeadwaySums, Passings, PlannedHeadways, VehicleHeadways
from transit.supervision_parameters import HeadwayParameters

LIVE = 0
GAPS = 64
"""planned gaps of one slot about now that the median is taken of: one a minute"""


@njit(cache=True, nogil=True, error_model="numpy")
def observe(
    order: I64, departure: F64, vehicle: I32, pattern_stop: I32, slot_of: I32, passings: Passings, blind: float,
    q: HeadwayParameters, sums: HeadwaySums,
) -> int:
    """Take in departures, `order` by time; how many made no headway because they came too late to be put in order.

    A headway that began before `blind` (epoch s until which the feed was down) or is longer than `longest` is none; nor is one
    within which a bus passed unseen, as its next event shows. A departure told late, between the last two, splits their headway.
    """
    last, before, left_by, number, total, squares = sums.last, sums.before, sums.vehicle, sums.number, sums.total, sums.squares
    missed, first, seen = sums.missed, passings.first, passings.place
    ignored = 0
    for i in order:
        v, place, at = vehicle[i], pattern_stop[i], departure[i]
        k = slot_of[place]
        if not math.isnan(at):
            for unseen in range(seen[v] + 1 if first[place] <= seen[v] < place else first[place], place):
                if slot_of[unseen] >= 0 and missed[slot_of[unseen]] < at:
                    missed[slot_of[unseen]] = at
        seen[v] = place
        if k < 0 or math.isnan(at):
            continue
        h = at - last[k]
        if left_by[k] == v and abs(h) < q.again:
            continue
        if math.isnan(h):
            last[k], left_by[k] = at, v
        elif h >= 0.0:
            fading = math.exp(-h / q.memory)
            counts = 1.0 if last[k] >= max(blind, missed[k]) and h <= q.longest else 0.0
            number[k] = fading * number[k] + counts
            total[k] = fading * total[k] + counts * h
            squares[k] = fading * squares[k] + counts * h * h
            before[k] = last[k] if counts else np.nan
            last[k], left_by[k] = at, v
        elif before[k] <= at:
            weight, early, whole = math.exp(h / q.memory), at - before[k], last[k] - before[k]
            number[k] += weight
            total[k] += weight * early - h - whole
            squares[k] += weight * early * early + h * h - whole * whole
            before[k] = at
        elif math.isnan(before[k]) and at >= max(blind, missed[k]) and -h <= q.longest:
            number[k] += 1.0
            total[k] -= h
            squares[k] += h * h
            before[k] = at
        else:
            ignored += 1
    return ignored


@njit(cache=True, nogil=True, error_model="numpy")
def plan(now: float, start: I64, time: F64, q: HeadwayParameters, out: PlannedHeadways) -> None:
    """Planned gaps about `now`. Departures of slot k are `time[start[k] : start[k + 1]]`, epoch s, in order."""
    gaps = np.empty(GAPS)
    for k in range(start.size - 1):
        count, total, squares = 0, 0.0, 0.0
        for i in range(start[k], start[k + 1] - 1):
            gap = time[i + 1] - time[i]
            if time[i] > now + q.window:
                break
            if gap > q.longest:
                continue
            if time[i + 1] <= now:
                weight = math.exp((time[i + 1] - now) / q.memory)
                total += weight * gap
                squares += weight * gap * gap
            if count < GAPS and time[i] <= now + q.window and time[i + 1] >= now - q.window:
                at = count
                while at > 0 and gaps[at - 1] > gap:
                    gaps[at] = gaps[at - 1]
                    at -= 1
                gaps[at] = gap
                count += 1
        out.total[k], out.squares[k] = total, squares
        out.typical[k] = gaps[count // 2] if count else np.nan
        out.least[k] = gaps[0] if count else np.nan
        out.most[k] = gaps[count - 1] if count else np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def next_calls(arrivals: ArrivalColumns, slot_of: I32, scratch: CallScratch) -> None:
    """The first NEXT calls of each slot, in the order of `arrivals` (by arrival within a stop), and the first of each vehicle."""
    vehicle, pattern_stop, arrival = arrivals.vehicle, arrivals.pattern_stop, arrivals.arrival
    number, rows, first = scratch.number, scratch.row, scratch.first
    number[:] = 0
    first[:] = -1
    for row in range(vehicle.size):
        v, k = vehicle[row], slot_of[pattern_stop[row]]
        if first[v] < 0 or arrival[row] < arrival[first[v]]:
            first[v] = row
        if k >= 0 and number[k] < NEXT:
            rows[k, number[k]] = row
            number[k] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def vehicle_headways(
    now: float, arrivals: ArrivalColumns, slot_of: I32, control: U8, sums: HeadwaySums, planned: PlannedHeadways,
    scratch: CallScratch, q: HeadwayParameters, out: VehicleHeadways,
) -> None:
    """The headway of each vehicle at its next call, and how long to hold it there when that is a control stop (`control` [Q])."""
    behind = np.empty(NEXT)
    for v in range(out.leader.size):
        out.pattern_stop[v], out.leader[v], out.headway[v] = -1, -1, np.nan
        out.hold[v], out.hold_simple[v], out.before[v] = np.nan, np.nan, np.nan
        row = scratch.first[v]
        if row < 0:
            continue
        place = arrivals.pattern_stop[row]
        k = slot_of[place]
        if k < 0:
            continue
        n = 0
        while n < scratch.number[k] and scratch.row[k, n] != row:
            n += 1
        arrival, departure = arrivals.arrival[row], arrivals.departure[row]
        out.pattern_stop[v], out.arrival[v], out.departure[v] = place, arrival, departure
        out.live[v] = 1 if arrivals.source[row] == LIVE else 0
        if n == scratch.number[k]:
            continue  # more buses than are looked at come before it
        leader, before = sums.vehicle[k], sums.last[k]
        if n > 0:
            leader, before = arrivals.vehicle[scratch.row[k, n - 1]], arrivals.departure[scratch.row[k, n - 1]]
        elif before < sums.missed[k]:
            continue
        if leader < 0 or leader == v or not departure - before <= q.longest:
            continue
        out.leader[v], out.before[v], out.headway[v] = leader, before, max(departure - before, 0.0)
        if not control[place] or arrival - now > q.advise_ahead or math.isnan(planned.typical[k]):
            continue
        count, ahead = 0, departure
        for m in range(n + 1, scratch.number[k]):
            comes = arrivals.arrival[scratch.row[k, m]]
            if comes - ahead > q.most_spacing * planned.typical[k]:
                break
            if arrivals.vehicle[scratch.row[k, m]] != v:
                behind[count], ahead = comes, comes
                count += 1
        most = min(q.most_hold, q.most_hold_share * planned.typical[k])
        out.hold[v] = hold_even(before, departure, behind, count, most)
        out.hold_simple[v] = hold_to_headway(before, departure, planned.typical[k], most)


@njit(cache=True, nogil=True, error_model="numpy")
def hold_even(before: float, ready: float, behind: F64, count: int, most: float) -> float:
    """s to hold a bus that could leave at `ready`, by Berrebi, Watkins & Laval (2015), 0 … `most`.

    The bus before left at `before`; `behind[i]` is when the (i + 1)-th bus behind is predicted here. It leaves so that, of the
    even spacings (behind[i] - before) / (i + 2) between the bus before and any of those behind, the widest is kept: a gap
    behind is shared out among the buses ahead of it. At most four behind are reckoned with, as there; none: no hold.
    """
    if count == 0:
        return 0.0
    widest: float = (behind[0] - before) / 2.0
    for i in range(1, min(count, 4)):
        widest = max(widest, (behind[i] - before) / (i + 2))
    hold: float = min(max(widest - (ready - before), 0.0), most)
    return hold


@njit(cache=True, nogil=True, error_model="numpy")
def hold_to_headway(before: float, ready: float, planned: float, most: float) -> float:
    """s to hold by the simple rule: until the planned headway has passed since the bus before, 0 … `most`."""
    return min(max(planned - (ready - before), 0.0), most)
