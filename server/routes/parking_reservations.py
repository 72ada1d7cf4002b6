"""Reservations of the citizen who asks: made, seen, changed. Another's are as unknown as none.

POSTs without a query string that no web page sends take the short cut (`server.parking.short_cut`) to the same desk.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response

from parking.model import State
from parking.quotes import preview
from parking.refusals import Refusal
from server.answers import JSON
from server.paging import DEFAULT_LIMIT
from server.parking import cursors
from server.parking.desk import PREFIX, Desk, refusal_problem, see
from server.parking.reservation_lists import own
from server.parking.schemas import CancellationPreview, ReservationList, ReservationView, body_of_message
from server.parking.short_cut import LARGEST, with_length
from server.parking.store import ServiceUnit
from server.parking.views import encode, moment, money, reservation_view
from server.problems import responses
from server.routes.common import Limit, body_of
from server.routes.parking_access import Bearer, citizen
from server.routes.parking_times import From, To, interval_of
from server.runtime import runtime_of

router = APIRouter(prefix="/v1/parking", tags=["parking"])
_PRIVATE = {"cache-control": "no-store"}
_ETAG = {"ETag": {"description": "the version", "schema": {"type": "string"}, "example": '"1"'}}
_PLATE = {"text": "鲁A·12345", "color": "blue"}
_TIME = {"from": "2026-11-27T08:00:00+08:00", "to": "2026-11-27T10:00:00+08:00"}
_KEY = Header(alias="Idempotency-Key", description="required; new for every new wish: the same again gets the same answer, for a day")
_MAYBE_KEY = Header(alias="Idempotency-Key", description="makes it safe to repeat")
_MATCH = Header(alias="If-Match", description="required: the ETag of the reservation as last seen", examples=['"1"'])
_CREATED: dict[int | str, dict[str, Any]] = {201: {"headers": {**_ETAG, "Location": {"schema": {"type": "string"}}}}}
_CHANGED: dict[int | str, dict[str, Any]] = {200: {"headers": _ETAG}}


@router.post(
    "/reservations", status_code=201, response_model=ReservationView,
    responses={**_CREATED, **responses(400, 401, 402, 403, 404, 409, 413, 422, 503)},
    openapi_extra=body_of_message(
        {"$ref": "#/components/schemas/Reserve"}, {"lot_id": "demo-station", **_TIME, "plate": _PLATE, "confirm": True}
    ),
)  # fmt: skip
async def reserve(request: Request, _bearer: Bearer, _key: Annotated[str | None, _KEY] = None) -> Response:
    """Hold what a quote offers, or a place of a car park at a time; `confirm` makes what is free of charge binding at once.

    A hold lapses after ten minutes. 409 `taken` names the nearest car parks that have room, in `alternatives`.
    """
    return await _to_desk(request, PREFIX)


@router.post(
    "/waitlist", status_code=201, response_model=ReservationView,
    responses={**_CREATED, **responses(400, 401, 403, 404, 409, 413, 422, 503)},
    openapi_extra=body_of_message({"$ref": "#/components/schemas/Wait"}, {"lot_id": "demo-station", **_TIME, "plate": _PLATE}),
)  # fmt: skip
async def join_waitlist(request: Request, _bearer: Bearer, _key: Annotated[str | None, _KEY] = None) -> Response:
    """Wait for room. When some falls free it is held for whoever came first: state `offered`, to be confirmed or cancelled. Places that
    owners share are offered too, at their own price up to `most_fen` (without it, up to the price of today)."""
    return await _to_desk(request, "/v1/parking/waitlist")


@router.get("/reservations", response_model=ReservationList, responses=responses(401, 403, 422, 503))
async def list_reservations(
    request: Request,
    _bearer: Bearer,
    state: Annotated[State | None, Query(description="in this state alone")] = None,
    start: From = None,
    end: To = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: cursors.Cursor = None,
) -> Response:
    """One's own, the last changed first; with `from` or `to`, those whose time meets it. Plates masked."""
    client, parking, before = citizen(request).client, runtime_of(request).parking, cursors.take(cursor, int, str)
    wanted = None if start is None and end is None else interval_of(parking.now(), start, end)
    found = await parking.read(lambda unit, _now: own(unit, client, state, wanted, before, limit + 1))
    following = cursors.give(found[limit - 1].updated, found[limit - 1].id) if len(found) > limit else None
    view = {"reservations": [reservation_view(one) for one in found[:limit]], "next": following}
    return Response(encode(view), headers=_PRIVATE, media_type=JSON)


