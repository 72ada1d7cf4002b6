"""What the routes share: query parameters with their checks, keys, and answers with an entity tag."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import orjson
from fastapi import Query, Request, Response, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.requests import HTTPConnection

from server.answers import JSON, Answer
from server.auth import SCOPES, ApiKey, presented_key
from server.paging import MAX_LIMIT
from server.problems import ProblemException
from server.runtime import runtime_of
from server.views import Crs

_NUMBER = r"-?\d{1,3}(\.\d{1,15})?"
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="rows a page")]
Cursor = Annotated[str | None, Query(max_length=60, description="`next` of the page before")]
CrsQuery = Annotated[Crs, Query(description="datum of the coordinates in the answer")]
Near = Annotated[
    str | None, Query(pattern=rf"^{_NUMBER},{_NUMBER}$", description="lat,lon in WGS-84 degrees", examples=["36.712,117.535"])
]
Box = Annotated[
    str | None,
    Query(
        pattern=rf"^{_NUMBER}(,{_NUMBER}){{3}}$",
        description="west,south,east,north in WGS-84 degrees, as in GeoJSON",
        examples=["117.45,36.65,117.62,36.78"],
    ),
]
_Bearer = Annotated[Any, Security(HTTPBearer(auto_error=False, description="an API key"))]
_Header = Annotated[Any, Security(APIKeyHeader(name="X-API-Key", auto_error=False, description="an API key"))]


def answer(request: Request, value: Any) -> Response:
    """JSON with an entity tag; 304 when the client has it already."""
    return answer_bytes(request, orjson.dumps(value))


def answer_bytes(request: Request, body: bytes) -> Response:
    """The same of JSON that is bytes already."""
    seconds = runtime_of(request).settings.max_age
    return Answer(body, JSON, f"public, max-age={seconds}").response(request)


async def body_of(request: Request, limit: int, advice: str) -> bytes:
    """The whole body. Raises a 413 problem as soon as it is known to be larger than `limit` bytes."""
    body = bytearray()
    declared = request.headers.get("content-length", "0")
    size = int(declared) if declared.isdigit() else 0
    if size <= limit:
        async for chunk in request.stream():
            body += chunk
            size = len(body)
            if size > limit:
                break
    if size > limit:
        raise ProblemException(413, "too_large", f"the body may have {limit} bytes; {advice}")
    return bytes(body)


def point_of(text: str | None) -> tuple[float, float] | None:
    """(lat, lon) of `near`."""
    if text is None:
        return None
    lat, lon = (float(part) for part in text.split(","))
    if not -90 <= lat <= 90 or not -180 <= lon <= 180:
        raise _wrong("near", "is lat,lon: the first number lies within ±90, the second within ±180")
    return lat, lon


def box_of(text: str | None) -> tuple[float, float, float, float] | None:
    """(west, south, east, north) of `bbox`."""
    if text is None:
        return None
    west, south, east, north = (float(part) for part in text.split(","))
    if not (-90 <= south <= north <= 90 and -180 <= west <= east <= 180):
        raise _wrong("bbox", "is west,south,east,north: longitudes within ±180 and latitudes within ±90, the smaller first")
    return west, south, east, north


def unknown(kind: str, key: str) -> ProblemException:
    """404 for a stop, route or vehicle that is not there."""
    return ProblemException(404, f"unknown_{kind}", f"no {kind} has the id {key!r}")


def require(scope: str) -> Callable[..., Awaitable[ApiKey]]:
    """A dependency: the request carries a key for this scope."""

    async def check(request: Request, _bearer: _Bearer, _header: _Header) -> ApiKey:
        return check_key(request, scope)

    return check


def check_key(connection: HTTPConnection, scope: str) -> ApiKey:
    """The key of a request or a handshake. Raises a 401 or 403 problem."""
    text = presented_key(connection.headers)
    challenge = {"www-authenticate": 'Bearer realm="baimai"'}
    if text is None:
        detail = "this needs an API key, as `Authorization: Bearer KEY` or `X-API-Key: KEY`"
        raise ProblemException(401, "no_key", detail, headers=challenge)
    runtime = runtime_of(connection)
    key = runtime.keys.find_key(text, runtime.clock())
    if key is None:
        raise ProblemException(401, "bad_key", "this API key is unknown or revoked", headers=challenge)
    if not key.allows(scope):
        raise ProblemException(403, "wrong_scope", f"this API key may not {SCOPES[scope]}; it needs the scope {scope!r}")
    return key


def _wrong(name: str, detail: str) -> ProblemException:
    return ProblemException(422, "invalid_request", f"{name} {detail}", [{"pointer": f"/query/{name}", "detail": detail}])
