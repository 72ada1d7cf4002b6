"""The plan of the service days around now: what starts when on each pattern, and which trip follows which in a block.

Made anew when the days change, once a date; the prediction kernels look things up in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from transit.kernels.columns import I32, U8
from transit.kernels.prediction_columns import DayPlan
from transit.network import Network
from transit.service_day import ServiceDay, trip_runs


def plan_days(network: Network, days: Sequence[ServiceDay]) -> DayPlan:
    """The plan of `days`, in date order.

    A pattern on which nothing runs on these days lists all its trips, templates too, on each of them: their running times
    serve vehicles that are on it all the same.
    """
    trips = network.trips
    count, patterns = len(trips.pattern), len(network.patterns.route)
    runs = np.array([days_trips | (trips.template == 1) & (day.active[trips.service] == 1) for day in days
                     for days_trips in [trip_runs(network, day)]], bool).reshape(len(days), count)
    used = np.zeros(patterns, bool)
    used[trips.pattern[runs.any(0)]] = True
    runs |= ~used[trips.pattern]
    day, trip = np.nonzero(runs)
    starts = np.array([one.start for one in days], np.float64)
    begin = starts[day] + trips.departure[trips.start[trip]]
    order = np.lexsort((trip, begin, trips.pattern[trip]))
    start = np.searchsorted(trips.pattern[trip][order], np.arange(patterns + 1)).astype(np.int32)
    successor = np.full((len(days), count), -1, np.int32)
    for index, one in enumerate(days):
        _link_blocks(network, trip_runs(network, one).astype(np.uint8), successor[index])
    return DayPlan(starts, start, trip[order].astype(np.int32), begin[order], successor)


def _link_blocks(network: Network, runs: U8, successor: I32) -> None:
    """successor[t] = the next trip of t's block that runs and begins no sooner than t ends."""
    trips, blocks = network.trips, network.blocks
    sequence = blocks.trip[runs[blocks.trip] == 1]
    if len(sequence) < 2:
        return
    one, other = sequence[:-1], sequence[1:]
    follows = trips.block[one] == trips.block[other]
    follows &= trips.departure[trips.start[other]] >= trips.arrival[trips.start[one + 1] - 1]
    successor[one[follows]] = other[follows]
