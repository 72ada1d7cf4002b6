"""The production store: PostgreSQL, a few connections, each a thread that carries out waiting commands together in one transaction.

Several processes may share the database; time never runs backwards across them (`marks`). What one command needs and another
transaction is at work on is never waited for with locks of other commands in hand: the command gives way and goes first in the next
transaction.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

import psycopg
from psycopg import errors

from parking.refusals import Code, Refusal
from server.parking.handing_in import HandingIn, Job
from server.parking.migrate import migrate
from server.parking.postgres_locks import Busy
from server.parking.postgres_pending import Mismatch
from server.parking.postgres_reader import PostgresReader
from server.parking.postgres_transaction import Missing, Places
from server.parking.postgres_unit import PostgresUnit
from server.parking.postgres_wire import Wire
from server.parking.store import Clock, ServiceUnit, StoreFault

T = TypeVar("T")
CONNECTIONS = 1
"""writers of one process: with 64 clients on two busy cores one made a quarter more than two, whose batches are smaller and collide"""
BATCH = 64
"""commands in one transaction at most"""
ROUNDS = 4
"""in which what commands need is fetched for all of them; who then still needs more asks alone"""
AGAIN = 200
"""runs of one command that finds others at work on the same; some 2 ms apart"""
_PLANS = "-c jit=off -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan"
"""every statement of a writer finds a few rows by an index; a plan made while tables were small would be kept when they are large"""
_LOSERS = (errors.DeadlockDetected, errors.SerializationFailure)
_Outcome = tuple[Job, Any, BaseException | None]


class PostgresStore(HandingIn):
    """The store of one database (libpq URI). `source` is the machine's clock (epoch s)."""

    def __init__(self, address: str, source: Callable[[], float], connections: int = CONNECTIONS) -> None:
        """Creates or upgrades the tables."""
        migrate("postgresql+psycopg://" + address.partition("://")[2])
        self._address = address
        super().__init__()
        self._readers = threading.local()
        self._reading: list[psycopg.Connection[Any]] = []
        self.runs_again = 0
        """commands that had to run again"""
        self.batches = 0
        """transactions committed so far"""
        with psycopg.connect(address) as connection:
            newest = connection.execute("SELECT value FROM marks WHERE name = 'now'").fetchone()
        self.clock = Clock(source, int(newest[0]) if newest else 0)
        self._threads = [threading.Thread(target=self._write, name=f"parking-{k}", daemon=True) for k in range(connections)]
        for thread in self._threads:
            thread.start()

    def read(self, question: Callable[[ServiceUnit], T]) -> T:
        """See Store: a repeatable-read, read-only transaction on a connection of the calling thread."""
        try:
            connection = self._reader()
            with connection.transaction():
                return question(cast(ServiceUnit, PostgresReader(connection)))
        except (psycopg.OperationalError, psycopg.InterfaceError) as failed:
            raise StoreFault(str(failed)) from failed

    def _reader(self) -> psycopg.Connection[Any]:
        """The connection of the calling thread."""
        connection: psycopg.Connection[Any] | None = getattr(self._readers, "connection", None)
        if connection is None or connection.closed:
            connection = psycopg.connect(self._address, prepare_threshold=1)
            connection.isolation_level, connection.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
            self._readers.connection = connection
            self._reading.append(connection)
        return connection

    def close(self) -> None:
        """See Store."""
        if not self._end(len(self._threads)):
            return
        for thread in self._threads:
            thread.join()
        for connection in self._reading:
            connection.close()

    def _write(self) -> None:
        """One writer thread."""
        wire, known = self._connect(), Places()
        postponed: list[Job] = []
        tries, going_on = 0, True
        while going_on or postponed:
            jobs, going_on = (postponed, going_on) if postponed or not going_on else self._take(BATCH)
            if not jobs:
                continue
            try:
                if wire.connection.closed:
                    wire = self._connect()
                before, postponed = len(jobs), self._carry_out(wire, known, jobs, tries)
            except Exception as failed:
                postponed = []
                for _, future in jobs:
                    if not future.done():
                        future.set_exception(_explained(failed))
                continue
            tries = tries + 1 if len(postponed) == before else 0
            if tries:
                time.sleep(random.uniform(0, 0.004))
        wire.connection.close()

    def _carry_out(self, wire: Wire, known: Places, jobs: list[Job], tries: int) -> list[Job]:
        """Runs them, tells what came of them, and gives back those that found others at work. Raises what broke the connection."""
        try:
            done, postponed = self._transaction(wire, known, jobs, waiting=tries > 0)
        except _LOSERS:
            done, postponed = [], jobs
        except (Mismatch, psycopg.Error) as failed:
            _roll_back(wire, known)
            if len(jobs) == 1 or wire.connection.closed:
                done, postponed = [(job, None, _explained(failed)) for job in jobs], []
            else:  # whose fault it is shows when each runs alone
                done, postponed = [], []
                for job in jobs:
                    postponed += self._carry_out(wire, known, [job], 0)
        if postponed and len(postponed) == len(jobs):
            _roll_back(wire, known)
            if tries >= AGAIN:
                done, postponed = [(postponed[0], None, Refusal(Code.STALE_VERSION, "others keep changing it"))], postponed[1:]
        self.runs_again += len(postponed)
        for (_, future), result, wrong in done:
            if wrong is not None:
                future.set_exception(wrong)
            else:
                future.set_result(result)
        return postponed

    def _transaction(self, wire: Wire, places: Places, jobs: list[Job], waiting: bool) -> tuple[list[_Outcome], list[Job]]:
        """(outcomes, jobs that found others at work). `waiting`: the first may wait for locks."""
        run = _Run(PostgresUnit(wire, places, self.clock))
        run.unit.alone = len(jobs) == 1
        left = jobs
        if waiting:
            run.unit.open()
            run.unit.gathering = False
            run.attempt(jobs[0], patient=True)
            left = jobs[1:]
            run.unit.gathering = True
        else:
            for job in jobs:
                run.foresee(job)
            run.unit.open()
        for _ in range(ROUNDS):
            left = [job for job in left if not run.attempt(job)]
            if not left or not run.unit.fetch():
                break
        run.unit.gathering = False
        for job in left:
            run.attempt(job)
        if not run.done:
            return [], jobs
        run.unit.flush(commit=True)
        self.batches += 1
        return run.done, run.busy

    def _connect(self) -> Wire:
        return Wire(psycopg.connect(self._address, autocommit=True, prepare_threshold=1, options=_PLANS))


