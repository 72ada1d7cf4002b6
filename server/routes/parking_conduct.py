"""Conduct: a citizen's own record, appeals and their decision, bars, and the rules they come of."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Query, Request, Response

from parking import conduct
from parking.conduct_records import AppealState, ConductRules
from parking.records import Plate
from parking.refusals import Code, Refusal
from server.paging import DEFAULT_LIMIT, page_of
from server.parking import conduct_lists as lists
from server.parking import owner_messages
from server.parking.access import Caller
from server.parking.conduct_schemas import AppealList, AppealView, BarList, BarView, ConductRecord, ConductRulesView
from server.parking.cursors import Cursor
from server.parking.idempotency import Reply
from server.parking.keyed import ask, reply, response, run, run_once, seen, the_one, unchanged
from server.parking.owner_messages import AppealIn, ConductRulesIn, Decision, LiftBar
from server.parking.schemas import body_of_message
from server.parking.short_cut import LARGEST
from server.parking.store import ServiceUnit
from server.parking.views import Json
from server.problems import ProblemException, responses
from server.routes.common import Cursor as Place
from server.routes.common import Limit, body_of
from server.routes.parking_access import Bearer, Key, anybody, citizen, operator
from server.runtime import runtime_of

router = APIRouter(prefix="/v1/parking", tags=["parking conduct"])
_TAG = {"headers": {"ETag": {"description": "the version", "schema": {"type": "string"}, "example": '"1"'}}}
_WRONG = responses(400, 401, 403, 404, 409, 413, 422, 503)
_CHANGE = responses(400, 401, 403, 404, 409, 412, 413, 422, 428, 503)
_ID = "019ac0ffee00b7e1a2c3d4e5"
_APPEAL = {"reservation_id": _ID, "grounds": "出口道闸故障，车辆按时离开 / The exit barrier was out of order; I left in time."}
_DECISION = {"upheld": True, "reason": "道闸日志证实 / The barrier's log confirms it."}
_RULES = {"most": 3, "within_s": 31_536_000, "longest_s": 86_400, "bar_s": 31_536_000, "appeal_s": 5_184_000, "mistyped": 1}
_KEY = Header(alias="Idempotency-Key", description="required; new for every new wish: the same again gets the same answer, for a day")
Match = Annotated[str | None, Header(alias="If-Match", description="required: the ETag as last seen", examples=['"1"'])]
NoneMatch = Annotated[str | None, Header(alias="If-None-Match", description="the ETag of the answer before")]


@router.get("/conduct", response_model=ConductRecord, responses=responses(401, 403, 422, 503))
async def show_conduct(request: Request, _bearer: Bearer, limit: Limit = DEFAULT_LIMIT, cursor: Place = None) -> Response:
    """One's own record: overstays, the newest first, what came of them, and until when an appeal may be filed."""
    caller, parking = citizen(request), runtime_of(request).parking

    def question(unit: ServiceUnit, now: int) -> Json:
        found = conduct.record(unit, caller.client)
        return lists.record_view(unit, found, page_of(list(reversed(found.overstays)), limit, cursor), now)

    return response(reply(await parking.read(question)))


@router.get(
    "/conduct/rules", response_model=ConductRulesView,
    responses={200: _TAG, 304: {"description": "unchanged"}, **responses(404, 422, 503)},
)  # fmt: skip
async def show_rules(
    request: Request, version: Annotated[int | None, Query(ge=1, le=1_000_000, description="an older version")] = None,
    _none: NoneMatch = None,
) -> Response:  # fmt: skip
    """The rules: the newest, or those of a version. Anybody may read them."""
    found: ConductRules = await runtime_of(request).parking.read(lambda unit, _now: unit.conduct_rules(version))
    if version is not None and found.version != version:
        raise ProblemException(404, "unknown_rules", f"there are no rules of version {version}")
    return unchanged(request, found.version) or response(reply(lists.rules_view(found), version=found.version))


