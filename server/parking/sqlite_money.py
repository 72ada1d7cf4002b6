"""Tariffs, payments, payouts and balances on SQLite: the money part of `SqliteUnit`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from parking.model import Account
from parking.records import Payment, Payout
from parking.tariffs import Tariff
from server.parking.records_codec import PAYMENT, PAYOUT, TARIFF, pack

T = TypeVar("T")


class SqliteMoney:
    """Speaks through `_run` of the unit."""

    _run: Callable[..., sqlite3.Cursor]

    def tariff(self, tariff_id: str) -> Tariff | None:
        """See Unit."""
        return self._first(TARIFF, "select body from tariffs where id = ? order by version desc limit 1", tariff_id)

    def put_tariff(self, tariff: Tariff) -> None:
        """See Unit."""
        self._run("insert or replace into tariffs values (?, ?, ?)", (tariff.id, tariff.version, pack(tariff)))

    def payment(self, payment_id: str) -> Payment | None:
        """See Unit."""
        return self._first(PAYMENT, "select body from payments where id = ?", payment_id)

    def payments(self, reservation_id: str) -> Sequence[Payment]:
        """See Unit."""
        return self._found(PAYMENT, "select body from payments where reservation_id = ? order by created, id", reservation_id)

    def payments_due(self, now: int, limit: int) -> Sequence[Payment]:
        """See Unit."""
        return self._found(PAYMENT, "select body from payments where due <= ? order by due, id limit ?", now, limit)

    def put_payment(self, payment: Payment) -> None:
        """See Unit."""
        row = (payment.id, payment.reservation_id, payment.created, payment.due, pack(payment))
        self._run("insert or replace into payments values (?, ?, ?, ?, ?)", row)

    def payout(self, key: str) -> Payout | None:
        """See Unit."""
        return self._first(PAYOUT, "select body from payouts where key = ?", key)

    def payouts_due(self, now: int, limit: int) -> Sequence[Payout]:
        """See Unit."""
        return self._found(PAYOUT, "select body from payouts where due <= ? order by due, key limit ?", now, limit)

    def put_payout(self, payout: Payout) -> None:
        """See Unit."""
        self._run("insert or replace into payouts values (?, ?, ?)", (payout.key, payout.due, pack(payout)))

    def balance(self, account: Account, holder: str) -> int:
        """See Unit."""
        total = self._run("select coalesce(sum(amount), 0) from ledger where account = ? and holder = ?", (account, holder))
        return int(total.fetchone()[0])

    def payable(self, account: Account, holder: str) -> int:
        """See Unit."""
        total = self._run(
            "select coalesce(sum(amount), 0) from ledger l where account = ? and holder = ? and (reservation_id = '' or coalesce("
            "(select sum(amount) from ledger p where p.reservation_id = l.reservation_id and p.account = 'payer'), 0) <= 0)",
            (account, holder),
        )
        return -int(total.fetchone()[0])

    def _first(self, decoder: msgspec.msgpack.Decoder[T], query: str, *values: object) -> T | None:
        return next(iter(self._found(decoder, query, *values)), None)

    def _found(self, decoder: msgspec.msgpack.Decoder[T], query: str, *values: object) -> list[T]:
        return [decoder.decode(row[0]) for row in self._run(query, values)]
