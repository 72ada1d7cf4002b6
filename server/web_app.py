"""What the application of an engine and that of a gateway have in common: FastAPI set up, its documents, its front door."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.openapi.utils import get_openapi
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from server import problems
from server.answers import JSON, Answer
from server.asyncapi import asyncapi_bytes
from server.front_door import FrontDoor
from server.limits import ReadLimiter
from server.metrics import Metrics, door_metrics
from server.routes.parking import message_schemas
from server.settings import Settings
from server.version import VERSION

_DESCRIPTION = """When the bus comes: live vehicles, arrivals and boards of a city's public transport.

Reading needs no key. Times are RFC 3339 with offset, coordinates WGS-84 (`crs=gcj02` converts), unknown values null.
What changes can be had as it happens on the WebSocket `/v1/ws`, described in [/asyncapi.json](/asyncapi.json)."""
_NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False}
_LICENCE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
_CACHED = {"cache-control": "public, max-age=300"}
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def make_fastapi(settings: Settings, lifespan: Lifespan, routers: Sequence[APIRouter]) -> FastAPI:
    """FastAPI with these routes, errors as problems, and the two documents."""
    app = FastAPI(
        title="Baimai", version=VERSION, description=_DESCRIPTION, lifespan=lifespan, docs_url=None, redoc_url=None,
        telemetry=_NO_TELEMETRY,
    )  # fmt: skip
    problems.install(app)
    app.add_middleware(CORSMiddleware, allow_origins=settings.allowed_origins, allow_methods=("GET",))
    for router in routers:
        app.include_router(router)

    @app.get("/asyncapi.json", include_in_schema=False)
    async def asyncapi() -> Response:
        return Response(asyncapi_bytes(), media_type=JSON, headers=_CACHED)

    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def with_front_door(app: ASGIApp, find: Callable[[str], Answer | None], settings: Settings, metrics: Metrics) -> ASGIApp:
    """The app behind its front door; where not every origin may read, prepared answers leave CORS to the app."""
    limiter = ReadLimiter(settings.reads_per_minute, settings.unlimited_clients)
    door = FrontDoor(app, find, limiter, open_to_all="*" in settings.allowed_origins)
    metrics.watch(lambda: door_metrics(door))
    return door


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document, with the Problem that every error answer refers to."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, license_info=_LICENCE
        )
        document["components"]["schemas"].update(problems.schemas() | message_schemas())
        app.openapi_schema = document
    return app.openapi_schema
