"""What the rules read on PostgreSQL (`parking.unit.Unit`): plain questions, no locks. `postgres_unit` adds locks and writing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
import psycopg

from parking.model import BLOCKING, Account, State
from parking.records import Interval, LedgerLine, Lot, Place, Quote, Reservation, ShareWindow
from server.parking.gate_rows import GateRows
from server.parking.postgres_money import PostgresMoney
from server.parking.records_codec import LOT, PLACE, QUOTE, RESERVATION, WINDOW
from server.parking.sharing_rows import SharingRows
from server.parking.store import Kept

T = TypeVar("T")
_UNFINISHED = "SELECT pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text FROM pg_current_snapshot() s"
BLOCKING_STATES = ", ".join(f"'{state.value}'" for state in sorted(BLOCKING))


class PostgresReader(PostgresMoney, SharingRows, GateRows):
    """Reads through one connection that is inside a transaction."""

    _collation = '"C"'

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._cursor = connection.cursor(binary=True)

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
        """See Unit."""
        return self._one(WINDOW, "SELECT body FROM windows WHERE id = %s", window_id)

    def windows(self, place_id: str) -> Sequence[ShareWindow]:
        """See Unit."""
        return self._all(WINDOW, 'SELECT body FROM windows WHERE place_id = %s AND active ORDER BY id COLLATE "C"', place_id)

    def quote(self, quote_id: str) -> Quote | None:
        """See Unit."""
        return self._one(QUOTE, "SELECT body FROM quotes WHERE id = %s", quote_id)

    def reservation(self, reservation_id: str) -> Reservation | None:
        """See Unit; not locked."""
        return self._one(RESERVATION, "SELECT body FROM reservations WHERE id = %s", reservation_id)

    def claimants(self, place_id: str, span: Interval) -> Sequence[Reservation]:
        """See Unit."""
        return self._all(
            RESERVATION,
            "SELECT r.body FROM claims c JOIN reservations r ON r.id = c.reservation_id"
            ' WHERE c.place_id = %s AND c.ends > %s AND c.starts < %s ORDER BY r.starts, r.id COLLATE "C"',
            place_id, span.start, span.end,
        )  # fmt: skip

    def lapsed(self, place_id: str, span: Interval, now: int) -> Sequence[Reservation]:
        """See Unit."""
        return self._all(
            RESERVATION,
            "SELECT r.body FROM claims c JOIN reservations r ON r.id = c.reservation_id WHERE c.place_id = %s AND c.ends > %s"
            " AND c.starts < %s AND r.state IN ('hold', 'offered') AND r.due <= %s"
            ' ORDER BY r.starts, r.id COLLATE "C"',
            place_id, span.start, span.end, now,
        )  # fmt: skip

    def foresee(self, reservation_id: str, client: str, plate_key: bytes, quote_id: str, where: tuple[Place, Interval] | None) -> None:
        """See Unit; of no use here."""

    def of_plate(self, plate_key: bytes, span: Interval) -> Sequence[Reservation]:
        """See Unit."""
        return self._all(
            RESERVATION,
            f"SELECT body FROM reservations WHERE plate_key = %s AND ends > %s AND starts < %s AND state IN ({BLOCKING_STATES})",
            plate_key, span.start, span.end,
        )  # fmt: skip

    def holds_of(self, client: str, now: int) -> int:
        """See Unit."""
        held = self._all(
            RESERVATION, "SELECT body FROM reservations WHERE client = %s AND state = 'hold' AND due > %s", client, now
        )
        return sum(one.blocks(now) for one in held)

    def due(self, now: int, limit: int) -> Sequence[Reservation]:
        """See Unit."""
        return self._all(
            RESERVATION, 'SELECT body FROM reservations WHERE due <= %s ORDER BY due, id COLLATE "C" LIMIT %s', now, limit
        )

    def waiting(self, lot_id: str, span: Interval, limit: int) -> Sequence[Reservation]:
        """See Unit."""
        return self._all(
            RESERVATION,
            "SELECT body FROM reservations WHERE lot_id = %s AND state = 'waiting' AND ends > %s AND starts < %s"
            ' ORDER BY created, id COLLATE "C" LIMIT %s',
            lot_id, span.start, span.end, limit,
        )  # fmt: skip

    def occupied(self, place_id: str) -> Sequence[str]:
        """See Unit."""
        inside = self._all(
            RESERVATION, "SELECT body FROM reservations WHERE place_id = %s AND state IN ('checked_in', 'overstay')", place_id
        )
        return [one.stall for one in inside if one.stall]

    def ledger(self, reservation_id: str) -> Sequence[LedgerLine]:
        """See Unit."""
        rows = self._rows(
            "SELECT posting, reservation_id, account, holder, amount, at, memo FROM ledger WHERE reservation_id = %s ORDER BY id",
            reservation_id,
        )
        return [LedgerLine(posting, name, Account(account), *rest) for posting, name, account, *rest in rows]

    def count_states(self, place_id: str) -> dict[State, int]:
        """See Unit."""
        rows = self._rows("SELECT state, count(*) FROM reservations WHERE place_id = %s GROUP BY state", place_id)
        return {State(state): count for state, count in rows}

    def _run(self, query: str, values: Sequence[object] = ()) -> psycopg.Cursor[Any]:
        return self._cursor.execute(query, values)

    def _ask(self, query: str, *values: object) -> psycopg.Cursor[Any]:
        return self._run(query.replace("?", "%s"), values)

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """See ServiceUnit."""
        cursor = self._ask(query, *values)
        return [] if cursor.description is None else cursor.fetchall()

    def answer(self, client: str, key: str) -> Kept | None:
        """See ServiceUnit."""
        found = self._rows("SELECT fingerprint, status, headers, body FROM answers WHERE client = %s AND key = %s", client, key)
        return Kept(*found[0]) if found else None

    def unfinished(self) -> tuple[int, int]:
        """See ServiceUnit."""
        low, high = self._rows(_UNFINISHED)[0]
        return int(low), int(high)

    def _lock(self, strength: str) -> str:
        return ""

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self._cursor.execute(query, values).fetchall()

    def _one(self, decoder: msgspec.msgpack.Decoder[T], query: str, *values: object) -> T | None:
        found = self._rows(query, *values)
        return decoder.decode(found[0][0]) if found else None

    def _all(self, decoder: msgspec.msgpack.Decoder[T], query: str, *values: object) -> list[T]:
        return [decoder.decode(found[0]) for found in self._rows(query, *values)]
