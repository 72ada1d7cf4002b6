"""A transaction that carries out commands on PostgreSQL (`parking.unit.Unit`), a batch of them in a few statements.

Double booking is impossible whatever the rules do: numbered spaces have an exclusion constraint on (place, interval), pools a counter
per slot that a check holds below the room. What a rule decides by is kept from changing by advisory locks (`Locks`); what it writes is
kept back (`Pending`) until the batch ends, or until somebody asks for what it changes. A savepoint is made only for a command that
had to be written before its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg

from parking.model import State
from parking.profile import fits
from parking.records import Event, Interval, LedgerLine, Lot, Place, Quote, Reservation, ShareWindow
from parking.refusals import Code, Refusal
from server.parking.postgres_locks import Busy, Locks
from server.parking.postgres_pending import Pending
from server.parking.postgres_reader import BLOCKING_STATES, PostgresReader
from server.parking.records_codec import QUOTE, RESERVATION, pack

_FORESEEN = (
    "SELECT (SELECT body FROM quotes WHERE id = %s), (SELECT until FROM bars WHERE plate_key = %s AND until > %s),"
    " ARRAY(SELECT body FROM reservations WHERE client = %s AND state = 'hold' AND due > %s),"
    f" ARRAY(SELECT body FROM reservations WHERE plate_key = %s AND ends > %s AND state IN ({BLOCKING_STATES}))"
)


_UPSERT = "ON CONFLICT (id) DO UPDATE SET"
_RECOUNT = (
    "INSERT INTO pool_slots SELECT place_id, slot, count(*), greatest(count(*), max(room)) FROM (SELECT place_id,"
    " generate_series(starts / %s::bigint * %s::bigint, ends - 1, %s::bigint) slot, %s::int room FROM claims"
    " WHERE place_id = %s AND NOT numbered) c GROUP BY place_id, slot"
)


class Places:
    """Lots and places as one connection knows them; good as long as the database's mark of them stays the same."""

    def __init__(self) -> None:
        self.mark = -1
        self.lots: dict[str, Lot | None] = {}
        self.places: dict[str, Place | None] = {}

    def clear(self, mark: int = -1) -> None:
        """Forgets everything."""
        self.mark = mark
        self.lots.clear()
        self.places.clear()


