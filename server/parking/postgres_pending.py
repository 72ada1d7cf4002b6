"""What commands want to write on PostgreSQL, kept back so that a whole batch of them goes out in a few statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import psycopg

from parking.records import Event, Interval, LedgerLine, Place, Quote, Reservation
from server.parking.records_codec import pack, row

_COLUMNS = "client, lot_id, place_id, starts, ends, plate_key, state, version, updated, due, body, id"
_TYPES = (
    "%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bytea[], %s::text[], %s::int[], %s::bigint[], %s::bigint[],"
    " %s::bytea[], %s::text[], %s::bigint[]"
)
_INSERT = f"INSERT INTO reservations ({_COLUMNS}, created) SELECT * FROM unnest({_TYPES})"
_UPDATE = (
    "UPDATE reservations r SET client = v.client, lot_id = v.lot_id, place_id = v.place_id, starts = v.starts, ends = v.ends,"
    " plate_key = v.plate_key, state = v.state, version = v.version, updated = v.updated, due = v.due, body = v.body"
    f" FROM unnest({_TYPES}) v({_COLUMNS}, stored) WHERE r.id = v.id AND r.version = v.stored"
)
_TELL = (
    "INSERT INTO outbox (reservation_id, sequence, type, at, client, data) SELECT id, sequence, type, at, client, data"
    " FROM unnest(%s::text[], %s::int[], %s::text[], %s::bigint[], %s::text[], %s::bytea[], %s::bool[]) WITH ORDINALITY"
    " v(id, sequence, type, at, client, data, first, n)"
    " WHERE NOT first OR sequence = 1 OR EXISTS (SELECT 1 FROM outbox o WHERE o.reservation_id = v.id AND o.sequence = v.sequence - 1)"
    " ORDER BY n"
)
_LINES = (
    "INSERT INTO ledger (posting, reservation_id, account, holder, amount, at, memo)"
    " SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::text[])"
)
_CLAIM = "INSERT INTO claims SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bool[])"
_UNCLAIM = "DELETE FROM claims WHERE reservation_id = ANY(%s) RETURNING place_id, starts, ends, numbered"
_COUNT = (
    "INSERT INTO pool_slots SELECT * FROM unnest(%s::text[], %s::bigint[], %s::int[], %s::int[]) ORDER BY 1, 2"
    " ON CONFLICT (place_id, slot) DO UPDATE SET claimed = pool_slots.claimed + excluded.claimed, room = excluded.room"
)
_UNCOUNT = (
    "UPDATE pool_slots p SET claimed = p.claimed + v.step FROM (SELECT p.place_id, p.slot, v.step FROM pool_slots p"
    " JOIN unnest(%s::text[], %s::bigint[], %s::int[]) v(place_id, slot, step) USING (place_id, slot)"
    " ORDER BY 1, 2 FOR UPDATE OF p) v WHERE p.place_id = v.place_id AND p.slot = v.slot"
)


class Mismatch(Exception):
    """A flush did not write what it was to write: another version was stored, or an event's predecessor is missing."""


