"""frequencies.txt: exact departures become trips of their own, headways stay headways.

A trip named here is only a template of running times, whichever way it is used: it never runs at its own stop times. Exact
runs are called `trip_id@HH:MM:SS` after their departure from the first stop. Neither belongs to a block: nothing in the
feed says which run of a headway a vehicle makes after which.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from feeds.gtfs_report import Report
from feeds.gtfs_stop_times import StopTimes, format_time, parse_time
from feeds.gtfs_tables import Table
from feeds.gtfs_trips import Trips
from transit.kernels.columns import I32, U8, FrequencyColumns


class Frequencies(NamedTuple):
    """What frequencies.txt says of the trips that are left."""

    headways: FrequencyColumns
    template: U8
    """[T]"""
    run_template: I32
    """[runs] the trip each exact run follows"""
    run_departure: I32
    """[runs] s since noon minus 12 h"""

    def run_ids(self, trip_ids: list[str]) -> list[str]:
        """[runs] ids of the exact runs."""
        pairs = zip(self.run_template.tolist(), self.run_departure.tolist())
        return [f"{trip_ids[trip]}@{format_time(departure)}" for trip, departure in pairs]


def read_frequencies(table: Table, trips: Trips, report: Report) -> Frequencies:
    """Usable rows, exact ones as runs."""
    if len(table):
        table.require("trip_id", "start_time", "end_time", "headway_secs")
    trip = table.column("trip_id").find(trips.row_of())
    report.rows("unknown_trip", table, trip < 0, "trip_id")
    start, end = (table.column(name).take(parse_time) for name in ("start_time", "end_time"))
    headway = table.column("headway_secs").numbers()
    known = trip >= 0
    bad_time = known & ~(start < end)
    report.rows("bad_number", table, bad_time, "end_time")
    bad_headway = known & ~bad_time & ~((headway >= 1) & (headway < 86_400 * 7))
    report.rows("bad_number", table, bad_headway, "headway_secs")
    used = np.flatnonzero(known & ~bad_time & ~bad_headway)
    used = used[np.lexsort((start[used], trip[used]))]
    exact = table.column("exact_times").numbers()[used] == 1
    rows = FrequencyColumns(trip[used], *(column[used].astype(np.int32) for column in (start, end, headway)))
    template = np.zeros(len(trips.ids), np.uint8)
    template[rows.trip] = 1
    headways = FrequencyColumns(*(column[~exact] for column in rows))
    return Frequencies(headways, template, *_runs(FrequencyColumns(*(column[exact] for column in rows))))


def expand_times(times: StopTimes, found: Frequencies) -> StopTimes:
    """Stop times with those of the exact runs appended, one trip a run."""
    counts = times.counts()[found.run_template]
    ends = np.cumsum(counts)
    first = times.start[:-1][found.run_template]
    rows = np.repeat(first - (ends - counts), counts) + np.arange(int(counts.sum()))
    shift = np.repeat(found.run_departure - times.departure[first], counts)
    start = np.concatenate([times.start, times.start[-1] + ends]).astype(np.int64)
    grown = times.take(start, np.append(np.arange(len(times.stop)), rows))
    grown.arrival[len(times.stop) :] += shift
    grown.departure[len(times.stop) :] += shift
    return grown


def _runs(exact: FrequencyColumns) -> tuple[I32, I32]:
    """One entry a departure start, start + headway, … before end; a departure that two rows name is one run."""
    counts = -((exact.start - exact.end) // exact.headway).astype(np.int64)
    rows = np.repeat(np.arange(len(counts)), counts)
    number = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    pairs = np.column_stack([exact.trip[rows], exact.start[rows] + number * exact.headway[rows]])
    pairs = np.unique(pairs, axis=0) if len(pairs) else np.zeros((0, 2), np.int64)
    return pairs[:, 0].astype(np.int32), pairs[:, 1].astype(np.int32)
