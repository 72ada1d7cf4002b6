"""All rows of a parking database, read behind the store's back, and what must hold of them together (I1, I2, I6, I9, no halves)."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import msgspec
import psycopg

from parking.model import Account
from parking.records import Event, Interval, LedgerLine, Payment, Payout, Place, Reservation
from server.parking.idempotency import Reply
from server.parking.records_codec import RESERVATION
from tests.support.parking_history import Held
from tests.support.parking_invariants import check_events, check_money, check_room


@dataclass
class Rows:
    """What is stored."""

    reservations: dict[str, Reservation]
    claims: dict[str, tuple[str, Interval]]
    lines: dict[str, list[LedgerLine]]
    events: list[Event]
    slots: dict[tuple[str, int], int] | None
    """counters of pools; None: this store has none"""
    answers: dict[tuple[str, str], Reply]
    """kept for (client, Idempotency-Key)"""
    payments: list[Payment]
    payouts: list[Payout]
    now: int
    """the newest time the store went by"""

    def held(self, space: str) -> Held:
        """What a space holds."""
        return frozenset((name, *span) for name, (place_id, span) in self.claims.items() if place_id == space)

    def check(self, places: dict[str, Place], now: int) -> None:
        """Raises AssertionError."""
        check_room(self.reservations.values(), places, now)
        for name, one in self.reservations.items():
            check_money(one, self.lines[name])
            assert (name in self.claims) == one.blocks(now), f"half of {name} is there: {one.state}, claim {self.claims.get(name)}"
        check_events(self.events, self.reservations)
        if self.slots is not None:
            counted: dict[tuple[str, int], int] = defaultdict(int)
            for place_id, span in self.claims.values():
                place = places[place_id]
                if not place.numbered:
                    for slot in range(span.start, span.end, place.slot_s):
                        counted[place_id, slot] += 1
            assert dict(counted) == {slot: count for slot, count in self.slots.items() if count}


def rows_of(where: str) -> Rows:
    """Of a SQLite file or a PostgreSQL database."""
    postgres = where.startswith("postgresql://")
    with closing(psycopg.connect(where) if postgres else sqlite3.connect(where)) as connection:

        def rows(query: str) -> list[tuple[Any, ...]]:
            return connection.execute(query).fetchall()

        lines: dict[str, list[LedgerLine]] = defaultdict(list)
        columns = "posting, reservation_id, account, holder, amount, at, memo"
        for posting, name, account, *rest in rows(f"select {columns} from ledger order by id"):
            lines[name].append(LedgerLine(posting, name, Account(account), *rest))
        return Rows(
            {one.id: one for one in (RESERVATION.decode(body) for (body,) in rows("select body from reservations"))},
            {name: (place, Interval(start, end))
             for name, place, start, end in rows("select reservation_id, place_id, starts, ends from claims")},
            lines,
            [Event(name, sequence, kind, at, client, msgspec.msgpack.decode(data)) for name, sequence, kind, at, client, data
             in rows("select reservation_id, sequence, type, at, client, data from outbox order by id")],
            {(place, slot): n for place, slot, n in rows("select place_id, slot, claimed from pool_slots")} if postgres else None,
            {(client, key): Reply(status, msgspec.msgpack.decode(headers, type=tuple[tuple[bytes, bytes], ...]), bytes(body))
             for client, key, status, headers, body in rows("select client, key, status, headers, body from answers")},
            [msgspec.msgpack.decode(body, type=Payment) for (body,) in rows("select body from payments order by created, id")],
            [msgspec.msgpack.decode(body, type=Payout) for (body,) in rows("select body from payouts order by key")],
            rows("select value from marks where name = 'now'")[0][0],
        )  # fmt: skip
