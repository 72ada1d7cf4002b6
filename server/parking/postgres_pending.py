"""What commands want to write on PostgreSQL, kept back so that a whole batch of them goes out in a few statements."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson
import psycopg
from psycopg import errors

from parking.records import Event, Interval, LedgerLine, Place, Quote, Reservation
from server.parking.records_codec import pack, row

_COLUMNS = "client, lot_id, place_id, starts, ends, plate_key, state, version, updated, due, body, id"
_ROWS = (
    "(SELECT client, lot_id, place_id, starts, ends, decode(plate_key, 'base64') plate_key, state, version, updated, due,"
    " decode(body, 'base64') body, id, other FROM json_to_recordset(%s::json) v(client text, lot_id text, place_id text, starts bigint,"
    " ends bigint, plate_key text, state text, version int, updated bigint, due bigint, body text, id text, other bigint))"
)
_ALL = "SELECT 1 / (count(*) = %s)::int FROM done"
"""fails, so that a COMMIT sent along is not carried out, unless that many rows were written"""
_INSERT = f"INSERT INTO reservations ({_COLUMNS}, created) SELECT * FROM {_ROWS} v"
_UPDATE = (
    "WITH done AS (UPDATE reservations r SET client = v.client, lot_id = v.lot_id, place_id = v.place_id, starts = v.starts,"
    " ends = v.ends, plate_key = v.plate_key, state = v.state, version = v.version, updated = v.updated, due = v.due, body = v.body"
    f" FROM {_ROWS} v WHERE r.id = v.id AND r.version = v.other RETURNING 1) {_ALL}"
)
_TELL = (
    "WITH done AS (INSERT INTO outbox (reservation_id, sequence, type, at, client, data)"
    " SELECT id, sequence, type, at, client, decode(data, 'base64')"
    " FROM json_to_recordset(%s::json) v(id text, sequence int, type text, at bigint, client text, data text, first bool, n int)"
    " WHERE NOT first OR sequence = 1 OR EXISTS (SELECT 1 FROM outbox o WHERE o.reservation_id = v.id AND o.sequence = v.sequence - 1)"
    f" ORDER BY n RETURNING 1) {_ALL}"
)
_LINES = (
    "INSERT INTO ledger (posting, reservation_id, account, holder, amount, at, memo) SELECT posting, id, account, holder, amount, at,"
    " memo FROM json_to_recordset(%s::json)"
    " v(posting text, id text, account text, holder text, amount bigint, at bigint, memo text, n int) ORDER BY n"
)
_CLAIM = "INSERT INTO claims SELECT * FROM json_to_recordset(%s::json) v(id text, place_id text, s bigint, e bigint, numbered bool)"
_QUOTE = (
    "INSERT INTO quotes SELECT id, expires, decode(body, 'base64')"
    " FROM json_to_recordset(%s::json) v(id text, expires bigint, body text)"
)
_ROW = (*_COLUMNS.split(", "), "other")
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
        self.fresh: set[str] = set()
        """reservations that are stored with this for the first time: they had no claim"""
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
        self.fresh |= later.fresh
        self.events += later.events
        self.lines += later.lines
        self.postings.update(later.postings)
        self.quotes.update(later.quotes)
        self.touched |= later.touched

    def flush(self, connection: psycopg.Connection[Any], slot_of: Callable[[str], int], commit: bool = False) -> None:
        """Writes everything and, if asked, commits. `slot_of`: seconds of a slot of a pool. Raises Mismatch, and IntegrityError of
        psycopg where a constraint is not met; then nothing is committed."""
        gone: psycopg.Cursor[Any] | None = None
        try:
            with connection.pipeline():
                if self.claims and not self.fresh.issuperset(self.claims):
                    gone = connection.execute(_UNCLAIM, (list(self.claims),), binary=True)
                for query, values in self._statements():
                    connection.execute(query, values)
                counted = gone is None and not any(claim and not claim[0].numbered for claim in self.claims.values())
                if commit and counted:
                    connection.execute("COMMIT")
        except errors.DivisionByZero:
            raise Mismatch("another version is stored, or the sequence has a gap") from None
        if counted:
            return
        less, more = self._steps(gone.fetchall() if gone else [], slot_of)
        with connection.pipeline():
            if less:
                connection.execute(_UNCOUNT, _columns(less))
            if more:
                connection.execute(_COUNT, _columns(more))
            if commit:
                connection.execute("COMMIT")

    def _statements(self) -> Iterable[tuple[str, Sequence[object]]]:
        made = [
            {"id": name, "place_id": claim[0].id, "s": claim[1].start, "e": claim[1].end, "numbered": claim[0].numbered}
            for name, claim in self.claims.items() if claim
        ]  # fmt: skip
        if made:
            yield _CLAIM, _json(made)
        new: list[dict[str, object]] = []
        old: list[dict[str, object]] = []
        for record, due, stored in self.reservations.values():
            columns = dict(zip(_ROW, (*row(record, due), record.id, stored or record.created), strict=True))
            columns["plate_key"], columns["body"] = _text(columns["plate_key"]), _text(columns["body"])
            (old if stored else new).append(columns)
        if new:
            yield _INSERT, _json(new)
        if old:
            yield _UPDATE, (*_json(old), len(old))
        if self.events:
            yield _TELL, (*_json(self._told()), len(self.events))
        if self.postings:
            yield "INSERT INTO postings SELECT * FROM unnest(%s::text[])", (list(self.postings),)
            yield _LINES, _json([
                {"posting": o.posting, "id": o.reservation_id, "account": o.account.value, "holder": o.holder, "amount": o.amount,
                 "at": o.at, "memo": o.memo, "n": n} for n, o in enumerate(self.lines)
            ])  # fmt: skip
        if self.quotes:
            rows = [{"id": one.id, "expires": one.expires, "body": _text(pack(one))} for one in self.quotes.values()]
            yield _QUOTE, _json(rows)

    def _steps(
        self, gone: list[Any], slot_of: Callable[[str], int]
    ) -> tuple[list[tuple[str, int, int]], list[tuple[str, int, int, int]]]:
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

    def _told(self) -> list[dict[str, object]]:
        before: dict[str, int] = {}
        rows: list[dict[str, object]] = []
        for n, one in enumerate(self.events):
            first = before.get(one.reservation_id) != one.sequence - 1
            before[one.reservation_id] = one.sequence
            rows.append({"id": one.reservation_id, "sequence": one.sequence, "type": one.type, "at": one.at, "client": one.client,
                         "data": _text(pack(one.data)), "first": first, "n": n})  # fmt: skip
        return rows


def _json(rows: list[dict[str, object]]) -> tuple[str]:
    """Rows as one value: psycopg takes longer to write lists than a whole batch of commands takes to be decided."""
    return (orjson.dumps(rows).decode(),)


def _text(data: object) -> str:
    assert isinstance(data, bytes)
    return b2a_base64(data, newline=False).decode()


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _step(steps: dict[tuple[str, int], int], place_id: str, start: int, end: int, slot_s: int, by: int) -> None:
    for slot in slots(start, end, slot_s):
        steps[place_id, slot] = steps.get((place_id, slot), 0) + by


def slots(start: int, end: int, slot_s: int) -> Iterable[int]:
    """Starts of the slots that an interval meets."""
    return range(start // slot_s * slot_s, end, slot_s)
