"""Typical times of every trip at its stops, from what is known of the links and dwells along its path.

Little known of an element is blended with the trip's own timetable: known times count by how often they were measured.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from transit.kernels.columns import F32, I32, U8, PatternColumns, TripColumns
from transit.kernels.prediction_columns import Estimates, PieceColumns, RunningTimes

DAY = 86_400.0


@njit(cache=True, nogil=True, error_model="numpy")
def lay_profiles(
    patterns: PatternColumns, trips: TripColumns, pieces: PieceColumns, length: F32, known: Estimates, factor: F32, hop_of: I32,
    prior: RunningTimes, prior_weight: float, out: RunningTimes,
) -> None:
    """Fills arrive and leave of `out`, whose rows are those of `prior`: times without what was learned, for each trip.

    `factor` [H] is what hops take beside what their links say. `prior_weight`: measurements that the timetable is worth.
    """
    links, hours = length.size, known.mean.shape[1]
    for t in range(trips.pattern.size):
        p = trips.pattern[t]
        first, stops = patterns.stop_start[p], patterns.stop_start[p + 1] - patterns.stop_start[p]
        row, clock = prior.profile[t], prior.leave[prior.profile[t]]
        out.arrive[row], out.leave[row] = prior.arrive[row], clock
        depart = trips.departure[trips.start[t]]
        i = pieces.of_stop[first]
        at = patterns.distance[first]
        for k in range(1, stops):
            there = patterns.distance[first + k]
            planned = prior.arrive[row + k] - prior.leave[row + k - 1]
            pace = planned / (there - at) if there > at else 0.0
            x = ((depart + clock - prior.leave[row]) * hours / DAY - 0.5) % hours
            h = int(x)
            share, after = x - h, (h + 1) % hours
            h %= hours
            seconds, reached = planned if there <= at else 0.0, at
            while reached < there:
                to = min(pieces.end[i], there) if i + 1 < pieces.start[p + 1] else there
                link, metres = pieces.link[i], to - reached
                mean = (1.0 - share) * known.mean[link, h] + share * known.mean[link, after]
                weight = known.weight[link]
                seconds += metres * (weight * mean / length[link] + prior_weight * pace) / (weight + prior_weight)
                reached = to
                if to < there:
                    i += 1
            clock += seconds * factor[hop_of[first + k]]
            out.arrive[row + k] = clock
            e = links + patterns.stop[first + k]
            mean = (1.0 - share) * known.mean[e, h] + share * known.mean[e, after]
            stay, weight = prior.leave[row + k] - prior.arrive[row + k], known.weight[e]
            if k < stops - 1:
                clock += (weight * mean + prior_weight * stay) / (weight + prior_weight)
            out.leave[row + k] = clock
            at = there


@njit(cache=True, nogil=True, error_model="numpy")
def spread_timetable(
    patterns: PatternColumns, trips: TripColumns, runs: U8, pieces: PieceColumns, length: F32, prior: RunningTimes, seconds: F32,
    weight: F32,
) -> None:
    """seconds, weight [E, hours] = means over the trips that `runs` [T] names of what the timetable gives each element in each hour."""
    links, hours = length.size, seconds.shape[1]
    seconds[:], weight[:] = 0.0, 0.0
    for t in range(trips.pattern.size):
        if not runs[t]:
            continue
        p = trips.pattern[t]
        first, end = patterns.stop_start[p], patterns.stop_start[p + 1]
        row, q, begin = prior.profile[t] - first, first, np.float32(0.0)
        for i in range(pieces.start[p], pieces.start[p + 1]):
            middle = 0.5 * (begin + pieces.end[i])
            while q + 2 < end and patterns.distance[q + 1] <= middle:
                q += 1
            h = int((trips.departure[trips.start[t] + q - first]) * hours / DAY) % hours
            metres, way = pieces.end[i] - begin, max(patterns.distance[q + 1] - patterns.distance[q], np.float32(1.0))
            seconds[pieces.link[i], h] += metres * (prior.arrive[row + q + 1] - prior.leave[row + q]) / way
            weight[pieces.link[i], h] += metres / length[pieces.link[i]]
            begin = pieces.end[i]
        for q in range(first + 1, end - 1):
            h = int((trips.departure[trips.start[t] + q - first]) * hours / DAY) % hours
            seconds[links + patterns.stop[q], h] += prior.leave[row + q] - prior.arrive[row + q]
            weight[links + patterns.stop[q], h] += 1.0
    for e in range(seconds.shape[0]):
        whole, count = seconds[e].sum(), weight[e].sum()
        for h in range(hours):
            if weight[e, h] > 0.0:
                seconds[e, h] /= weight[e, h]
            elif count > 0.0:
                seconds[e, h] = whole / count


@njit(cache=True, nogil=True, error_model="numpy")
def hop_variances(patterns: PatternColumns, pieces: PieceColumns, length: F32, variance: F32, out: F32) -> None:
    """out[k] = s^2 of the way from the stop before to pattern stop k and of the stay there, from those of elements [E]."""
    for p in range(patterns.route.size):
        first = patterns.stop_start[p]
        out[first] = 0.0
        for k in range(first + 1, patterns.stop_start[p + 1]):
            begin, total = pieces.end[pieces.of_stop[k - 1]], variance[length.size + patterns.stop[k]]
            for i in range(pieces.of_stop[k - 1] + 1, pieces.of_stop[k] + 1):
                total += (pieces.end[i] - begin) / length[pieces.link[i]] * variance[pieces.link[i]]
                begin = pieces.end[i]
            out[k] = total
