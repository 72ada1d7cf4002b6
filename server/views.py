"""Stops and lines of the network as readers see them, and the search for stops. Pure: values in, JSON-ready values out.

Coordinates are WGS-84 unless `crs` is gcj02; then they are converted here, at the edge.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

import numpy as np

from feeds.datum import wgs84_to_gcj02
from server.vehicle_table import Json, route_view
from transit.geometry import distance
from transit.kernels.columns import F64, I64
from transit.network import Network

Crs = Literal["wgs84", "gcj02"]
_DIGITS = 6
_SHAPE_DIGITS = 5
"""shapes are kept as float32: 0.7 m at this longitude"""


def places(lat: Any, lon: Any, crs: Crs, digits: int = _DIGITS) -> tuple[list[float], list[float]]:
    """Coordinates for the wire; six digits are 0.1 m."""
    if crs == "gcj02":
        lat, lon = wgs84_to_gcj02(lat, lon)
    return np.round(np.asarray(lat, np.float64), digits).tolist(), np.round(np.asarray(lon, np.float64), digits).tolist()


def moved(vehicles: list[Json], crs: Crs) -> list[Json]:
    """Vehicles in another datum; they come in WGS-84."""
    if crs == "wgs84" or not vehicles:
        return vehicles
    lat, lon = places([one["lat"] for one in vehicles], [one["lon"] for one in vehicles], crs)
    return [{**one, "lat": a, "lon": b} for one, a, b in zip(vehicles, lat, lon)]


class StopSearch:
    """Finds stops of one network by place and by name."""

    def __init__(self, network: Network) -> None:
        self._network = network

    @cached_property
    def _names(self) -> list[tuple[str, str, str]]:
        """(name, id, code) of each stop, case folded."""
        network = self._network
        rows = zip(network.stop_names, network.stop_ids, network.stop_codes)
        return [(name.casefold(), stop_id.casefold(), code.casefold()) for name, stop_id, code in rows]

    def find(
        self, near: tuple[float, float] | None, radius: float, text: str | None, box: tuple[float, float, float, float] | None
    ) -> tuple[I64, F64 | None]:
        """(stop indices, their distances in m when `near` is given).

        Nearest first; else those whose name or id begins with the text, then those that contain it; else as in the feed.
        box: west, south, east, north in degrees.
        """
        network = self._network
        chosen = np.ones(len(network.stop_ids), np.bool_)
        if box is not None:
            west, south, east, north = box
            chosen &= (network.stop_lat >= south) & (network.stop_lat <= north)
            chosen &= (network.stop_lon >= west) & (network.stop_lon <= east)
        away = None
        if near is not None:
            away = distance(near[0], near[1], network.stop_lat, network.stop_lon)
            chosen &= away <= radius
        found = np.flatnonzero(chosen)
        if text:
            found = self._called(found, text.casefold())
        if away is None:
            return found, None
        found = found[np.argsort(away[found], kind="stable")]
        return found, away[found]

    def _called(self, found: I64, text: str) -> I64:
        ranked = []
        for stop in found.tolist():
            names = self._names[stop]
            if text in names:
                ranked.append((0, stop))
            elif any(name.startswith(text) for name in names):
                ranked.append((1, stop))
            elif text in names[0]:
                ranked.append((2, stop))
        return np.array([stop for _, stop in sorted(ranked)], np.int64)


def stops_view(network: Network, stops: I64, away: F64 | None, crs: Crs) -> list[Json]:
    """Each stop; `distance_m` when the search was for a place."""
    lat, lon = places(network.stop_lat[stops], network.stop_lon[stops], crs)
    rows: list[Json] = []
    for k, stop in enumerate(stops.tolist()):
        row: Json = {
            "id": network.stop_ids[stop],
            "code": network.stop_codes[stop] or None,
            "name": network.stop_names[stop],
            "lat": lat[k],
            "lon": lon[k],
        }
        if away is not None:
            row["distance_m"] = round(float(away[k]))
        rows.append(row)
    return rows


def line_view(network: Network, route: int) -> Json:
    """A route without its patterns."""
    text_color = network.route_text_colors[route]
    return {
        **route_view(network, route),
        "long_name": network.route_long_names[route],
        "text_color": f"#{text_color}" if text_color else None,
        "type": int(network.route_types[route]),
    }


def line_detail(network: Network, route: int, crs: Crs) -> Json:
    """A route with every pattern: its stops in order and its shape for drawing."""
    patterns = np.flatnonzero(network.patterns.route == route)
    return {**line_view(network, route), "patterns": [_pattern_view(network, int(pattern), crs) for pattern in patterns]}


def _pattern_view(network: Network, pattern: int, crs: Crs) -> Json:
    columns = network.patterns
    first, end = columns.stop_start[pattern : pattern + 2].tolist()
    stops = columns.stop[first:end]
    stop_lat, stop_lon = places(network.stop_lat[stops], network.stop_lon[stops], crs)
    a, b = network.shape_start[pattern : pattern + 2].tolist()
    lat, lon = places(network.shape_lat[a:b], network.shape_lon[a:b], crs, _SHAPE_DIGITS)
    start, _ = network.trips_of_pattern
    direction = int(columns.direction[pattern])
    return {
        "direction_id": direction if direction >= 0 else None,
        "headsign": network.headsigns[int(columns.headsign[pattern])],
        "trips": int(start[pattern + 1] - start[pattern]),
        "stops": [
            {
                "id": network.stop_ids[stop],
                "name": network.stop_names[stop],
                "lat": stop_lat[k],
                "lon": stop_lon[k],
                "stop_sequence": int(columns.sequence[first + k]),
                "distance_m": round(float(columns.distance[first + k])),
            }
            for k, stop in enumerate(stops.tolist())
        ],
        "shape": {"type": "LineString", "coordinates": [list(pair) for pair in zip(lon, lat)]},
    }
