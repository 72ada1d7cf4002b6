"""Positions in: POST /v1/positions, and the WebSocket /v1/positions/ws for vehicles that stay connected. Both need a key."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Request, Response, WebSocket

from feeds.counters import Counters
from feeds.errors import FeedError
from feeds.positions_json import decode_positions
from server.answers import JSON
from server.auth import ApiKey
from server.problems import ProblemException, responses
from server.routes.common import body_of, check_key, require
from server.runtime import Runtime, runtime_of
from server.schemas import PositionsAccepted
from server.sockets import deny, listen

router = APIRouter(prefix="/v1/positions", tags=["positions"])
_POSITION = {
    "type": "object",
    "required": ["vehicle_id", "timestamp_unix", "lat", "lon"],
    "properties": {
        "vehicle_id": {"type": "string"},
        "trip_id": {"type": "string"},
        "route_id": {"type": "string"},
        "timestamp_unix": {"type": "number", "description": "epoch s of the fix"},
        "lat": {"type": "number", "description": "WGS-84 degrees"},
        "lon": {"type": "number"},
        "bearing": {"type": "number", "description": "degrees clockwise from north"},
        "speed_mps": {"type": "number"},
    },
}
_EXAMPLE = {"vehicle_id": "ZQ1007", "timestamp_unix": 1795354205, "lat": 36.712, "lon": 117.535, "speed_mps": 7.4}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "array", "items": _POSITION}, "example": [_EXAMPLE]},
            "application/x-ndjson": {"schema": _POSITION, "example": _EXAMPLE},
        },
    }
}


@router.post("", status_code=202, response_model=PositionsAccepted, responses=responses(400, 401, 403, 413, 415), openapi_extra=_BODY)
async def post_positions(request: Request, _key: Annotated[ApiKey, Depends(require("positions"))]) -> Response:
    """Take in positions: a JSON array or NDJSON. Each one that cannot be used is refused by itself, counted and told."""
    runtime = runtime_of(request)
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ProblemException(415, "unsupported_encoding", "the body must come without Content-Encoding")
    try:
        counters = _take(runtime, await body_of(request, runtime.settings.body_bytes, "send the positions in several requests"))
    except FeedError as wrong:
        raise ProblemException(400, "not_positions", str(wrong)) from None
    return Response(_receipt(counters), 202, media_type=JSON)


@router.websocket("/ws")
async def hear_positions(websocket: WebSocket) -> None:
    """Each message is a JSON array or NDJSON; each is answered with what became of it."""
    try:
        check_key(websocket, "positions")
    except ProblemException as wrong:
        await deny(websocket, wrong.status, wrong.code, wrong.detail)
        return
    await websocket.accept()
    runtime = runtime_of(websocket)

    async def hear(message: str | bytes) -> None:
        try:
            answer = _receipt(_take(runtime, message.encode() if isinstance(message, str) else message))
        except FeedError as wrong:
            answer = orjson.dumps({"op": "error", "code": "not_positions", "detail": str(wrong)})
        await websocket.send_text(answer.decode())

    await listen(websocket, hear)


def _take(runtime: Runtime, raw: bytes) -> Counters:
    positions, counters = decode_positions(raw, runtime.clock())
    runtime.inbox.put(positions, counters)
    return counters


def _receipt(counters: Counters) -> bytes:
    errors = [{"pointer": "/".join(filter(None, (one.where, one.field))), "detail": one.detail} for one in counters.examples]
    return orjson.dumps({"accepted": counters.accepted, "refused": counters.refused, "errors": errors})
