"""What belongs to whoever asks: shared spaces of an owner, webhooks of a citizen, an app or an operator."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response

from parking.records import ShareWindow
from parking.refusals import Refusal
from server.answers import JSON
from server.parking import shares, webhooks
from server.parking.access import lower_headers
from server.parking.commands import new_id
from server.parking.desk import expected_versions, refusal_problem
from server.parking.messages import ReplayIn, ShareChange, ShareIn, WebhookIn, decoded
from server.parking.schemas import ShareList, ShareView, WebhookList, WebhookView, body_of_message
from server.parking.service import Parking
from server.parking.short_cut import LARGEST
from server.parking.store import Rule
from server.parking.views import encode, moment
from server.parking.webhook_targets import BadTarget, pinned
from server.problems import ProblemException, responses
from server.routes.common import body_of
from server.routes.parking_access import Bearer, Key, anybody, citizen
from server.runtime import runtime_of

router = APIRouter(prefix="/v1/parking", tags=["parking"])
_PRIVATE = {"cache-control": "no-store"}
_WRONG = responses(400, 401, 403, 404, 409, 413, 422, 503)
_CHANGE = responses(400, 401, 403, 404, 409, 412, 413, 422, 428, 503)
_SHARE = {
    "place_id": "demo-garden.117", "first_day": "2026-11-27", "days": "workdays", "start": "08:00", "end": "18:00", "buffer_s": 1800,
    "price_fen_per_hour": 300,
}  # fmt: skip
Match = Annotated[
    str | None, Header(alias="If-Match", description="required: the ETag (version) of the window as last seen", examples=['"1"'])
]
_URL = {"url": "https://app.example.org/parking-events"}


@router.get("/shares", response_model=ShareList, responses=responses(401, 403, 503))
async def list_shares(request: Request, _bearer: Bearer) -> Response:
    """One's own windows, closed ones too."""
    caller, parking = citizen(request), runtime_of(request).parking
    found = await parking.read(lambda unit, _now: shares.list_windows(unit, caller.client))
    return _json({"shares": [_share(parking, one) for one in found]})


@router.post(
    "/shares", status_code=201, response_model=ShareView, responses=_WRONG,
    openapi_extra=body_of_message({"$ref": "#/components/schemas/ShareIn"}, _SHARE),
)  # fmt: skip
async def publish_share(request: Request, _bearer: Bearer) -> Response:
    """Share one's own space in a recurring window. Whose a space is, its operator enters."""
    body = await body_of(request, LARGEST, "a window is short")
    caller, parking, said = citizen(request, body), runtime_of(request).parking, decoded(ShareIn, body)
    new = new_id(parking.clock())
    window = await _run(parking, lambda unit, now: shares.publish(unit, caller.client, new, said, now))
    return _shared(parking, window, 201)


@router.patch(
    "/shares/{share_id}", response_model=ShareView, responses=_CHANGE,
    openapi_extra=body_of_message({"$ref": "#/components/schemas/ShareChange"}, {"end": "17:00"}),
)  # fmt: skip
async def change_share(request: Request, share_id: str, _bearer: Bearer, _match: Match = None) -> Response:
    """Change a window. Who had confirmed a time that is no longer in it is offered another place, or all the money back."""
    body = await body_of(request, LARGEST, "a window is short")
    caller, parking, said = citizen(request, body), runtime_of(request).parking, decoded(ShareChange, body)
    seen = expected_versions(lower_headers(request.scope["headers"]))
    window = await _run(parking, lambda unit, now: shares.change(unit, caller.client, share_id, said, seen, now, parking.rules))
    return _shared(parking, window)


@router.delete("/shares/{share_id}", status_code=204, responses=_CHANGE)
async def withdraw_share(request: Request, share_id: str, _bearer: Bearer, _match: Match = None) -> Response:
    """Share it no longer; the same for those who had confirmed."""
    caller, parking = citizen(request), runtime_of(request).parking
    seen = expected_versions(lower_headers(request.scope["headers"]))
    await _run(parking, lambda unit, now: shares.close(unit, caller.client, share_id, seen, now, parking.rules))
    return Response(status_code=204)


