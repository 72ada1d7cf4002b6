"""One transaction on SQLite, as the rules see it (`parking.unit.Unit`). Only the store's writer thread has one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from parking.model import BLOCKING, Account, State
from parking.profile import fits
from parking.records import Event, Interval, LedgerLine, Lot, Place, Quote, Reservation, ShareWindow
from parking.refusals import Code, Refusal
from server.parking.gate_rows import GateRows
from server.parking.records_codec import LOT, PLACE, QUOTE, RESERVATION, WINDOW, pack, row
from server.parking.sharing_rows import SharingRows
from server.parking.sqlite_money import SqliteMoney
from server.parking.store import Kept

T = TypeVar("T")
_BLOCKING = ",".join(f"'{state.value}'" for state in sorted(BLOCKING))
_CLAIMANTS = (
    "select r.body, c.starts from claims c join reservations r on r.id = c.reservation_id where c.place_id = ? and c.ends > ?"
)
_OTHERS = "select starts, ends from claims where place_id = ? and ends > ? and reservation_id <> ?"
_LINE = "insert into ledger (posting, reservation_id, account, holder, amount, at, memo) values (?, ?, ?, ?, ?, ?, ?)"


class SqliteUnit(SqliteMoney, SharingRows, GateRows):
    """Speaks through one connection that is inside a transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        self._many = connection.executemany
        self._lots: dict[str, Lot | None] = {}
        self._places: dict[str, Place | None] = {}

    def forget(self) -> None:
        """What was read of lots and places may have been taken back."""
        self._lots.clear()
        self._places.clear()

    def lot(self, lot_id: str) -> Lot | None:
        """See Unit."""
        if lot_id not in self._lots:
            self._lots[lot_id] = self._one(LOT, "select body from lots where id = ?", lot_id)
        return self._lots[lot_id]

    def place(self, place_id: str) -> Place | None:
        """See Unit."""
        if place_id not in self._places:
            self._places[place_id] = self._one(PLACE, "select body from places where id = ?", place_id)
        return self._places[place_id]

    def places(self, lot_id: str) -> Sequence[Place]:
        """See Unit."""
        return self._all(PLACE, "select body from places where lot_id = ? order by id", lot_id)

    def window(self, window_id: str) -> ShareWindow | None:
        """See Unit."""
        return self._one(WINDOW, "select body from windows where id = ?", window_id)

    def windows(self, place_id: str) -> Sequence[ShareWindow]:
        """See Unit."""
        return self._all(WINDOW, "select body from windows where place_id = ? and active order by id", place_id)

    def quote(self, quote_id: str) -> Quote | None:
        """See Unit."""
        return self._one(QUOTE, "select body from quotes where id = ?", quote_id)

    def reservation(self, reservation_id: str) -> Reservation | None:
        """See Unit; the one writer needs no lock."""
        return self._one(RESERVATION, "select body from reservations where id = ?", reservation_id)

    def claimants(self, place_id: str, span: Interval) -> Sequence[Reservation]:
        """See Unit. Claims of a numbered space do not overlap, so by their ends the first that begins later is the last to look at."""
        place = self.place(place_id)
        if place is None or not place.numbered:
            query = f"{_CLAIMANTS} and c.starts < ? order by r.starts, r.id"
            return [RESERVATION.decode(body) for body, _ in self._run(query, (place_id, span.start, span.end))]
        found = []
        for body, starts in self._run(f"{_CLAIMANTS} order by c.ends", (place_id, span.start)):
            if starts >= span.end:
                break
            found.append(RESERVATION.decode(body))
        return found

    def lapsed(self, place_id: str, span: Interval, now: int) -> Sequence[Reservation]:
        """See Unit."""
        return self._all(
            RESERVATION,
            "select r.body from reservations r join claims c on c.reservation_id = r.id where r.due <= ? and r.place_id = ?"
            " and r.state in ('hold', 'offered') and c.place_id = r.place_id and c.ends > ? and c.starts < ? order by r.starts, r.id",
            now, place_id, span.start, span.end,
        )  # fmt: skip

    def foresee(self, reservation_id: str, client: str, plate_key: bytes, quote_id: str, where: tuple[Place, Interval] | None) -> None:
        """See Unit; nothing to fetch ahead of time."""

    def of_plate(self, plate_key: bytes, span: Interval) -> Sequence[Reservation]:
        """See Unit."""
        return self._all(
            RESERVATION,
            f"select body from reservations where plate_key = ? and ends > ? and starts < ? and state in ({_BLOCKING})",
            plate_key, span.start, span.end,
        )  # fmt: skip

    def holds_of(self, client: str, now: int) -> int:
        """See Unit."""
        held = self._all(RESERVATION, "select body from reservations where client = ? and state = 'hold' and due > ?", client, now)
        return sum(one.blocks(now) for one in held)

    def due(self, now: int, limit: int) -> Sequence[Reservation]:
        """See Unit."""
        return self._all(RESERVATION, "select body from reservations where due <= ? order by due, id limit ?", now, limit)

    def waiting(self, lot_id: str, span: Interval, limit: int) -> Sequence[Reservation]:
        """See Unit."""
        return self._all(
            RESERVATION,
            "select body from reservations where lot_id = ? and state = 'waiting' and ends > ? and starts < ?"
            " order by created, id limit ?",
            lot_id, span.start, span.end, limit,
        )  # fmt: skip

    def occupied(self, place_id: str) -> Sequence[str]:
        """See Unit."""
        inside = self._all(
            RESERVATION, "select body from reservations where place_id = ? and state in ('checked_in', 'overstay')", place_id
        )
        return [one.stall for one in inside if one.stall]

    def claim(self, reservation: Reservation, place: Place, span: Interval) -> bool:
        """See Unit."""
        if place.numbered:
            first = self._run(f"{_OTHERS} order by ends limit 1", (place.id, span.start, reservation.id)).fetchone()
            if first is not None and first[0] < span.end:
                return False
        else:
            others = self._run(f"{_OTHERS} and starts < ?", (place.id, span.start, reservation.id, span.end)).fetchall()
            if not fits(others, span, place.room):
                return False
        self._run(
            "insert or replace into claims values (?, ?, ?, ?, ?)", (reservation.id, place.id, span.start, span.end, place.numbered)
        )
        return True

    def release(self, reservation_id: str) -> None:
        """See Unit."""
        self._run("delete from claims where reservation_id = ?", (reservation_id,))

    def insert(self, reservation: Reservation, due: int | None) -> None:
        """See Unit."""
        if reservation.version != 1:
            raise ValueError("a new reservation has version 1")
        self._run(
            "insert into reservations"
            " (client, lot_id, place_id, starts, ends, plate_key, state, version, updated, due, body, id, created)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row(reservation, due), reservation.id, reservation.created),
        )

    def save(self, reservation: Reservation, due: int | None) -> None:
        """See Unit."""
        done = self._run(
            "update reservations set client = ?, lot_id = ?, place_id = ?, starts = ?, ends = ?, plate_key = ?, state = ?, version = ?,"
            " updated = ?, due = ?, body = ? where id = ? and version = ?",
            (*row(reservation, due), reservation.id, reservation.version - 1),
        )
        if done.rowcount != 1:
            raise Refusal(Code.STALE_VERSION, "it has changed meanwhile")

    def post(self, lines: Iterable[LedgerLine]) -> bool:
        """See Unit."""
        posting = list(lines)
        if not posting or sum([line.amount for line in posting]) != 0:
            raise ValueError("the lines of a posting add up to zero")
        if self._run("insert or ignore into postings values (?)", (posting[0].posting,)).rowcount == 0:
            return False
        self._many(_LINE, [(o.posting, o.reservation_id, o.account, o.holder, o.amount, o.at, o.memo) for o in posting])
        return True

    def ledger(self, reservation_id: str) -> Sequence[LedgerLine]:
        """See Unit."""
        rows = self._run(
            "select posting, reservation_id, account, holder, amount, at, memo from ledger where reservation_id = ? order by id",
            (reservation_id,),
        )
        return [LedgerLine(posting, name, Account(account), *rest) for posting, name, account, *rest in rows]

    def emit(self, event: Event) -> None:
        """See Unit. The version of the reservation is its sequence, so a gap is an event whose predecessor is missing."""
        if event.sequence > 1:
            last = (event.reservation_id, event.sequence - 1)
            if self._run("select 1 from outbox where reservation_id = ? and sequence = ?", last).fetchone() is None:
                raise ValueError("the sequence has a gap")
        self._run(
            "insert into outbox (reservation_id, sequence, type, at, client, data) values (?, ?, ?, ?, ?, ?)",
            (event.reservation_id, event.sequence, event.type, event.at, event.client, pack(event.data)),
        )

    def put_lot(self, lot: Lot) -> None:
        """See Unit."""
        self._lots.pop(lot.id, None)
        self._run("insert or replace into lots values (?, ?)", (lot.id, pack(lot)))

    def put_place(self, place: Place) -> None:
        """See Unit."""
        self._places.pop(place.id, None)
        self._run("insert or replace into places values (?, ?, ?)", (place.id, place.lot_id, pack(place)))

    def put_window(self, window: ShareWindow) -> None:
        """See Unit."""
        row = (window.id, window.place_id, window.owner, window.active, pack(window))
        self._run("insert or replace into windows values (?, ?, ?, ?, ?)", row)

    def put_quote(self, quote: Quote) -> None:
        """See Unit."""
        self._run("insert into quotes values (?, ?, ?)", (quote.id, quote.expires, pack(quote)))

    def count_states(self, place_id: str) -> dict[State, int]:
        """See Unit."""
        rows = self._run("select state, count(*) from reservations where place_id = ? group by state", (place_id,))
        return {State(state): count for state, count in rows}

    def _ask(self, query: str, *values: object) -> sqlite3.Cursor:
        return self._run(query, values)

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """See ServiceUnit."""
        return self._run(query, values).fetchall()

    def answer(self, client: str, key: str) -> Kept | None:
        """See ServiceUnit; there is one writer."""
        row = self._run("select fingerprint, status, headers, body from answers where client = ? and key = ?", (client, key)).fetchone()
        return None if row is None else Kept(*row)

    def keep_answer(self, client: str, key: str, kept: Kept, now: int) -> None:
        """See ServiceUnit."""
        self._run("insert into answers values (?, ?, ?, ?, ?, ?, ?)", (client, key, *kept, now))

    def unfinished(self) -> tuple[int, int]:
        """See ServiceUnit; nobody writes beside a picture of what is committed."""
        return 0, 0

    def _one(self, decoder: msgspec.msgpack.Decoder[T], query: str, *values: object) -> T | None:
        row = self._run(query, values).fetchone()
        return None if row is None else decoder.decode(row[0])

    def _all(self, decoder: msgspec.msgpack.Decoder[T], query: str, *values: object) -> list[T]:
        return [decoder.decode(row[0]) for row in self._run(query, values)]
