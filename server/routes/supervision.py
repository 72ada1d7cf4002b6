"""Headways, alerts and holding advice for supervisors. Open to all, as the positions and arrivals they are made of."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from server.paging import DEFAULT_LIMIT, page_of
from server.problems import responses
from server.routes.common import Cursor, Limit, answer, unknown
from server.runtime import runtime_of
from server.supervision_schemas import Headways, SupervisionAlerts
from server.supervision_views import RULE, chosen_slots, closed_alerts, hold_view, line_rows, stop_rows, supervision_view
from transit.local_time import rfc3339

router = APIRouter(prefix="/v1", tags=["supervision"])


@router.get("/headways", response_model=Headways, responses=responses(404, 422, 503))
async def get_headways(
    request: Request,
    route: Annotated[str | None, Query(max_length=200, description="route id")] = None,
    stop: Annotated[str | None, Query(max_length=200, description="stop id")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Live, observed and planned headways by line and stop, expected and excess waiting time, and holding advice.

    Buses of all variants of a route and direction count together. A headway longer ago than 20 min is unknown. Holding advice
    follows `holding_rule`; nothing is advised where the planned headway is unknown.
    """
    runtime = runtime_of(request)
    snapshot, network = runtime.published.current(), runtime.network
    route_index = network.route_index.get(route) if route is not None else None
    stop_index = network.stop_index.get(stop) if stop is not None else None
    if route is not None and route_index is None:
        raise unknown("route", route)
    if stop is not None and stop_index is None:
        raise unknown("stop", stop)
    slots = [] if snapshot.headways is None else chosen_slots(snapshot.headways, route_index, stop_index)
    rows, following = page_of(slots, limit, cursor)
    holds = () if snapshot.supervision is None else snapshot.supervision.holds
    value = {
        "generated_at": rfc3339(snapshot.now, network.timezone),
        "lines": line_rows(snapshot, route_index),
        "stops": stop_rows(snapshot, rows),
        "next": following,
        "holding": [one for hold in holds for one in [hold_view(snapshot, hold)] if route in (None, one["route"]["id"])],
        "holding_rule": RULE,
    }
    return answer(request, value)


@router.get("/supervision/alerts", response_model=SupervisionAlerts, responses=responses(422, 503))
async def list_alerts(request: Request, limit: Limit = DEFAULT_LIMIT) -> Response:
    """Open alerts, the gravest first, and those closed within four hours (`limit` of them): bunching, gaps, detour candidates,
    buses off route and stuck. The same as it happens: topic `supervision` of `/v1/ws`.
    """
    snapshot = runtime_of(request).published.current()
    picture = snapshot.supervision
    return answer(
        request,
        {
            "generated_at": rfc3339(snapshot.now, snapshot.network.timezone),
            **supervision_view(snapshot),
            "closed": closed_alerts(snapshot, limit),
            "dropped": 0 if picture is None else picture.dropped,
        },
    )
