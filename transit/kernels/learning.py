"""Adds what vehicles told to what is known: of elements by day type and hour, of hops between stops, of starts at terminals.

What is far off what was expected counts as one at the bounds: a breakdown is not the road's running time.
"""

from __future__ import annotations

import math

from numba import njit

from transit.kernels.columns import F32, F64, I32, EventColumns, PatternColumns, TripColumns
from transit.kernels.prediction_columns import HistoryColumns, Measurements, RunningTimes
from transit.learning_parameters import LearningParameters

DAY = 86_400.0


@njit(cache=True, nogil=True, error_model="numpy")
def add_measurements(
    told: Measurements, count: int, links: int, day_type: int, day_start: float, par: LearningParameters, known: HistoryColumns
) -> None:
    """Adds the first `count` measurements, made on a service day of `day_type` that began at `day_start` (epoch s)."""
    bins = known.weight.shape[2]
    for m in range(count):
        e, share = told.element[m], told.share[m]
        if told.passing[m]:
            continue
        hour = int((told.time[m] - day_start) % DAY * bins / DAY)
        expected, slack = told.expected[m], par.slack if e < links else par.dwell_slack
        actual = min(max(told.actual[m], expected / par.most_ratio - slack), par.most_ratio * expected + slack)
        error = actual - expected
        known.weight[e, day_type, hour] += share
        known.seconds[e, day_type, hour] += actual
        known.squares[e] += error * error / share
        known.passes[e] += share


@njit(cache=True, nogil=True, error_model="numpy")
def add_hops(
    events: EventColumns, patterns: PatternColumns, pattern_of: I32, hop_of: I32, typical_trip: I32, trips: TripColumns,
    day_start: float, running: RunningTimes, par: LearningParameters, last_stop: I32, left: F64, last_start: F64,
    known: HistoryColumns,
) -> None:
    """Adds the hops between stops that `events` complete; `last_stop` and `left` [V] are where and when each vehicle last left,
    `last_start` [P] when a bus last began each pattern.

    A first hop begins with a departure that nobody sees exactly: what counts there is how late buses are at the second stop,
    had they left on time. `day_start` (epoch s) is of the service day that is on, `typical_trip` [P] serves vehicles without one.
    """
    for i in range(events.vehicle.size):
        v, q, trip = events.vehicle[i], events.pattern_stop[i], events.trip[i]
        p = pattern_of[q]
        k = q - patterns.stop_start[p]
        if k > 0 and last_stop[v] == q - 1 and events.arrival[i] > left[v]:
            row = running.profile[trip if trip >= 0 else typical_trip[p]] + k
            typical = running.arrive[row] - running.leave[row - 1]
            if k > 1:
                took = events.arrival[i] - left[v]
                known.hop_expected[hop_of[q]] += typical
                took = min(max(took, typical / par.most_ratio - par.slack), par.most_ratio * typical + par.slack)
                known.hop_actual[hop_of[q]] += took
                if trip >= 0 and not trips.template[trip]:
                    late = left[v] - trips.departure[trips.start[trip] + k - 1] - day_start
                    late -= DAY * math.floor(late / DAY + 0.5)
                    if 0.0 < late < par.most_late:
                        known.lateness[0] += typical
                        known.lateness[1] += late * typical
                        known.lateness[2] += late * late * typical
                        known.lateness[3] += typical - took
                        known.lateness[4] += late * (typical - took)
            elif trip >= 0 and not trips.template[trip]:
                late = events.arrival[i] - typical - trips.departure[trips.start[trip]] - day_start
                late -= DAY * math.floor(late / DAY + 0.5)
                if abs(late) < par.most_late:
                    known.start_delay[p] += min(max(late, par.least_delay), par.most_delay)
                    known.starts[p] += 1.0
        if trip >= 0 and not trips.template[trip] and k > 0 and trips.timepoint[trips.start[trip] + k]:
            row = running.profile[trip] + k
            ready = events.arrival[i] + running.leave[row] - running.arrive[row]
            early = trips.departure[trips.start[trip] + k] + day_start - ready
            early -= DAY * math.floor(early / DAY + 0.5)
            if par.least_early < early < par.most_late and events.departure[i] > 0.0:
                known.early[p] += early
                known.waited[p] += min(max(events.departure[i] - ready, 0.0), early)
        last_stop[v], left[v] = -1, math.nan
        if k == 0 and not math.isnan(events.departure[i]):
            gap = events.departure[i] - last_start[p]
            if 0.0 < gap < par.most_gap:
                known.gap_seconds[p] += gap
                known.gaps[p] += 1.0
            if not gap <= 0.0:
                last_start[p] = events.departure[i]
        if not math.isnan(events.departure[i]):
            last_stop[v], left[v] = q, events.departure[i]


@njit(cache=True, nogil=True, error_model="numpy")
def estimate(known: HistoryColumns, planned: F32, day_type: int, par: LearningParameters, mean: F32, measured: F32) -> None:
    """mean [E, hours] s of one day type and measured [E] behind it: each hour leans on what more measurements say.

    `planned` [day types, E, hours] s is what the timetable gives: where an hour was not measured it tells how that hour differs
    from those that were.
    """
    types, hours = known.weight.shape[1], known.weight.shape[2]
    for e in range(mean.shape[0]):
        whole, seconds, expected = 0.0, 0.0, 0.0
        for d in range(types):
            for h in range(hours):
                whole += known.weight[e, d, h]
                seconds += known.seconds[e, d, h]
                expected += known.weight[e, d, h] * planned[d, e, h]
        measured[e] = whole
        ratio = seconds / expected if expected > 0.0 else 1.0
        for h in range(hours):
            weight, sum_of = par.hour_weight, par.hour_weight * ratio * planned[day_type, e, h]
            if whole > 0.0:
                for d in range(types):
                    weight += known.weight[e, d, h]
                    sum_of += known.seconds[e, d, h]
            typed = known.weight[e, day_type, h]
            mean[e, h] = (known.seconds[e, day_type, h] + par.type_weight * sum_of / weight) / (typed + par.type_weight)
