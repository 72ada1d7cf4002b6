"""A transaction on PostgreSQL that carries out a batch of commands in a few statements: what is known, kept back, locked, undone.

What a rule decides by is kept from changing by advisory locks (`Locks`); what it writes is kept back (`Pending`) until the batch ends,
or until somebody asks for what it changes. A savepoint is made only for a command that had to be written before its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from parking.records import Lot, Place, Reservation
from server.parking.postgres_known import Key, Known
from server.parking.postgres_locks import RANKS, Busy, Locks
from server.parking.postgres_pending import Pending
from server.parking.postgres_reader import PostgresReader


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


class Missing(Exception):
    """A command needs what has not been fetched yet: it runs again when that is there."""


class PostgresTransaction(PostgresReader):
    """One transaction. The store calls `begin`, a rule, then `keep` or `drop`, for every command, and `flush` before the commit.
    While `gathering`, rules end with Missing where they ask for what is not known; `fetch` then gets it for all of them."""

    def __init__(self, connection: psycopg.Connection[Any], places: Places, now: int) -> None:
        super().__init__(connection)
        self._connection, self._places, self.now = connection, places, now
        self._locks = Locks(self._cursor)
        self._known = Known(self._locks, self.place, now)
        self._batch, self._own = Pending(), Pending()
        self._wanted: dict[Key, None] = {}
        self._glimpsed: set[str] = set()
        self._saved: int | None = None
        """locks held when the savepoint of this command was made; None: it has none"""
        self.gathering = False
        self.alone = False
        """one command in the transaction: what a batch finds out by a constraint is looked up beforehand"""

    def begin(self, patient: bool) -> None:
        """A command begins; `patient`: it may wait for locks, as the first of its transaction."""
        self._own, self._saved, self._locks.patient = Pending(), None, patient
        self._glimpsed.clear()

    def keep(self) -> None:
        """It came through."""
        if self._saved is not None:
            self._cursor.execute("RELEASE SAVEPOINT command")
        self._known.apply(self._own)
        self._batch.merge(self._own)

    def drop(self) -> None:
        """It was refused: nothing of it is kept."""
        if self._saved is not None:
            self._cursor.execute("ROLLBACK TO SAVEPOINT command")
            self._cursor.execute("RELEASE SAVEPOINT command")
            self._locks.back_to(self._saved)
            self._known.clear()

    def fetch(self) -> bool:
        """Gets what commands asked for while gathering; False when none asked for anything that can be got."""
        wanted, self._wanted = self._wanted, {}
        self._get(list(wanted))
        return bool(wanted)

    def flush(self, commit: bool = False) -> None:
        """Writes what was kept back. Raises Mismatch, psycopg.IntegrityError."""
        pending, self._batch = self._batch, Pending()
        if pending or commit:
            pending.flush(self._connection, self._slot, commit)

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

    def write(self, statement: str, *values: object) -> None:
        """Writes at once, after whatever was kept back: for what is written seldom."""
        self._settle()
        self._save_point()
        self._cursor.execute(statement, values)
        self._known.clear()

    def _run(self, query: str, values: Sequence[object] = ()) -> psycopg.Cursor[Any]:
        """A statement of the rows beside reservations: carried out at once, after whatever was kept back."""
        if query[:6].upper() == "SELECT":
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
        self._known.fetch(self._connection, missing)

    def _get(self, keys: list[Key]) -> None:
        """For many commands: what others hold is left out, and noted in `Locks.refused`."""
        if any(key[:2] in self._batch.touched for key in keys):
            self.flush()
        self._known.fetch(self._connection, keys)

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
            own.flush(self._connection, self._slot)
            self._known.apply(own)

    def _save_point(self) -> None:
        if self._saved is None:
            self._cursor.execute("SAVEPOINT command")
            self._saved = self._locks.mark()

    def _slot(self, place_id: str) -> int:
        place = self.place(place_id)
        return place.slot_s if place else 300
