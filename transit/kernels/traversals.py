"""What the movement of a vehicle between two fixes says of the road: seconds on links, and dwells at stops.

Time between two fixes is spread over the pieces of the path between them in proportion to what each typically takes, so that
nothing is lost: what is ascribed to all pieces together is what the vehicle took. A piece tells when the vehicle has left it.
In a stop zone the drive through it is typical and the rest is dwell.

An element is a link (its index) or the dwell at a stop (links + stop index).
"""

from __future__ import annotations

from numba import njit

from transit.kernels.columns import F32, I32, PatternColumns, Record, Records, TripColumns
from transit.kernels.prediction_columns import Measurements, PieceColumns
from transit.learning_parameters import LearningParameters

IN_SERVICE = 0


@njit(cache=True, nogil=True, error_model="numpy")
def traverse(
    before: Records, after: Records, patterns: PatternColumns, trips: TripColumns, pieces: PieceColumns, length: F32,
    typical: F32, par: LearningParameters, out: Measurements,
) -> int:
    """Fills `out` with what the vehicles of `after` tell since `before`; how many, or -1 when `out` is too small.

    `length` [L] m and `typical` [E] s are of links and elements. The piece a vehicle is in, and what it has spent there, are kept
    in its record: they are read from `before`, so that after -1 the same may be asked again with more room. Terminals tell
    nothing, nor do timepoints where a bus waits for its time.
    """
    start, end, link, zone, distance, stop_start = (
        pieces.start, pieces.end, pieces.link, pieces.stop, patterns.distance, patterns.stop_start
    )
    count = 0
    for v in range(before.size):
        p, vehicle = after[v]["pattern"], after[v]
        took = vehicle["timestamp"] - before[v]["timestamp"]
        if (
            vehicle["state"] != IN_SERVICE or p < 0 or p != before[v]["pattern"] or vehicle["trip"] != before[v]["trip"]
            or before[v]["state"] != IN_SERVICE or not took <= par.longest_gap
        ):
            vehicle["piece"] = -1
            continue
        if not took > 0.0:
            continue
        here, there = before[v]["progress"], vehicle["progress"]
        i = before[v]["piece"]
        vehicle["piece_time"], vehicle["piece_metres"] = before[v]["piece_time"], before[v]["piece_metres"]
        if i < start[p] or i >= start[p + 1] or here > end[i] or (i > start[p] and here < end[i - 1]):
            low, high = start[p], start[p + 1] - 1
            while low < high:
                middle = (low + high) >> 1
                if end[middle] <= here:
                    low = middle + 1
                else:
                    high = middle
            i = low
            vehicle["piece_time"], vehicle["piece_metres"] = 0.0, 0.0
        expected, j, at = 0.0, i, here
        while j < start[p + 1] and at < there:
            expected += _seconds(j, start[p], end, link, zone, length, typical, patterns.stop, min(end[j], there) - at)
            at = end[j]
            j += 1
        scale = took / expected if expected > 0.0 else 0.0
        if there <= here:
            vehicle["piece_time"] += took
        first, last = distance[stop_start[p]] + par.terminal, distance[stop_start[p + 1] - 1] - par.arrived
        while there > here:
            to = min(end[i], there)
            vehicle["piece_time"] += scale * _seconds(i, start[p], end, link, zone, length, typical, patterns.stop, to - here)
            vehicle["piece_metres"] += to - here
            here = to
            if to < end[i] or i + 1 >= start[p + 1]:
                break
            begin = end[i - 1] if i > start[p] else 0.0
            whole = end[i] - begin
            if count >= out.element.size:
                return -1
            if begin >= first and end[i] <= last and vehicle["piece_metres"] >= par.least_part * whole:
                count += _tell(
                    i, whole, vehicle, v, link, zone, length, typical, patterns, trips, stop_start[p], par, count, out
                )
            i += 1
            vehicle["piece_time"], vehicle["piece_metres"] = 0.0, 0.0
        vehicle["piece"] = i
    return count


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _seconds(i: int, first: int, end: F32, link: I32, zone: I32, length: F32, typical: F32, stop: I32, metres: float) -> float:
    """Typical s of some metres of a piece."""
    seconds: float = metres * typical[link[i]] / length[link[i]]
    if zone[i] >= 0:
        begin = end[i - 1] if i > first else 0.0
        seconds += typical[length.size + stop[zone[i]]] * metres / (end[i] - begin)
    return seconds


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _tell(
    i: int, whole: float, vehicle: Record, v: int, link: I32, zone: I32, length: F32, typical: F32, patterns: PatternColumns,
    trips: TripColumns, first: int, par: LearningParameters, at: int, out: Measurements,
) -> int:
    """One measurement of a piece that was left; 0 when it says nothing."""
    drive = whole * typical[link[i]] / length[link[i]]
    out.vehicle[at], out.time[at] = v, vehicle["timestamp"]
    out.share[at], out.passing[at] = whole / length[link[i]], 0
    if zone[i] < 0:
        out.element[at], out.expected[at] = link[i], drive
        out.actual[at] = vehicle["piece_time"] * whole / vehicle["piece_metres"]
        return 1
    trip = vehicle["trip"]
    if trip >= 0 and not trips.template[trip]:
        row = trips.start[trip] + zone[i] - first
        if trips.timepoint[row] and vehicle["service_day"] + trips.departure[row] > vehicle["timestamp"] - par.held:
            return 0
    dwell = length.size + patterns.stop[zone[i]]
    out.element[at], out.expected[at], out.share[at] = dwell, typical[dwell], 1.0
    out.actual[at] = max(vehicle["piece_time"] - drive, 0.0)
    return 1
