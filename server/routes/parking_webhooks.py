"""Webhooks of a citizen, an app or an operator."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from server.answers import JSON
from server.parking import webhooks
from server.parking.commands import new_id
from server.parking.keyed import run
from server.parking.messages import ReplayIn, WebhookIn, decoded
from server.parking.schemas import WebhookList, WebhookView, body_of_message
from server.parking.short_cut import LARGEST
from server.parking.views import encode, moment
from server.parking.webhook_targets import BadTarget, pinned
from server.problems import ProblemException, responses
from server.routes.common import body_of
from server.routes.parking_access import Bearer, Key, anybody
from server.runtime import runtime_of

router = APIRouter(prefix="/v1/parking", tags=["parking"])
_PRIVATE = {"cache-control": "no-store"}
_WRONG = responses(400, 401, 403, 404, 409, 413, 422, 503)
_URL = {"url": "https://app.example.org/parking-events"}


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
    one = await run(parking, lambda unit, now: webhooks.add(unit, owner, new, said.url, sealed, now))
    return _json(_webhook(one, parking.now()) | {"secret": secret}, 201)


@router.post(
    "/webhooks/{webhook_id}/replay", response_model=WebhookView, responses=_WRONG,
    openapi_extra=body_of_message({"$ref": "#/components/schemas/ReplayIn"}, {"after_sequence": 0}),
)  # fmt: skip
async def replay_webhook(request: Request, webhook_id: str, _bearer: Bearer, _key: Key) -> Response:
    """Post everything after a sequence number (header webhook-sequence) once more, and wake a webhook that rests."""
    body = await body_of(request, LARGEST, "a number is short")
    owner, parking, said = webhooks.owner_of(anybody(request, body)), runtime_of(request).parking, decoded(ReplayIn, body)
    one = await run(parking, lambda unit, now: webhooks.rewind(unit, owner, webhook_id, said.after, now))
    return _json(_webhook(one, parking.now()))


@router.delete("/webhooks/{webhook_id}", status_code=204, responses=_WRONG)
async def remove_webhook(request: Request, webhook_id: str, _bearer: Bearer, _key: Key) -> Response:
    """Post nothing more."""
    owner, parking = webhooks.owner_of(anybody(request)), runtime_of(request).parking
    await run(parking, lambda unit, _now: webhooks.remove(unit, owner, webhook_id))
    return Response(status_code=204)


def _webhook(one: webhooks.Webhook, now: int) -> dict[str, Any]:
    return {
        "id": one.id, "url": one.kept.url, "position": one.position, "failures": one.failures, "resting": one.resting(now),
        "created_at": moment(one.kept.created),
    }  # fmt: skip


def _json(value: Any, status: int = 200) -> Response:
    return Response(encode(value), status, _PRIVATE, JSON)
