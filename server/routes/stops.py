"""Stops: search, arrivals, and the text board for LED cards."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from server.board_schemas import Arrivals
from server.board_views import Charset, arrivals_object, render_board_txt
from server.paging import DEFAULT_LIMIT, page_of
from server.problems import responses
from server.routes.common import Box, CrsQuery, Cursor, Limit, Near, answer, box_of, point_of, unknown
from server.runtime import Runtime, runtime_of
from server.schemas import StopList
from server.views import places, stops_view
from transit.board_text import LANGUAGES

router = APIRouter(prefix="/v1/stops", tags=["stops"])
_EXAMPLE = {"text/plain": {"example": "12  绣水村   还有2站·约3分\n"}}
_TEXT: dict[int | str, dict[str, Any]] = {200: {"description": "the board, one row a line", "content": _EXAMPLE}}


@router.get("", response_model=StopList, responses=responses(422))
async def list_stops(
    request: Request,
    near: Near = None,
    radius: Annotated[float, Query(gt=0, le=50_000, description="m around `near`")] = 500.0,
    q: Annotated[str | None, Query(min_length=1, max_length=100, description="part of a name, or an id or code")] = None,
    bbox: Box = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    crs: CrsQuery = "wgs84",
) -> Response:
    """Stops by place and name: nearest first with `near`, best match first with `q`."""
    runtime = runtime_of(request)
    found, away = runtime.published.stops.find(point_of(near), radius, q, box_of(bbox))
    rows, following = page_of(range(len(found)), limit, cursor)
    page = slice(rows.start, rows.stop)
    stops = stops_view(runtime.network, found[page], None if away is None else away[page], crs)
    return answer(request, {"stops": stops, "next": following})


@router.get("/{stop_id:path}/arrivals", response_model=Arrivals, responses=responses(404, 422, 503))
async def get_arrivals(
    request: Request,
    stop_id: str,
    limit: Annotated[int | None, Query(ge=1, le=100, description="most rows in `arrivals`")] = None,
    routes: Annotated[str | None, Query(max_length=500, description="route ids or short names, joined by commas")] = None,
    lang: Annotated[Literal["zh", "en"] | None, Query(description="one language; both without it")] = None,
    crs: CrsQuery = "wgs84",
) -> Response:
    """Buses on their way to the stop, then scheduled departures nobody stands for; every line of the stop in `lines`.

    Poll it every 10 s with If-None-Match, or subscribe `stop:{id}` on /v1/ws. Blank the screen after `expires_at`.
    """
    runtime = runtime_of(request)
    stop = _stop(runtime, stop_id)
    if limit is None and routes is None and lang is None and crs == "wgs84":
        return runtime.published.arrivals(stop).response(request)
    wanted = None if routes is None else [one.strip() for one in routes.split(",")]
    content = runtime.published.board(stop).content
    board = arrivals_object(content, limit, wanted, LANGUAGES if lang is None else (lang,))
    (board["stop"]["lat"],), (board["stop"]["lon"],) = places([board["stop"]["lat"]], [board["stop"]["lon"]], crs)
    return answer(request, board)


@router.get("/{stop_id:path}/board.txt", response_class=Response, responses={**_TEXT, **responses(404, 422, 503)})
async def get_board_text(
    request: Request,
    stop_id: str,
    rows: Annotated[int, Query(ge=1, le=40)] = 4,
    columns: Annotated[int, Query(ge=8, le=200, description="cells; a 汉字 takes two")] = 32,
    charset: Annotated[Charset, Query()] = "gbk",
    lang: Annotated[Literal["zh", "en"], Query()] = "zh",
) -> Response:
    """Text for an LED card: `rows` lines of exactly `columns` cells, each ended by LF. More lines than rows alternate.

    After the board has expired all lines are blank.
    """
    runtime = runtime_of(request)
    content = runtime.published.board(_stop(runtime, stop_id)).content
    now = runtime.clock()
    body = render_board_txt(content, rows, columns, charset, now, lang, runtime.published.boards.parameters)
    headers = {"cache-control": "no-cache", "content-type": f"text/plain; charset={charset}"}
    return Response(body, headers=headers)


def _stop(runtime: Runtime, stop_id: str) -> int:
    stop = runtime.network.stop_index.get(stop_id)
    if stop is None:
        raise unknown("stop", stop_id)
    return stop
