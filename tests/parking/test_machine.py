"""Random commands at random times on a dict and on SQLite: the same outcome of each, and every invariant after each."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from parking import payments, payouts
from parking.booking import Hold, cancel, change_plate, confirm, extend, hold
from parking.lapses import lapse
from parking.model import Account, PlateColor, State
from parking.payments import captured
from parking.records import Interval, Place, Plate, Quote, Reservation, Terms
from parking.refusals import Code, Refusal
from parking.sharing import Previewed
from parking.stays import check_in, check_out, overstay
from parking.unit import Unit
from parking.waiting import Join, join, offer
from server.parking.postgres_store import PostgresStore
from server.parking.sqlite_store import SqliteStore
from server.parking.store import Store
from tests.support.dict_parking import DictStore
from tests.support.parking_invariants import check_conduct, check_end, check_events, check_money, check_room, check_shared
from tests.support.parking_sharing import CONDUCT, LOT, QUARTER, RULES, SHARED, START, WINDOWS, SharingCommands
from tests.support.plain_plates import PlainPlates
from tests.support.postgres import emptied, fresh_database, postgres_server

PLACES = {one.id: one for one in (Place("S1", "L1", 1, numbered=True), Place("P1", "L1", 2, slot_s=900), *SHARED)}
SHARES = ((Account.OWNER, "o", 5000), (Account.PLATFORM, "", 5000))
CLIENTS = st.sampled_from(["ann", "bob", "cui"])


def plate(name: str) -> Plate:
    return Plate(name.encode(), b"sealed", f"鲁A·{name[:1]}**45", PlateColor.BLUE)


def pass_time(unit: Unit, now: int) -> list[str]:
    """What the service does every few seconds."""
    done = []
    for one in unit.due(now, 100):
        staying = one.state in (State.CHECKED_IN, State.OVERSTAY)
        try:
            done.append((overstay(unit, one, now, RULES) if staying else lapse(unit, one, now)).id)
        except Refusal as refused:
            done.append(refused.code)
    return done


def outcome(command: Callable[[], Any]) -> Any:
    """What comes of it, or the code it is refused with."""
    try:
        return command()
    except Refusal as refused:
        return refused.code
    except Previewed as shown:
        return shown.outcome


class Machine(SharingCommands, RuleBasedStateMachine):
    """Both stores hear the same."""

    names = Bundle("names")

    @initialize()
    def open(self) -> None:
        self.now = START
        self.store = self.empty_store()
        self.dicts = DictStore()
        self.count = 0
        self.seen: dict[str, Reservation] = {}
        self.both(lambda unit, now: (unit.put_lot(LOT), [unit.put_place(one) for one in PLACES.values()]))
        self.both(lambda unit, now: (unit.put_conduct_rules(CONDUCT), [unit.put_window(one) for one in WINDOWS]))

    def empty_store(self) -> Store:
        """The store to try."""
        self.folder = tempfile.TemporaryDirectory()
        return SqliteStore(Path(self.folder.name) / "parking.db", lambda: self.now)

    def both(self, command: Any, *arguments: Any) -> Any:
        """Runs it on both and wants the same of both: the result, or the same refusal."""
        wanted = outcome(lambda: self.dicts.run(command, *arguments, self.now))
        stored = outcome(self.store.submit(lambda unit, now: command(unit, *arguments, now)).result)
        assert stored == wanted
        return wanted

    @rule(target=names, client=CLIENTS, place=st.sampled_from(["S1", "P1"]), start=st.integers(0, 8), length=st.integers(1, 6),
          amount=st.sampled_from([0, 501]), car=st.sampled_from("abcdef"))  # fmt: skip
    def reserve(self, client: str, place: str, start: int, length: int, amount: int, car: str) -> Any:
        begin = START + ((self.now - START) // QUARTER + start) * QUARTER
        return self.ask(client, place, Interval(begin, begin + length * QUARTER), amount, car)

    @rule(target=names, client=CLIENTS, name=names, amount=st.sampled_from([0, 501]), car=st.sampled_from("abcdef"))
    def want_the_same(self, client: str, name: str, amount: int, car: str) -> Any:
        """Somebody wants just what another has, or had."""
        old = self.dicts.reservations[name]
        return self.ask(client, old.place_id or "P1", old.wanted, amount, car)

    @rule(target=names, client=CLIENTS, name=names, car=st.sampled_from("abcdef"), early=st.integers(0, 1))
    def want_it_as_it_lapses(self, client: str, name: str, car: str, early: int) -> Any:
        """At the very second a hold lapses, or the second before, when nobody has swept it."""
        old = self.dicts.reservations[name]
        if old.hold_until is None or not old.place_id:
            return multiple()
        self.now = max(self.now, old.hold_until - early)
        return self.ask(client, old.place_id, old.wanted, 0, car)

    def ask(self, client: str, place: str, wanted: Interval, amount: int, car: str) -> Any:
        self.count += 1
        terms = Terms(amount, refund_steps=((3600, 100), (900, 33)), overstay_fen_per_hour=300, shares=SHARES)
        quote = Quote(f"q{self.count}", client, "L1", place, wanted, terms, self.now, self.now + 900)
        self.both(lambda unit, now: unit.put_quote(quote))
        name = f"r{self.count}"
        done = self.both(lambda unit, now: hold(unit, Hold(name, client, quote.id, plate(car)), now, RULES))
        if done is Code.TAKEN:
            self.is_full(PLACES[place], wanted)
        return multiple() if isinstance(done, Code) else name

    def is_full(self, place: Place, wanted: Interval) -> None:
        """Nobody is refused for claims that no longer count: pools and spaces take as many as there is room for."""
        claims = [(name, *claim) for name, claim in self.dicts.claims.items()]
        span = place.claim(wanted)
        met = [its for name, where, its in claims if where == place.id and its.meets(span)
               and self.dicts.reservations[name].blocks(self.now)]  # fmt: skip
        moments = {span.start, *(its.start for its in met if its.start >= span.start)}
        most = max(sum(its.start <= moment < its.end for its in met) for moment in moments)
        assert most >= place.room, f"a ghost hold: {place.id} was refused with {most} of {place.room} claimed"

    @rule(target=names, client=CLIENTS, start=st.integers(1, 8), length=st.integers(1, 6), car=st.sampled_from("abcdef"),
          most=st.sampled_from([None, 0, 900]))  # fmt: skip
    def wait_for_room(self, client: str, start: int, length: int, car: str, most: int | None) -> Any:
        self.count += 1
        begin = START + ((self.now - START) // QUARTER + start) * QUARTER
        wish = Join(f"r{self.count}", client, "L1", Interval(begin, begin + length * QUARTER), plate(car), Terms(0), most_fen=most)
        done = self.both(lambda unit, now: join(unit, wish, now, RULES))
        return multiple() if isinstance(done, Code) else wish.id

    @rule()
    def offer(self) -> None:
        self.both(lambda unit, now: offer(unit, "L1", Interval(now, now + 86_400), now, RULES))

    @rule(name=names, client=CLIENTS)
    def confirm(self, name: str, client: str) -> None:
        self.both(lambda unit, now: confirm(unit, name, client, now))

    @rule(name=names, times=st.integers(1, 2), payment=st.sampled_from(["x", "y"]))
    def pay(self, name: str, times: int, payment: str) -> None:
        for _ in range(times):
            self.both(lambda unit, now: captured(unit, name, f"{payment}-{name}", 501, now))

    @rule(name=names)
    def ask_to_pay(self, name: str) -> None:
        self.both(lambda unit, now: payments.ask(unit, name, None, now, RULES))

    @rule()
    def pay_out(self) -> None:
        for one in self.dicts.payouts_due(self.now, 3):
            self.both(lambda unit, now, key=one.key: payouts.confirmed(unit, key, now))

    @rule(name=names)
    def cancel(self, name: str) -> None:
        self.both(lambda unit, now: cancel(unit, name, None, now))

    @rule(name=names, length=st.integers(1, 4))
    def extend(self, name: str, length: int) -> None:
        old = self.dicts.reservations[name]
        if not old.place_id:
            return
        more = Interval(old.wanted.end, old.wanted.end + length * QUARTER)
        self.count += 1
        quote = Quote(f"q{self.count}", old.client, "L1", old.place_id, more, Terms(100), 0, self.now + 900)
        self.both(lambda unit, now: unit.put_quote(quote))
        self.both(lambda unit, now: extend(unit, name, old.client, quote.id, now, RULES))

    @rule(name=names, car=st.sampled_from("abcdef"))
    def other_car(self, name: str, car: str) -> None:
        self.both(lambda unit, now: change_plate(unit, name, self.dicts.reservations[name].client, plate(car), now, PlainPlates()))

    @rule(name=names)
    def arrive(self, name: str) -> None:
        self.both(lambda unit, now: check_in(unit, name, None, now, now, RULES))

    @rule(name=names)
    def leave(self, name: str) -> None:
        self.both(lambda unit, now: check_out(unit, name, None, now, now))

    @rule(seconds=st.sampled_from([1, 300, 600, 900, 1800, 7200]), swept=st.booleans())
    def wait(self, seconds: int, swept: bool) -> None:
        self.now += seconds
        if swept:
            self.both(pass_time)

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "dicts"):
            return
        found = self.dicts.reservations
        check_room(found.values(), self.dicts.all_places, self.now)
        for name, one in found.items():
            check_end(self.seen.get(name), one)
            check_money(one, self.dicts.ledger(name))
        check_events(self.dicts.events, found)
        check_shared(found.values(), self.dicts, LOT, self.now)
        check_conduct(self.dicts, self.seen, LOT, self.now)
        self.seen = dict(found)

    def money(self, unit: Unit) -> Any:
        """All that is kept of it."""
        found = [(list(unit.payments(name)), list(unit.ledger(name))) for name in self.dicts.reservations]
        whose = [(Account.PAYER, "ann"), (Account.REFUNDS, "bob"), (Account.PROVIDER, ""), (Account.PLATFORM, "")]
        accounts = [(unit.balance(*one), unit.payable(*one), list(unit.ledger_of(*one, Interval(START, self.now)))) for one in whose]
        outs = [unit.payout(key) for key in self.dicts.payouts]
        return found, accounts, outs, list(unit.payments_due(self.now, 50)), list(unit.payouts_due(self.now, 50))

    def teardown(self) -> None:
        if hasattr(self, "store"):
            try:
                stored = self.store.read(lambda unit: [unit.reservation(name) for name in self.dicts.reservations])
                assert stored == list(self.dicts.reservations.values())
                assert self.store.read(self.money) == self.money(self.dicts)
            finally:
                self.store.close()
                if hasattr(self, "folder"):
                    self.folder.cleanup()


class PostgresMachine(Machine):
    """The same on PostgreSQL."""

    address = ""

    def empty_store(self) -> Store:
        return PostgresStore(emptied(self.address), lambda: self.now, connections=1)


class DictMachine(Machine):
    """Invariants on the dicts alone: no disk, so that far more can be tried."""

    def empty_store(self) -> Any:
        return None

    def both(self, command: Any, *arguments: Any) -> Any:
        return outcome(lambda: self.dicts.run(command, *arguments, self.now))

    def teardown(self) -> None:
        pass


@pytest.fixture(scope="module", autouse=True)
def database() -> Iterator[None]:
    with postgres_server("-c", "fsync=off") as server, fresh_database(server) as address:
        PostgresMachine.address = address
        yield


TestSqlite = pytest.mark.slow(Machine.TestCase)
TestPostgres = pytest.mark.slow(PostgresMachine.TestCase)
TestDict = pytest.mark.slow(DictMachine.TestCase)
TestDict.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)
TestSqlite.settings = TestPostgres.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
