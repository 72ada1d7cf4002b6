"""Pages: `/` with live boards and the map, `/board/{stop_id}` for a screen at the stop, `/stop/{stop_id}` for a phone."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from server.answers import JSON, Answer
from server.board_page import PageRow, alert_lines, page_rows, stale
from server.map_view import busiest_stops, encode_map
from server.pages import embedded, embedded_value, language_of, map_built, render
from server.published import Published
from server.runtime import Runtime, runtime_of
from transit.board_text import Language

router = APIRouter(include_in_schema=False)
Lang = Annotated[Literal["zh", "en"] | None, Query()]
EVERY_MS = 10_000
"""ms between two polls of a page; an answer lives nine times as long"""
CARDS = 8
"""boards on the first page"""
CARD_ROWS = 4
_NO_ROW = PageRow("", None, "", "", "", "", "")


@router.get("/board/{stop_id:path}")
async def show_board(
    request: Request, stop_id: str, lang: Lang = None, rows: Annotated[int | None, Query(ge=1, le=20)] = None
) -> HTMLResponse:
    """The LED board of a stop. More lines than `rows` turn pages; without `rows` there are as many as lines, 3 to 6."""
    runtime = runtime_of(request)
    language = language_of(lang, request.headers.get("accept-language"))
    stop = _stop(runtime, stop_id)
    if stop is None:
        return _no_stop(stop_id, language)
    body, board = _board(runtime, stop_id)
    lines = [] if board is None else page_rows(board, language)
    room = rows or min(6, max(3, len(lines)))
    shown = lines[:room]
    return render(
        "board.html",
        stop=stop, board=board, stale=board is not None and stale(board), alerts=alert_lines(board, language),
        board_rows=shown + [_NO_ROW] * (room - len(shown)), rows=rows, lang=language,
        every_ms=EVERY_MS, embedded=embedded(body), empty=_empty(board, language),
    )  # fmt: skip


@router.get("/stop/{stop_id:path}")
async def show_stop(request: Request, stop_id: str, lang: Lang = None) -> HTMLResponse:
    """The stop on a phone."""
    runtime = runtime_of(request)
    language = language_of(lang, request.headers.get("accept-language"))
    stop = _stop(runtime, stop_id)
    if stop is None:
        return _no_stop(stop_id, language)
    body, board = _board(runtime, stop_id)
    rows = [] if board is None else page_rows(board, language)
    return render(
        "stop.html",
        stop=stop, board=board, alerts=alert_lines(board, language),
        board_rows=rows, lang=language, every_ms=EVERY_MS, embedded=embedded(body),
        agency=runtime.network.agency, empty=_empty(board, language),
    )  # fmt: skip


@router.get("/")
async def show_home(request: Request, lang: Lang = None) -> HTMLResponse:
    """Boards of the busiest stops beside the live map."""
    runtime = runtime_of(request)
    language = language_of(lang, request.headers.get("accept-language"))
    cards = []
    for stop_id in _busiest(runtime.published):
        _, board = _board(runtime, stop_id)
        rows = [] if board is None else page_rows(board, language)[:CARD_ROWS]
        cards.append({"stop": _stop(runtime, stop_id), "board": board, "rows": rows})
    network, snapshot = runtime.network, runtime.published.snapshot
    return render(
        "home.html",
        cards=cards, lang=language, every_ms=EVERY_MS, card_rows=CARD_ROWS, map_built=map_built(), agency=network.agency,
        routes=len(network.route_ids), stops=len(network.stop_ids),
        buses=None if snapshot is None else snapshot.counts.get("vehicles_in_service"),
        embedded=embedded_value([card["board"] for card in cards]),
    )  # fmt: skip


@router.get("/map/network.json")
async def get_map(request: Request) -> Response:
    """What the live map draws under the buses."""
    return _map(runtime_of(request).published).response(request)


@lru_cache(maxsize=1)
def _map(published: Published) -> Answer:
    return Answer(encode_map(published.network), JSON, "public, max-age=300")


@lru_cache(maxsize=1)
def _busiest(published: Published) -> list[str]:
    return busiest_stops(published.network, CARDS)


def _stop(runtime: Runtime, stop_id: str) -> dict[str, str] | None:
    stop = runtime.network.stop_index.get(stop_id)
    return None if stop is None else {"id": stop_id, "name": runtime.network.stop_names[stop]}


def _board(runtime: Runtime, stop_id: str) -> tuple[bytes | None, dict[str, Any] | None]:
    """The arrivals JSON, as bytes and as values; None before the first snapshot and once the newest has expired."""
    snapshot = runtime.published.snapshot
    if snapshot is None or runtime.clock() > snapshot.now + runtime.published.boards.parameters.expires_after:
        return None, None
    body = runtime.published.arrivals(runtime.network.stop_index[stop_id]).body
    return body, orjson.loads(body)


def _empty(board: dict[str, Any] | None, language: Language) -> str:
    """What a board without lines says."""
    if board is not None and board["terminus"]:
        return "终点站" if language == "zh" else "Terminus"
    return "暂无数据" if language == "zh" else "No data"


def _no_stop(stop_id: str, language: Language) -> HTMLResponse:
    return render("no_stop.html", 404, stop_id=stop_id, lang=language)
