"""What files say of streets, intersections and trips, brought together for where-next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from feeds.signals.siting_inputs import IntersectionTable
from feeds.signals.siting_trips import PAIRS, SEQUENCES, TripTable
from server.errors import ServerError
from signals.kernels.columns import F64
from signals.road_graph import RoadGraph, add_intersections, no_graph
from signals.siting import Limits
from signals.siting_objective import Measured
from signals.siting_report import SitingCase
from signals.siting_trips import Trips, make_trips, trips_between, trips_of_tracks
from transit.geometry import to_local


class SitingInputError(ServerError):
    """The files do not fit together, or an option names what none of them has."""


class Assembled(NamedTuple):
    """A case, what runs in real time already, costs, and what had to be left out."""

    case: SitingCase
    equipped: tuple[int, ...]
    cost: F64
    """[J] NaN unknown"""
    left_out: dict[str, int]
    """how many, by reason"""


def assemble(
    edges: RoadGraph | None, table: IntersectionTable | None, trips: TripTable, costs: IntersectionTable | None = None
) -> Assembled:
    """The case of these files. With neither edges nor a list the intersections are those that trips name.

    Raises SitingInputError when trips need what is not there, or pass no intersection.
    """
    graph = edges or no_graph()
    if table is not None:
        graph = add_intersections(graph, table.ids, table.lat, table.lon)
    elif edges is None and trips.kind == SEQUENCES:
        unknown = np.full(len(trips.words), np.nan)
        graph = add_intersections(graph, trips.words, unknown, unknown)
    passed, left_out = _trips(graph, edges is not None, trips)
    if not len(passed.stop):
        raise SitingInputError("no trip passes an intersection that the streets or the list of intersections know")
    count = len(graph.signal_ids)
    gain, bus, cost, grade = np.full(count, np.nan), np.full(count, np.nan), np.full(count, np.nan), np.zeros(count, np.int8)
    equipped: tuple[int, ...] = ()
    names: dict[str, str] = {}
    if table is not None:
        rows = np.array([graph.signal_index[one] for one in table.ids])
        gain[rows], bus[rows], cost[rows], grade[rows] = table.gain, table.bus_delay, table.cost, table.grade
        equipped = tuple(rows[np.array(table.equipped)].tolist())
        names = dict(zip(table.ids, table.names))
    for one, price in zip(costs.ids, costs.cost.tolist()) if costs is not None else ():
        if one in graph.signal_index:
            cost[graph.signal_index[one]] = price
        else:
            left_out["cost_of_an_unknown_intersection"] = left_out.get("cost_of_an_unknown_intersection", 0) + 1
    measured = Measured(None if np.isnan(gain).all() else gain, None if np.isnan(bus).all() else bus)
    return Assembled(SitingCase(graph, passed, measured, grade, names), equipped, cost, left_out)


def limits_of(
    found: Assembled, most: int | None, budget: float, must: Iterable[str] = (), never: Iterable[str] = (),
    equipped: Iterable[str] = (), branches: bool = False,
) -> Limits:
    """The limits that ids name. Under a budget an intersection whose cost is not known may not be chosen.

    Raises SitingInputError for an id that is not known, and when a budget meets no cost at all.
    """
    graph = found.case.graph
    rows = [_rows(graph, ids) for ids in (must, never, equipped)]
    limits = Limits(most, budget, None, rows[0], rows[1], sorted({*rows[2], *found.equipped}))
    if branches:
        limits = replace(limits, candidates=np.ones(len(graph.signal_ids), np.uint8))
    if np.isinf(budget):  # costs are only told, where all are known
        return limits if np.isnan(found.cost).any() else replace(limits, cost=found.cost)
    if np.isnan(found.cost).all():
        raise SitingInputError("a budget needs costs: give a list with the columns intersection_id and cost")
    unknown = np.flatnonzero(np.isnan(found.cost)).tolist()
    if set(unknown) & set(rows[0]):
        raise SitingInputError(f"the cost of {graph.signal_ids[min(set(unknown) & set(rows[0]))]}, which must be chosen, is not known")
    return replace(limits, cost=np.where(np.isnan(found.cost), 1.0, found.cost), never=sorted({*rows[1], *unknown}))


def _rows(graph: RoadGraph, ids: Iterable[str]) -> Sequence[int]:
    rows = []
    for one in ids:
        if one not in graph.signal_index:
            raise SitingInputError(f"there is no intersection {one!r}")
        rows.append(graph.signal_index[one])
    return rows


def _trips(graph: RoadGraph, with_streets: bool, table: TripTable) -> tuple[Trips, dict[str, int]]:
    if table.kind == SEQUENCES:
        return _sequences(graph, table)
    if table.kind == PAIRS:
        if not with_streets:
            raise SitingInputError("trips from node to node need --edges")
        return _pairs(graph, table)
    known = ~(np.isnan(graph.lat) | np.isnan(graph.lon))
    if not known.any():
        raise SitingInputError("vehicle positions need places of intersections: lat and lon in a list, or wkt of edges")
    origin = float(graph.lat[known].mean()), float(graph.lon[known].mean())
    x, y = to_local(table.lat, table.lon, *origin)
    signal_x, signal_y = to_local(np.where(known, graph.lat, 90.0), np.where(known, graph.lon, 180.0), *origin)
    trips = trips_of_tracks(table.trip, table.time, x, y, table.weight, table.day, signal_x, signal_y)
    return trips, {} if known.all() else {"intersections_without_a_place": int((~known).sum())}


def _sequences(graph: RoadGraph, table: TripTable) -> tuple[Trips, dict[str, int]]:
    of_word = np.array([graph.signal_index.get(one, -1) for one in table.words], np.int32)
    stop = of_word[table.at]
    known = stop >= 0
    left_out = {} if known.all() else {"rows_at_an_unknown_intersection": int((~known).sum())}
    return make_trips(table.trip[known], stop[known], table.weight, table.day, len(graph.signal_ids)), left_out


def _pairs(graph: RoadGraph, table: TripTable) -> tuple[Trips, dict[str, int]]:
    of_word = np.array([graph.node_index.get(one, -1) for one in table.words], np.int32)
    origin, goal = of_word[table.at], of_word[table.to]
    known = (origin >= 0) & (goal >= 0)
    trips, lost = trips_between(graph, origin[known], goal[known], table.weight[known], table.day[known])
    counts = {"trips_at_an_unknown_node": int((~known).sum()), "trips_that_no_way_joins": lost}
    return trips, {reason: count for reason, count in counts.items() if count}
