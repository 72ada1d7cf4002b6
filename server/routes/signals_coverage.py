"""Signals as a whole: coverage, where next, bus priority."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from feeds.errors import FeedError
from server.problems import ProblemException, responses
from server.routes.common import answer, unknown
from server.routes.moments import Moment, moment_of, stretch_of, wrong
from server.runtime import runtime_of
from server.signals.district_schemas import CoverageAnswer, PriorityRequests, WhereNext
from server.signals.priority_views import request_view
from server.signals.siting_book import Question, SitingError
from server.signals.siting_case import SitingInputError

router = APIRouter(prefix="/v1/signals", tags=["signals"])
_DAY = 86_400_000
_LONGEST = 3660 * _DAY
"""ms of a series: ten years, far more than anyone keeps"""


@router.get("/coverage", response_model=CoverageAnswer, response_model_exclude_unset=True, responses=responses(422, 503))
async def get_coverage(
    request: Request,
    as_of: Moment = None,
    since: Annotated[str | None, Query(alias="from", max_length=40, description="begin of a series, as `as_of`")] = None,
    until: Annotated[str | None, Query(alias="to", max_length=40, description="end of the series; now without it")] = None,
    items: Annotated[bool, Query(description="with the intersections behind each official figure")] = False,
) -> Response:
    """How many intersections stand on each rung, strict and lenient, by number, importance and flow; the official ratio with its star
    and what lacks for the next; e-police coverage. At any moment since records began, and with `from` as a series and by local day.

    The same as it changes: topic `coverage` of `/v1/ws`.
    """
    runtime = runtime_of(request)
    signals, timezone = runtime.signals, runtime.network.timezone
    snapshot = signals.shown.current()
    moment = snapshot.now if as_of is None else min(moment_of(as_of, "as_of", timezone, end_of_day=True), snapshot.now + _DAY)
    if moment > snapshot.now:
        if as_of is None or len(as_of) != 10:
            raise wrong("as_of", "lies in the future")
        moment = snapshot.now
    book = signals.coverage
    coverage = await asyncio.to_thread(book.at, moment, snapshot, items)
    value = book.view(coverage)
    if since is not None or until is not None:
        value["series"] = await asyncio.to_thread(
            book.series, *stretch_of(since, until, snapshot.now, timezone, _DAY, _LONGEST), snapshot
        )
    return answer(request, value)


@router.get("/next", response_model=WhereNext, responses=responses(404, 422, 503))
async def get_next(
    request: Request,
    n: Annotated[int, Query(ge=1, le=200, description="how many")] = 10,
    include: Annotated[list[str] | None, Query(max_length=50, description="intersections that must be chosen; repeatable")] = None,
    exclude: Annotated[list[str] | None, Query(max_length=50, description="intersections that must not; repeatable")] = None,
    branches: Annotated[bool, Query(description="consider intersections of branch roads (支路) alone too")] = False,
) -> Response:
    """The intersections whose real-time control would save most, in order, beside what rankings by flow and betweenness would choose.

    Gains follow from the quarter hours measured so far and from bus delay; where nothing was measured, a typical gain is assumed and
    said. Those shown to adapt already are not chosen again.
    """
    signals = runtime_of(request).signals
    snapshot = signals.shown.current()
    question = Question(n, tuple(include or ()), tuple(exclude or ()), branches)
    days = await signals.pipeline.ask(signals.engine.volumes.kept)
    try:
        told = await asyncio.to_thread(signals.siting.answer, question, snapshot, days, signals.bus_delay())
    except SitingInputError as error:
        raise ProblemException(404, "no_siting_data", str(error)) from None
    except FeedError as error:
        raise ProblemException(503, "siting_unreadable", str(error)) from None
    except SitingError as error:
        raise wrong("n", str(error)) from None
    return answer(request, {"generated_at": signals.shown.stamps.of(snapshot.now), **told})


@router.get("/priority-requests", response_model=PriorityRequests, responses=responses(404, 422, 503))
async def list_priority_requests(
    request: Request,
    intersection: Annotated[str | None, Query(max_length=200, description="intersection id")] = None,
    closed: Annotated[bool, Query(description="with those that are over, the newest first")] = False,
) -> Response:
    """Late buses on their way to a signal: advice when each will be at the stop line. No controller is commanded.

    The same as it changes: topic `intersection:{id}` of `/v1/ws`.
    """
    shown = runtime_of(request).signals.shown
    snapshot, told, timezone = shown.current(), shown.priority, shown.timezone
    row = None if intersection is None else snapshot.inventory.intersection_index.get(intersection)
    if intersection is not None and row is None:
        raise unknown("intersection", intersection)
    chosen = [] if told is None else [*told.requests, *(reversed(told.closed) if closed else ())]
    rows = [one for one in chosen if row is None or one.ask.intersection == row]
    value = {
        "generated_at": shown.stamps.of(snapshot.now),
        "requests": [request_view(one, snapshot.inventory, timezone) for one in rows],
        "counts": {} if told is None else dict(told.counts),
        "eta_accuracy": [] if told is None else [
            {"seconds_ahead": ahead, **{name: _finite(part) for name, part in tally._asdict().items()}}
            for ahead, tally in told.accuracy.items()
        ],
    }  # fmt: skip
    return answer(request, value)


def _finite(value: float) -> float | None:
    return None if value != value else value
