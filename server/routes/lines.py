"""Routes (lines) of the network, and the vehicles on them."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from server.paging import DEFAULT_LIMIT, page_of
from server.problems import responses
from server.routes.common import CrsQuery, Cursor, Limit, answer, unknown
from server.runtime import Runtime, runtime_of
from server.schemas import LineDetail, LineList, RouteVehicles
from server.views import line_detail, line_view, moved

router = APIRouter(prefix="/v1/routes", tags=["routes"])


@router.get("", response_model=LineList, responses=responses(422))
async def list_routes(request: Request, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Response:
    """All routes, in the order of the timetable."""
    network = runtime_of(request).network
    rows, following = page_of(range(len(network.route_ids)), limit, cursor)
    return answer(request, {"routes": [line_view(network, route) for route in rows], "next": following})


@router.get("/{route_id}", response_model=LineDetail, responses=responses(404, 422))
async def get_route(request: Request, route_id: str, crs: CrsQuery = "wgs84") -> Response:
    """A route with its patterns: stops in order, and the shape to draw."""
    runtime = runtime_of(request)
    return answer(request, line_detail(runtime.network, _route(runtime, route_id), crs))


@router.get("/{route_id}/vehicles", response_model=RouteVehicles, responses=responses(404, 422, 503))
async def list_route_vehicles(request: Request, route_id: str, crs: CrsQuery = "wgs84") -> Response:
    """The live vehicles on a route."""
    runtime = runtime_of(request)
    vehicles = runtime.published.vehicles()
    rows = vehicles.describe_all(vehicles.of_route(_route(runtime, route_id)))
    return answer(request, {"vehicles": moved(rows, crs)})


def _route(runtime: Runtime, route_id: str) -> int:
    route = runtime.network.route_index.get(route_id)
    if route is None:
        raise unknown("route", route_id)
    return route