class _Run:
    """Commands of one transaction, and what came of them."""

    def __init__(self, unit: PostgresUnit) -> None:
        self.unit = unit
        self.done: list[_Outcome] = []
        self.busy: list[Job] = []

    def foresee(self, job: Job) -> None:
        """Only to hear what it will ask for."""
        self.unit.begin(False)
        with suppress(Exception):
            job[0](self.unit, self.unit.now)
        self.unit.drop()

    def attempt(self, job: Job, patient: bool = False) -> bool:
        """Whether there is no more to do about it in this transaction."""
        unit = self.unit
        unit.begin(patient)
        try:
            result = job[0](unit, unit.now)
        except (Mismatch, psycopg.Error):
            raise
        except Missing:
            unit.drop()
            return False
        except Busy:
            unit.drop()
            self.busy.append(job)
        except Exception as refused:
            unit.drop()
            if unit.supposing:
                return False
            self.done.append((job, None, refused))
        else:
            if unit.supposing:
                unit.drop()
                return False
            unit.keep()
            self.done.append((job, result, None))
        return True


def _roll_back(wire: Wire, known: Places) -> None:
    known.clear()
    if not wire.connection.closed:
        wire.say("ROLLBACK")


def _explained(wrong: Exception) -> Exception:
    """What the command that ran alone hears."""
    if isinstance(wrong, Mismatch):
        return ValueError(str(wrong))
    if isinstance(wrong, errors.ExclusionViolation | errors.CheckViolation):
        return Refusal(Code.TAKEN, "the place is taken for part of that time")
    if isinstance(wrong, psycopg.OperationalError | psycopg.InterfaceError):
        return StoreFault(str(wrong))
    return wrong
