"""Places that have an owner: spaces and pools lent by owners and institutions; entered by operators, resized by those who own them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from parking import sharing
from parking.sharing import Outcome, Previewed
from server.paging import DEFAULT_LIMIT
from server.parking import owned_places, owner_messages, shares
from server.parking.access import Caller
from server.parking.commands import new_id
from server.parking.cursors import Cursor
from server.parking.idempotency import Reply
from server.parking.keyed import ask, reply, response, run_once, seen, the_one
from server.parking.owner_messages import LendIn, Resize
from server.parking.owner_schemas import LentPlace, OwnedPlace, OwnedPlaceList, PlaceOutcome
from server.parking.schemas import body_of_message
from server.parking.short_cut import LARGEST
from server.parking.store import ServiceUnit
from server.parking.views import Json
from server.parking.waitlist import offer_to_those_who_wait
from server.problems import ProblemException, responses
from server.routes.common import Limit, body_of
from server.routes.parking_access import Bearer, Key, anybody, operator
from server.routes.parking_owners import Match, MaybeKey, Shown, previewed
from server.runtime import runtime_of

router = APIRouter(prefix="/v1/parking", tags=["parking owners"])
_TAG = {"headers": {"ETag": {"description": "the version", "schema": {"type": "string"}, "example": '"1"'}}}
_WRONG = responses(400, 401, 403, 404, 409, 413, 422, 503)
_CHANGE = responses(400, 401, 403, 404, 409, 412, 413, 422, 428, 503)
_LEND = {
    "lot_id": "demo-station", "id": "demo-station.bureau", "owner": "id:bureau", "capacity": 20, "from_pool": "demo-station.general",
    "windows": [{"first_day": "2026-11-27", "days": "workdays", "start": "18:00", "end": "08:00",
                 "more": [{"days": "days_off", "start": "00:00", "end": "24:00"}]}],
}  # fmt: skip


@router.get("/owned-places", response_model=OwnedPlaceList, responses=responses(401, 403, 422, 503))
async def list_owned_places(
    request: Request, _bearer: Bearer, _key: Key, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response:  # fmt: skip
    """Spaces and pools that the caller may share; all that have an owner for an operator."""
    actor, parking = _actor(anybody(request)), runtime_of(request).parking

    def question(unit: ServiceUnit, _now: int) -> Json:
        page, following = owned_places.list_owned(unit, actor, limit, cursor)
        return {"places": [shares.place_view(one) for one in page], "next": following}

    return response(reply(await parking.read(question)))


@router.post(
    "/owned-places", status_code=201, response_model=LentPlace, responses={**_WRONG, 201: _TAG},
    openapi_extra=body_of_message({"$ref": "#/components/schemas/LendIn"}, _LEND),
)  # fmt: skip
async def lend_place(request: Request, _key: Key, _idempotency: MaybeKey = None) -> Response:
    """An operator enters what an owner or institution may share: a numbered space, or n stalls as a pool of their own (`from_pool`:
    taken out of a pool of the car park), with the windows they are lent for. Later windows their owner publishes under /shares."""
    caller = operator(request)
    body = await body_of(request, LARGEST, "a place is short")
    parking, said = runtime_of(request).parking, owner_messages.read(LendIn, body)
    names = [new_id(parking.clock()) for _ in said.windows]

    def command(unit: ServiceUnit, now: int) -> Reply:
        made = owned_places.lend(unit, said, names, now, parking.rules)
        return reply(made, 201, made["version"], f"/v1/parking/owned-places/{said.id}")

    answer = await run_once(parking, request, f"operator:{caller.key}", said, command, must=False)
    await parking.reload()
    await offer_to_those_who_wait(parking, said.lot_id)
    return answer


@router.get("/owned-places/{place_id}", response_model=OwnedPlace, responses={200: _TAG, **responses(401, 403, 404, 422, 503)})
async def get_owned_place(request: Request, place_id: str, _bearer: Bearer, _key: Key) -> Response:
    """One of them."""
    actor, parking = _actor(anybody(request)), runtime_of(request).parking
    found = await ask(parking, lambda unit, _now: shares.place_view(owned_places.find(unit, place_id, actor)))
    return response(reply(found, version=found["version"]))


@router.patch(
    "/owned-places/{place_id}", response_model=PlaceOutcome, responses={**_CHANGE, 200: _TAG},
    openapi_extra=body_of_message({"$ref": "#/components/schemas/Resize"}, {"capacity": 12}),
)  # fmt: skip
async def resize_place(
    request: Request, place_id: str, _bearer: Bearer, _key: Key, _match: Match = None, _idempotency: MaybeKey = None
) -> Response:  # fmt: skip
    """Lend more stalls of a pool or fewer, up to the owner's title. Who reserved last goes first: to another place, or with all the
    money back and a compensation."""
    body = await body_of(request, LARGEST, "a number is short")
    caller, parking, said = anybody(request, body), runtime_of(request).parking, owner_messages.read(Resize, body)
    actor, expected = _actor(caller), seen(request)

    def command(unit: ServiceUnit, now: int) -> Reply:
        outcome = owned_places.resize(unit, place_id, said, actor, expected, now, parking.rules)
        assert outcome.place is not None
        return reply(shares.outcome_view(unit, outcome, now), version=outcome.place.version)

    who = actor or f"operator:{caller.key}"
    answer = await run_once(parking, request, who, [said, sorted(expected or ())], command, must=False)
    await parking.reload()
    place = await parking.read(lambda unit, _now: unit.place(place_id))
    if place is not None:
        await offer_to_those_who_wait(parking, place.lot_id)
    return answer


@router.post(
    "/owned-places/{place_id}/preview", response_model=PlaceOutcome, responses={**_WRONG, **responses(412), 200: _TAG},
    openapi_extra=body_of_message({"$ref": "#/components/schemas/Resize"}, {"capacity": 12}),
)  # fmt: skip
async def preview_resize(
    request: Request, place_id: str, _bearer: Bearer, _key: Key,
    match: Annotated[str | None, Header(alias="If-Match", description="the version it is for; without it the newest")] = None,
) -> Response:  # fmt: skip
    """What lending so many stalls would do to whom. Nothing changes."""
    body = await body_of(request, LARGEST, "a number is short")
    actor, parking = _actor(anybody(request, body)), runtime_of(request).parking
    said, expected = owner_messages.read(Resize, body), None if match is None else seen(request)

    def rule(unit: ServiceUnit, now: int) -> Outcome:
        place = owned_places.find(unit, place_id, actor)
        try:
            sharing.preview_resize(unit, place_id, said.capacity, the_one(place.version, expected), actor, now, parking.rules)
        except Previewed as shown:
            raise Shown(shares.outcome_view(unit, shown.outcome, now)) from None

    return response(reply(await previewed(parking, rule)))


def _actor(caller: Caller) -> str | None:
    """Whose places: a client's own, or anybody's for an operator. Raises a 403 problem for an app that speaks for nobody."""
    if not caller.client and not caller.operator:
        raise ProblemException(403, "not_a_citizen", "name X-Subject: places belong to an app's users")
    return None if caller.operator else caller.client