class PostgresUnit(PostgresReader):
    """One transaction. The store calls `begin`, a rule, then `keep` or `drop`, for every command, and `flush` before the commit."""

    def __init__(self, connection: psycopg.Connection[Any], known: Places, now: int) -> None:
        super().__init__(connection)
        self._known, self.now = known, now
        self._locks = Locks(self._cursor)
        self._batch, self._own = Pending(), Pending()
        self._stored: dict[str, Reservation] = {}
        """as stored, of reservations that are locked"""
        self._glimpsed: set[str] = set()
        self._saved: int | None = None
        """locks held when the savepoint of this command was made; None: it has none"""
        self._foreseen: dict[tuple[str, object], Any] = {}
        self._around: tuple[str, Interval, list[tuple[str, int, int]]] | None = None

    def begin(self, first: bool) -> None:
        """A command begins; `first` of its transaction: it may wait for locks."""
        self._own = Pending()
        self._locks.patient, self._saved, self._around = first, None, None
        self._foreseen.clear()
        self._glimpsed.clear()

    def keep(self) -> None:
        """It came through."""
        if self._saved is not None:
            self._cursor.execute("RELEASE SAVEPOINT command")
        self._batch.merge(self._own)

    def drop(self) -> None:
        """It was refused: nothing of it is kept."""
        if self._saved is not None:
            self._cursor.execute("ROLLBACK TO SAVEPOINT command")
            self._cursor.execute("RELEASE SAVEPOINT command")
            self._locks.back_to(self._saved)
            self._stored.clear()

    def flush(self) -> None:
        """Writes what was kept back. Raises Mismatch, psycopg.IntegrityError."""
        self._write(self._batch)
        self._batch = Pending()

    def lot(self, lot_id: str) -> Lot | None:
        """See Unit."""
        if lot_id not in self._known.lots:
            self._known.lots[lot_id] = super().lot(lot_id)
        return self._known.lots[lot_id]

    def place(self, place_id: str) -> Place | None:
        """See Unit."""
        if place_id not in self._known.places:
            self._known.places[place_id] = super().place(place_id)
        return self._known.places[place_id]

    def window(self, window_id: str) -> ShareWindow | None:
        """See Unit; nobody changes it until this transaction ends (I5)."""
        self._locks.take(("window", window_id))
        return super().window(window_id)

    def quote(self, quote_id: str) -> Quote | None:
        """See Unit."""
        kept = self._own.quotes.get(quote_id) or self._batch.quotes.get(quote_id)
        return kept or self._foreseen.get(("quote", quote_id)) or super().quote(quote_id)

    def foresee(self, client: str, plate_key: bytes, quote_id: str) -> None:
        """See Unit."""
        self._locks.take(("client", client), ("plate", plate_key))
        now = self.now
        values = (quote_id, plate_key, now, client, now, plate_key, now)
        quote, until, holds, plates = self._rows(_FORESEEN, *values)[0]
        self._foreseen = {("bar", plate_key): until}
        if quote is not None:
            self._foreseen["quote", quote_id] = QUOTE.decode(quote)
        for kind, name, bodies in (("client", client, holds), ("plate", plate_key, plates)):
            if not self._dirty((kind, name)):
                self._foreseen[kind, name] = [RESERVATION.decode(body) for body in bodies]

    def reservation(self, reservation_id: str) -> Reservation | None:
        """See Unit."""
        self._locks.take(("reservation", reservation_id))
        kept = self._own.reservations.get(reservation_id) or self._batch.reservations.get(reservation_id)
        return kept[0] if kept else self._read(reservation_id)

    def claimants(self, place_id: str, span: Interval) -> Sequence[Reservation]:
        """See Unit."""
        self._locks.take(("place", place_id))
        self._settle(("place", place_id))
        return self._seen(super().claimants(place_id, span))

    def lapsed(self, place_id: str, span: Interval, now: int) -> Sequence[Reservation]:
        """See Unit; also remembers who claims the place then, for `claim`."""
        self._locks.take(("place", place_id))
        self._settle(("place", place_id))
        place = self.place(place_id)
        if place is None or not place.numbered:
            return self._seen(super().lapsed(place_id, span, now))
        rows = self._rows(
            "SELECT c.reservation_id, c.starts, c.ends, CASE WHEN r.state IN ('hold', 'offered') AND r.due <= %s THEN r.body END"
            " FROM claims c JOIN reservations r ON r.id = c.reservation_id WHERE c.place_id = %s AND c.ends > %s AND c.starts < %s",
            now, place_id, span.start, span.end,
        )  # fmt: skip
        self._around = (place_id, span, [(name, starts, ends) for name, starts, ends, _ in rows])
        found = [RESERVATION.decode(body) for *_, body in rows if body is not None]
        return self._seen(sorted(found, key=lambda one: (one.wanted.start, one.id)))

    def of_plate(self, plate_key: bytes, span: Interval) -> Sequence[Reservation]:
        """See Unit; nobody else reserves for the plate until this transaction ends."""
        self._locks.take(("plate", plate_key))
        foreseen = self._foreseen.get(("plate", plate_key))
        if foreseen is not None and span.start >= self.now and not self._dirty(("plate", plate_key)):
            return [one for one in foreseen if one.wanted.meets(span)]
        self._settle(("plate", plate_key))
        return self._seen(super().of_plate(plate_key, span))

    def holds_of(self, client: str, now: int) -> int:
        """See Unit; nobody else holds for the client until this transaction ends."""
        self._locks.take(("client", client))
        foreseen = self._foreseen.get(("client", client))
        if foreseen is not None and now == self.now and not self._dirty(("client", client)):
            return sum(one.blocks(now) for one in foreseen)
        self._settle(("client", client))
        return super().holds_of(client, now)

    def due(self, now: int, limit: int) -> Sequence[Reservation]:
        """See Unit; those that another transaction works on are left to it."""
        self._settle()
        names = [one.id for one in super().due(now, limit) if self._locks.try_take(("reservation", one.id))]
        rows = self._rows('SELECT body FROM reservations WHERE id = ANY(%s) AND due <= %s ORDER BY due, id COLLATE "C"', names, now)
        found = [RESERVATION.decode(body) for (body,) in rows]
        self._stored.update({one.id: one for one in found})
        return found

    def waiting(self, lot_id: str, span: Interval, limit: int) -> Sequence[Reservation]:
        """See Unit; nobody else offers to those who wait there until this transaction ends."""
        self._locks.take(("waiting", lot_id))
        self._settle(("lot", lot_id))
        return self._seen(super().waiting(lot_id, span, limit))

    def occupied(self, place_id: str) -> Sequence[str]:
        """See Unit; nobody else binds a stall there until this transaction ends."""
        self._locks.take(("stalls", place_id))
        self._settle(("place", place_id))
        return super().occupied(place_id)

    def claim(self, reservation: Reservation, place: Place, span: Interval) -> bool:
        """See Unit."""
        self._locks.take(("place", place.id))
        if not (self._free(reservation.id, place, span) if place.numbered else self._counted(reservation.id, place, span)):
            return False
        self._own.claims[reservation.id] = (place, span)
        self._own.touched |= {("place", place.id), ("claims", reservation.id)}
        return True

    def release(self, reservation_id: str) -> None:
        """See Unit."""
        self._settle(("claims", reservation_id))
        claimed = self._rows("SELECT place_id FROM claims WHERE reservation_id = %s", reservation_id)
        if claimed:
            place_id = claimed[0][0]
            self._locks.take(("place", place_id))
            self.place(place_id)
            self._own.claims[reservation_id] = None
            self._own.touched |= {("place", place_id), ("claims", reservation_id)}

    def insert(self, reservation: Reservation, due: int | None) -> None:
        """See Unit."""
        if reservation.version != 1 or reservation.id in self._own.reservations or reservation.id in self._batch.reservations:
            raise ValueError("a new reservation has version 1 and an id of its own")
        self._locks.assume(("reservation", reservation.id))  # nobody else sees it yet
        self._own.reservations[reservation.id] = (reservation, due, 0)
        self._own.touch(reservation)

    def save(self, reservation: Reservation, due: int | None) -> None:
        """See Unit."""
        name = reservation.id
        kept = self._own.reservations.get(name) or self._batch.reservations.get(name)
        if kept is None:
            self._locks.take(("reservation", name))
        before = kept[0] if kept else self._read(name)
        if before is None or before.version != reservation.version - 1:
            if name in self._glimpsed:
                raise Busy  # it changed after this command had read it and before it was locked
            raise Refusal(Code.STALE_VERSION, "it has changed meanwhile")
        self._own.reservations[name] = (reservation, due, kept[2] if kept else before.version)
        self._own.touch(before)
        self._own.touch(reservation)

    def post(self, lines: Iterable[LedgerLine]) -> bool:
        """See Unit."""
        posting = list(lines)
        if not posting or sum([line.amount for line in posting]) != 0:
            raise ValueError("the lines of a posting add up to zero")
        key = posting[0].posting
        if key in self._own.postings or key in self._batch.postings:
            return False
        if self._rows("SELECT 1 FROM postings WHERE posting = %s", key):
            return False
        self._own.postings[key] = None
        self._own.lines += posting
        self._own.touched |= {("ledger", line.reservation_id) for line in posting}
        return True

    def ledger(self, reservation_id: str) -> Sequence[LedgerLine]:
        """See Unit."""
        self._settle(("ledger", reservation_id))
        return super().ledger(reservation_id)

    def emit(self, event: Event) -> None:
        """See Unit. A gap is found at the latest when it is written, and then told to the command that made it."""
        self._own.events.append(event)

    def count_states(self, place_id: str) -> dict[State, int]:
        """See Unit."""
        self._settle(("place", place_id))
        return super().count_states(place_id)

    def bars_on(self, plate_key: bytes, now: int) -> int | None:
        """See Unit."""
        if now == self.now and ("bar", plate_key) in self._foreseen:
            return self._foreseen["bar", plate_key]  # type: ignore[no-any-return]
        return super().bars_on(plate_key, now)

    def put_lot(self, lot: Lot) -> None:
        """See Unit."""
        self.write(f"INSERT INTO lots VALUES (%s, %s) {_UPSERT} body = excluded.body", lot.id, pack(lot))
        self._renew()

    def put_place(self, place: Place) -> None:
        """See Unit; a pool with other slots is counted anew."""
        self._locks.take(("place", place.id))
        before = super().place(place.id)
        self.write(
            f"INSERT INTO places VALUES (%s, %s, %s) {_UPSERT} lot_id = excluded.lot_id, body = excluded.body",
            place.id, place.lot_id, pack(place),
        )  # fmt: skip
        if before is not None and before.slot_s != place.slot_s:
            self.write("DELETE FROM pool_slots WHERE place_id = %s", place.id)
            self.write(_RECOUNT, place.slot_s, place.slot_s, place.slot_s, place.room, place.id)
        self._renew()

    def put_window(self, window: ShareWindow) -> None:
        """See Unit."""
        self._locks.take(("window", window.id))
        self.write(
            f"INSERT INTO windows VALUES (%s, %s, %s, %s, %s) {_UPSERT} place_id = excluded.place_id, owner = excluded.owner,"
            " active = excluded.active, body = excluded.body",
            window.id, window.place_id, window.owner, window.active, pack(window),
        )  # fmt: skip

    def put_quote(self, quote: Quote) -> None:
        """See Unit."""
        self._own.quotes[quote.id] = quote

    def write(self, statement: str, *values: object) -> None:
        """Writes at once, after whatever was kept back: for what is written seldom."""
        self._settle()
        self._save_point()
        self._cursor.execute(statement, values)

    def _renew(self) -> None:
        self.write("UPDATE marks SET value = value + 1 WHERE name = 'places'")
        self._known.clear()

    def _free(self, name: str, place: Place, span: Interval) -> bool:
        key, around = ("place", place.id), self._around
        if around is not None and around[:2] == (place.id, span) and not self._dirty(key):
            others = [(starts, ends) for one, starts, ends in around[2] if one != name]
        else:
            self._settle(key)
            others = self._rows(
                "SELECT starts, ends FROM claims WHERE place_id = %s AND ends > %s AND starts < %s AND reservation_id <> %s",
                place.id, span.start, span.end, name,
            )  # type: ignore[assignment]  # fmt: skip
        return fits(others, span, place.room)

    def _counted(self, name: str, place: Place, span: Interval) -> bool:
        """Whether no slot of a pool is full but for what it claims itself."""
        self._settle(("place", place.id), ("claims", name))
        full = self._rows(
            "SELECT slot, claimed FROM pool_slots WHERE place_id = %s AND slot >= %s AND slot < %s AND claimed >= %s",
            place.id, span.start // place.slot_s * place.slot_s, span.end, place.room,
        )  # fmt: skip
        if not full or place.room <= 0:
            return place.room > 0
        mine = self._rows("SELECT starts, ends FROM claims WHERE reservation_id = %s AND place_id = %s", name, place.id)
        return bool(mine) and all(
            claimed == place.room and mine[0][0] < slot + place.slot_s and slot < mine[0][1] for slot, claimed in full
        )

    def _read(self, name: str) -> Reservation | None:
        """A locked reservation as stored."""
        if name not in self._stored:
            found = super().reservation(name)
            if found is None:
                return None
            self._stored[name] = found
        return self._stored[name]

    def _seen(self, found: Sequence[Reservation]) -> Sequence[Reservation]:
        self._glimpsed |= {one.id for one in found}
        return found

    def _dirty(self, key: tuple[str, object]) -> bool:
        return key in self._own.touched or key in self._batch.touched

    def _settle(self, *keys: tuple[str, object]) -> None:
        """Writes what was kept back and bears on `keys`; without keys: everything."""
        if not keys or any(self._dirty(key) for key in keys):
            self.flush()
            if self._own:
                self._save_point()
                self._write(self._own)
                self._own = Pending()

    def _save_point(self) -> None:
        if self._saved is None:
            self._cursor.execute("SAVEPOINT command")
            self._saved = self._locks.mark()

    def _write(self, pending: Pending) -> None:
        if pending:
            pending.flush(self._cursor, self._slot)
            self._stored.update({name: record for name, (record, _, _) in pending.reservations.items()})

    def _slot(self, place_id: str) -> int:
        place = self.place(place_id)
        return place.slot_s if place else 300