@router.put(
    "/conduct/rules", response_model=ConductRulesView, responses={**_CHANGE, 200: _TAG},
    openapi_extra=body_of_message({"$ref": "#/components/schemas/ConductRulesIn"}, _RULES),
)  # fmt: skip
async def set_rules(request: Request, _key: Key, _match: Match = None) -> Response:
    """An operator sets other rules from now on: the next version. What was done before is judged by the rules of its time."""
    operator(request)
    body = await body_of(request, LARGEST, "rules are short")
    said, expected = owner_messages.read(ConductRulesIn, body), seen(request)

    def rule(unit: ServiceUnit, _now: int) -> Reply:
        before = unit.conduct_rules(None)
        if the_one(before.version, expected) != before.version:
            raise Refusal(Code.STALE_VERSION, "the rules have changed meanwhile; look at them again", {"version": before.version})
        made = conduct.change_rules(unit, ConductRules(version=before.version + 1, **msgspec.structs.asdict(said)))
        return reply(lists.rules_view(made), version=made.version)

    return response(await run(runtime_of(request).parking, rule))


@router.post(
    "/appeals", status_code=201, response_model=AppealView, responses={**_WRONG, 201: _TAG},
    openapi_extra=body_of_message({"$ref": "#/components/schemas/AppealIn"}, _APPEAL),
)  # fmt: skip
async def file_appeal(request: Request, _bearer: Bearer, _idempotency: Annotated[str | None, _KEY] = None) -> Response:
    """Against the overstay of one's own reservation, once for each. Where one character of the plate was mistyped, name the plate as it
    should be: that is upheld at once (once a year by the rules of today). The decision is told on `reservation:{id}` and by webhook."""
    body = await body_of(request, LARGEST, "grounds are at most 2000 characters")
    caller, parking, said = citizen(request, body), runtime_of(request).parking, owner_messages.read(AppealIn, body)

    def command(unit: ServiceUnit, now: int) -> Reply:
        plate, one_off = None, False
        found = unit.reservation(said.reservation_id)
        if said.plate is not None and found is not None and found.client == caller.client:
            plate = parking.means.plate(said.plate, caller.client)
            one_off = parking.means.plates.one_off(_of_color(plate, found.plate), found.plate)
        made = conduct.file_appeal(unit, said.reservation_id, caller.client, said.grounds, now, plate, one_off)
        return reply(lists.appeal_view(unit, made), 201, made.version, f"/v1/parking/appeals/{made.reservation_id}")

    return await run_once(parking, request, caller.client, said, command, must=True)


@router.get("/appeals", response_model=AppealList, responses=responses(401, 403, 422, 503))
async def list_appeals(
    request: Request, _bearer: Bearer, _key: Key,
    state: Annotated[AppealState | None, Query(description="in this state alone")] = None,
    limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None,
) -> Response:  # fmt: skip
    """A citizen's own, or all for an operator; first filed first."""
    client, parking = _client(anybody(request)), runtime_of(request).parking

    def question(unit: ServiceUnit, _now: int) -> Json:
        page, following = lists.list_appeals(unit, client, state, limit, cursor)
        return {"appeals": [lists.appeal_view(unit, one) for one in page], "next": following}

    return response(reply(await parking.read(question)))


@router.get(
    "/appeals/{reservation_id}", response_model=AppealView,
    responses={200: _TAG, 304: {"description": "unchanged"}, **responses(401, 403, 404, 422, 503)},
)  # fmt: skip
async def get_appeal(request: Request, reservation_id: str, _bearer: Bearer, _key: Key, _none: NoneMatch = None) -> Response:
    """One's own, or any for an operator, who sees what barriers saw as well."""
    client, parking = _client(anybody(request)), runtime_of(request).parking

    def question(unit: ServiceUnit, _now: int) -> Json:
        one = lists.find_appeal(unit, reservation_id, client)
        return lists.appeal_view(unit, one) | ({"stays": lists.stays_view(unit, one)} if client is None else {})

    found = await ask(parking, question)
    return unchanged(request, found["version"]) or response(reply(found, version=found["version"]))


