"""Tariffs, payments, payouts and balances on PostgreSQL: the money part of `PostgresUnit`. Payments are guarded by the lock of their
reservation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from parking.model import Account
from parking.records import Payment, Payout
from parking.tariffs import Tariff
from server.parking.records_codec import PAYMENT, PAYOUT, TARIFF, pack

T = TypeVar("T")


class PostgresMoney:
    """Speaks through `_run` of the unit."""

    _run: Callable[..., Any]
    _lock: Callable[[str], str]

    def tariff(self, tariff_id: str) -> Tariff | None:
        """See Unit."""
        return self._first(TARIFF, "SELECT body FROM tariffs WHERE id = %s ORDER BY version DESC LIMIT 1", tariff_id)

    def put_tariff(self, tariff: Tariff) -> None:
        """See Unit."""
        self._run(
            "INSERT INTO tariffs VALUES (%s, %s, %s) ON CONFLICT (id, version) DO UPDATE SET body = excluded.body",
            (tariff.id, tariff.version, pack(tariff)),
        )

    def payment(self, payment_id: str) -> Payment | None:
        """See Unit."""
        return self._first(PAYMENT, "SELECT body FROM payments WHERE id = %s", payment_id)

    def payments(self, reservation_id: str) -> Sequence[Payment]:
        """See Unit."""
        return self._found(
            PAYMENT, 'SELECT body FROM payments WHERE reservation_id = %s ORDER BY created, id COLLATE "C"', reservation_id
        )

    def payments_due(self, now: int, limit: int) -> Sequence[Payment]:
        """See Unit."""
        return self._found(PAYMENT, 'SELECT body FROM payments WHERE due <= %s ORDER BY due, id COLLATE "C" LIMIT %s', now, limit)

    def put_payment(self, payment: Payment) -> None:
        """See Unit."""
        self._run(
            "INSERT INTO payments VALUES (%s, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET due = excluded.due, body = excluded.body",
            (payment.id, payment.reservation_id, payment.created, payment.due, pack(payment)),
        )

    def payout(self, key: str) -> Payout | None:
        """See Unit; locked."""
        return self._first(PAYOUT, f"SELECT body FROM payouts WHERE key = %s{self._lock('UPDATE')}", key)

    def payouts_due(self, now: int, limit: int) -> Sequence[Payout]:
        """See Unit."""
        return self._found(PAYOUT, 'SELECT body FROM payouts WHERE due <= %s ORDER BY due, key COLLATE "C" LIMIT %s', now, limit)

    def put_payout(self, payout: Payout) -> None:
        """See Unit."""
        self._run(
            "INSERT INTO payouts VALUES (%s, %s, %s) ON CONFLICT (key) DO UPDATE SET due = excluded.due, body = excluded.body",
            (payout.key, payout.due, pack(payout)),
        )

    def balance(self, account: Account, holder: str) -> int:
        """See Unit."""
        query = "SELECT coalesce(sum(amount), 0) FROM ledger WHERE account = %s AND holder = %s"
        return int(self._run(query, (account.value, holder)).fetchone()[0])

    def payable(self, account: Account, holder: str) -> int:
        """See Unit."""
        query = (
            "SELECT coalesce(sum(amount), 0) FROM ledger l WHERE account = %s AND holder = %s AND (reservation_id = '' OR coalesce("
            "(SELECT sum(amount) FROM ledger p WHERE p.reservation_id = l.reservation_id AND p.account = 'payer'), 0) <= 0)"
        )
        return -int(self._run(query, (account.value, holder)).fetchone()[0])

    def _first(self, decoder: msgspec.msgpack.Decoder[T], query: str, *values: object) -> T | None:
        return next(iter(self._found(decoder, query, *values)), None)

    def _found(self, decoder: msgspec.msgpack.Decoder[T], query: str, *values: object) -> list[T]:
        return [decoder.decode(found[0]) for found in self._run(query, values).fetchall()]
