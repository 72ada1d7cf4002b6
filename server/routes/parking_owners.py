"""What owners share: windows of their spaces and pools, with what a change would do before it is done."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from parking import sharing
from parking.sharing import Outcome, Previewed
from server.paging import DEFAULT_LIMIT, page_of
from server.parking import owner_messages, shares
from server.parking.commands import new_id
from server.parking.idempotency import Reply
from server.parking.keyed import ask, reply, response, run, run_once, seen, the_one, unchanged
from server.parking.messages import invalid
from server.parking.owner_messages import ShareChange, ShareIn, SharePreview
from server.parking.owner_schemas import ShareList, ShareOutcome, ShareView
from server.parking.schemas import body_of_message
from server.parking.service import Parking
from server.parking.short_cut import LARGEST
from server.parking.store import ServiceUnit
from server.parking.views import Json
from server.parking.waitlist import offer_to_those_who_wait
from server.problems import responses
from server.routes.common import Cursor, Limit, body_of
from server.routes.parking_access import Bearer, citizen
from server.runtime import runtime_of

router = APIRouter(prefix="/v1/parking", tags=["parking owners"])
_TAG = {"headers": {"ETag": {"description": "the version", "schema": {"type": "string"}, "example": '"1"'}}}
_WRONG = responses(400, 401, 403, 404, 409, 413, 422, 503)
_CHANGE = responses(400, 401, 403, 404, 409, 412, 413, 422, 428, 503)
_SHARE = {
    "place_id": "demo-garden.117", "first_day": "2026-11-27", "days": "workdays", "start": "18:00", "end": "08:00",
    "more": [{"days": "days_off", "start": "00:00", "end": "24:00"}], "buffer_s": 1800, "price_fen_per_hour": 300,
    "exceptions": ["2026-12-31"],
}  # fmt: skip
Match = Annotated[
    str | None, Header(alias="If-Match", description="required: the ETag (version) of the window as last seen", examples=['"1"'])
]
MaybeMatch = Annotated[str | None, Header(alias="If-Match", description="of a preview: the version it is for; without it the newest")]
MaybeKey = Annotated[str | None, Header(alias="Idempotency-Key", description="makes it safe to repeat")]
Prefer = Annotated[
    str | None, Header(description="`return=representation`: 200 with what it did to whom", examples=["return=representation"])
]


@router.get("/shares", response_model=ShareList, responses=responses(401, 403, 422, 503))
async def list_shares(request: Request, _bearer: Bearer, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Response:
    """One's own windows, closed ones too."""
    caller, parking = citizen(request), runtime_of(request).parking

    def question(unit: ServiceUnit, now: int) -> Json:
        page, following = page_of(list(unit.windows_of(caller.client)), limit, cursor)
        return {"shares": [shares.share_view(unit, one, now) for one in page], "next": following}

    return response(reply(await parking.read(question)))


@router.post(
    "/shares", status_code=201, response_model=ShareView, responses={**_WRONG, 201: _TAG},
    openapi_extra=body_of_message({"$ref": "#/components/schemas/ShareIn"}, _SHARE),
)  # fmt: skip
async def publish_share(request: Request, _bearer: Bearer, _key: MaybeKey = None) -> Response:
    """Share one's own space in recurring windows: daily, on working days or days off as decreed (调休), or by digits of weekdays. Whose
    a space is, its operator enters. Where windows of a space overlap, the cheapest holds. Who waits is offered what is free then."""
    body = await body_of(request, LARGEST, "a window is short")
    caller, parking, said = citizen(request, body), runtime_of(request).parking, owner_messages.read(ShareIn, body)
    new = new_id(parking.clock())

    def command(unit: ServiceUnit, now: int) -> Reply:
        made = shares.publish(unit, caller.client, said.place_id, new, said, now)
        return reply(shares.share_view(unit, made, now), 201, made.version, f"/v1/parking/shares/{made.id}")

    answer = await run_once(parking, request, caller.client, said, command, must=False)
    await _offer(parking, said.place_id)
    return answer


@router.get(
    "/shares/{share_id}", response_model=ShareView,
    responses={200: _TAG, 304: {"description": "unchanged"}, **responses(401, 403, 404, 422, 503)},
)  # fmt: skip
async def get_share(
    request: Request, share_id: str, _bearer: Bearer, _none: Annotated[str | None, Header(alias="If-None-Match")] = None
) -> Response:
    """One of one's own windows."""
    caller, parking = citizen(request), runtime_of(request).parking
    find = lambda unit, now: shares.share_view(unit, shares.find(unit, caller.client, share_id), now)  # noqa: E731
    found = await ask(parking, find)
    return unchanged(request, found["version"]) or response(reply(found, version=found["version"]))