@router.get(
    "/reservations/{reservation_id}", response_model=ReservationView,
    responses={**_CHANGED, 304: {"description": "unchanged"}, **responses(401, 403, 404, 422, 503)},
)  # fmt: skip
async def get_reservation(
    request: Request,
    reservation_id: str,
    _bearer: Bearer,
    if_none_match: Annotated[str | None, Header(description="the ETag of the answer before")] = None,
) -> Response:
    """One's own reservation, with the whole plate."""
    caller, parking = citizen(request), runtime_of(request).parking
    found = await parking.read(lambda unit, _now: see(unit, reservation_id, caller.client))
    tag = f'"{found.version}"'
    headers = {**_PRIVATE, "etag": tag}
    if if_none_match is not None and any(one.strip().removeprefix("W/") in (tag, "*") for one in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(encode(reservation_view(found, parking.means.plates.open(found.plate).text)), headers=headers, media_type=JSON)


@router.post(
    "/reservations/{reservation_id}/cancellation-preview", response_model=CancellationPreview,
    responses=responses(401, 403, 404, 409, 413, 422, 503),
)  # fmt: skip
async def preview_cancellation(request: Request, reservation_id: str, _bearer: Bearer) -> Response:
    """What would go back if it were cancelled now. Nothing changes."""
    body = await body_of(request, LARGEST, "nothing need be sent")
    caller, parking = citizen(request, body), runtime_of(request).parking

    def question(unit: ServiceUnit, now: int) -> dict[str, Any]:
        found = see(unit, reservation_id, caller.client)
        try:
            given = preview(unit, reservation_id, caller.client, now)
        except Refusal as refused:
            raise refusal_problem(refused) from None
        later = [{"from": moment(at), "refund": money(back)} for at, back in given.later]
        extra = found.compensation if found.state is State.RELOCATION_OFFERED and found.fault else 0
        return {"refund": money(given.back), "paid": money(found.paid), "kept": money(given.kept), "later": later, "at": moment(now),
                "compensation": money(extra)}  # fmt: skip

    return Response(encode(await parking.read(question)), headers=_PRIVATE, media_type=JSON)


_NOTHING: dict[str, Any] = {"type": "object", "additionalProperties": False, "maxProperties": 0}
_COMMANDS: dict[str, tuple[str, dict[str, Any], Any]] = {
    "confirm": ("Make a hold or an offer binding, once its price is paid.", _NOTHING, {}),
    "cancel": ("Give it up; what was paid goes back by its frozen terms. Cancelling twice is no mistake.", _NOTHING, {}),
    "extend": ("Stay longer: by a quote for the time after, or until a moment.", {"$ref": "#/components/schemas/Extend"},
               {"to": "2026-11-27T11:00:00+08:00"}),
    "check-in": ("The vehicle is there. Checking in twice is no mistake.", {"$ref": "#/components/schemas/CheckIn"}, {}),
    "check-out": ("The vehicle has left; time that remains is given up.", {"$ref": "#/components/schemas/CheckOut"}, {}),
    "plate": ("Another vehicle will come; until check-in. After it one sign is put right, once.",
              {"$ref": "#/components/schemas/PlateText"}, _PLATE),
}  # fmt: skip


def _command(name: str) -> Callable[..., Coroutine[Any, Any, Response]]:
    async def run(
        request: Request,
        reservation_id: str,
        _bearer: Bearer,
        _match: Annotated[str | None, _MATCH] = None,
        _key: Annotated[str | None, _MAYBE_KEY] = None,
    ) -> Response:
        return await _to_desk(request, f"{PREFIX}/{reservation_id}/{name}")

    run.__doc__ = _COMMANDS[name][0]
    return run


for _name, (_text, _schema, _example) in _COMMANDS.items():
    router.add_api_route(
        f"/reservations/{{reservation_id}}/{_name}", _command(_name), methods=["POST"], response_model=ReservationView,
        name=f"{_name.replace('-', '_')}_reservation",
        responses={**_CHANGED, **responses(400, 401, 402, 403, 404, 409, 412, 413, 422, 428, 503)},
        openapi_extra=body_of_message(_schema, _example),
    )  # fmt: skip


async def _to_desk(request: Request, path: str) -> Response:
    body = await body_of(request, LARGEST, "a command is short")
    reply = await Desk(runtime_of(request).parking).handle(path, request.scope["headers"], body, request.scope["query_string"])
    response = Response(reply.body, reply.status)
    response.raw_headers = with_length(reply)
    return response
