"""What signals bring at one intersection: days with real-time control beside days without, and what better timing is worth."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response

from server.problems import responses
from server.routes.common import answer
from server.routes.signals import row_of
from server.runtime import runtime_of
from server.signals.district_schemas import IntersectionEffect, IntersectionWorth

router = APIRouter(prefix="/v1/signals/intersections", tags=["signals"])


@router.get("/{intersection_id}/effect", response_model=IntersectionEffect, responses=responses(404, 422, 503))
async def get_effect(request: Request, intersection_id: str) -> Response:
    """Delay (a lower bound) and split failures on days with real-time control beside its own comparable days without; compared once a
    night. Unknown until there are enough days of each kind, and whenever neither a difference nor its absence is shown.
    """
    signals = runtime_of(request).signals
    snapshot = signals.shown.current()
    row = row_of(snapshot, intersection_id)
    return answer(request, {"id": intersection_id, **signals.effect.view(row)})


@router.get("/{intersection_id}/worth", response_model=IntersectionWorth, responses=responses(404, 422, 503))
async def get_worth(request: Request, intersection_id: str) -> Response:
    """What timing that follows traffic would save against the best time-of-day plans, from the quarter hours measured so far: an upper
    bound, following the interval before, and more plans without following.
    """
    signals = runtime_of(request).signals
    snapshot = signals.shown.current()
    row = row_of(snapshot, intersection_id)
    days = await signals.pipeline.ask(signals.engine.volumes.kept)
    told = await asyncio.to_thread(signals.worth.answer, row, days, snapshot.now)
    return answer(request, {"id": intersection_id, **told})
