"""One transaction on PostgreSQL, as the rules see it (`parking.unit.Unit`).

Double booking is impossible whatever the rules do: numbered spaces have an exclusion constraint on (place, interval), pools a counter
per slot that a check holds below the room. What the rules read before they decide is locked: the reservation's row, and by advisory
lock the client (holds) and the plate (its other reservations). Two transactions that wait for each other are told so by PostgreSQL,
and the store runs one of them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec
import psycopg

from parking.model import BLOCKING, Account, State
from parking.records import Event, Interval, LedgerLine, Lot, Place, Quote, Reservation, ShareWindow
from parking.refusals import Code, Refusal
from server.parking.records_codec import LOT, PLACE, QUOTE, RESERVATION, WINDOW, pack, row

T = TypeVar("T")
_BLOCKING = [state.value for state in sorted(BLOCKING)]
_UPSERT = "ON CONFLICT (id) DO UPDATE SET"


class PostgresUnit:
    """Speaks through one connection that is inside a transaction. `locking` False: for reading, takes no locks."""

    def __init__(self, connection: psycopg.Connection[Any], locking: bool = True) -> None:
        self._connection, self._run, self._locking = connection, connection.execute, locking

    def lot(self, lot_id: str) -> Lot | None:
        """See Unit."""
        return self._one(LOT, "SELECT body FROM lots WHERE id = %s", lot_id)

    def place(self, place_id: str) -> Place | None:
        """See Unit."""
        return self._one(PLACE, "SELECT body FROM places WHERE id = %s", place_id)

    def places(self, lot_id: str) -> Sequence[Place]:
        """See Unit."""
        return self._all(PLACE, 'SELECT body FROM places WHERE lot_id = %s ORDER BY id COLLATE "C"', lot_id)

    def window(self, window_id: str) -> ShareWindow | None:
        """See Unit; shared with other readers, kept from being changed until this transaction ends (I5)."""
        return self._one(WINDOW, f"SELECT body FROM windows WHERE id = %s{self._lock('SHARE')}", window_id)

    def windows(self, place_id: str) -> Sequence[ShareWindow]:
        """See Unit."""
        return self._all(WINDOW, 'SELECT body FROM windows WHERE place_id = %s AND active ORDER BY id COLLATE "C"', place_id)

    def quote(self, quote_id: str) -> Quote | None:
        """See Unit."""
        return self._one(QUOTE, "SELECT body FROM quotes WHERE id = %s", quote_id)

    def reservation(self, reservation_id: str) -> Reservation | None:
        """See Unit."""
        return self._one(RESERVATION, f"SELECT body FROM reservations WHERE id = %s{self._lock('UPDATE')}", reservation_id)

    def claimants(self, place_id: str, span: Interval) -> Sequence[Reservation]:
        """See Unit."""
        return self._all(
            RESERVATION,
            "SELECT r.body FROM claims c JOIN reservations r ON r.id = c.reservation_id"
            ' WHERE c.place_id = %s AND c.ends > %s AND c.starts < %s ORDER BY r.starts, r.id COLLATE "C"',
            place_id, span.start, span.end,
        )  # fmt: skip

    def of_plate(self, plate_key: bytes, span: Interval) -> Sequence[Reservation]:
        """See Unit; nobody else reserves for the plate until this transaction ends."""
        self._keep("plate", plate_key)
        return self._all(
            RESERVATION,
            "SELECT body FROM reservations WHERE plate_key = %s AND ends > %s AND starts < %s AND state = ANY(%s)",
            plate_key, span.start, span.end, _BLOCKING,
        )  # fmt: skip

    def holds_of(self, client: str, now: int) -> int:
        """See Unit; nobody else holds for the client until this transaction ends."""
        self._keep("client", client.encode())
        held = self._all(
            RESERVATION, "SELECT body FROM reservations WHERE client = %s AND state = 'hold' AND due > %s", client, now
        )
        return sum(one.blocks(now) for one in held)

    def due(self, now: int, limit: int) -> Sequence[Reservation]:
        """See Unit; those that another process works on are left to it."""
        skip = " FOR UPDATE SKIP LOCKED" if self._locking else ""
        return self._all(
            RESERVATION, f'SELECT body FROM reservations WHERE due <= %s ORDER BY due, id COLLATE "C" LIMIT %s{skip}', now, limit
        )

    def waiting(self, lot_id: str, span: Interval, limit: int) -> Sequence[Reservation]:
        """See Unit."""
        return self._all(
            RESERVATION,
            "SELECT body FROM reservations WHERE lot_id = %s AND state = 'waiting' AND ends > %s AND starts < %s"
            f' ORDER BY created, id COLLATE "C" LIMIT %s{self._lock("UPDATE")}',
            lot_id, span.start, span.end, limit,
        )  # fmt: skip

    def occupied(self, place_id: str) -> Sequence[str]:
        """See Unit; nobody else binds a stall there until this transaction ends."""
        self._keep("stalls", place_id.encode())
        inside = self._all(
            RESERVATION, "SELECT body FROM reservations WHERE place_id = %s AND state IN ('checked_in', 'overstay')", place_id
        )
        return [one.stall for one in inside if one.stall]

    def claim(self, reservation: Reservation, place: Place, span: Interval) -> bool:
        """See Unit."""
        try:
            with self._connection.transaction():  # a savepoint: what fails here leaves the old claim
                self.release(reservation.id)
                done = self._run(
                    "INSERT INTO claims VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                    (reservation.id, place.id, span.start, span.end, place.numbered),
                )
                if done.rowcount != 1 or not (place.numbered or self._count(place, span)):
                    raise _Full
        except _Full:
            return False
        return True

    def release(self, reservation_id: str) -> None:
        """See Unit."""
        gone = self._run("DELETE FROM claims WHERE reservation_id = %s RETURNING place_id, starts, ends, numbered", (reservation_id,))
        for place_id, starts, ends, numbered in gone.fetchall():
            if not numbered:
                self._run(
                    "UPDATE pool_slots SET claimed = claimed - 1 FROM (SELECT slot FROM pool_slots WHERE place_id = %s AND slot >= %s"
                    " AND slot < %s ORDER BY slot FOR UPDATE) s WHERE place_id = %s AND pool_slots.slot = s.slot",
                    (place_id, starts, ends, place_id),
                )

    def insert(self, reservation: Reservation, due: int | None) -> None:
        """See Unit."""
        self._run(
            "INSERT INTO reservations"
            " (client, lot_id, place_id, starts, ends, plate_key, state, version, updated, due, body, id, created)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (*row(reservation, due), reservation.id, reservation.created),
        )

    def save(self, reservation: Reservation, due: int | None) -> None:
        """See Unit."""
        done = self._run(
            "UPDATE reservations SET client = %s, lot_id = %s, place_id = %s, starts = %s, ends = %s, plate_key = %s, state = %s,"
            " version = %s, updated = %s, due = %s, body = %s WHERE id = %s AND version = %s",
            (*row(reservation, due), reservation.id, reservation.version - 1),
        )
        if done.rowcount != 1:
            raise Refusal(Code.STALE_VERSION, "it has changed meanwhile")

    def post(self, lines: Iterable[LedgerLine]) -> bool:
        """See Unit."""
        posting = list(lines)
        if not posting or sum([line.amount for line in posting]) != 0:
            raise ValueError("the lines of a posting add up to zero")
        if self._run("INSERT INTO postings VALUES (%s) ON CONFLICT DO NOTHING", (posting[0].posting,)).rowcount == 0:
            return False
        columns = zip(*((o.posting, o.reservation_id, o.account.value, o.holder, o.amount, o.at, o.memo) for o in posting), strict=True)
        self._run(
            "INSERT INTO ledger (posting, reservation_id, account, holder, amount, at, memo)"
            " SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::text[])",
            [list(column) for column in columns],
        )
        return True

    def ledger(self, reservation_id: str) -> Sequence[LedgerLine]:
        """See Unit."""
        rows = self._run(
            "SELECT posting, reservation_id, account, holder, amount, at, memo FROM ledger WHERE reservation_id = %s ORDER BY id",
            (reservation_id,),
        )
        return [LedgerLine(posting, name, Account(account), *rest) for posting, name, account, *rest in rows]

    def emit(self, event: Event) -> None:
        """See Unit."""
        done = self._run(
            "INSERT INTO outbox (reservation_id, sequence, type, at, client, data) SELECT %s, %s, %s, %s, %s, %s"
            " WHERE %s = 1 OR EXISTS (SELECT 1 FROM outbox WHERE reservation_id = %s AND sequence = %s)",
            (event.reservation_id, event.sequence, event.type, event.at, event.client, pack(event.data),
             event.sequence, event.reservation_id, event.sequence - 1),
        )  # fmt: skip
        if done.rowcount != 1:
            raise ValueError("the sequence has a gap")

    def put_lot(self, lot: Lot) -> None:
        """See Unit."""
        self._run(f"INSERT INTO lots VALUES (%s, %s) {_UPSERT} body = excluded.body", (lot.id, pack(lot)))

    def put_place(self, place: Place) -> None:
        """See Unit."""
        self._run(
            f"INSERT INTO places VALUES (%s, %s, %s) {_UPSERT} lot_id = excluded.lot_id, body = excluded.body",
            (place.id, place.lot_id, pack(place)),
        )

    def put_window(self, window: ShareWindow) -> None:
        """See Unit."""
        self._run(
            f"INSERT INTO windows VALUES (%s, %s, %s, %s, %s) {_UPSERT} place_id = excluded.place_id, owner = excluded.owner,"
            " active = excluded.active, body = excluded.body",
            (window.id, window.place_id, window.owner, window.active, pack(window)),
        )

    def put_quote(self, quote: Quote) -> None:
        """See Unit."""
        self._run("INSERT INTO quotes VALUES (%s, %s, %s)", (quote.id, quote.expires, pack(quote)))

    def count_states(self, place_id: str) -> dict[State, int]:
        """See Unit."""
        rows = self._run("SELECT state, count(*) FROM reservations WHERE place_id = %s GROUP BY state", (place_id,))
        return {State(state): count for state, count in rows}

    def bars_on(self, plate_key: bytes, now: int) -> int | None:
        """See Unit."""
        found = self._run("SELECT until FROM bars WHERE plate_key = %s AND until > %s", (plate_key, now)).fetchone()
        return None if found is None else int(found[0])

    def _count(self, place: Place, span: Interval) -> bool:
        """Counts the claim in every slot of a pool, in order; False when one is full."""
        done = self._run(
            "INSERT INTO pool_slots SELECT %s, slot, 1, %s FROM generate_series(%s::bigint, %s::bigint, %s::bigint) slot ORDER BY slot"
            " ON CONFLICT (place_id, slot) DO UPDATE SET claimed = pool_slots.claimed + 1, room = excluded.room"
            " WHERE pool_slots.claimed < excluded.room",
            (place.id, place.room, span.start, span.end - place.slot_s, place.slot_s),
        )
        return place.room > 0 and done.rowcount == (span.end - span.start) // place.slot_s

    def _keep(self, kind: str, name: bytes) -> None:
        if self._locking:
            self._run("SELECT pg_advisory_xact_lock(hashtextextended(encode(%s, 'hex'), %s))", (name, sum(kind.encode())))

    def _lock(self, strength: str) -> str:
        return f" FOR {strength}" if self._locking else ""

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """See ServiceUnit."""
        cursor = self._run(query.replace("?", "%s"), values)
        return [] if cursor.description is None else cursor.fetchall()

    def _one(self, decoder: msgspec.msgpack.Decoder[T], query: str, *values: object) -> T | None:
        found = self._run(query, values).fetchone()
        return None if found is None else decoder.decode(found[0])

    def _all(self, decoder: msgspec.msgpack.Decoder[T], query: str, *values: object) -> list[T]:
        return [decoder.decode(found[0]) for found in self._run(query, values).fetchall()]


class _Full(Exception):
    """No room: rolls the savepoint back."""
