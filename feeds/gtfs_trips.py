"""trips.txt: which runs there are, of which route, service, direction, block and shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from feeds.errors import FeedError
from feeds.gtfs_entities import unique_ids
from feeds.gtfs_report import Report
from feeds.gtfs_tables import Column, Table
from transit.kernels.columns import I8, I32


class Trips(NamedTuple):
    """Trips in the order of the file."""

    table: Table
    ids: list[str]
    route: I32
    service: I32
    direction: I8
    """-1 unknown."""
    headsign: Column
    block: Column
    shape: Column

    def keep(self, rows: NDArray[Any]) -> Trips:
        """The trips of a mask."""
        where = np.flatnonzero(rows)
        table = self.table.keep(rows)
        ids = [self.ids[row] for row in where.tolist()]
        columns = (table.column("trip_headsign"), table.column("block_id"), table.column("shape_id"))
        return Trips(table, ids, self.route[rows], self.service[rows], self.direction[rows], *columns)

    def row_of(self) -> dict[str, int]:
        """trip_id → row."""
        return {key: row for row, key in enumerate(self.ids)}


def read_trips(table: Table, routes: Mapping[str, int], services: Mapping[str, int], report: Report) -> Trips:
    """Trips of known routes and services. Raises FeedError when none is left."""
    table.require("route_id", "service_id", "trip_id")
    table = unique_ids(table, "trip_id", report)
    route = table.column("route_id").find(routes)
    report.rows("unknown_route", table, route < 0, "route_id")
    table = table.keep(route >= 0)
    service = table.column("service_id").find(services)
    report.rows("unknown_service", table, service < 0, "service_id")
    table = table.keep(service >= 0)
    if len(table) == 0:
        raise FeedError(table.name, None, None, "has no trip of a known route and service")
    direction = table.column("direction_id").numbers()
    known = np.isin(direction, (0.0, 1.0))
    report.rows("bad_direction", table, ~known & table.column("direction_id").given(), "direction_id")
    return Trips(
        table,
        table.column("trip_id").texts(),
        table.column("route_id").find(routes),
        table.column("service_id").find(services),
        np.where(known, direction, -1).astype(np.int8),
        table.column("trip_headsign"),
        table.column("block_id"),
        table.column("shape_id"),
    )
