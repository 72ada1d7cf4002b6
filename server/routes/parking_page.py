"""The page `/parking`, for a phone: find a place for a time, reserve it, see one's reservations, share a space."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from parking.wall_clock import local_day
from parking.workdays import is_workday
from server.pages import language_of, render
from server.parking.views import ZONE
from server.runtime import runtime_of

router = APIRouter(include_in_schema=False)
_DAYS = 62


@router.get("/parking")
async def show_parking(request: Request, lang: Annotated[Literal["zh", "en"] | None, Query()] = None) -> HTMLResponse:
    """The frame and its words; all else comes from the API. A platform hands its citizen's token over in the fragment, `#token=…`,
    which browsers send to no server; in the demo every visitor is a guest with a space to share."""
    runtime = runtime_of(request)
    now = runtime.clock()
    guests = runtime.parking.guests
    token, place = guests() if guests is not None else ("", "")
    return render(
        "parking.html",
        lang=language_of(lang, request.headers.get("accept-language")), agency=runtime.network.agency,
        guest=token, place=place, now=f"{now:.3f}", days=working_days(now),
    )  # fmt: skip


def working_days(now: float) -> str:
    """A sign a day from today: 1 working day, 0 day off as decreed (调休), ? not decreed yet."""
    today = local_day(int(now), ZONE)
    return "".join({True: "1", False: "0", None: "?"}[is_workday(today + timedelta(days=ahead))] for ahead in range(_DAYS))
