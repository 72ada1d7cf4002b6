"""The cashier: between the store and the payment provider. It may be stopped at any point: what was decided is in the store, and
whatever the provider does is asked for under a key that counts once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Mapping
from typing import Protocol, TypeVar

import structlog

from parking import payments, payouts
from parking.model import PayoutKind
from parking.records import Payment, Payout
from parking.refusals import Refusal
from parking.rules import Rules
from parking.unit import Unit
from server.parking.provider import CURRENCY, BadNotice, NoAnswer, Order, Provider, Standing
from server.parking.store import Rule

T = TypeVar("T")
AT_ONCE = 16
"""calls to the provider at the same time"""
IN_ONE_TURN = 200
"""payments, and payouts, looked at in one turn"""


class Runner(Protocol):
    """Runs a rule durably: what the parking service does with every command."""

    def __call__(self, rule: Rule[T], /) -> Awaitable[T]:
        """What the rule gives, once that is durable; or what it raises."""


class Cashier:
    """`counts`: what came of notices and calls, by snake_case reason, for metrics. Whoever is not the only process with the same
    database need not care: two that do the same thing do it once."""

    def __init__(self, run: Runner, provider: Provider, rules: Rules) -> None:
        self._run, self._provider, self._rules = run, provider, rules
        self._log = structlog.get_logger()
        self.counts: Counter[str] = Counter()

    async def pay(self, reservation_id: str, client: str) -> tuple[Payment, str]:
        """(what is to be paid, link that the client's app opens to pay it); the same while what is due is the same. Raises
        Refusal (NOTHING_DUE, HOLD_EXPIRED, UNKNOWN_RESERVATION), NoAnswer (to be asked again: nothing is asked for twice)."""
        payment = await self._run(lambda unit, now: payments.ask(unit, reservation_id, client, now, self._rules))
        order = await self._provider.create(payment.id, payment.amount, payment.expires)
        if order.standing is Standing.DONE:
            await self._believe(order)
        return payment, order.link

    async def notice(self, headers: Mapping[str, str], body: bytes) -> None:
        """Takes a notice in: durable when it returns, so it may be acknowledged. Raises BadNotice for one that is not the provider's,
        or that names a payment nobody asked for or another amount or currency than was asked for."""
        try:
            notice = self._provider.read_notice(headers, body)
            if notice.kind == "payment":
                await self._believe(Order(notice.id, Standing.DONE, notice.amount, notice.currency))
            elif notice.kind == "payout":
                await self._paid_out(notice.id, notice.amount, notice.currency)
            else:
                raise BadNotice("unknown_kind")
        except BadNotice as bad:
            self.counts[f"notice_{bad.reason}"] += 1
            raise
        self.counts["notice_taken"] += 1

    async def turn(self, at_once: int = AT_ONCE) -> int:
        """Asks about payments of which no notice came, and sends payouts; how many of both. Whatever fails is tried again later."""
        asked, out = await self._run(lambda unit, now: (unit.payments_due(now, IN_ONE_TURN), unit.payouts_due(now, IN_ONE_TURN)))
        gate = asyncio.Semaphore(at_once)

        async def one(what: Payment | Payout) -> None:
            async with gate:
                await (self._ask(what) if isinstance(what, Payment) else self._send(what))

        todo: list[Payment | Payout] = [*asked, *out]
        if at_once == 1:
            for what in todo:
                await one(what)
        else:
            await asyncio.gather(*map(one, todo))
        return len(todo)

    async def run(self, every_s: float = 1.0) -> None:
        """Turn after turn, until cancelled. What goes wrong in one is told in the log, and tried again in the next."""
        while True:
            try:
                await self.turn()
            except Exception:
                self.counts["turn_failed"] += 1
                self._log.exception("parking_cashier_turn")
            await asyncio.sleep(every_s)

    async def _ask(self, payment: Payment) -> None:
        try:
            order = await self._provider.query(payment.id)
            if order.standing is Standing.DONE:
                self.counts["payment_found_by_asking"] += 1
                await self._believe(order)
                return
        except NoAnswer:
            self.counts["payment_no_answer"] += 1
            order = Order(payment.id, Standing.OPEN)
        except BadNotice as bad:
            self.counts[f"payment_{bad.reason}"] += 1
            order = Order(payment.id, Standing.OPEN)
        except ValueError as wrong:
            self._tell("payment_refused", payment.id, wrong)
            order = Order(payment.id, Standing.OPEN)

        def put_off(unit: Unit, now: int) -> None:
            over = order.standing in (Standing.CLOSED, Standing.UNKNOWN) and now >= payment.expires
            payments.not_yet(unit, payment.id, over, now, self._rules)

        await self._run(put_off)

    async def _send(self, payout: Payout) -> None:
        try:
            if payout.kind is PayoutKind.REFUND:
                standing = await self._provider.refund(payout.key, payout.payment_id, payout.amount)
            else:
                standing = await self._provider.transfer(payout.key, payout.holder, payout.amount)
        except NoAnswer:
            self.counts["payout_no_answer"] += 1
            standing = Standing.OPEN
        except ValueError as wrong:
            self._tell("payout_refused", payout.key, wrong)
            standing = Standing.OPEN
        if standing is Standing.DONE:
            await self._paid_out(payout.key, payout.amount, CURRENCY)
        else:
            await self._run(lambda unit, now: payouts.later(unit, payout.key, now, self._rules))

    async def _believe(self, order: Order) -> None:
        """It is paid: as much as was asked for, or it is not believed."""

        def take(unit: Unit, now: int) -> None:
            payment = unit.payment(order.payment_id)
            if payment is None:
                raise BadNotice("unknown_payment")
            if order.currency != CURRENCY:
                raise BadNotice("other_currency")
            if order.amount != payment.amount:
                raise BadNotice("other_amount")
            payments.captured(unit, payment.reservation_id, payment.id, payment.amount, now)

        try:
            await self._run(take)
        except Refusal as refused:
            raise BadNotice(refused.code.value) from None

    async def _paid_out(self, key: str, amount: int, currency: str) -> None:
        def take(unit: Unit, now: int) -> None:
            payout = unit.payout(key)
            if payout is None:
                raise BadNotice("unknown_payout")
            if (amount, currency) != (payout.amount, CURRENCY):
                raise BadNotice("other_amount" if currency == CURRENCY else "other_currency")
            payouts.confirmed(unit, key, now)

        await self._run(take)

    def _tell(self, what: str, name: str, wrong: Exception) -> None:
        """For people: the provider refuses what it should do. It is asked again all the same, ever more rarely."""
        self.counts[what] += 1
        self._log.error(what, id=name, wrong=str(wrong))
