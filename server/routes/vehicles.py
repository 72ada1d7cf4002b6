"""Live vehicles."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from server.paging import DEFAULT_LIMIT, page_of
from server.problems import responses
from server.routes.common import Box, CrsQuery, Cursor, Limit, answer, box_of, unknown
from server.runtime import runtime_of
from server.schemas import VehicleDetail, VehicleList
from server.views import moved

router = APIRouter(prefix="/v1/vehicles", tags=["vehicles"])


@router.get("", response_model=VehicleList, responses=responses(422, 503))
async def list_vehicles(
    request: Request, bbox: Box = None, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None, crs: CrsQuery = "wgs84"
) -> Response:
    """Vehicles heard of lately, whatever they are doing: `state` says what."""
    vehicles = runtime_of(request).published.vehicles()
    box = box_of(bbox)
    rows = (vehicles.listed if box is None else vehicles.in_box(*box)).tolist()
    page, following = page_of(rows, limit, cursor)
    return answer(request, {"vehicles": moved(vehicles.describe_all(page), crs), "next": following})


@router.get("/{vehicle_id}", response_model=VehicleDetail, responses=responses(404, 422, 503))
async def get_vehicle(request: Request, vehicle_id: str, crs: CrsQuery = "wgs84") -> Response:
    """One vehicle and its next stops."""
    vehicles = runtime_of(request).published.vehicles()
    row = vehicles.find(vehicle_id)
    if row is None:
        raise unknown("vehicle", vehicle_id)
    return answer(request, moved([vehicles.detail(row)], crs)[0])