class Pending:
    """Buffered writes of one command, or of the commands of one transaction."""

    def __init__(self) -> None:
        self.reservations: dict[str, tuple[Reservation, int | None, int]] = {}
        """id → (record, due, version that is stored; 0: none)"""
        self.claims: dict[str, tuple[Place, Interval] | None] = {}
        """reservation → what it claims now; None: nothing any more"""
        self.events: list[Event] = []
        self.lines: list[LedgerLine] = []
        self.postings: dict[str, None] = {}
        self.quotes: dict[str, Quote] = {}
        self.touched: set[tuple[str, object]] = set()
        """(kind, name) of clients, plates, places and lots whose rows these writes change: what is asked of them must wait"""

    def __bool__(self) -> bool:
        return bool(self.reservations or self.claims or self.events or self.postings or self.quotes)

    def touch(self, one: Reservation) -> None:
        """Remembers what is asked by."""
        self.touched |= {("client", one.client), ("plate", one.plate.key), ("place", one.place_id), ("lot", one.lot_id)}

    def merge(self, later: Pending) -> None:
        """Adds what a command that came through wants to write."""
        for name, (record, due, stored) in later.reservations.items():
            mine = self.reservations.get(name)
            self.reservations[name] = (record, due, stored if mine is None else mine[2])
        self.claims.update(later.claims)
        self.events += later.events
        self.lines += later.lines
        self.postings.update(later.postings)
        self.quotes.update(later.quotes)
        self.touched |= later.touched

    def flush(self, connection: psycopg.Connection[Any], slot_of: Callable[[str], int]) -> None:
        """Writes everything, in two round trips. `slot_of`: seconds of a slot of a pool. Raises Mismatch, and IntegrityError of psycopg
        where a constraint is not met."""
        if not self:
            return
        gone: psycopg.Cursor[Any] | None = None
        with connection.pipeline():
            if self.claims:
                gone = connection.execute(_UNCLAIM, (list(self.claims),), binary=True)
            wanted = [(connection.execute(query, values), count) for query, values, count in self._statements()]
        if any(done.rowcount != count for done, count in wanted if count):
            raise Mismatch("another version is stored, or the sequence has a gap")
        less, more = self._steps(gone.fetchall() if gone else [], slot_of)
        if less or more:
            with connection.pipeline():
                if less:
                    connection.execute(_UNCOUNT, _columns(less))
                if more:
                    connection.execute(_COUNT, _columns(more))

    def _statements(self) -> Iterable[tuple[str, Sequence[object], int]]:
        """(statement, values, rows it has to write; 0: does not matter)"""
        made = [(name, claim[0].id, *claim[1], claim[0].numbered) for name, claim in self.claims.items() if claim]
        if made:
            yield _CLAIM, _columns(made), 0
        new, old = [], []
        for record, due, stored in self.reservations.values():
            (old if stored else new).append((*row(record, due), record.id, stored or record.created))
        if new:
            yield _INSERT, _columns(new), 0
        if old:
            yield _UPDATE, _columns(old), len(old)
        if self.events:
            told = self._told()
            yield _TELL, _columns(told), len(told)
        if self.postings:
            yield "INSERT INTO postings SELECT * FROM unnest(%s::text[])", (list(self.postings),), 0
            yield _LINES, _columns([(o.posting, o.reservation_id, o.account.value, o.holder, o.amount, o.at, o.memo) for o in self.lines]), 0
        if self.quotes:
            rows = [(one.id, one.expires, pack(one)) for one in self.quotes.values()]
            yield "INSERT INTO quotes SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bytea[])", _columns(rows), 0

    def _steps(self, gone: list[Any], slot_of: Callable[[str], int]) -> tuple[list[tuple[str, int, int]], list[tuple[str, int, int, int]]]:
        """Changes of the counters of pools: (less, more)."""
        steps: dict[tuple[str, int], int] = {}
        rooms = {}
        for place_id, starts, ends, numbered in gone:
            if not numbered:
                _step(steps, place_id, starts, ends, slot_of(place_id), -1)
        for claim in self.claims.values():
            if claim is not None and not claim[0].numbered:
                rooms[claim[0].id] = claim[0].room
                _step(steps, claim[0].id, *claim[1], claim[0].slot_s, 1)
        less = [(place_id, slot, step) for (place_id, slot), step in steps.items() if step < 0]
        more = [(place_id, slot, step, rooms[place_id]) for (place_id, slot), step in steps.items() if step > 0]
        return less, more

    def _told(self) -> list[tuple[object, ...]]:
        before: dict[str, int] = {}
        rows: list[tuple[object, ...]] = []
        for one in self.events:
            first = before.get(one.reservation_id) != one.sequence - 1
            before[one.reservation_id] = one.sequence
            rows.append((one.reservation_id, one.sequence, one.type, one.at, one.client, pack(one.data), first))
        return rows


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _step(steps: dict[tuple[str, int], int], place_id: str, start: int, end: int, slot_s: int, by: int) -> None:
    for slot in slots(start, end, slot_s):
        steps[place_id, slot] = steps.get((place_id, slot), 0) + by


def slots(start: int, end: int, slot_s: int) -> Iterable[int]:
    """Starts of the slots that an interval meets."""
    return range(start // slot_s * slot_s, end, slot_s)
