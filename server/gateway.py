"""The application of a gateway process: WebSockets and arrivals from what an engine relays through Redis.

Gateways keep nothing of their own: any number may stand behind one address, and a reader may go from one to another with
`since`. Everything else of the API is answered by the engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, FastAPI, Query, Request, Response
from starlette.types import ASGIApp

from server.answers import JSON, Answer
from server.background import running
from server.board_schemas import Arrivals
from server.hub import Hub
from server.metrics import CONTENT_TYPE, Metrics, hub_metrics, relay_metrics
from server.problems import ProblemException, responses
from server.publications import Publication
from server.redis_gateway import GatewayCounts, RelayReader
from server.routes.common import CrsQuery
from server.schemas import Health
from server.settings import Settings
from server.sockets import live_router
from server.topics import TopicError
from server.views import places
from server.web_app import make_fastapi, with_front_door

_STOPS, _ARRIVALS = "/v1/stops/", "/arrivals"
_STATUS = {"unavailable": 503}


class RelayedArrivals:
    """Answers of `GET …/arrivals` from the topics `stop:…` that the hub holds."""

    def __init__(self, hub: Hub, reader: RelayReader, max_age: int) -> None:
        self._hub, self._reader = hub, reader
        self._cache_control = f"public, max-age={max_age}"
        self._answers: dict[str, tuple[Publication, Answer]] = {}

    def find(self, path: str) -> Answer | None:
        """The answer of a path when the stop's topic is held."""
        if not (path.startswith(_STOPS) and path.endswith(_ARRIVALS)):
            return None
        return self._held(path[len(_STOPS) : -len(_ARRIVALS)])

    async def get(self, stop_id: str) -> Answer:
        """The answer, fetched if need be. Raises a 404 or 503 problem."""
        try:
            await self._reader.open_topic(f"stop:{stop_id}")
        except TopicError as wrong:
            status = _STATUS.get(wrong.code, 404)
            raise ProblemException(status, "unavailable" if status == 503 else "unknown_stop", wrong.detail) from None
        answer = self._held(stop_id)
        assert answer is not None
        return answer

    def made(self, body: bytes) -> Answer:
        """An answer of its own."""
        return Answer(body, JSON, self._cache_control)

    def forget(self) -> None:
        """Let go of answers whose topics are not held any more."""
        self._answers = {name: one for name, one in self._answers.items() if self._hub.find_topic(name) is not None}

    def _held(self, stop_id: str) -> Answer | None:
        name = f"stop:{stop_id}"
        topic = self._hub.find_topic(name)
        if topic is None or topic.current is None:
            return None
        topic.left = asyncio.get_running_loop().time()
        known = self._answers.get(name)
        if known is None or known[0] is not topic.current:
            known = self._answers[name] = topic.current, self.made(topic.current.data)
        return known[1]


def create_gateway(settings: Settings) -> ASGIApp:
    """The whole application."""
    metrics = Metrics()
    hub = Hub(settings.history, settings.recovery_seconds, settings.slow_seconds)
    reader = RelayReader(settings, hub)
    arrivals = RelayedArrivals(hub, reader, settings.max_age)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with running((reader.run, lambda: _tidy(arrivals))):
            yield

    routers = [_arrivals_router(arrivals), _operations_router(reader.counts, metrics)]
    routers.append(live_router(hub, settings, lambda: True, reader.open_topic))
    metrics.watch(lambda: hub_metrics(hub))
    metrics.watch(lambda: relay_metrics(reader.counts.connected, reader.counts.totals()))
    return with_front_door(make_fastapi(settings, lifespan, routers), arrivals.find, settings, metrics)


def _arrivals_router(arrivals: RelayedArrivals) -> APIRouter:
    router = APIRouter(prefix="/v1/stops", tags=["stops"])

    @router.get("/{stop_id:path}/arrivals", response_model=Arrivals, responses=responses(404, 422, 503))
    async def get_arrivals(
        request: Request,
        stop_id: str,
        limit: Annotated[int | None, Query(ge=1, le=100, description="most rows in `arrivals`")] = None,
        routes: Annotated[str | None, Query(max_length=500, description="route ids or short names, joined by commas")] = None,
        lang: Annotated[Literal["zh", "en"] | None, Query(description="one language; both without it")] = None,
        crs: CrsQuery = "wgs84",
    ) -> Response:
        """The board of a stop, as the engine answers it."""
        answer = await arrivals.get(stop_id)
        if limit is not None or routes is not None or lang is not None or crs != "wgs84":
            board = orjson.loads(answer.body)
            narrow(board, limit, None if routes is None else {one.strip() for one in routes.split(",")}, lang)
            (board["stop"]["lat"],), (board["stop"]["lon"],) = places([board["stop"]["lat"]], [board["stop"]["lon"]], crs)
            answer = arrivals.made(orjson.dumps(board))
        return answer.response(request)

    return router


def narrow(board: dict[str, Any], limit: int | None, routes: set[str] | None, language: str | None) -> None:
    """Cut an arrivals JSON down to what was asked for, as the engine does when it encodes."""
    if routes is not None:
        for part in ("arrivals", "lines"):
            board[part] = [row for row in board[part] if {row["route"]["id"], row["route"]["short_name"]} & routes]
    board["arrivals"] = board["arrivals"][:limit]
    if language is not None:
        for row in (*board["arrivals"], *board["lines"], *board["alerts"]):
            for words in ("text", "short", "description", "url"):
                if words in row:
                    row[words] = {language: row[words][language]}


def _operations_router(counts: GatewayCounts, metrics: Metrics) -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get("/healthz", response_model=Health)
    async def get_health() -> Response:
        """Whether the process works."""
        return Response(b'{"status":"ok"}', media_type=JSON)

    @router.get("/readyz", response_model=Health, responses=responses(503))
    async def get_readiness() -> Response:
        """Whether Redis is there, and an engine behind it."""
        if not counts.connected or not counts.engine_alive:
            missing = "Redis" if not counts.connected else "an engine"
            raise ProblemException(503, "not_ready", f"this gateway is waiting for {missing}", headers={"retry-after": "1"})
        return Response(b'{"status":"ok"}', media_type=JSON)

    @router.get("/metrics", response_class=Response)
    async def get_metrics() -> Response:
        """Prometheus metrics."""
        return Response(metrics.text(), headers={"content-type": CONTENT_TYPE})

    return router


async def _tidy(arrivals: RelayedArrivals) -> None:
    while True:
        await asyncio.sleep(60)
        arrivals.forget()
