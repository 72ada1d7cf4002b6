"""A parking store of dicts: the slow and obvious one that rules are tested on and stores are compared with."""

from __future__ import annotations

import copy
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from parking.model import BLOCKING, Account, State
from parking.records import Event, Interval, LedgerLine, Lot, Payment, Payout, Place, Quote, Reservation, ShareWindow
from parking.refusals import Code, Refusal
from parking.tariffs import Tariff
from parking.unit import Unit
from server.parking.store import Clock, ClosedStore, Kept, Rule
from tests.support.dict_gates import DictGates
from tests.support.dict_sharing import DictSharing

T = TypeVar("T")


class DictStore(DictGates, DictSharing):
    """All rows. `with_unit` runs a rule; what it wrote is undone when it raises."""

    def __init__(self) -> None:
        super().__init__()
        self.lots: dict[str, Lot] = {}
        self.all_places: dict[str, Place] = {}
        self.all_windows: dict[str, ShareWindow] = {}
        self.quotes: dict[str, Quote] = {}
        self.all_payments: dict[str, Payment] = {}
        self.payouts: dict[str, Payout] = {}
        self.tariffs: dict[tuple[str, int], Tariff] = {}
        self.reservations: dict[str, Reservation] = {}
        self.due_at: dict[str, int | None] = {}
        self.claims: dict[str, tuple[str, Interval]] = {}
        self.lines: list[LedgerLine] = []
        self.events: list[Event] = []
        self.answers: dict[tuple[str, str], Kept] = {}

    def run(self, rule, *arguments):  # type: ignore[no-untyped-def]
        """`rule(unit, *arguments)` as one transaction."""
        before = copy.copy(self.__dict__) | {name: copy.copy(value) for name, value in self.__dict__.items()}
        try:
            return rule(self, *arguments)
        except BaseException:
            self.__dict__.update(before)
            raise

    def answer(self, client: str, key: str) -> Kept | None:
        return self.answers.get((client, key))

    def keep_answer(self, client: str, key: str, kept: Kept, now: int) -> None:
        self.answers[client, key] = kept

    def lot(self, lot_id: str) -> Lot | None:
        return self.lots.get(lot_id)

    def place(self, place_id: str) -> Place | None:
        return self.all_places.get(place_id)

    def places(self, lot_id: str) -> Sequence[Place]:
        return sorted((one for one in self.all_places.values() if one.lot_id == lot_id), key=lambda one: one.id)

    def window(self, window_id: str) -> ShareWindow | None:
        return self.all_windows.get(window_id)

    def windows(self, place_id: str) -> Sequence[ShareWindow]:
        found = (one for one in self.all_windows.values() if one.place_id == place_id and one.active)
        return sorted(found, key=lambda one: one.id)

    def quote(self, quote_id: str) -> Quote | None:
        return self.quotes.get(quote_id)

    def tariff(self, tariff_id: str) -> Tariff | None:
        versions = [version for name, version in self.tariffs if name == tariff_id]
        return self.tariffs[tariff_id, max(versions)] if versions else None

    def reservation(self, reservation_id: str) -> Reservation | None:
        return self.reservations.get(reservation_id)

    def claimants(self, place_id: str, span: Interval) -> Sequence[Reservation]:
        found = [self.reservations[one] for one, (place, its) in self.claims.items() if place == place_id and its.meets(span)]
        return sorted(found, key=lambda one: (one.wanted.start, one.id))

    def lapsed(self, place_id: str, span: Interval, now: int) -> Sequence[Reservation]:
        return [one for one in self.claimants(place_id, span) if one.state in (State.HOLD, State.OFFERED) and not one.blocks(now)]

    def foresee(self, reservation_id: str, client: str, plate_key: bytes, quote_id: str, where: tuple[Place, Interval] | None) -> None:
        pass

    def of_plate(self, plate_key: bytes, span: Interval) -> Sequence[Reservation]:
        return [
            one for one in self.reservations.values()
            if one.plate.key == plate_key and one.state in BLOCKING and one.wanted.meets(span)
        ]  # fmt: skip

    def holds_of(self, client: str, now: int) -> int:
        return sum(one.client == client and one.state is State.HOLD and one.blocks(now) for one in self.reservations.values())

    def due(self, now: int, limit: int) -> Sequence[Reservation]:
        found = sorted((at, name) for name, at in self.due_at.items() if at is not None and at <= now)
        return [self.reservations[name] for _, name in found[:limit]]

    def waiting(self, lot_id: str, span: Interval, limit: int) -> Sequence[Reservation]:
        found = [
            one for one in self.reservations.values()
            if one.lot_id == lot_id and one.state is State.WAITING and one.wanted.meets(span)
        ]  # fmt: skip
        return sorted(found, key=lambda one: (one.created, one.id))[:limit]

    def occupied(self, place_id: str) -> Sequence[str]:
        inside = (State.CHECKED_IN, State.OVERSTAY)
        return [one.stall for one in self.reservations.values() if one.place_id == place_id and one.state in inside and one.stall]

    def claim(self, reservation: Reservation, place: Place, span: Interval) -> bool:
        others = [its for name, (where, its) in self.claims.items() if where == place.id and name != reservation.id and its.meets(span)]
        moments = {span.start, *(one.start for one in others if span.start <= one.start < span.end)}
        if any(sum(one.start <= moment < one.end for one in others) >= place.room for moment in moments):
            return False
        self.claims[reservation.id] = (place.id, span)
        return True

    def release(self, reservation_id: str) -> None:
        self.claims.pop(reservation_id, None)

    def insert(self, reservation: Reservation, due: int | None) -> None:
        if reservation.version != 1 or reservation.id in self.reservations:
            raise ValueError("a new reservation has version 1 and an id of its own")
        self.reservations[reservation.id], self.due_at[reservation.id] = reservation, due

    def save(self, reservation: Reservation, due: int | None) -> None:
        before = self.reservations.get(reservation.id)
        if before is None or before.version != reservation.version - 1:
            raise Refusal(Code.STALE_VERSION, "it has changed meanwhile")
        self.reservations[reservation.id], self.due_at[reservation.id] = reservation, due

    def post(self, lines: Iterable[LedgerLine]) -> bool:
        posting = list(lines)
        if not posting or sum([line.amount for line in posting]) != 0:
            raise ValueError("the lines do not add up to zero")
        if any(line.posting == posting[0].posting for line in self.lines):
            return False
        self.lines.extend(posting)
        return True

    def ledger(self, reservation_id: str) -> Sequence[LedgerLine]:
        return [line for line in self.lines if line.reservation_id == reservation_id]

    def balance(self, account: Account, holder: str) -> int:
        return sum(line.amount for line in self.lines if (line.account, line.holder) == (account, holder))

    def payable(self, account: Account, holder: str) -> int:
        owing: dict[str, int] = defaultdict(int)
        for line in self.lines:
            owing[line.reservation_id] += line.amount * (line.account is Account.PAYER)
        own = (line for line in self.lines if (line.account, line.holder) == (account, holder))
        return -sum(line.amount for line in own if owing[line.reservation_id] <= 0)

    def payment(self, payment_id: str) -> Payment | None:
        return self.all_payments.get(payment_id)

    def payments(self, reservation_id: str) -> Sequence[Payment]:
        found = (one for one in self.all_payments.values() if one.reservation_id == reservation_id)
        return sorted(found, key=lambda one: (one.created, one.id))

    def payments_due(self, now: int, limit: int) -> Sequence[Payment]:
        found = [one for one in self.all_payments.values() if one.due is not None and one.due <= now]
        return sorted(found, key=lambda one: (one.due, one.id))[:limit]

    def put_payment(self, payment: Payment) -> None:
        self.all_payments[payment.id] = payment

    def payout(self, key: str) -> Payout | None:
        return self.payouts.get(key)

    def payouts_due(self, now: int, limit: int) -> Sequence[Payout]:
        found = [one for one in self.payouts.values() if one.due is not None and one.due <= now]
        return sorted(found, key=lambda one: (one.due, one.key))[:limit]

    def put_payout(self, payout: Payout) -> None:
        self.payouts[payout.key] = payout

    def emit(self, event: Event) -> None:
        told = [one.sequence for one in self.events if one.reservation_id == event.reservation_id]
        if event.sequence != len(told) + 1:
            raise ValueError("the sequence has a gap")
        self.events.append(event)

    def put_lot(self, lot: Lot) -> None:
        self.lots[lot.id] = lot

    def put_place(self, place: Place) -> None:
        self.all_places[place.id] = place

    def put_window(self, window: ShareWindow) -> None:
        self.all_windows[window.id] = window

    def put_tariff(self, tariff: Tariff) -> None:
        self.tariffs[tariff.id, tariff.version] = tariff

    def put_quote(self, quote: Quote) -> None:
        self.quotes[quote.id] = quote

    def count_states(self, place_id: str) -> dict[State, int]:
        counts: dict[State, int] = defaultdict(int)
        for one in self.reservations.values():
            counts[one.state] += one.place_id == place_id
        return {state: count for state, count in counts.items() if count}


class DictServer:
    """The dict as a `server.parking.store.Store`: one command after another, each whole or not at all."""

    def __init__(self, source: Callable[[], float], rows: DictStore | None = None) -> None:
        self.rows = rows or DictStore()
        self.clock = Clock(source)
        self._one_at_a_time = threading.RLock()
        self._closed = False

    def submit(self, rule: Rule[T]) -> Future[T]:
        if self._closed:
            raise ClosedStore("the parking store is closed")
        future: Future[T] = Future()
        with self._one_at_a_time:
            try:
                future.set_result(self.rows.run(rule, self.clock.now()))  # type: ignore[no-untyped-call]
            except Exception as refused:
                future.set_exception(refused)
        return future

    def read(self, question: Callable[[Unit], T]) -> T:
        with self._one_at_a_time:
            return question(self.rows)

    def close(self) -> None:
        self._closed = True
