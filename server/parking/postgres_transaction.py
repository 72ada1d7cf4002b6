"""A transaction on PostgreSQL that carries out a batch of commands in a few statements: what is known, kept back, locked, undone.

What a rule decides by is kept from changing by advisory locks (`Locks`); what it writes is kept back (`Pending`) until the batch ends,
or until somebody asks for what it changes. A savepoint is made only for a command that had to be written before its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import errors

from parking.records import Lot, Place, Reservation
from parking.tariffs import Tariff
from server.parking.postgres_known import Key, Known
from server.parking.postgres_locks import RANKS, Busy, Locks
from server.parking.postgres_pending import Mismatch, Pending
from server.parking.postgres_reader import PostgresReader
from server.parking.postgres_wire import Answer, Question, Wire, number_of
from server.parking.store import Clock

_BEGIN, _COMMIT = "BEGIN", "COMMIT"
_MARKS = "SELECT name, value FROM marks"
_KEPT_BACK = re.compile(r"\b(reservations|claims|pool_slots|ledger|postings|outbox|quotes|answers|for update)\b", re.IGNORECASE)
"""what `Pending` writes later, and locks, which are for commands that run alone"""
_MARK = "UPDATE marks SET value = $1::bigint WHERE name = 'now' AND value < $1::bigint"
"""written last, so that nobody waits for this row with others that somebody waits for"""


class Places:
    """Lots, places and tariffs as one connection knows them; good as long as the database's mark of them stays the same."""

    def __init__(self) -> None:
        self.mark = -1
        self.lots: dict[str, Lot | None] = {}
        self.places: dict[str, Place | None] = {}
        self.tariffs: dict[str, Tariff | None] = {}

    def clear(self, mark: int = -1) -> None:
        """Forgets everything."""
        self.mark = mark
        self.lots.clear()
        self.places.clear()
        self.tariffs.clear()


class Missing(Exception):
    """A command needs what has not been fetched yet: it runs again when that is there."""


