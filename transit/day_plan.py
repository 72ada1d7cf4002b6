"""The plan of the service days around now: what starts when on each pattern, and which trip follows which in a block.

Made anew when the days change, once a date, or what is cancelled; the prediction kernels look things up in it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from transit.kernels.columns import I32
from transit.kernels.prediction_columns import DayPlan
from transit.network import Network
from transit.service_day import ServiceDay, trip_runs


def plan_days(network: Network, days: Sequence[ServiceDay], cancelled: Collection[tuple[int, float]] = ()) -> DayPlan:
    """The plan of `days`, in date order, without the `cancelled` runs: (trip, epoch s its service day starts).

    The block goes on with its next trip that runs, after a cancelled one too: a bus may have driven it all the same.

    A pattern on which nothing runs on these days lists all its trips, templates too, on each of them: their running times
    serve vehicles that are on it all the same.
    """
    trips = network.trips
    count, patterns = len(trips.pattern), len(network.patterns.route)
    scheduled = np.array([trip_runs(network, day) for day in days], bool).reshape(len(days), count)
    starts = np.array([one.start for one in days], np.float64)
    takes_place = scheduled.copy()
    for one, start_of_day in cancelled:
        takes_place[starts == start_of_day, one] = False
    runs = takes_place | np.array(
        [(trips.template == 1) & (day.active[trips.service] == 1) for day in days], bool
    ).reshape(len(days), count)
    used = np.zeros(patterns, bool)
    used[trips.pattern[runs.any(0)]] = True
    runs |= ~used[trips.pattern]
    day, trip = np.nonzero(runs)
    begin = starts[day] + trips.departure[trips.start[trip]]
    order = np.lexsort((trip, begin, trips.pattern[trip]))
    start = np.searchsorted(trips.pattern[trip][order], np.arange(patterns + 1)).astype(np.int32)
    successor = np.full((len(days), count), -1, np.int32)
    for index in range(len(days)):
        _link_blocks(network, scheduled[index], takes_place[index], successor[index])
    return DayPlan(starts, start, trip[order].astype(np.int32), begin[order], successor)


def _link_blocks(network: Network, scheduled: NDArray[np.bool_], takes_place: NDArray[np.bool_], successor: I32) -> None:
    """successor[t] = the next trip of t's block that takes place, if it begins no sooner than t ends."""
    trips, blocks = network.trips, network.blocks
    sequence = blocks.trip[scheduled[blocks.trip]]
    if len(sequence) < 2:
        return
    place = np.where(takes_place[sequence], np.arange(len(sequence)), len(sequence) - 1)
    one, other = sequence[:-1], sequence[np.minimum.accumulate(place[::-1])[::-1][1:]]
    follows = (trips.block[one] == trips.block[other]) & takes_place[other]
    follows &= trips.departure[trips.start[other]] >= trips.arrival[trips.start[one + 1] - 1]
    successor[one[follows]] = other[follows]
