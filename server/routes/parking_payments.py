"""Paying: what is due is asked of the payment provider, whose notices come in here. Without a provider nothing can be paid."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from parking.refusals import Refusal
from server.answers import JSON
from server.parking.access import lower_headers
from server.parking.desk import refusal_problem
from server.parking.payments import Cashier
from server.parking.provider import BadNotice, NoAnswer
from server.parking.schemas import PaymentView
from server.parking.short_cut import LARGEST
from server.parking.views import encode, moment, money
from server.problems import ProblemException, responses
from server.routes.common import body_of
from server.routes.parking_access import Bearer, citizen
from server.runtime import runtime_of

router = APIRouter(prefix="/v1/parking", tags=["parking"])


@router.post(
    "/reservations/{reservation_id}/payments", status_code=201, response_model=PaymentView,
    responses=responses(401, 403, 404, 409, 413, 422, 503),
)  # fmt: skip
async def pay(request: Request, reservation_id: str, _bearer: Bearer) -> Response:
    """What is due now, and the link with which it is paid. Asking again gives the same payment: nothing is paid twice. A hold is
    confirmed when the provider says that it is paid."""
    body = await body_of(request, LARGEST, "nothing need be sent")
    caller, cashier = citizen(request, body), _cashier(request)
    try:
        payment, link = await cashier.pay(reservation_id, caller.client)
    except Refusal as refused:
        raise refusal_problem(refused) from None
    except NoAnswer:
        detail = "the payment provider did not answer; ask again"
        raise ProblemException(503, "provider_silent", detail, headers={"retry-after": "2"}) from None
    view = {"id": payment.id, "amount": money(payment.amount), "expires_at": moment(payment.expires), "link": link}
    return Response(encode(view), 201, {"cache-control": "no-store"}, JSON)


@router.post("/payments/notices", status_code=204, responses=responses(400, 413, 503))
async def take_notice(request: Request) -> Response:
    """For the payment provider: a signed notice of a payment or payout. It is durable when it is answered; repeats change nothing."""
    body = await body_of(request, LARGEST, "a notice is short")
    try:
        await _cashier(request).notice(lower_headers(request.scope["headers"]), body)
    except BadNotice as bad:
        raise ProblemException(400, "bad_notice", f"this is no notice of the payment provider ({bad.reason})") from None
    return Response(status_code=204)


def _cashier(request: Request) -> Cashier:
    """Raises a 503 problem where no provider is bound."""
    cashier = runtime_of(request).parking.cashier
    if cashier is None:
        raise ProblemException(503, "no_provider", "no payment provider is bound to this server")
    return cashier
