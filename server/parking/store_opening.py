"""How a process comes to its store: a database that cannot be reached is asked again, one that cannot be used ends the process.

Where a newer version made the tables, bringing them up to date failed, or the keys beside the database are not those it was made with,
nothing this program does helps: it says so in one sentence and ends with code 2, as for a wrong setting. So a database that was brought
back without its keys is never served with new ones.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import structlog

from server.errors import DatabaseError, KeyFileError
from server.parking.configuration import DATABASE
from server.parking.migrate import MigrationFailed, NewerDatabase
from server.parking.open_store import open_store
from server.parking.records_codec import RESERVATION
from server.parking.sealing import FILE as SECRETS
from server.parking.sealing import Sealing, open_sealing
from server.parking.store import ServiceUnit, Store, StoreFault
from server.parking.vault import FILE as PLATES
from server.parking.vault import PlateVault, VaultError
from server.parking.webhooks import list_webhooks

AGAIN = 5.0
"""s after which a database that could not be reached is asked again"""
Opened = tuple[Store, PlateVault, Sealing]


class Unreachable(Exception):
    """The database does not answer now; `reason` tells nothing of where it is."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StoreOpening:
    """`database`: address of PostgreSQL, empty for SQLite in the directory; `clock` gives epoch s."""

    def __init__(self, directory: Path, database: str, clock: Callable[[], float]) -> None:
        self._directory, self._database, self._clock = directory, database, clock
        self.reason = ""
        """why it is not open yet, when that is known"""
        self.again = AGAIN
        self._log = structlog.get_logger()

    async def opened(self) -> Opened:
        """Once it is open; closed again when cancelled meanwhile. Raises SystemExit."""
        while True:
            opening = asyncio.ensure_future(asyncio.to_thread(self.open))
            try:
                found = await asyncio.shield(opening)
            except asyncio.CancelledError:
                for one in await asyncio.gather(opening, return_exceptions=True):
                    if not isinstance(one, BaseException):
                        one[0].close()
                raise
            except Unreachable as wrong:
                self.reason = wrong.reason
                self._log.warning("parking_database_unreachable", reason=str(wrong.__cause__).strip(), again_in_s=self.again)
                await asyncio.sleep(self.again)
            except DatabaseError as wrong:
                self._log.critical("parking_database_unusable", reason=str(wrong))
                print(f"baimai: {wrong}", file=sys.stderr, flush=True)
                raise SystemExit(2) from None
            else:
                self.reason = ""
                return found

    def open(self) -> Opened:
        """On a thread: migrations take a while. Raises Unreachable, DatabaseError."""
        store = self._store()
        try:
            self._must_have_keys(store)
            sealing, plates = open_sealing(self._directory), PlateVault(self._directory)
            _must_be_its_own(store, sealing, plates)
            return store, plates, sealing
        except (VaultError, KeyFileError, OSError) as wrong:
            store.close()
            raise DatabaseError(str(wrong) if isinstance(wrong, KeyFileError) else f"{self._directory}: {wrong}") from wrong
        except StoreFault as wrong:
            store.close()
            raise Unreachable(str(wrong)) from wrong
        except BaseException:
            store.close()
            raise

    def _must_have_keys(self, store: Store) -> None:
        """New keys are made for a new database alone. Raises DatabaseError."""
        held = {PLATES: bool(store.read(_a_reservation)), SECRETS: bool(store.read(list_webhooks))}
        for name, needed in held.items():
            if needed and not (self._directory / name).exists():
                detail = "is missing, and the parking database holds what only it opens; put it back from the backup"
                raise DatabaseError(f"{self._directory / name} {detail}")

    def _store(self) -> Store:
        """Raises Unreachable, DatabaseError."""
        try:
            return open_store(self._directory, self._database, self._clock)
        except NewerDatabase as wrong:
            raise DatabaseError(str(wrong)) from None
        except psycopg.OperationalError as wrong:
            raise Unreachable(_reason(wrong)) from wrong
        except sqlite3.OperationalError as wrong:
            if "locked" in str(wrong):
                raise Unreachable(str(wrong)) from wrong
            raise DatabaseError(f"the parking database {self._directory / DATABASE} cannot be used ({wrong})") from wrong
        except (MigrationFailed, psycopg.Error, sqlite3.Error) as wrong:
            first = str(wrong).strip().splitlines()[0]
            raise DatabaseError(f"the tables of the parking database could not be brought up to date ({first})") from wrong


def _a_reservation(unit: ServiceUnit) -> list[tuple[bytes]]:
    return [(bytes(body),) for (body,) in unit.sql("select body from reservations order by id desc limit 1")]


def _must_be_its_own(store: Store, sealing: Sealing, plates: PlateVault) -> None:
    """The newest plate and the secrets of webhooks open. Raises DatabaseError."""
    wrong = "is not the key this parking database was made with; put the right one back from the backup"
    try:
        for (body,) in store.read(_a_reservation):
            plates.open(RESERVATION.decode(body).plate)
    except VaultError:
        raise DatabaseError(f"{PLATES} {wrong}") from None
    try:
        for one in store.read(list_webhooks):
            sealing.open(one.kept.sealed_secret, f"webhook/{one.id}")
    except ValueError:
        raise DatabaseError(f"{SECRETS} {wrong}") from None


def _reason(wrong: psycopg.OperationalError) -> str:
    """What libpq says behind the address."""
    said = str(wrong).strip().splitlines()
    return said[0].rpartition("failed: ")[2] if said else "no reason given"
