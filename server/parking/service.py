"""The parking service of one process: owns the store, runs commands, does what time alone does, tells what happened.

`run` opens the store (until then every request is answered 503), sweeps what is due every second, relays the outbox, and closes the
store at the end. What is told is told from the outbox, in its order, at least once; after a restart the relay goes on where it was.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import structlog

from parking.closures import keep_closed
from parking.gates import admit
from parking.lapses import lapse
from parking.model import State
from parking.passages import FORGOTTEN_AT_ONCE
from parking.refusals import Refusal
from parking.rules import Rules
from parking.search import Search
from parking.stays import overstay
from parking.streets import StreetGraph
from server.auth import KeyStore
from server.hub import Hub
from server.parking.access import Access
from server.parking.bridge import Bridge
from server.parking.catalogue import Catalogue, Read
from server.parking.catalogue_store import read_all
from server.parking.commands import Means
from server.parking.configuration import Configuration, read_configuration
from server.parking.counting import Counting, forget_steps
from server.parking.holes import Holes
from server.parking.idempotency import InFlight, forget_old
from server.parking.operations import GATES
from server.parking.outbox import Relay
from server.parking.payments import Cashier
from server.parking.provider import Provider
from server.parking.store import ClosedStore, Rule, ServiceUnit, Store, StoreFault
from server.parking.store_opening import StoreOpening
from server.parking.street_file import FOLDER, read_streets_of
from server.parking.tokens import Tokens
from server.parking.waitlist import offer_to_those_who_wait
from server.parking.webhooks import Webhooks
from server.problems import ProblemException

T = TypeVar("T")
_SWEEP, _READERS = 1.0, 4
_MOST_DUE = 1000
_PAUSE = 60
"""s before a stay that cannot be helped is looked at again"""
_FORGET = 3600
_CATALOGUE = 30
"""s between two readings of lots that another process may have entered"""


class Parking:
    """`clock` gives epoch s. Nothing runs before `run`."""

    def __init__(self, directory: Path, keys: KeyStore, hub: Hub, clock: Callable[[], float], rules: Rules | None = None) -> None:
        self.clock = clock
        self._directory = directory
        self.configuration: Configuration = read_configuration(directory)
        self.rules = rules or self.configuration.chosen_rules()
        citizens = self.configuration.citizens
        self._tokens = Tokens(citizens, directory) if citizens else None
        self.access = Access(keys, self._tokens, clock)
        self.catalogue = Catalogue()
        self.counting = Counting(self, directory / FOLDER)
        self.in_flight = InFlight()
        self.opening = StoreOpening(directory, self.configuration.database, clock)
        self._opened: tuple[Store, Bridge, Means] | None = None
        self._readers: ThreadPoolExecutor | None = None
        self.provider: Provider | None = None
        """bound before `run`; without one nothing can be paid"""
        self.guests: Callable[[], tuple[str, str]] | None = None
        """(token, place of their own) for anybody who opens the page: in the demo only"""
        self.streets: StreetGraph | None = None
        self._reading = asyncio.Lock()
        self._stuck: dict[str, float] = {}
        self.holes = Holes()
        self.relay = Relay(self, hub)
        self.webhooks = Webhooks(self)
        self.store_failures = 0
        """since the start"""
        self._log = structlog.get_logger()

    @property
    def ready(self) -> bool:
        """Whether the store is open."""
        return self._opened is not None

    @cached_property
    def cashier(self) -> Cashier | None:
        """Where there is a provider."""
        return None if self.provider is None else Cashier(self.run_rule, self.provider, self.rules)

    @property
    def means(self) -> Means:
        """What commands need. Raises a 503 problem before the store is open."""
        return self._open[2]

    @property
    def _open(self) -> tuple[Store, Bridge, Means]:
        if self._opened is None:
            why = f": its database cannot be reached ({self.opening.reason})" if self.opening.reason else ""
            raise ProblemException(503, "not_ready", f"parking has not started yet{why}", headers={"retry-after": "1"})
        return self._opened

    async def run(self) -> None:
        """Until cancelled."""
        store, plates, sealing = await self.opening.opened()
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="parking-reader")
        self._opened = store, Bridge(store), Means(plates, sealing, self.rules, self.catalogue)
        parts = [self._sweep_on(), self._tidy_on(), self.relay.run(), self.webhooks.run()]
        if self.cashier is not None:
            parts.append(self.cashier.run())
        if self._tokens is not None:
            parts.append(self._keep_keys(self._tokens))
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            await self.reload()
            tasks.append(asyncio.create_task(self._read_streets()))
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.counting.close()
            self._opened = None
            self._readers.shutdown(wait=True)
            store.close()  # what was handed in is carried out; nobody waits in this loop any more

    async def run_rule(self, rule: Rule[T]) -> T:
        """The same as `run` of a Bridge, with the store's end or fault told as a 503 problem."""
        try:
            return await self._open[1].run(rule)
        except ClosedStore:
            raise ProblemException(503, "not_ready", "parking is closing", headers={"retry-after": "1"}) from None
        except StoreFault as fault:
            raise self._failed(fault) from None

    async def read(self, question: Callable[[ServiceUnit, int], T]) -> T:
        """What is committed, asked on a thread of its own."""
        store, now = self._open[0], self.now()
        assert self._readers is not None
        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, store.read, lambda unit: question(unit, now))
        except StoreFault as fault:
            raise self._failed(fault) from None

    def _failed(self, fault: StoreFault) -> ProblemException:
        self.store_failures += 1
        self._log.error("parking_store_failed", reason=str(fault))
        detail = "the store of reservations does not answer; ask again with the same Idempotency-Key"
        return ProblemException(503, "store_failed", detail, headers={"retry-after": "1"})

    def now(self) -> int:
        """Epoch s of the store's clock."""
        return self._open[0].clock.now()

    async def reload(self) -> None:
        """Reads the catalogue of lots anew."""
        catalogue = self.catalogue

        def question(unit: ServiceUnit, _now: int) -> tuple[Read, Search | None]:
            found = read_all(unit)
            return found, catalogue.index(found, self.streets)

        async with self._reading:  # two at once might end in the older one
            catalogue.take(*await self.read(question), self.streets)
            await self.counting.take()

    async def admit(self) -> None:
        """Checks in vehicles that came before their reservation may begin."""
        if await self.read(lambda unit, now: bool(unit.sessions_due(now, 1))):
            await self.run_rule(lambda unit, now: admit(unit, now, self.rules, GATES))

    async def sweep(self) -> int:
        """Does what is due; each by itself, so that one that is refused keeps nothing from the others. → how many were done."""
        due = await self.read(lambda unit, now: [one.id for one in unit.due(now, _MOST_DUE)])
        moment = time.monotonic()
        self._stuck = {name: until for name, until in self._stuck.items() if until > moment}
        names = [name for name in due if name not in self._stuck]
        done = await asyncio.gather(*(self.run_rule(self._due_rule(name)) for name in names), return_exceptions=True)
        for name, outcome in zip(names, done):
            if isinstance(outcome, BaseException):
                self._stuck[name] = moment + _PAUSE
                if not isinstance(outcome, Refusal):
                    self._log.error("parking_sweep_failed", reservation=name, reason=repr(outcome))
        return len(names)

    def _due_rule(self, name: str) -> Rule[None]:
        def rule(unit: ServiceUnit, now: int) -> None:
            one = unit.reservation(name)
            if one is None:
                return
            if one.state in (State.CHECKED_IN, State.OVERSTAY):
                lot = unit.lot(one.lot_id)
                if lot is not None and now >= (one.hold_until or one.wanted.end + lot.grace_s):
                    overstay(unit, one, now, self.rules)
            else:
                lapse(unit, one, now)

        return rule

    async def _sweep_on(self) -> None:
        while True:
            try:
                await self.sweep()
                await self.admit()
                await self.counting.tick()
            except ProblemException as wrong:
                if wrong.code == "not_ready":
                    return
            except Exception:
                self._log.exception("parking_sweep_failed")
            await asyncio.sleep(_SWEEP)

    async def _tidy_on(self) -> None:
        passed = 0
        while True:
            await asyncio.sleep(_CATALOGUE)
            passed += _CATALOGUE
            try:
                await self.reload()
                await self.keep_closed()
                await offer_to_those_who_wait(self)
                if passed >= _FORGET:
                    await self.forget()
                    passed = 0
            except ProblemException as wrong:
                if wrong.code == "not_ready":
                    return
            except Exception:
                self._log.exception("parking_tidying_failed")

    async def keep_closed(self) -> None:
        """Goes on with closings: what is over, what waits for vehicles to leave."""
        for name in [one.id for one in self.catalogue.lots.values() if one.closures]:
            await self.run_rule(lambda unit, now, name=name: keep_closed(unit, name, now, self.rules))  # type: ignore[misc]

    async def forget(self) -> None:
        """Drops what was kept long enough: answers, steps, and where vehicles stood."""
        days = self.configuration.gates
        await self.run_rule(forget_old)
        await self.run_rule(forget_steps)
        forgotten = FORGOTTEN_AT_ONCE
        while forgotten == FORGOTTEN_AT_ONCE:  # others have their turn in between
            forgotten = await self.run_rule(
                lambda unit, now: unit.forget_passages(now - days.keep_days * 86_400, now - days.keep_inside_days * 86_400)
            )

    async def _keep_keys(self, tokens: Tokens) -> None:
        while True:
            try:
                await tokens.run()
                return
            except Exception as wrong:
                self._log.warning("parking_keys_failed", reason=str(wrong) or type(wrong).__name__)
                await asyncio.sleep(5.0)

    async def _read_streets(self) -> None:
        """On a thread: a city has tens of thousands."""
        self.streets = await asyncio.to_thread(read_streets_of, self._directory / FOLDER)
        if self.streets is not None:
            await self.reload()