@router.patch(
    "/shares/{share_id}", response_model=ShareOutcome, responses={**_CHANGE, 200: _TAG},
    openapi_extra=body_of_message({"$ref": "#/components/schemas/ShareChange"}, {"end": "17:00"}),
)  # fmt: skip
async def change_share(request: Request, share_id: str, _bearer: Bearer, _match: Match = None, _key: MaybeKey = None) -> Response:
    """Change a window. Who had confirmed a time that is no longer in it is offered another place, or all the money back and a
    compensation; `effects` says who."""
    body = await body_of(request, LARGEST, "a window is short")
    caller, parking, said = citizen(request, body), runtime_of(request).parking, owner_messages.read(ShareChange, body)
    expected = seen(request)
    if all(getattr(said, name) is None for name in ShareChange.__struct_fields__):
        raise invalid("/body", "name what changes")

    def command(unit: ServiceUnit, now: int) -> Reply:
        return _told(unit, shares.change(unit, caller.client, share_id, said, expected, now, parking.rules), now)

    answer = await run_once(parking, request, caller.client, [said, sorted(expected or ())], command, must=False)
    await _offer_of_share(parking, share_id)
    return answer


@router.post(
    "/shares/{share_id}/preview", response_model=ShareOutcome, responses={**_WRONG, **responses(412), 200: _TAG},
    openapi_extra=body_of_message({"$ref": "#/components/schemas/SharePreview"}, {"withdraw": True}),
)  # fmt: skip
async def preview_share(request: Request, share_id: str, _bearer: Bearer, match: MaybeMatch = None) -> Response:
    """What a change, or with `withdraw` the end, of a window would do to whom. Nothing changes."""
    body = await body_of(request, LARGEST, "a window is short")
    caller, parking, said = citizen(request, body), runtime_of(request).parking, owner_messages.read(SharePreview, body)
    expected, rules = None if match is None else seen(request), parking.rules
    if said.withdraw and any(getattr(said, name) is not None for name in ShareChange.__struct_fields__):
        raise invalid("/body/withdraw", "a window that is withdrawn is not changed as well; leave the others out")

    def rule(unit: ServiceUnit, now: int) -> Json:
        try:
            if said.withdraw:
                before = shares.find(unit, caller.client, share_id)
                sharing.preview_take_back(unit, share_id, the_one(before.version, expected), caller.client, now, rules)
            made = shares.changed(unit, caller.client, share_id, said)
            sharing.preview_edit(unit, made, the_one(made.version, expected), caller.client, now, rules)
        except Previewed as shown:
            raise Shown(shares.outcome_view(unit, shown.outcome, now)) from None

    return response(reply(await previewed(parking, rule)))


@router.delete(
    "/shares/{share_id}", status_code=204,
    responses={**_CHANGE, 200: {"model": ShareOutcome, "description": "with Prefer: return=representation"}},
)  # fmt: skip
async def withdraw_share(
    request: Request, share_id: str, _bearer: Bearer, _match: Match = None, prefer: Prefer = None
) -> Response:  # fmt: skip
    """Share it no longer; the same for those who had confirmed. Twice is no mistake."""
    caller, parking, expected = citizen(request), runtime_of(request).parking, seen(request)

    def rule(unit: ServiceUnit, now: int) -> Reply:
        return _told(unit, shares.close(unit, caller.client, share_id, expected, now, parking.rules), now)

    done = await run(parking, rule)
    return response(done) if prefer is not None and "return=representation" in prefer.lower() else Response(status_code=204)


class Shown(Exception):
    """Ends a transaction that was only to tell what would be, with what is told."""

    def __init__(self, view: Json) -> None:
        super().__init__("a preview")
        self.view = view


async def previewed(parking: Parking, rule: object) -> Json:
    """What the rule shows; nothing of it is kept."""
    try:
        await run(parking, rule)  # type: ignore[arg-type]
    except Shown as shown:
        return shown.view
    raise AssertionError("a preview ends by showing")


def _told(unit: ServiceUnit, outcome: Outcome, now: int) -> Reply:
    assert outcome.window is not None
    return reply(shares.outcome_view(unit, outcome, now), version=outcome.window.version)


async def _offer(parking: Parking, place_id: str) -> None:
    place = await parking.read(lambda unit, _now: unit.place(place_id))
    if place is not None:
        await offer_to_those_who_wait(parking, place.lot_id)


async def _offer_of_share(parking: Parking, share_id: str) -> None:
    window = await parking.read(lambda unit, _now: unit.window(share_id))
    if window is not None:
        await _offer(parking, window.place_id)
