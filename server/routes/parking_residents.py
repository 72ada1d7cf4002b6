"""Residential communities, for operators: whose residents come first, and in which car parks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from server.paging import DEFAULT_LIMIT
from server.parking import owner_messages, residents
from server.parking.conduct_schemas import CommunityList, CommunityView, ResidentList, ResidentsReceipt
from server.parking.cursors import Cursor
from server.parking.keyed import ask, reply, response, run
from server.parking.messages import ID
from server.parking.owner_messages import CommunityIn
from server.parking.schemas import body_of_message
from server.parking.store import ServiceUnit
from server.parking.views import Json
from server.problems import responses
from server.routes.common import Limit, body_of
from server.routes.parking_access import Key, operator
from server.runtime import runtime_of

router = APIRouter(prefix="/v1/parking", tags=["parking operators"])
Community = Annotated[str, Path(pattern=ID, max_length=64, description="letters, digits and . _ : ~ -; a car park's own id unless set")]
_WRONG = responses(400, 401, 403, 404, 413, 422, 503)
_ROWS: dict[str, Any] = {
    "type": "object", "required": ["residents"], "additionalProperties": False,
    "properties": {"residents": {"type": "array", "items": {"type": "string", "pattern": r"^(id|app):[\x21-\x7e]+$"}}},
}  # fmt: skip
_BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {
    "application/json": {"schema": _ROWS, "example": {"residents": ["id:ann", "app:key1:bob"]}},
    "text/csv": {"schema": {"type": "string"}, "example": "client\nid:ann\napp:key1:bob\n"},
}}}  # fmt: skip
_LOTS = {"lots": ["demo-garden"]}
Change = Callable[[ServiceUnit, str, list[str]], int]


@router.get("/communities", response_model=CommunityList, responses=_WRONG)
async def list_communities(request: Request, _key: Key, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Response:
    """Residential communities with their car parks and how many live there."""
    operator(request)

    def question(unit: ServiceUnit, _now: int) -> Json:
        page, following = residents.list_communities(unit, limit, cursor)
        return {"communities": page, "next": following}

    return response(reply(await ask(runtime_of(request).parking, question)))


@router.get("/communities/{community}", response_model=CommunityView, responses=_WRONG)
async def show_community(request: Request, community: Community, _key: Key) -> Response:
    """Its car parks, and how many live there."""
    operator(request)
    return response(reply(await runtime_of(request).parking.read(lambda unit, _now: residents.community_view(unit, community))))


@router.put(
    "/communities/{community}", response_model=CommunityView, responses=_WRONG,
    openapi_extra=body_of_message({"$ref": "#/components/schemas/CommunityIn"}, _LOTS),
)  # fmt: skip
async def set_community(request: Request, community: Community, _key: Key) -> Response:
    """In which car parks its residents come first. A car park that names no community has one of its own id."""
    operator(request)
    parking = runtime_of(request).parking
    said = owner_messages.read(CommunityIn, await body_of(request, runtime_of(request).settings.body_bytes, "name fewer car parks"))

    def rule(unit: ServiceUnit, _now: int) -> Json:
        residents.set_lots(unit, community, said.lots)
        return residents.community_view(unit, community)

    found = await run(parking, rule)
    await parking.reload()
    return response(reply(found))


@router.get("/communities/{community}/residents", response_model=ResidentList, responses=_WRONG)
async def list_residents(
    request: Request, community: Community, _key: Key, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:  # fmt: skip
    """Who lives there."""
    operator(request)

    def question(unit: ServiceUnit, _now: int) -> Json:
        page, following = residents.list_residents(unit, community, limit, cursor)
        return {"residents": page, "next": following}

    return response(reply(await ask(runtime_of(request).parking, question)))


@router.post("/communities/{community}/residents", response_model=ResidentsReceipt, responses=_WRONG, openapi_extra=_BODY)
async def enter_residents(request: Request, community: Community, _key: Key) -> Response:
    """Put residents onto the register, as many as you like: JSON, or CSV (`text/csv`) with a column `client`. A row that is no client
    is named by line and field; the others are entered all the same."""
    return await _changed(request, community, residents.enter)


@router.post("/communities/{community}/residents/removals", response_model=ResidentsReceipt, responses=_WRONG, openapi_extra=_BODY)
async def remove_residents(request: Request, community: Community, _key: Key) -> Response:
    """Take residents off the register; what they have reserved stays theirs."""
    return await _changed(request, community, residents.take_off)


async def _changed(request: Request, community: str, change: Change) -> Response:
    operator(request)
    parking = runtime_of(request).parking
    body = await body_of(request, runtime_of(request).settings.body_bytes, "send it in several requests")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    sent = residents.read_residents(body, kind == "text/csv")
    changed = 0
    for first in range(0, len(sent.clients), residents.AT_ONCE):
        some = sent.clients[first : first + residents.AT_ONCE]
        changed += await run(parking, lambda unit, _now, some=some: change(unit, community, some))  # type: ignore[misc]
    receipt = {
        "changed": changed, "unchanged": len(sent.clients) - changed, "repeated": sent.repeated, "refused": sent.refused,
        "errors": sent.errors,
    }  # fmt: skip
    return response(reply(receipt))
