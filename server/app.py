"""The web application of an engine process: all routes, behind the front door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp

from server.background import running
from server.pages import mount_files
from server.routes import (
    accuracy,
    lines,
    operations,
    operations_page,
    pages,
    positions,
    realtime,
    service_changes,
    signals,
    signals_coverage,
    signals_effect,
    signals_intake,
    signals_measures,
    signals_page,
    stops,
    supervision,
    vehicles,
)
from server.runtime import Runtime
from server.sockets import live_router
from server.web_app import make_fastapi, with_front_door


def create_app(runtime: Runtime) -> ASGIApp:
    """The whole application; `runtime.background` runs while it does."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with running(runtime.background):
            yield

    published = runtime.published
    live = live_router(runtime.hub, runtime.settings, lambda: runtime.ready, runtime.publisher.open_topic)
    modules = (
        stops, lines, vehicles, positions, realtime, service_changes, signals, signals_coverage, signals_effect, signals_intake,
        signals_measures, signals_page, supervision, operations, operations_page, accuracy, pages,
    )  # fmt: skip
    app = make_fastapi(runtime.settings, lifespan, [*(module.router for module in modules), live])
    app.state.runtime = runtime
    mount_files(app)
    return with_front_door(app, published.find, runtime.settings, runtime.metrics)
