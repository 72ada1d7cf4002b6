"""Signals: intersections, what they show, where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request, Response

from server.paging import DEFAULT_LIMIT, page_of
from server.problems import responses
from server.routes.common import Box, CrsQuery, Cursor, Limit, answer, box_of, unknown
from server.runtime import runtime_of
from server.signals.diagrams import last_rows
from server.signals.schemas import IntersectionDetail, IntersectionList, RungWord, VerdictWord
from server.signals.snapshot import SignalSnapshot
from server.signals.views import clock_view, equipment_view, evidence_view, intersection_rows, signal_now, standing, tally

router = APIRouter(prefix="/v1/signals/intersections", tags=["signals"])


@router.get("", response_model=IntersectionList, responses=responses(422, 503))
async def list_intersections(
    request: Request,
    bbox: Box = None,
    rung: Annotated[RungWord | None, Query(description="only those that are shown to stand on this rung")] = None,
    verdict: Annotated[VerdictWord | None, Query(description="only those with this verdict")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    crs: CrsQuery = "wgs84",
) -> Response:
    """Intersections of the inventory, each with its rung on the ladder listed → online → declared → adapting → healthy → effective.

    `rung` is what is shown; `possible_rung` is where it would stand if all that is unknown were answered yes.
    """
    shown = runtime_of(request).signals.shown
    snapshot = shown.current()
    rows = _chosen(snapshot, box_of(bbox), rung, verdict)
    page, following = page_of(rows, limit, cursor)
    value = {
        "generated_at": shown.stamps.of(snapshot.now),
        "intersections": intersection_rows(snapshot, page, shown.stamps, crs),
        "summary": tally(rows, snapshot.findings),
        "next": following,
    }
    return answer(request, value)


def _chosen(
    snapshot: SignalSnapshot, box: tuple[float, float, float, float] | None, rung: str | None, verdict: str | None
) -> Sequence[int]:
    """Rows of the intersections asked for; one without a place lies in no box."""
    inventory = snapshot.inventory
    chosen = np.ones(len(inventory.intersection_ids), np.bool_)
    if box is not None:
        west, south, east, north = box
        chosen &= (inventory.lat >= south) & (inventory.lat <= north) & (inventory.lon >= west) & (inventory.lon <= east)
    rows: list[int] = np.flatnonzero(chosen).tolist()
    if rung is None and verdict is None:
        return rows
    told = {row: standing(snapshot.findings[row]) for row in rows}
    return [row for row in rows if rung in (None, told[row]["rung"]) and verdict in (None, told[row]["verdict"])]


def row_of(snapshot: SignalSnapshot, intersection_id: str) -> int:
    """Raises a 404 problem."""
    row = snapshot.inventory.intersection_index.get(intersection_id)
    if row is None:
        raise unknown("intersection", intersection_id)
    return row


@router.get("/{intersection_id}", response_model=IntersectionDetail, responses=responses(404, 422, 503))
async def get_intersection(request: Request, intersection_id: str, crs: CrsQuery = "wgs84") -> Response:
    """One intersection: where it stands with the evidence, what its controller shows, its approaches and detectors, its last measures.

    The same as it changes: topic `intersection:{id}` of `/v1/ws`.
    """
    signals = runtime_of(request).signals
    snapshot, stamps = signals.shown.current(), signals.shown.stamps
    row = row_of(snapshot, intersection_id)
    finding, device = snapshot.findings[row], int(snapshot.inventory.device[row])
    clock = None if device < 0 else await signals.pipeline.ask(lambda: signals.engine.clocks.report(device))
    value = {
        "generated_at": stamps.of(snapshot.now),
        **intersection_rows(snapshot, [row], stamps, crs)[0],
        **evidence_view(finding, stamps),
        "clock": clock_view(clock),
        "now": signal_now(snapshot, row, stamps),
        "approaches": equipment_view(snapshot.inventory, row, stamps, crs),
        "measures": last_rows(snapshot, row, signals.engine.measures.parameters),
        "priority_requests": signals.shown.requests_at(row),
    }
    return answer(request, value)
