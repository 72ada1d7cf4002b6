"""How right the predictions were: `/v1/accuracy` for programs and `/accuracy` for people, from one report.

Both are public reads like the arrivals they judge: sums over routes, stops and hours, without a vehicle or a trip in them.
"""

from __future__ import annotations

import asyncio
import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from server.accuracy_page import ROWS, page_values
from server.accuracy_schemas import AccuracyReport
from server.accuracy_views import names_of, report_json
from server.errors import ServerError
from server.pages import language_of, render
from server.problems import ProblemException, responses
from server.routes.common import answer
from server.runtime import Runtime, runtime_of
from transit.local_time import rfc3339

router = APIRouter()
TREND_DAYS = 35
"""days of the trend: five weeks show what a weekday usually is"""
Day = Annotated[
    str | None,
    Query(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="service day; today so far by default", examples=["2026-11-23"],
        json_schema_extra={"format": "date"},
    ),
]
Stops = Annotated[int, Query(ge=0, le=10_000, description="how many stops are told, the largest errors first")]


@router.get("/v1/accuracy", response_model=AccuracyReport, responses=responses(404, 422, 503), tags=["operations"])
async def get_accuracy(request: Request, date: Day = None, stops: Stops = 50) -> Response:
    """How right the predictions of a service day were, by horizon, ruler, route, stop and hour, beside baselines, and the trend.

    The truth is the engine's own detection of stops. 404 for a day that nothing was kept of; today is there from the start.
    """
    return answer(request, await asyncio.to_thread(_report, runtime_of(request), date, stops, True))


@router.get("/accuracy", include_in_schema=False)
async def show_accuracy(
    request: Request, date: Day = None, lang: Annotated[Literal["zh", "en"] | None, Query()] = None
) -> HTMLResponse:
    """The same as a page with plots."""
    runtime = runtime_of(request)
    report = await asyncio.to_thread(_report, runtime, date, ROWS, False)
    language = language_of(lang, request.headers.get("accept-language"))
    found = bool(report["predictors"]) or report["state"] == "running"
    values = page_values(report, language)
    return render("accuracy.html", 200 if found else 404, **values, agency=runtime.network.agency, dates=report["dates"])


def _report(runtime: Runtime, text: str | None, stops: int, must_exist: bool) -> dict[str, Any]:
    """The report of a day; nothing of it raises 404 where it must exist."""
    accuracy, network = runtime.accuracy, runtime.network
    today = accuracy.today()
    date = today if text is None else _date(text)
    try:
        scores = accuracy.day(date)
        trend = accuracy.store.trend(date, TREND_DAYS)
    except ServerError as wrong:
        raise ProblemException(503, "accuracy_unreadable", str(wrong)) from None
    if must_exist and not scores and date != today:
        raise ProblemException(404, "no_accuracy", f"nothing was scored on the service day {date}")
    ids = accuracy.ids
    shown = {
        "routes": dict(zip(network.route_ids, network.route_short_names)), "stops": dict(zip(network.stop_ids, network.stop_names))
    }
    days = {one.isoformat() for one in accuracy.store.dates()} | ({today.isoformat()} if date == today else set())
    running = date == today or accuracy.running(date)
    return report_json(
        scores, names_of(ids.routes.ids, ids.stops.ids, shown), stops,
        date=date.isoformat(), timezone=network.timezone, generated_at=rfc3339(runtime.clock(), network.timezone),
        state="running" if running else "closed",
        truth={"source": "engine", "first_stops": False, "sampled_share": 1.0 / accuracy.scores.stride},
        trend=[{**row, "predictions": int(row["predictions"]), "arrivals": int(row["arrivals"])} for row in trend],
        dates=sorted(days, reverse=True),
    )  # fmt: skip


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        detail = f"is no date of the calendar: {text!r}"
        raise ProblemException(422, "invalid_request", f"date {detail}", [{"pointer": "/query/date", "detail": detail}]) from None
