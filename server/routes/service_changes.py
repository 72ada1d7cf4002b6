"""Service changes that the bureau enters: cancelled trips, skipped and closed stops, detours, alerts. All of it needs a key.

A change takes effect with the next step of the engine and holds until it is over or deleted, across restarts.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from server.answers import JSON
from server.auth import ApiKey
from server.change_checks import settle
from server.change_schemas import CHANGE, KINDS, ChangeSource, ServiceChange, ServiceChangeList
from server.errors import ChangesFileError
from server.problems import ProblemException, responses
from server.routes.common import body_of, require, unknown
from server.runtime import Runtime, runtime_of
from transit.changes import Told
from transit.local_time import rfc3339

router = APIRouter(prefix="/v1/service-changes", tags=["service changes"])
Key = Annotated[ApiKey, Depends(require("operations"))]
_NO_STORE = {"cache-control": "no-store"}
_LARGEST = 64 * 2**10
"""bytes of a body"""
_REFERENCE = "#/components/schemas/{}"
_SCHEMA: dict[str, Any] = {
    "oneOf": [{"$ref": _REFERENCE.format(model.__name__)} for model in KINDS.values()],
    "discriminator": {
        "propertyName": "kind", "mapping": {kind: _REFERENCE.format(model.__name__) for kind, model in KINDS.items()}
    },
}  # fmt: skip
_EXAMPLE = {
    "kind": "close_stop", "stop_id": "3001", "starts_at": "2026-11-22T09:00:00+08:00", "ends_at": "2026-11-22T17:00:00+08:00",
    "cause": "construction", "text": {"zh": "道路施工，本站暂停停靠", "en": "Road works: this stop is closed"},
}  # fmt: skip
_BODY = {"requestBody": {"required": True, "content": {JSON: {"schema": _SCHEMA, "example": _EXAMPLE}}}}


@router.post(
    "", status_code=201, response_model=ServiceChange, responses=responses(401, 403, 409, 413, 422, 500), openapi_extra=_BODY
)
async def add_change(request: Request, _key: Key) -> Response:
    """Enter a change. Its ids must be known to the timetable; a trip without a date is its run nearest to now."""
    runtime = runtime_of(request)
    raw = await body_of(request, _LARGEST, "send one change a request")
    try:
        change = CHANGE.validate_json(raw)
    except ValidationError as wrong:
        errors = [{**one, "loc": ("body", *one["loc"][1:])} for one in wrong.errors(include_url=False)]
        raise RequestValidationError(errors) from None
    now = runtime.clock()
    settled = settle(change, runtime.network, now)
    try:
        kept = runtime.bureau.add(settled, now, runtime.network.timezone)
    except ChangesFileError as wrong:
        raise ProblemException(500, "not_kept", f"the change could not be kept, and is not in force: {wrong}") from None
    if kept is None:
        raise ProblemException(409, "too_many_changes", "there are too many changes at once; delete some that are over")
    headers = _NO_STORE | {"location": f"/v1/service-changes/{kept.id}"}
    return Response(kept.model_dump_json(), 201, headers, JSON)


@router.get("", response_model=ServiceChangeList, responses=responses(401, 403))
async def list_changes(request: Request, _key: Key) -> Response:
    """What the bureau entered and is not over yet; what each source says; what of it the timetable does not know."""
    runtime = runtime_of(request)
    snapshot = runtime.published.snapshot
    answer = ServiceChangeList(
        changes=runtime.bureau.list_changes(runtime.clock()),
        sources=[_source(runtime, told) for told in runtime.changes.current.told],
        unresolved={} if snapshot is None else dict(snapshot.changes.unresolved),
    )
    return Response(answer.model_dump_json(), headers=_NO_STORE, media_type=JSON)


@router.delete("/{change_id}", status_code=204, responses=responses(401, 403, 404, 422, 500))
async def remove_change(request: Request, change_id: str, _key: Key) -> Response:
    """Take a change back."""
    runtime = runtime_of(request)
    try:
        found = runtime.bureau.remove(change_id, runtime.clock())
    except ChangesFileError as wrong:
        raise ProblemException(500, "not_kept", f"the change is still in force: {wrong}") from None
    if not found:
        raise unknown("service_change", change_id)
    return Response(status_code=204)


def _source(runtime: Runtime, told: Told) -> ChangeSource:
    said, counters = told.statements, runtime.changes.counters.get(told.source)
    return ChangeSource(
        source=told.source, expires_at=None if math.isinf(told.expires) else rfc3339(told.expires, runtime.network.timezone),
        cancelled_trips=len(said.cancelled), skipped_stops=len(said.skipped), closed_stops=len(said.closed),
        detours=len(said.detours), alerts=len(said.alerts), refused=dict(counters.refused) if counters else {},
    )  # fmt: skip
