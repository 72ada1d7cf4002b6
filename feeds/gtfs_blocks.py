"""Blocks: the trips one vehicle makes after another, in order of first departure, and those that cannot be."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from feeds.gtfs_report import EXAMPLES, Report
from transit.kernels.columns import I32, BlockColumns, CalendarColumns, TripColumns


def block_columns(trips: TripColumns, count: int) -> BlockColumns:
    """Order the trips of `count` blocks."""
    position = np.full(len(trips.block), -1, np.int32)
    inside = np.flatnonzero(trips.block >= 0)
    first = trips.departure[trips.start[inside]]
    order = inside[np.lexsort((inside, first, trips.block[inside]))].astype(np.int32)
    start = np.searchsorted(trips.block[order], np.arange(count + 1)).astype(np.int32)
    position[order] = np.arange(len(order))
    return BlockColumns(start, order, position)


def report_overlaps(blocks: BlockColumns, trips: TripColumns, calendar: CalendarColumns, lines: I32, report: Report) -> None:
    """Count trips that begin before an earlier one of their block, running on a common date, has ended; `lines` [T]."""
    first = trips.departure[trips.start[:-1]].tolist()
    last = trips.arrival[trips.start[1:] - 1].tolist()
    service, order, start = trips.service.tolist(), blocks.trip.tolist(), blocks.start.tolist()
    common: dict[tuple[int, int], bool] = {}
    late: list[int] = []
    for begin, end in pairwise(start):
        running: list[int] = []
        for trip in order[begin:end]:
            running = [other for other in running if last[other] > first[trip]]
            for other in running:
                pair = (service[other], service[trip])
                if pair not in common:
                    common[pair] = bool(np.any(calendar.active[pair[0]] & calendar.active[pair[1]]))
                if common[pair]:
                    late.append(trip)
                    break
            running.append(trip)
    report.add("block_overlap", "trips.txt", len(late), lines[np.array(late[:EXAMPLES], np.int64)])
