"""The page `/signals`: which intersections really answer traffic. The frame and its words; figures come from the API as it runs."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from server.pages import language_of, render
from server.runtime import runtime_of

router = APIRouter(include_in_schema=False)


@router.get("/signals")
async def show_signals(request: Request, lang: Annotated[Literal["zh", "en"] | None, Query()] = None) -> HTMLResponse:
    """Ladder, map of rungs, coverage trend, one intersection's diagrams, where next, bus priority."""
    runtime = runtime_of(request)
    return render("signals.html", lang=language_of(lang, request.headers.get("accept-language")), agency=runtime.network.agency)
