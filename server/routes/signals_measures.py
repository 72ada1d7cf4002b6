"""One intersection's signals over time: measures by bin, the Purdue coordination diagram, the split monitor."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from server.problems import ProblemException, responses
from server.routes.common import answer
from server.routes.moments import stretch_of, wrong
from server.routes.signals import row_of
from server.runtime import Runtime, runtime_of
from server.signals.diagrams import events_of, measure_rows, phases_of, purdue_view, splits_view
from server.signals.schemas import CoordinationDiagram, IntersectionMeasures, SplitMonitors
from server.signals.snapshot import SignalSnapshot

router = APIRouter(prefix="/v1/signals/intersections", tags=["signals"])
From = Annotated[str | None, Query(alias="from", max_length=40, description="RFC 3339, or a local date")]
To = Annotated[str | None, Query(alias="to", max_length=40, description="likewise, exclusive; a date means its end; now without it")]
_HOUR = 3_600_000


@router.get("/{intersection_id}/measures", response_model=IntersectionMeasures, responses=responses(404, 422, 503))
async def get_measures(
    request: Request,
    intersection_id: str,
    since: From = None,
    until: To = None,
    bin_seconds: Annotated[int, Query(alias="bin", ge=900, le=86_400, description="s, a multiple of 900")] = 900,
) -> Response:
    """Measures of every phase by bin: arrivals on green, platoon ratio, delay (a lower bound), split failures, terminations, splits,
    waits. Every ratio comes with numerator and denominator; null is unknown. The last two hours without `from`, eight days at most.
    """
    runtime = runtime_of(request)
    snapshot, row, _ = _asked(runtime, intersection_id)
    start, end = stretch_of(since, until, snapshot.now, runtime.network.timezone, 2 * _HOUR, 8 * 24 * _HOUR)
    signals = runtime.signals
    q = signals.engine.measures.parameters
    width = 1000 * bin_seconds
    start, end = start // width * width, -(-end // width) * width
    try:
        rows = await asyncio.to_thread(measure_rows, snapshot, signals.bins_store, row, start, end, bin_seconds, q)
    except ValueError as error:
        raise wrong("bin", str(error)) from None
    stamps = signals.shown.stamps
    value = {
        "id": intersection_id, "from": stamps.of(start), "to": stamps.of(end), "bin_seconds": bin_seconds,
        "measures": [{**one, "start": stamps.of(one["start_unix"] * 1000)} for one in rows],
    }  # fmt: skip
    return answer(request, value)


@router.get("/{intersection_id}/coordination", response_model=CoordinationDiagram, responses=responses(404, 422, 503))
async def get_coordination(
    request: Request,
    intersection_id: str,
    phase: Annotated[int, Query(ge=0, le=255, description="phase")],
    since: From = None,
    until: To = None,
) -> Response:
    """The Purdue coordination diagram of a phase as arrays: cycles from begin of red, and arrivals at the stop line.

    Events are kept for two hours: `known_from` says from when on the diagram is whole. The last half hour without `from`.
    """
    runtime = runtime_of(request)
    snapshot, _, device = _asked(runtime, intersection_id)
    start, end = stretch_of(since, until, snapshot.now, runtime.network.timezone, _HOUR // 2, 24 * _HOUR)
    q = runtime.signals.engine.measures.parameters

    def draw() -> dict[str, object]:
        return purdue_view(events_of(snapshot, device, start, end), snapshot.inventory, device, phase, q, start)

    stamps = runtime.signals.shown.stamps
    value = {
        "id": intersection_id, "phase": phase, "phases": phases_of(snapshot, device), "from": stamps.of(start), "to": stamps.of(end),
        "known_from": stamps.of(snapshot.window.since), **await asyncio.to_thread(draw),
    }  # fmt: skip
    return answer(request, value)


@router.get("/{intersection_id}/splits", response_model=SplitMonitors, responses=responses(404, 422, 503))
async def get_splits(
    request: Request,
    intersection_id: str,
    phase: Annotated[int | None, Query(ge=0, le=255, description="one phase; all without it")] = None,
    since: From = None,
    until: To = None,
) -> Response:
    """The split monitor: every service of each phase with its green, its split and how it ended. Kept as long as `coordination`."""
    runtime = runtime_of(request)
    snapshot, _, device = _asked(runtime, intersection_id)
    start, end = stretch_of(since, until, snapshot.now, runtime.network.timezone, _HOUR // 2, 24 * _HOUR)
    phases = phases_of(snapshot, device) if phase is None else [phase]

    def draw() -> list[dict[str, object]]:
        events = events_of(snapshot, device, start, end)
        return [splits_view(events, device, one, start) for one in phases]

    stamps = runtime.signals.shown.stamps
    value = {
        "id": intersection_id, "from": stamps.of(start), "to": stamps.of(end), "known_from": stamps.of(snapshot.window.since),
        "phases": await asyncio.to_thread(draw),
    }  # fmt: skip
    return answer(request, value)


def _asked(runtime: Runtime, intersection_id: str) -> tuple[SignalSnapshot, int, int]:
    """(snapshot, row, its controller's row). Raises a 404 problem for an intersection without a controller too."""
    snapshot = runtime.signals.shown.current()
    row = row_of(snapshot, intersection_id)
    device = int(snapshot.inventory.device[row])
    if device < 0:
        raise ProblemException(404, "no_controller", f"intersection {intersection_id!r} has no controller that is known")
    return snapshot, row, device
