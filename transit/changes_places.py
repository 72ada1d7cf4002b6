"""Where in a network the ids of a service change are: patterns, pattern stops, stops. A reason, a word to count, when nowhere."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from transit.changes import Detour, Informed
from transit.network import Network


def route_patterns(network: Network, route_id: str, direction: int) -> list[int] | str:
    """The patterns of a route, in one direction or (-1) in both."""
    route = network.route_index.get(route_id)
    if route is None:
        return "unknown_route"
    patterns = network.patterns
    mine = patterns.route == route
    if direction >= 0:
        mine &= patterns.direction == direction
    found: list[int] = np.flatnonzero(mine).tolist()
    return found or "no_such_direction"


def pattern_stops_at(network: Network, stop_id: str, route_id: str = "", direction: int = -1) -> list[int] | str:
    """The pattern stops at a stop, of one route (and direction) or of any."""
    stop = network.stop_index.get(stop_id)
    if stop is None:
        return "unknown_stop"
    start, places = network.pattern_stops_of_stop
    found: list[int] = places[start[stop] : start[stop + 1]].tolist()
    if route_id:
        patterns = route_patterns(network, route_id, direction)
        if isinstance(patterns, str):
            return patterns
        found = [place for place in found if int(network.pattern_of_pattern_stop[place]) in patterns]
    return found or "stop_not_on_route"


def covered_stops(network: Network, detour: Detour) -> list[int] | str:
    """The pattern stops between the two ends of a detour; of a loop that passes them twice, between each pair."""
    patterns = route_patterns(network, detour.route_id, detour.direction)
    if isinstance(patterns, str):
        return patterns
    ends = []
    for stop_id in (detour.from_stop_id, detour.to_stop_id):
        if stop_id and stop_id not in network.stop_index:
            return "unknown_stop"
        ends.append(network.stop_index.get(stop_id, -1))
    found: list[int] = []
    for pattern in patterns:
        first, end = network.patterns.stop_start[pattern : pattern + 2].tolist()
        stops = network.patterns.stop[first:end].tolist()
        begins = [-1] if ends[0] < 0 else [k for k, stop in enumerate(stops) if stop == ends[0]]
        for begin, until in zip(begins, [*begins[1:], len(stops)]):
            back = len(stops)
            if ends[1] >= 0:
                back = next((k for k in range(begin + 1, min(until + 1, len(stops))) if stops[k] == ends[1]), -1)
            found += range(first + begin + 1, first + max(back, begin + 1))
    return found or "detour_not_on_route"


def informed_stops(network: Network, entity: Informed) -> Collection[int] | str | None:
    """The stops where an alert about the entity is read; None: everywhere (it names an agency only)."""
    if entity.stop_id:
        stop = network.stop_index.get(entity.stop_id)
        if stop is None or (entity.route_id and entity.route_id not in network.route_index):
            return "unknown_stop" if stop is None else "unknown_route"
        return (stop,)
    patterns: list[int] | str
    if entity.run is not None and entity.run.trip_id:
        trip = network.trip_index.get(entity.run.trip_id)
        patterns = "unknown_trip" if trip is None else [int(network.trips.pattern[trip])]
    elif entity.route_id:
        patterns = route_patterns(network, entity.route_id, entity.direction)
    elif entity.route_type >= 0:
        types = network.route_types[network.patterns.route]
        patterns = np.flatnonzero(types == entity.route_type).tolist() or "unknown_route"
    else:
        return None if entity.agency_id else "alert_about_nothing"
    if isinstance(patterns, str):
        return patterns
    start, stops = network.patterns.stop_start, network.patterns.stop
    return {int(stop) for pattern in patterns for stop in stops[start[pattern] : start[pattern + 1]]}