@router.post(
    "/appeals/{reservation_id}/decision", response_model=AppealView, responses={**_CHANGE, 200: _TAG},
    openapi_extra=body_of_message({"$ref": "#/components/schemas/Decision"}, _DECISION),
)  # fmt: skip
async def decide_appeal(request: Request, reservation_id: str, _key: Key, _match: Match = None) -> Response:
    """An operator decides, once, with a reason for the client. Upheld: the overstay counts no more, its bar is lifted, its fee goes
    back."""
    caller = operator(request)
    body = await body_of(request, LARGEST, "a reason is at most 2000 characters")
    said, expected = owner_messages.read(Decision, body), seen(request)

    def rule(unit: ServiceUnit, now: int) -> Reply:
        version = the_one(lists.find_appeal(unit, reservation_id, None).version, expected)
        made = conduct.decide(unit, reservation_id, caller.key or "operator", said.upheld, said.reason, version, now)
        return reply(lists.appeal_view(unit, made), version=made.version)

    return response(await run(runtime_of(request).parking, rule))


@router.get("/bars", response_model=BarList, responses=responses(401, 403, 422, 503))
async def list_bars(
    request: Request, _key: Key,
    standing: Annotated[bool, Query(description="those that hold now alone")] = False,
    limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None,
) -> Response:  # fmt: skip
    """For operators: bars, the newest first; plates masked."""
    operator(request)

    def question(unit: ServiceUnit, now: int) -> Json:
        page, following = lists.list_bars(unit, standing, limit, cursor, now)
        return {"bars": [lists.bar_view(one) for one in page], "next": following}

    return response(reply(await runtime_of(request).parking.read(question)))


@router.get("/bars/{bar_id}", response_model=BarView, responses={200: _TAG, **responses(401, 403, 404, 422, 503)})
async def get_bar(request: Request, bar_id: str, _key: Key) -> Response:
    """One of them."""
    operator(request)
    found = await ask(runtime_of(request).parking, lambda unit, _now: lists.bar_view(lists.find_bar(unit, bar_id)))
    return response(reply(found, version=found["version"]))


@router.post(
    "/bars/{bar_id}/lift", response_model=BarView, responses={**_CHANGE, 200: _TAG},
    openapi_extra=body_of_message({"$ref": "#/components/schemas/LiftBar"}, {"reason": "医院急诊 / An emergency at the hospital."}),
)  # fmt: skip
async def lift_bar(request: Request, bar_id: str, _key: Key, _match: Match = None) -> Response:
    """An operator lifts a bar, with a reason for the client; the overstays it came of count no more."""
    caller = operator(request)
    body = await body_of(request, LARGEST, "a reason is at most 2000 characters")
    said, expected = owner_messages.read(LiftBar, body), seen(request)

    def rule(unit: ServiceUnit, now: int) -> Reply:
        version = the_one(lists.find_bar(unit, bar_id).version, expected)
        made = conduct.lift(unit, bar_id, caller.key or "operator", said.reason, version, now)
        return reply(lists.bar_view(made), version=made.version)

    return response(await run(runtime_of(request).parking, rule))


def _client(caller: Caller) -> str | None:
    """Whose appeals: a client's own, or everybody's for an operator. Raises a 403 problem for an app that speaks for nobody."""
    if not caller.client and not caller.operator:
        raise ProblemException(403, "not_a_citizen", "name X-Subject: appeals belong to an app's users")
    return None if caller.operator else caller.client


def _of_color(plate: Plate, other: Plate) -> Plate:
    """A sign more or less makes a new-energy plate of an ordinary one: the colour that was reserved with is no second mistake."""
    return plate if plate.color is other.color else msgspec.structs.replace(plate, color=other.color)
