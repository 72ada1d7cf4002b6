"""Stop times made whole: trips without usable times found, times out of order mended, gaps interpolated, ties spread.

All arrays have one row a stop time, grouped by trip (`StopTimes`). Times are seconds since noon minus 12 h; MISSING is -1.
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from feeds.gtfs_report import Report
from feeds.gtfs_stop_times import MISSING, StopTimes
from transit.kernels.columns import F64, I32, I64

_FILE = "stop_times.txt"
_DAY = 86_400
_KEPT_SHARE = 0.8
"""A trip is mended while at least this share of its times run forwards; below it nothing says which ones are right."""
_MINUTE = 60


def mend_order(times: StopTimes, report: Report) -> tuple[StopTimes, NDArray[np.bool_]]:
    """Times that run forwards within every usable trip, and which trips [T] are not usable (their reason is counted).

    Times that are taken out because they lie out of order become MISSING.
    """
    arrival, departure = times.arrival.copy(), times.departure.copy()
    lost = _ends_missing(times, report)
    wrapped = 0
    for trip in _trips_running_backwards(times, arrival, departure):
        rows = slice(times.start[trip], times.start[trip + 1])
        wrapped += _unwrap_midnight(arrival[rows], departure[rows])
    report.add("midnight_wrapped", _FILE, wrapped)
    early = (departure < arrival) & (departure != MISSING)
    report.add("departure_before_arrival", _FILE, int(early.sum()), times.lines[early])
    departure[early] = arrival[early]
    for trip in _trips_running_backwards(times, arrival, departure):
        rows = slice(times.start[trip], times.start[trip + 1])
        if not lost[trip]:
            lost[trip] = not _drop_outliers(arrival[rows], departure[rows], times.lines[rows], report)
    begin, end = departure[times.start[:-1]], arrival[times.start[1:] - 1]
    still = ~lost & (end <= begin)
    report.add("no_running_time", _FILE, int(still.sum()), times.lines[times.start[:-1][still]])
    return times._replace(arrival=arrival, departure=departure), lost | still


def fill_missing(times: StopTimes, distance: F64, report: Report) -> StopTimes:
    """Interpolate MISSING times between their neighbours by `distance` [n] (m along the shape), by count where it stands still.

    The first and the last row of every trip must have times.
    """
    missing = times.arrival == MISSING
    rows = np.flatnonzero(missing)
    report.add("times_interpolated", _FILE, len(rows), times.lines[rows[:5]])
    if len(rows) == 0:
        return times
    place = np.arange(len(missing))
    before = np.maximum.accumulate(np.where(missing, 0, place))[rows]
    after = np.minimum.accumulate(np.where(missing, len(missing), place)[::-1])[::-1][rows]
    span = distance[after] - distance[before]
    share = np.where(span > 0, (distance[rows] - distance[before]) / np.where(span > 0, span, 1), np.nan)
    share = np.where(np.isnan(share), (rows - before) / (after - before), share)
    leave, arrive = times.departure[before], times.arrival[after]
    seconds = np.floor(leave + (arrive - leave) * share + 0.5).astype(np.int32)
    arrival, departure = times.arrival.copy(), times.departure.copy()
    arrival[rows] = departure[rows] = seconds
    return times._replace(arrival=arrival, departure=departure)


def spread_ties(times: StopTimes, distance: F64, report: Report) -> StopTimes:
    """Where a timetable of whole minutes gives several stops in a row one time, spread them within that minute by distance.

    The first stop of such a run keeps its time; at the end of a trip the last one does. Nothing moves by a minute or more,
    and running times become at least a second wherever the neighbours leave room.
    """
    arrival, departure = times.arrival.copy(), times.departure.copy()
    tied, head, last = _runs(times)
    ends = times.start[1:] - 1
    inner = np.flatnonzero(tied & (last != ends[times.trip_of_row()]))
    ends = ends[tied[ends]]
    sizes = ends - head[ends]
    final = np.repeat(ends - np.cumsum(sizes), sizes) + np.arange(sizes.sum())
    moved = np.union1d(inner, final)
    report.add("times_spread", _FILE, len(moved), times.lines[moved[:5]])
    _spread_backwards(arrival, departure, distance, tied, final, np.repeat(head[ends], sizes), np.repeat(ends, sizes))
    _spread_forwards(arrival, departure, distance, inner, head[inner], last[inner])
    return times._replace(arrival=arrival, departure=departure)


def _ends_missing(times: StopTimes, report: Report) -> NDArray[np.bool_]:
    first, last = times.start[:-1], times.start[1:] - 1
    lost = (times.arrival[first] == MISSING) | (times.arrival[last] == MISSING)
    report.add("end_time_missing", _FILE, int(lost.sum()), times.lines[first[lost]])
    return np.asarray(lost)


def _trips_running_backwards(times: StopTimes, arrival: I32, departure: I32) -> list[int]:
    """Trips with a time that lies before one further up."""
    given = np.flatnonzero(arrival != MISSING)
    trip = times.trip_of_row()[given]
    latest = np.maximum(arrival, departure)[given]
    back = (trip[1:] == trip[:-1]) & (np.minimum(arrival, departure)[given][1:] < latest[:-1])
    return [int(one) for one in np.unique(trip[1:][back])]


def _unwrap_midnight(arrival: I32, departure: I32) -> int:
    """Where the clock starts again at 00:00 within a trip, add 24 h from there on, in place; how many rows changed.

    Only when the trip then runs forwards and takes less than half a day: a single wrong time is no midnight.
    """
    both = np.column_stack([arrival, departure]).ravel()
    given = np.flatnonzero(both != MISSING)
    falls = np.flatnonzero(np.diff(both[given]) < -_DAY // 2)
    if len(falls) != 1:
        return 0
    whole = both.copy()
    whole[given[falls[0] + 1 :]] += _DAY
    if np.any(np.diff(whole[given]) < 0) or whole[given[-1]] - whole[given[0]] > _DAY // 2:
        return 0
    changed = int((whole[1::2] != both[1::2]).sum())
    arrival[:], departure[:] = whole[::2], whole[1::2]
    return changed


def _drop_outliers(arrival: I32, departure: I32, lines: I32, report: Report) -> bool:
    """Make MISSING, in place, the fewest times such that the rest run forwards; False when that is too many of them."""
    given = np.flatnonzero(arrival != MISSING)
    kept = given[_longest_forward(arrival[given], departure[given])]
    dropped = np.setdiff1d(given, kept)
    whole = len(kept) > 0 and kept[0] == 0 and kept[-1] == len(arrival) - 1
    if not whole or len(kept) < _KEPT_SHARE * len(given):
        report.add("times_decrease", _FILE, 1, lines[dropped[:1]])
        return False
    arrival[dropped] = departure[dropped] = MISSING
    report.add("time_out_of_order", _FILE, len(dropped), lines[dropped])
    return True


def _longest_forward(arrival: I32, departure: I32) -> list[int]:
    """Rows of the longest sequence in which no arrival lies before the departure of the row before (patience sorting)."""
    ends: list[int] = []
    rows: list[int] = []
    previous = [-1] * len(arrival)
    for row in range(len(arrival)):
        place = bisect_right(ends, int(arrival[row]))
        previous[row] = rows[place - 1] if place else -1
        if place == len(ends):
            ends.append(int(departure[row]))
            rows.append(row)
        elif departure[row] < ends[place]:
            ends[place], rows[place] = int(departure[row]), row
    found = []
    row = rows[-1] if rows else -1
    while row >= 0:
        found.append(row)
        row = previous[row]
    return found[::-1]


def _runs(times: StopTimes) -> tuple[NDArray[np.bool_], I64, I64]:
    """Runs of stops reached in no time; a row where the bus waits closes one run and opens the next.

    Of every row: whether it is tied, that is reached at the second the bus left the row before; and if so, the row its run
    sets out from and the last row of its run.
    """
    count = len(times.arrival)
    place = np.arange(count)
    tied = np.zeros(count + 1, np.bool_)
    tied[1:count] = times.arrival[1:] <= times.departure[:-1]
    tied[times.start] = False
    waits = times.departure > times.arrival
    opens = np.maximum.accumulate(np.where(~tied[:-1] | waits, place, 0))
    closes = np.minimum.accumulate(np.where(~tied[1:] | waits, place, count)[::-1])[::-1]
    return tied[:-1], np.append(0, opens[:-1]), closes


def _spread_forwards(arrival: I32, departure: I32, distance: F64, rows: I64, head: I64, last: I64) -> None:
    """Rows tied to `head` come later, before what comes after the run; a last row that waits still leaves when it did."""
    leave = departure[head].astype(np.int64)
    held = departure[last] > leave
    until = np.where(held, departure[last], arrival[last + 1])
    size, step = last + 1 - head, rows - head
    share = _share(distance, head, rows, last + 1, step / size)
    seconds = leave + _offsets(until - leave, size, step, share)
    arrival[rows] = seconds
    departure[rows] = np.where((rows == last) & held, departure[rows], seconds)


def _spread_backwards(arrival: I32, departure: I32, distance: F64, tied: NDArray[np.bool_], rows: I64, head: I64, last: I64) -> None:
    """The mirror image: the last row keeps its time, the ones before it come earlier, after what comes before the run.

    Where a run to be spread forwards ends there, each of the two gets half of the time between them.
    """
    arrive = arrival[last].astype(np.int64)
    waits = departure[head] > arrival[head]
    base = np.where(waits, head, head - 1)
    before = np.where(waits, arrival[head], departure[base]).astype(np.int64)
    until = np.where(waits, departure[head], arrive)
    before = np.where(tied[base], before + (until - before + 1) // 2, before)
    size, step = last - head + 1, last - rows
    share = 1 - _share(distance, base, rows, last, 1 - step / size)
    share = np.where(waits, np.minimum(share, step / size), share)
    seconds = arrive - _offsets(arrive - before, size, step, share)
    arrival[rows] = np.where((rows == head) & waits, arrival[rows], seconds)
    departure[rows] = seconds


def _share(distance: F64, first: I64, row: I64, last: I64, otherwise: F64) -> F64:
    span = distance[last] - distance[first]
    return np.where(span > 0, (distance[row] - distance[first]) / np.where(span > 0, span, 1), otherwise)


def _offsets(room: I64, size: I64, step: I64, share: F64) -> I64:
    """Whole seconds after the fixed end: a second a step, the rest of the minute (or of the room) by share of the distance."""
    span = np.minimum(room, _MINUTE)
    share = np.minimum(share * room / np.maximum(span, 1), np.where(room > _MINUTE, step / size, 1.0))
    spare = np.maximum(span - size, 0)
    roomy = step + np.floor(spare * share).astype(np.int64)
    return np.where(span > size, roomy, span * step // size)