@router.get("/webhooks", response_model=WebhookList, responses=responses(401, 403, 503))
async def list_webhooks(request: Request, _bearer: Bearer, _key: Key) -> Response:
    """One's own webhooks."""
    owner, parking = webhooks.owner_of(anybody(request)), runtime_of(request).parking
    now, found = parking.now(), await parking.read(lambda unit, _now: webhooks.list_webhooks(unit, owner))
    return _json({"webhooks": [_webhook(one, now) for one in found]})


@router.post(
    "/webhooks", status_code=201, response_model=WebhookView, responses=_WRONG,
    openapi_extra=body_of_message({"$ref": "#/components/schemas/WebhookIn"}, _URL),
)  # fmt: skip
async def add_webhook(request: Request, _bearer: Bearer, _key: Key) -> Response:
    """Have events posted to an address: a citizen's own, those of an app's users, all for an operator. The secret is told once."""
    body = await body_of(request, LARGEST, "an address is short")
    owner, parking, said = webhooks.owner_of(anybody(request, body)), runtime_of(request).parking, decoded(WebhookIn, body)
    try:
        await pinned(said.url, parking.configuration.webhooks.networks)
    except BadTarget as wrong:
        errors = [{"pointer": "/body/url", "detail": str(wrong)}]
        raise ProblemException(422, "bad_target", f"this address cannot be called: {wrong}", errors) from None
    new, secret = new_id(parking.clock()), webhooks.new_secret()
    sealed = parking.means.sealing.seal(secret, f"webhook/{new}")
    one = await _run(parking, lambda unit, now: webhooks.add(unit, owner, new, said.url, sealed, now))
    return _json(_webhook(one, parking.now()) | {"secret": secret}, 201)


@router.post(
    "/webhooks/{webhook_id}/replay", response_model=WebhookView, responses=_WRONG,
    openapi_extra=body_of_message({"$ref": "#/components/schemas/ReplayIn"}, {"after_sequence": 0}),
)  # fmt: skip
async def replay_webhook(request: Request, webhook_id: str, _bearer: Bearer, _key: Key) -> Response:
    """Post everything after a sequence number (header webhook-sequence) once more, and wake a webhook that rests."""
    body = await body_of(request, LARGEST, "a number is short")
    owner, parking, said = webhooks.owner_of(anybody(request, body)), runtime_of(request).parking, decoded(ReplayIn, body)
    one = await _run(parking, lambda unit, now: webhooks.rewind(unit, owner, webhook_id, said.after, now))
    return _json(_webhook(one, parking.now()))


@router.delete("/webhooks/{webhook_id}", status_code=204, responses=_WRONG)
async def remove_webhook(request: Request, webhook_id: str, _bearer: Bearer, _key: Key) -> Response:
    """Post nothing more."""
    owner, parking = webhooks.owner_of(anybody(request)), runtime_of(request).parking
    await _run(parking, lambda unit, _now: webhooks.remove(unit, owner, webhook_id))
    return Response(status_code=204)


async def _run(parking: Parking, rule: Rule[Any]) -> Any:
    try:
        return await parking.run_rule(rule)
    except Refusal as refused:
        raise refusal_problem(refused) from None


def _share(parking: Parking, window: ShareWindow) -> dict[str, Any]:
    lot_id = next((lot for lot in parking.catalogue.lots if any(p.id == window.place_id for p in parking.catalogue.places(lot))), "")
    return shares.share_view(window, lot_id)


def _shared(parking: Parking, window: ShareWindow, status: int = 200) -> Response:
    return Response(encode(_share(parking, window)), status, {**_PRIVATE, "etag": f'"{window.version}"'}, JSON)


def _webhook(one: webhooks.Webhook, now: int) -> dict[str, Any]:
    return {
        "id": one.id, "url": one.kept.url, "position": one.position, "failures": one.failures, "resting": one.resting(now),
        "created_at": moment(one.kept.created),
    }  # fmt: skip


def _json(value: Any, status: int = 200) -> Response:
    return Response(encode(value), status, _PRIVATE, JSON)
