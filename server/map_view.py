"""The network as the live map draws it: one JSON of routes with their shapes, and stops. Made once a network.

A route's way there and back along the same streets is drawn once: patterns whose points are all of another are left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson

from transit.departures import route_name
from transit.network import Network

Json = dict[str, Any]
STEP = 4.0e-5
"""degrees, about 4 m: points of a shape nearer to the one before are left out"""


def map_object(network: Network) -> Json:
    """`{"version", "bounds": [west, south, east, north], "routes": […], "stops": […]}`; coordinates are [lon, lat]."""
    served = np.unique(network.patterns.stop)
    lon, lat = network.stop_lon[served], network.stop_lat[served]
    bounds = [lon.min(), lat.min(), lon.max(), lat.max()] if len(served) else [0.0, 0.0, 0.0, 0.0]
    return {
        "version": network.version,
        "bounds": [round(float(value), 6) for value in bounds],
        "routes": [_route(network, route) for route in range(len(network.route_ids))],
        "stops": [
            {"id": network.stop_ids[stop], "name": network.stop_names[stop], "at": _place(x, y), "routes": routes}
            for stop, x, y, routes in zip(served.tolist(), lon.tolist(), lat.tolist(), _routes_of_stops(network, served))
        ],
    }


def encode_map(network: Network) -> bytes:
    """The same as bytes."""
    return orjson.dumps(map_object(network))


def busiest_stops(network: Network, count: int) -> list[str]:
    """Ids of the stops that most lines serve, no two with one name: what a first page shows."""
    served = np.unique(network.patterns.stop)
    routes = _routes_of_stops(network, served)
    calls = np.bincount(network.patterns.stop, minlength=len(network.stop_ids))
    order = sorted(range(len(served)), key=lambda i: (-len(routes[i]), -calls[served[i]], i))
    chosen: dict[str, int] = {}
    ends = {int(network.patterns.stop[end - 1]) for end in network.patterns.stop_start[1:].tolist()}
    starts = {int(network.patterns.stop[start]) for start in network.patterns.stop_start[:-1].tolist()}
    for i in order:
        stop = int(served[i])
        if stop not in ends or stop in starts:
            chosen.setdefault(network.stop_names[stop], stop)
        if len(chosen) == count:
            break
    return [network.stop_ids[stop] for stop in chosen.values()]


def _routes_of_stops(network: Network, stops: Any) -> list[list[int]]:
    route = network.patterns.route[network.pattern_of_pattern_stop]
    start, places = network.pattern_stops_of_stop
    return [sorted(set(route[places[start[stop] : start[stop + 1]]].tolist())) for stop in stops.tolist()]


def _place(lon: float, lat: float) -> list[float]:
    return [round(lon, 6), round(lat, 6)]


def _route(network: Network, route: int) -> Json:
    color = network.route_colors[route]
    patterns = np.flatnonzero(network.patterns.route == route).tolist()
    shapes = sorted((_shape(network, pattern) for pattern in patterns), key=len, reverse=True)
    kept: list[list[list[float]]] = []
    for shape in shapes:
        points = {tuple(point) for point in shape}
        if not any(points <= {tuple(point) for point in other} for other in kept):
            kept.append(shape)
    return {
        "id": network.route_ids[route],
        "short_name": route_name(network, route),
        "long_name": network.route_long_names[route],
        "color": f"#{color}" if color else None,
        "shapes": kept,
    }


def _shape(network: Network, pattern: int) -> list[list[float]]:
    first, end = network.shape_start[pattern : pattern + 2].tolist()
    if end - first < 2:
        stops = network.patterns.stop[slice(*network.patterns.stop_start[pattern : pattern + 2].tolist())]
        return [_place(x, y) for x, y in zip(network.stop_lon[stops].tolist(), network.stop_lat[stops].tolist())]
    points: list[list[float]] = []
    for lon, lat in zip(network.shape_lon[first:end].tolist(), network.shape_lat[first:end].tolist()):
        if not points or abs(lon - points[-1][0]) + abs(lat - points[-1][1]) >= STEP:
            points.append(_place(lon, lat))
    return points
