"""How links and dwells run now against what is typical: a filter on the log of that ratio for each.

All elements of a kind have a common ratio now: of fading sums of time. The state of one element is normal, its deviation from that,
and reverts to none (Ornstein–Uhlenbeck): with a = exp(-age of its newest measurement / memory) and the spread s of elements,
    mean = a r,     variance = s^2 + a^2 (P - s^2).
A measurement y = log(actual / expected) less the mean of all such logs (which lies below the log of the common ratio) of a share
of the element has the variance noise / share; one further than 3 sigma from the state is no news of the road (a bus that
waited or broke down) and only makes the state less sure, so that what stays is believed in the end.
"""

from __future__ import annotations

import math

from numba import njit

from transit.kernels.columns import F32, F64, PatternColumns
from transit.kernels.prediction_columns import Measurements, PieceColumns, Traffic
from transit.learning_parameters import TrafficParameters

RUNNING, DWELL, PASSING = 0, 1, 2


@njit(cache=True, nogil=True, error_model="numpy")
def update(told: Measurements, count: int, links: int, q: TrafficParameters, traffic: Traffic) -> int:
    """Takes in measurements in order; how many the gate kept out."""
    gated = 0
    for m in range(count):
        e, time, expected, share = told.element[m], told.time[m], told.expected[m], told.share[m]
        kind = DWELL if e >= links else PASSING if told.passing[m] else RUNNING
        slack, noise, spread = q.slack, q.noise, q.spread
        if kind == DWELL:
            slack, noise, spread = q.dwell_slack, q.dwell_noise, q.dwell_spread
        elif kind == PASSING:
            noise = q.passing_noise
        log = math.log((told.actual[m] + slack * share) / (expected + slack * share))
        y = log - traffic.logs[kind] / (traffic.shares[kind] + 1.0)
        mean, variance = 0.0, spread * spread
        if not math.isnan(traffic.updated[e]):
            left = math.exp(-max(0.0, time - traffic.updated[e]) / q.memory)
            mean = left * traffic.deviation[e]
            variance += left * left * (traffic.variance[e] - variance)
        off, total = y - mean, variance + noise / share
        if off * off > 9.0 * total:
            gated += 1
            variance = min(variance + q.doubt * spread * spread, 4.0 * spread * spread)
        else:
            gain = variance / total
            mean, variance = mean + gain * off, variance * (1.0 - gain)
        traffic.deviation[e], traffic.variance[e], traffic.updated[e] = mean, variance, time
        fading = math.exp(min(0.0, traffic.faded[kind] - time) / q.common_memory)
        bound = max(min(told.actual[m], 3.0 * expected + slack), expected / 3.0 - slack)
        traffic.actual[kind] = fading * traffic.actual[kind] + bound
        traffic.typical[kind] = fading * traffic.typical[kind] + expected
        traffic.logs[kind] = fading * traffic.logs[kind] + share * log
        traffic.shares[kind] = fading * traffic.shares[kind] + share
        traffic.faded[kind] = max(time, traffic.faded[kind])
    return gated


@njit(cache=True, nogil=True, error_model="numpy")
def excesses(
    now: float, patterns: PatternColumns, pieces: PieceColumns, length: F32, typical: F32, q: TrafficParameters, traffic: Traffic,
    excess: F64, running: F32, dwell: F32,
) -> None:
    """running[k], dwell[k] = expected excess now, over typical, of the way from the stop before to pattern stop k, and of its stay.

    `excess` [E] is scratch.
    """
    links = length.size
    for kind in range(2):
        fading = math.exp(min(0.0, traffic.faded[kind] - now) / q.common_memory)
        common = math.log((fading * traffic.actual[kind] + q.common_prior) / (fading * traffic.typical[kind] + q.common_prior))
        usual = math.exp(common) - 1.0
        for e in range(0 if kind == RUNNING else links, links if kind == RUNNING else excess.size):
            excess[e] = usual
            age = now - traffic.updated[e]
            if age < 5.0 * q.memory:
                excess[e] = math.exp(common + math.exp(-max(0.0, age) / q.memory) * traffic.deviation[e]) - 1.0
    for p in range(patterns.route.size):
        first = patterns.stop_start[p]
        running[first], dwell[first] = 0.0, 0.0
        for k in range(first + 1, patterns.stop_start[p + 1]):
            seconds, more = 0.0, 0.0
            begin = pieces.end[pieces.of_stop[k - 1]]
            for i in range(pieces.of_stop[k - 1] + 1, pieces.of_stop[k] + 1):
                takes = (pieces.end[i] - begin) * typical[pieces.link[i]] / length[pieces.link[i]]
                seconds += takes
                more += takes * excess[pieces.link[i]]
                begin = pieces.end[i]
            running[k] = more / seconds if seconds > 0.0 else 0.0
            dwell[k] = excess[links + patterns.stop[k]]
