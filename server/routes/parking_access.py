"""Who asks, for the routes of parking: checks of `server.parking.access`, told to OpenAPI."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer

from server.parking.access import Access, Caller, lower_headers
from server.runtime import runtime_of

_CITIZEN = "a citizen's token; an app signs instead, with X-Key-Id, X-Subject, X-Timestamp, X-Nonce and X-Signature"
Bearer = Annotated[Any, Security(HTTPBearer(auto_error=False, scheme_name="Citizen", bearerFormat="JWT", description=_CITIZEN))]
Key = Annotated[
    Any,
    Security(APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="Operator", description="an API key, scope `parking`")),
]


def citizen(request: Request, body: bytes = b"") -> Caller:
    """The citizen who asks. Raises a 401 or 403 problem."""
    return _access(request).citizen(lower_headers(request.scope["headers"]), request.method, target(request), body)


def anybody(request: Request, body: bytes = b"") -> Caller:
    """A citizen, an app or an operator. Raises a 401 or 403 problem."""
    return _access(request).caller(lower_headers(request.scope["headers"]), request.method, target(request), body)


def operator(request: Request) -> Caller:
    """The operator who asks. Raises a 401 or 403 problem."""
    return _access(request).operator(lower_headers(request.scope["headers"]))


def target(request: Request) -> str:
    """Path and query, as they are signed."""
    query = request.scope["query_string"].decode("latin-1")
    path: str = request.scope["path"]
    return f"{path}?{query}" if query else path


def _access(request: Request) -> Access:
    return runtime_of(request).parking.access
