"""Parking stores built the ways that are known not to work (and one that does): the proofs must tell them apart.

`naive`: looks whether the time is free, then inserts. `row_locks`: locks the rows that overlap while it looks (an empty time has no row
to lock). `place_lock`: the same commands under a lock of the place, which is right.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any, TypeVar

import psycopg

from parking.profile import fits
from parking.records import Event, Interval, LedgerLine, Lot, Place, Quote, Reservation
from parking.unit import Unit
from server.parking.postgres_reader import PostgresReader
from server.parking.records_codec import pack, row
from server.parking.store import Kept, Rule

T = TypeVar("T")


class BrokenStore:
    """Every command in a transaction of the thread that asks; the database's constraint is taken away first."""

    def __init__(self, address: str, way: str, now: int) -> None:
        self._address, self._way, self._now = address, way, now
        self._mine = threading.local()
        self._all: list[psycopg.Connection[Any]] = []
        with psycopg.connect(address) as connection:
            connection.execute("ALTER TABLE claims DROP CONSTRAINT IF EXISTS one_at_a_time")

    def submit(self, rule: Rule[T]) -> Future[T]:
        if not hasattr(self._mine, "connection"):
            self._mine.connection = psycopg.connect(self._address)
            self._all.append(self._mine.connection)
        future: Future[T] = Future()
        while not future.done():
            try:
                with self._mine.connection.transaction():
                    result = rule(BrokenUnit(self._mine.connection, self._way), self._now)  # type: ignore[arg-type]
                future.set_result(result)
            except psycopg.errors.DeadlockDetected:
                continue
            except Exception as refused:
                future.set_exception(refused)
        return future

    def read(self, question: Callable[[Unit], T]) -> T:
        return self.submit(lambda unit, now: question(unit)).result()

    def close(self) -> None:
        for connection in self._all:
            connection.close()


class BrokenUnit(PostgresReader):
    """Writes at once."""

    def __init__(self, connection: psycopg.Connection[Any], way: str) -> None:
        super().__init__(connection)
        self._run, self._way = self._cursor.execute, way

    def claim(self, reservation: Reservation, place: Place, span: Interval) -> bool:
        if self._way == "place_lock":
            self._run("SELECT pg_advisory_xact_lock(hashtext(%s))", (place.id,))
        locked = " FOR UPDATE" if self._way == "row_locks" else ""
        others = self._rows(
            f"SELECT starts, ends FROM claims WHERE place_id = %s AND ends > %s AND starts < %s AND reservation_id <> %s{locked}",
            place.id, span.start, span.end, reservation.id,
        )  # fmt: skip
        if not fits([(start, end) for start, end in others], span, place.room):
            return False
        self.release(reservation.id)
        self._run("INSERT INTO claims VALUES (%s, %s, %s, %s, %s)", (reservation.id, place.id, *span, place.numbered))
        return True

    def release(self, reservation_id: str) -> None:
        self._run("DELETE FROM claims WHERE reservation_id = %s", (reservation_id,))

    def reservation(self, reservation_id: str) -> Reservation | None:
        self._run("SELECT 1 FROM reservations WHERE id = %s FOR UPDATE", (reservation_id,))
        return super().reservation(reservation_id)

    def insert(self, reservation: Reservation, due: int | None) -> None:
        self._run(
            "INSERT INTO reservations"
            " (client, lot_id, place_id, starts, ends, plate_key, state, version, updated, due, body, id, created)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (*row(reservation, due), reservation.id, reservation.created),
        )

    def save(self, reservation: Reservation, due: int | None) -> None:
        self._run(
            "UPDATE reservations SET client = %s, lot_id = %s, place_id = %s, starts = %s, ends = %s, plate_key = %s, state = %s,"
            " version = %s, updated = %s, due = %s, body = %s WHERE id = %s",
            (*row(reservation, due), reservation.id),
        )

    def post(self, lines: Iterable[LedgerLine]) -> bool:
        posting = list(lines)
        if self._run("INSERT INTO postings VALUES (%s) ON CONFLICT DO NOTHING", (posting[0].posting,)).rowcount == 0:
            return False
        for o in posting:
            self._run(
                "INSERT INTO ledger (posting, reservation_id, account, holder, amount, at, memo) VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (o.posting, o.reservation_id, o.account.value, o.holder, o.amount, o.at, o.memo),
            )
        return True

    def emit(self, event: Event) -> None:
        self._run(
            "INSERT INTO outbox (reservation_id, sequence, type, at, client, data) VALUES (%s, %s, %s, %s, %s, %s)",
            (event.reservation_id, event.sequence, event.type, event.at, event.client, pack(event.data)),
        )

    def answer(self, client: str, key: str) -> Kept | None:
        self._run("SELECT pg_advisory_xact_lock(hashtext(%s))", (f"{client} {key}",))
        return super().answer(client, key)

    def keep_answer(self, client: str, key: str, kept: Kept, now: int) -> None:
        self._run("INSERT INTO answers VALUES (%s, %s, %s, %s, %s, %s, %s)", (client, key, *kept, now))

    def put_lot(self, lot: Lot) -> None:
        self._run("INSERT INTO lots VALUES (%s, %s)", (lot.id, pack(lot)))

    def put_place(self, place: Place) -> None:
        self._run("INSERT INTO places VALUES (%s, %s, %s)", (place.id, place.lot_id, pack(place)))

    def put_quote(self, quote: Quote) -> None:
        self._run("INSERT INTO quotes VALUES (%s, %s, %s)", (quote.id, quote.expires, pack(quote)))


def rounded_split(amount: int, shares: Any) -> list[Any]:
    """Each share rounded for itself, as it is most often done: they do not add up."""
    return [(account, holder, round(amount * parts / 10_000)) for account, holder, parts in shares]
