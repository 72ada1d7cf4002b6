"""The live vehicles of one snapshot as readers see them; computed once a snapshot, each vehicle described when asked for.

A vehicle is listed while its newest fix is younger than BoardParameters.vehicle_forgotten_after, whatever its state: the state
says whether it is a bus on its way. Rows are the engine's own, which only grow, so an index is a stable order for paging.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from server.topics import MAX_ZOOM
from transit.departures import route_name
from transit.geometry import heading, to_wgs84
from transit.kernels.columns import F64, I64
from transit.local_time import rfc3339
from transit.model import Evidence, Source, State
from transit.network import Network
from transit.parameters import BoardParameters
from transit.snapshot import Snapshot

Json = dict[str, Any]
_FORGOTTEN = BoardParameters().vehicle_forgotten_after
_CALLS = 12
"""next stops told of one vehicle"""
_WORDS = [state.word for state in State]
_EVIDENCE = [evidence.name.lower() for evidence in Evidence]


class VehicleTable:
    """`index_of` maps vehicle ids to rows; it may know of more vehicles than the snapshot."""

    def __init__(self, snapshot: Snapshot, index_of: Mapping[str, int]) -> None:
        self._snapshot, self._index_of = snapshot, index_of
        vehicles, network = snapshot.vehicles, snapshot.network
        lat, lon = to_wgs84(vehicles["x"], vehicles["y"], network.origin_lat, network.origin_lon)
        self.lat, self.lon = np.round(lat, 6), np.round(lon, 6)
        self.listed: I64 = np.flatnonzero(snapshot.now - vehicles["heard"] <= _FORGOTTEN)
        self._full: dict[int, Json] = {}

    def find(self, vehicle_id: str) -> int | None:
        """Row of a listed vehicle."""
        row = self._index_of.get(vehicle_id)
        if row is None or row >= len(self.lat) or not self._snapshot.now - self._snapshot.vehicles[row]["heard"] <= _FORGOTTEN:
            return None
        return row

    def known(self, vehicle_id: str) -> bool:
        """Whether this vehicle has ever been heard of."""
        return vehicle_id in self._index_of

    def of_route(self, route: int) -> list[int]:
        """Rows of the listed vehicles on a pattern of this route."""
        return self._rows_of_route.get(route, [])

    def in_box(self, west: float, south: float, east: float, north: float) -> I64:
        """Rows of the listed vehicles inside, WGS-84 degrees."""
        lat, lon = self.lat[self.listed], self.lon[self.listed]
        inside = (lat >= south) & (lat <= north) & (lon >= west) & (lon <= east)
        return np.asarray(self.listed[inside])

    def in_tile(self, zoom: int, x: int, y: int) -> list[int]:
        """Rows of the listed vehicles in a Web Mercator tile of zoom 0 to MAX_ZOOM."""
        shift = MAX_ZOOM - zoom
        columns, rows = self._tiles
        inside = (columns >> shift == x) & (rows >> shift == y)
        return np.asarray(self.listed)[inside].tolist()  # type: ignore[no-any-return]

    def describe(self, row: int) -> Json:
        """Everything published of one vehicle. Unknown is None."""
        found = self._full.get(row)
        if found is None:
            found = self._full[row] = self._describe(row)
        return found

    def detail(self, row: int) -> Json:
        """`describe`, and its next calls."""
        snapshot = self._snapshot
        network, arrivals = snapshot.network, snapshot.arrivals
        found = np.flatnonzero(arrivals.vehicle == row)
        found = found[np.argsort(arrivals.arrival[found], kind="stable")][:_CALLS]
        calls = [
            {
                "stop": {"id": network.stop_ids[stop], "name": network.stop_names[stop]},
                "stop_sequence": int(network.patterns.sequence[place]),
                "trip_id": network.trip_ids[trip] if trip >= 0 else None,
                "arrival": rfc3339(arrival, network.timezone),
                "departure": rfc3339(departure, network.timezone),
                "source": Source(source).word,
            }
            for place, stop, trip, arrival, departure, source in zip(
                arrivals.pattern_stop[found].tolist(), network.patterns.stop[arrivals.pattern_stop[found]].tolist(),
                arrivals.trip[found].tolist(), arrivals.arrival[found].tolist(), arrivals.departure[found].tolist(),
                arrivals.source[found].tolist(),
            )
        ]  # fmt: skip
        return {**self.describe(row), "calls": calls}

    def brief(self, row: int) -> Json:
        """What a map needs of one among many."""
        full = self.describe(row)
        route = full["route"]
        return {
            "id": full["id"],
            "route_id": route["id"] if route else None,
            "short_name": route["short_name"] if route else None,
            "direction_id": full["direction_id"],
            "lat": full["lat"],
            "lon": full["lon"],
            "bearing": full["bearing"],
            "state": full["state"],
            "observed_at": full["observed_at"],
        }

    def describe_all(self, rows: Iterable[int]) -> list[Json]:
        """`describe` of each."""
        return [self.describe(int(row)) for row in rows]

    @cached_property
    def _tiles(self) -> tuple[I64, I64]:
        """Tile columns and rows at MAX_ZOOM of the listed vehicles (the usual spherical formula)."""
        lat, lon = self.lat[self.listed], self.lon[self.listed]
        return tile_columns(lon, MAX_ZOOM), tile_rows(lat, MAX_ZOOM)

    @cached_property
    def _rows_of_route(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        patterns = self._snapshot.vehicles["pattern"]
        routes = self._snapshot.network.patterns.route
        for row in self.listed.tolist():
            if patterns[row] >= 0:
                found.setdefault(int(routes[patterns[row]]), []).append(row)
        return found

    def _describe(self, row: int) -> Json:
        snapshot = self._snapshot
        one, network = snapshot.vehicles[row], snapshot.network
        pattern, trip = int(one["pattern"]), int(one["trip"])
        placed = pattern >= 0
        direction = int(network.patterns.direction[pattern]) if placed else -1
        headsign = network.trips.headsign[trip] if trip >= 0 else network.patterns.headsign[pattern] if placed else -1
        east, north = float(one["east"]), float(one["north"])
        return {
            "id": snapshot.vehicle_ids[row],
            "route": route_view(network, int(network.patterns.route[pattern])) if placed else None,
            "direction_id": direction if direction >= 0 else None,
            "headsign": network.headsigns[int(headsign)] if headsign >= 0 else None,
            "trip_id": network.trip_ids[trip] if trip >= 0 else None,
            "lat": float(self.lat[row]),
            "lon": float(self.lon[row]),
            "bearing": round(float(heading(east, north)), 1) if east or north else None,
            "speed_mps": _number(one["speed"], 1),
            "state": _WORDS[one["state"]],
            "evidence": _EVIDENCE[one["evidence"]],
            "observed_at": rfc3339(float(one["heard"]), network.timezone),
            "progress_m": _number(one["progress"], 0),
            "cross_track_m": _number(one["cross_track"], 1),
            "next_stop": _next_stop(network, pattern, float(one["progress"])) if placed else None,
        }


def route_view(network: Network, route: int) -> Json:
    """A route in brief."""
    color = network.route_colors[route]
    name = route_name(network, route)
    return {"id": network.route_ids[route], "short_name": name, "color": f"#{color}" if color else None}


def tile_columns(lon: F64, zoom: int) -> I64:
    """Web Mercator tile x of each longitude."""
    return np.clip(((lon + 180.0) / 360.0 * (1 << zoom)).astype(np.int64), 0, (1 << zoom) - 1)


def tile_rows(lat: F64, zoom: int) -> I64:
    """Web Mercator tile y of each latitude, counted from the north."""
    angle = np.radians(np.clip(lat, -85.0511, 85.0511))
    share = (1.0 - np.arcsinh(np.tan(angle)) / np.pi) / 2.0
    return np.clip((share * (1 << zoom)).astype(np.int64), 0, (1 << zoom) - 1)


def _next_stop(network: Network, pattern: int, progress: float) -> Json | None:
    """The first stop of the pattern that lies ahead; None past the last."""
    first, end = network.patterns.stop_start[pattern : pattern + 2].tolist()
    place = first + int(np.searchsorted(network.patterns.distance[first:end], progress, side="right"))
    if not progress >= 0 or place >= end:
        return None
    stop = int(network.patterns.stop[place])
    return {
        "id": network.stop_ids[stop],
        "name": network.stop_names[stop],
        "stop_sequence": int(network.patterns.sequence[place]),
        "distance_m": round(float(network.patterns.distance[place]) - progress),
    }


def _number(value: float, digits: int) -> float | None:
    number = float(value)
    return None if np.isnan(number) else round(number, digits)