class PostgresTransaction(PostgresReader):
    """One transaction. The store calls `begin`, a rule, then `keep` or `drop`, for every command, and `flush` at the end. While
    `gathering`, rules end with Missing where they ask for what is not known; `fetch` then gets it for all of them. Nothing of what
    rules said before `open` counts."""

    def __init__(self, wire: Wire, places: Places, clock: Clock) -> None:
        super().__init__(wire.connection)
        self._wire, self._places, self._clock, self.now = wire, places, clock, clock.now()
        self._marked = self.now
        self._locks = Locks(wire)
        self._known = Known(self.place, self.now)
        self._batch, self._own = Pending(), Pending()
        self._wanted: dict[Key, None] = {}
        self._glimpsed: set[str] = set()
        self._saved: int | None = None
        """locks held when the savepoint of this command was made; None: it has none"""
        self.gathering = True
        self.supposing = False
        """a command was told something that is not known yet, so that it says what else it needs"""
        self.alone = False
        """one command in the transaction: what a batch finds out by a constraint is looked up beforehand"""

    def open(self) -> None:
        """Begins, and gets what commands asked for so far. The time is not before what any process has called now in this database;
        later ones will not be before it either."""
        wanted, self._wanted = self._wanted, {}
        _, marks = self._learn(wanted, (_BEGIN, _MARKS))
        said = {name.decode(): number_of(value) for name, value in marks}
        self._marked = said["now"]
        if self._marked > self.now or self._places.mark != said["places"]:
            self.now = self._known.now = self._clock.at_least(max(self._marked, self.now))
            if self._places.mark != said["places"]:
                self._places.clear(said["places"])
            self._known.clear()

    def begin(self, patient: bool) -> None:
        """A command begins; `patient`: it may wait for locks, as the first of its transaction."""
        if self._own:
            self._own = Pending()
        self._saved, self._locks.patient, self.supposing = None, patient, False
        self._glimpsed.clear()

    def keep(self) -> None:
        """It came through."""
        if self._saved is not None:
            self._wire.say("RELEASE SAVEPOINT command")
        if self._own:
            self._known.apply(self._own)
            self._batch.merge(self._own)
            self._own = Pending()

    def drop(self) -> None:
        """It was refused: nothing of it is kept."""
        self._own = Pending()
        if self._saved is not None:
            self._wire.ask([("ROLLBACK TO SAVEPOINT command", ()), ("RELEASE SAVEPOINT command", ())])
            self._locks.back_to(self._saved)
            self._known.clear()

    def fetch(self) -> bool:
        """Gets what commands asked for while gathering; False when none asked for anything that can be got."""
        wanted, self._wanted = self._wanted, {}
        if any(key[:2] in self._batch.touched for key in wanted):
            self.flush()
        if wanted:
            self._learn(wanted)
        return bool(wanted)

    def flush(self, commit: bool = False) -> None:
        """Writes what was kept back. Raises Mismatch, psycopg.IntegrityError."""
        pending, self._batch = self._batch, Pending()
        if commit:
            mark = [(_MARK, (b"%d" % self.now,))] if self.now > self._marked else []
            self._send(pending, *mark, (_COMMIT, ()))
        elif pending:
            self._send(pending)

    def _send(self, pending: Pending, *more: Question) -> None:
        try:
            self._wire.ask([*pending.statements(self._slot), *more])
        except errors.DivisionByZero:
            raise Mismatch("another version is stored, or the sequence has a gap") from None

    def _learn(self, keys: Iterable[Key], before: Sequence[str] = ()) -> list[Answer]:
        """Takes the locks that are free and asks, in one round trip. → answers to the statements `before`."""
        locking, trying = self._locks.ask(key[:2] for key in keys if key[0] != "quote")
        taken = list(self._known.questions(keys))
        answers = self._wire.ask([*((one, ()) for one in before), *trying, *(question for question, _ in taken)])
        if trying:
            self._locks.answered(locking, answers[len(before)])
        for (_, take), answer in zip(taken, answers[len(before) + len(trying) :], strict=True):
            take(answer)
        return answers[: len(before)]

    def lot(self, lot_id: str) -> Lot | None:
        """See Unit."""
        if lot_id not in self._places.lots:
            self._places.lots[lot_id] = super().lot(lot_id)
        return self._places.lots[lot_id]

    def place(self, place_id: str) -> Place | None:
        """See Unit."""
        if place_id not in self._places.places:
            self._places.places[place_id] = super().place(place_id)
        return self._places.places[place_id]

    def tariff(self, tariff_id: str) -> Tariff | None:
        """See Unit."""
        if tariff_id not in self._places.tariffs:
            self._places.tariffs[tariff_id] = super().tariff(tariff_id)
        return self._places.tariffs[tariff_id]

    def write(self, statement: str, *values: object) -> None:
        """Writes at once, after whatever was kept back: for what is written seldom."""
        self._settle()
        self._save_point()
        self._cursor.execute(statement, values)
        self._known.clear()

    def _run(self, query: str, values: Sequence[object] = ()) -> psycopg.Cursor[Any]:
        """A statement of the rows beside reservations: carried out at once, after whatever was kept back and bears on it."""
        if query[:6].upper() == "SELECT":
            if _KEPT_BACK.search(query):
                self._settle()
            return self._cursor.execute(query, values)
        self.write(query, *values)
        return self._cursor

    def _keep(self, kind: str, name: bytes | str) -> None:
        if self.gathering:
            raise Missing
        self._locks.take((kind, name))

    def _lock(self, strength: str) -> str:
        return f" FOR {strength}"

    def _seen(self, found: Sequence[Reservation]) -> Sequence[Reservation]:
        self._glimpsed |= {one.id for one in found}
        return found

    def _need(self, *keys: Key) -> None:
        """These are known and locked when it returns. Raises Missing, Busy."""
        if self._locks.refused and any(key[:2] in self._locks.refused for key in keys):
            raise Busy
        missing = [key for key in keys if not self._known.has(key)]
        if not missing:
            return
        if self.gathering:
            self._wanted.update(dict.fromkeys(missing))
            raise Missing
        self._locks.take(*(key[:2] for key in missing if key[0] != "quote"))
        self._settle(*(key[:2] for key in missing), locking=False)
        self._learn(missing)

    def _want(self, *keys: Key) -> None:
        """A hint: these will be needed."""
        if self.gathering:
            self._wanted.update({key: None for key in keys if not self._known.has(key)})
        else:
            self._need(*keys)

    def _settle(self, *keys: tuple[str, object], locking: bool = True) -> None:
        """Writes what was kept back and bears on `keys` (without keys: everything), and locks those that can be locked."""
        if self.gathering:
            raise Missing
        if locking and keys:
            self._locks.take(*(key for key in keys if key[0] in RANKS))
        touched = self._own.touched | self._batch.touched
        if keys and not touched.intersection(keys):
            return
        self.flush()
        if self._own:
            self._save_point()
            own, self._own = self._own, Pending()
            self._send(own)
            self._known.apply(own)

    def _save_point(self) -> None:
        if self._saved is None:
            self._wire.say("SAVEPOINT command")
            self._saved = self._locks.mark()

    def _slot(self, place_id: str) -> int:
        """Seconds of a slot; 0 where there are none."""
        place = self.place(place_id)
        return 300 if place is None else 0 if place.numbered else place.slot_s
