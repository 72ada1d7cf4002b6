"""The page `/operations`: open alerts, whom to hold, and headways by line, worst excess wait first. Needs no map and no Node."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from server.pages import language_of, render
from server.runtime import runtime_of
from server.supervision_views import closed_alerts, line_rows, supervision_view
from transit.local_time import rfc3339

router = APIRouter(include_in_schema=False)
EVERY_MS = 10_000
"""ms between two looks"""
CLOSED = 12
"""alerts that are over shown at most"""


@router.get("/operations")
async def show_operations(request: Request, lang: Annotated[Literal["zh", "en"] | None, Query()] = None) -> HTMLResponse:
    """What a supervisor looks at; nothing of a snapshot that is older than a board may be."""
    runtime = runtime_of(request)
    language = language_of(lang, request.headers.get("accept-language"))
    snapshot, network = runtime.published.snapshot, runtime.network
    if snapshot is not None and runtime.clock() > snapshot.now + runtime.published.boards.parameters.expires_after:
        snapshot = None
    told = {"alerts": [], "holding": []} if snapshot is None else supervision_view(snapshot)
    return render(
        "operations.html",
        lang=language, every_ms=EVERY_MS, agency=network.agency, known=snapshot is not None,
        at="" if snapshot is None else rfc3339(snapshot.now, network.timezone)[11:19],
        buses=None if snapshot is None else snapshot.counts.get("vehicles_in_service"),
        alerts=told["alerts"], holding=told["holding"],
        closed=[] if snapshot is None else closed_alerts(snapshot, CLOSED),
        lines=[] if snapshot is None else line_rows(snapshot),
    )  # fmt: skip
