"""The web application of an engine process: all routes, behind the front door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp

from server.background import running
from server.pages import mount_files
from server.parking.desk import Desk
from server.parking.live_topics import openers
from server.parking.short_cut import ShortCut
from server.routes import (
    accuracy,
    lines,
    operations,
    operations_page,
    pages,
    parking,
    parking_arrivals,
    parking_barriers,
    parking_closures,
    parking_conduct,
    parking_earnings,
    parking_offers,
    parking_operators,
    parking_owned_places,
    parking_owners,
    parking_page,
    parking_payments,
    parking_reservations,
    parking_residents,
    parking_webhooks,
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
    opener = openers(runtime.parking, runtime.publisher.open_topic)
    live = live_router(runtime.hub, runtime.settings, lambda: runtime.ready, runtime.publisher.open_topic, opener)
    modules = (
        stops, lines, vehicles, positions, realtime, service_changes, signals, signals_coverage, signals_effect, signals_intake,
        signals_measures, signals_page, supervision, operations, operations_page, accuracy, parking, parking_arrivals,
        parking_reservations, parking_payments, parking_offers, parking_operators, parking_barriers, parking_closures, parking_owners,
        parking_owned_places, parking_earnings, parking_conduct, parking_residents, parking_webhooks, parking_page, pages,
    )  # fmt: skip
    app = make_fastapi(runtime.settings, lifespan, [*(module.router for module in modules), live])
    app.state.runtime = runtime
    mount_files(app)
    return with_front_door(ShortCut(app, Desk(runtime.parking)), published.find, runtime.settings, runtime.metrics)
