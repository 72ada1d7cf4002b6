"""What places earned and who was paid: an owner's own, anybody's for an operator."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from parking.model import Account
from parking.records import Interval
from parking.statements import Statement, statement
from server.paging import DEFAULT_LIMIT, page_of
from server.parking import earnings, owner_messages
from server.parking.access import Caller
from server.parking.cursors import Cursor
from server.parking.keyed import ask, reply, response, run
from server.parking.messages import invalid, seconds
from server.parking.owner_messages import SettleIn
from server.parking.owner_schemas import SettlementList, SettlementsMade, StatementView
from server.parking.schemas import body_of_message
from server.parking.short_cut import LARGEST
from server.parking.store import ServiceUnit
from server.parking.views import Json
from server.problems import ProblemException, responses
from server.routes.common import Cursor as Place
from server.routes.common import Limit, body_of
from server.routes.parking_access import Bearer, Key, anybody, operator
from server.runtime import runtime_of

router = APIRouter(prefix="/v1/parking", tags=["parking owners"])
_MONTH = 30 * 86_400
From = Annotated[AwareDatetime | None, Query(alias="from", description="RFC 3339 with offset; 30 days before `to` without it")]
To = Annotated[AwareDatetime | None, Query(alias="to", description="RFC 3339 with offset; now without it")]
Side = Annotated[Account | None, Query(alias="account", description="for operators: owner, operator or treasury")]
Holder = Annotated[
    str, Query(max_length=220, pattern=r"^[^\x00-\x1f\x7f]*$", description="for operators: whose account, e.g. `id:SUBJECT`")
]
_CSV: dict[int | str, dict[str, Any]] = {200: {"description": "CSV in UTF-8", "content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.get("/statements", response_model=StatementView, responses=responses(401, 403, 422, 503))
async def show_statement(
    request: Request, _bearer: Bearer, _key: Key, start: From = None, end: To = None, account: Side = None, holder: Holder = "",
    limit: Limit = DEFAULT_LIMIT, cursor: Place = None,
) -> Response:  # fmt: skip
    """By reservation: what was charged, the owner's share, the platform's fee, tax, compensation paid; sums to the fen. One's own
    account, or a named one for an operator; a year at most."""
    found = await _statement(request, start, end, account, holder)
    page, following = page_of(list(found.earned), limit, cursor)
    return response(reply(earnings.statement_view(found, page, following)))


@router.get("/statements.csv", responses={**_CSV, **responses(401, 403, 422, 503)}, response_class=Response)
async def download_statement(
    request: Request, _bearer: Bearer, _key: Key, start: From = None, end: To = None, account: Side = None, holder: Holder = ""
) -> Response:  # fmt: skip
    """The same for a spreadsheet, all of it, with a last row of sums."""
    found = await _statement(request, start, end, account, holder)
    name = f"statement-{earnings.today(found.span.start)}-{earnings.today(found.span.end)}.csv"
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="{name}"'}
    return Response(earnings.statement_csv(found), 200, headers, "text/csv; charset=utf-8")


@router.get("/settlements", response_model=SettlementList, responses=responses(401, 403, 422, 503))
async def list_settlements(
    request: Request, _bearer: Bearer, _key: Key, account: Side = None, holder: Holder = "", limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:  # fmt: skip
    """To whom was paid how much, when, and whether the provider has confirmed it; what could be paid out now. One's own, or for an
    operator a named beneficiary's or all."""
    caller = anybody(request)
    whose = None if caller.operator and account is None else _whose(caller, account, holder)

    def question(unit: ServiceUnit, _now: int) -> Json:
        page, following = earnings.list_settlements(unit, whose, limit, cursor)
        owed = earnings.owed_view(unit, *whose) if whose else {"payable": None, "balance": None}
        return {"settlements": page, **owed, "next": following}

    return response(reply(await ask(runtime_of(request).parking, question)))


@router.post(
    "/settlements", response_model=SettlementsMade, responses=responses(400, 401, 403, 413, 422, 503),
    openapi_extra=body_of_message({"$ref": "#/components/schemas/SettleIn"}, {"day": "2026-11-27"}),
)  # fmt: skip
async def settle(request: Request, _key: Key) -> Response:
    """An operator has beneficiaries paid what they are owed of reservations that are paid: once a day each, however often it is
    asked for. The payment provider transfers it."""
    operator(request)
    said = owner_messages.read(SettleIn, await body_of(request, LARGEST, "a day is short"))
    parking = runtime_of(request).parking
    day = said.day or earnings.today(parking.now())
    if said.account is not None and said.account not in earnings.PAID:
        raise invalid("/body/account", "owner, operator and treasury are settled with")
    made = []
    for account, holder in await parking.read(lambda unit, _now: earnings.beneficiaries(unit, said.account, said.holder)):
        payout = await run(parking, lambda unit, now, a=account, h=holder: earnings.settle(unit, a, h, day, now))  # type: ignore[misc]
        if payout is not None:
            made.append(earnings.settlement_view(account.value, holder, day, payout))
    return response(reply({"day": day, "settlements": made}))


async def _statement(
    request: Request, start: AwareDatetime | None, end: AwareDatetime | None, account: Account | None, holder: str
) -> Statement:  # fmt: skip
    parking = runtime_of(request).parking
    whose = _whose(anybody(request), account, holder)
    until = parking.now() + 1 if end is None else seconds(end)
    span = Interval(until - _MONTH if start is None else seconds(start), until)
    if not earnings.year_at_most(span):
        raise ProblemException(422, "bad_interval", "`to` lies after `from`, by a year at most",
                               [{"pointer": "/query/to", "detail": "lies after `from`, by a year at most"}])  # fmt: skip
    found: Statement = await parking.read(lambda unit, _now: statement(unit, *whose, span))
    return found


def _whose(caller: Caller, account: Account | None, holder: str) -> tuple[Account, str]:
    """One's own account, or for an operator a named one. Raises a 403 or 422 problem."""
    if caller.operator:
        if account not in earnings.PAID:
            detail = "an operator names whose account: owner, operator or treasury, and the holder"
            raise ProblemException(422, "invalid_request", detail, [{"pointer": "/query/account", "detail": detail}])
        return account, holder
    mine = caller.client and account in (None, Account.OWNER) and holder in ("", caller.client)
    if not mine:
        raise ProblemException(403, "not_yours", "a statement is its owner's; leave out `account` and `holder`")
    return Account.OWNER, caller.client
