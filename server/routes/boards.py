"""Routes of stop boards: arrivals as JSON, and as text for LED cards. The front door answers hot reads before they get here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from server.answers import JSON, Answer
from server.board_models import Arrivals
from server.board_views import Charset, encode_arrivals, render_board_txt
from server.problems import ProblemException
from server.published import Published
from server.views import Crs
from transit.board_text import LANGUAGES

Language = Literal["zh", "en"]


def boards_router(published: Published, clock: Callable[[], float], max_age: int) -> APIRouter:
    """`clock` gives the epoch seconds that the engine runs by; `max_age` s is for Cache-Control."""
    router = APIRouter(tags=["stops"])

    def stop_of(stop_id: str) -> int:
        stop = published.network.stop_index.get(stop_id)
        if stop is None:
            raise ProblemException(404, "unknown_stop", f"no stop has the id {stop_id!r}")
        return stop

    @router.get("/v1/stops/{stop_id:path}/arrivals", response_model=Arrivals, summary="The board of a stop")
    async def arrivals(
        request: Request,
        stop_id: str,
        limit: Annotated[int | None, Query(ge=1, le=100, description="most rows in `arrivals`")] = None,
        routes: Annotated[str | None, Query(max_length=1000, description="route ids or numbers, separated by commas")] = None,
        lang: Annotated[Language | None, Query(description="language of `text`; both without it")] = None,
        crs: Annotated[Crs, Query(description="datum of the stop's coordinates")] = "wgs84",
    ) -> Response:
        """Buses on their way to the stop, then scheduled departures nobody stands for; every line of the stop in `lines`.

        Poll it every 10 s with If-None-Match, or subscribe `stop:{id}` on /v1/ws. Blank the screen after `expires_at`.
        """
        stop = stop_of(stop_id)
        if limit is None and routes is None and lang is None and crs == "wgs84":
            return published.arrivals(stop).response(request)
        wanted = None if routes is None else {one.strip() for one in routes.split(",")}
        content = published.board(stop).content
        body = encode_arrivals(content, limit, wanted, LANGUAGES if lang is None else (lang,), crs)
        return Answer(body, JSON, f"public, max-age={max_age}").response(request)

    @router.get("/v1/stops/{stop_id:path}/board.txt", summary="The board as text for LED cards", response_class=Response)
    async def board_txt(
        stop_id: str,
        rows: Annotated[int, Query(ge=1, le=40)] = 4,
        columns: Annotated[int, Query(ge=8, le=200, description="cells; a 汉字 takes two")] = 32,
        charset: Charset = "gbk",
        lang: Language = "zh",
    ) -> Response:
        """`rows` lines of exactly `columns` cells, each ended by LF. More lines than rows alternate every 6 s.

        After the board has expired all lines are blank.
        """
        content = published.board(stop_of(stop_id)).content
        body = render_board_txt(content, rows, columns, charset, clock(), lang, published.boards.parameters)
        return Response(body, media_type=f"text/plain; charset={charset}", headers={"Cache-Control": "no-cache"})

    return router
