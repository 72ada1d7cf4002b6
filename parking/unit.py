"""The port to a store: one transaction as the rules see it.

A rule is called as `rule(unit, command, now)`. Whatever it writes becomes durable together, or not at all when it raises. `now` is the
store's one server clock (int epoch s, never running backwards; I8). Stores: a dict in tests, SQLite, PostgreSQL; one conformance
suite holds for all (`tests/parking/conformance.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from parking.model import Account, State
from parking.passages import GateRecords
from parking.records import Event, Interval, LedgerLine, Lot, Payment, Payout, Place, Quote, Reservation, ShareWindow
from parking.sharing_unit import SharingRecords
from parking.tariffs import Tariff


class Unit(GateRecords, SharingRecords, Protocol):
    """One open transaction."""

    def lot(self, lot_id: str) -> Lot | None:
        """The lot, or None."""

    def place(self, place_id: str) -> Place | None:
        """The place, or None."""

    def places(self, lot_id: str) -> Sequence[Place]:
        """Places of a lot, by id."""

    def window(self, window_id: str) -> ShareWindow | None:
        """The sharing window, or None."""

    def windows(self, place_id: str) -> Sequence[ShareWindow]:
        """Active windows of a place, by id."""

    def quote(self, quote_id: str) -> Quote | None:
        """The quote, or None."""

    def tariff(self, tariff_id: str) -> Tariff | None:
        """Its newest version, or None."""

    def reservation(self, reservation_id: str) -> Reservation | None:
        """The reservation, locked against other writers until the transaction ends."""

    def claimants(self, place_id: str, span: Interval) -> Sequence[Reservation]:
        """Reservations with a claim on the place that meets the span, expired holds included, by (start, id)."""

    def lapsed(self, place_id: str, span: Interval, now: int) -> Sequence[Reservation]:
        """Holds and offers with a claim on the place that meets the span, due by `now`: ghosts to be swept; by (start, id)."""

    def foresee(self, reservation_id: str, client: str, plate_key: bytes, quote_id: str, where: tuple[Place, Interval] | None) -> None:
        """A hint without effect: a hold is about to ask for these (`quote_id` empty: for none); a store over a network fetches them in
        one go."""

    def of_plate(self, plate_key: bytes, span: Interval) -> Sequence[Reservation]:
        """Reservations of the plate in a BLOCKING state whose `wanted` meets the span."""

    def holds_of(self, client: str, now: int) -> int:
        """Number of unexpired holds of the client."""

    def due(self, now: int, limit: int) -> Sequence[Reservation]:
        """Reservations something must be done about by `now` (their `due` as saved), oldest first."""

    def waiting(self, lot_id: str, span: Interval, limit: int) -> Sequence[Reservation]:
        """WAITING entries of the lot that meet the span, first come first (created, id)."""

    def occupied(self, place_id: str) -> Sequence[str]:
        """Stalls of a pool that are bound to vehicles inside."""

    def claim(self, reservation: Reservation, place: Place, span: Interval) -> bool:
        """Takes `span` of the place for the reservation, instead of what it had claimed before. False: there is no room (nothing
        changed). This is where double booking is made impossible: it holds even if the rule that calls it forgot to look."""

    def release(self, reservation_id: str) -> None:
        """Gives up whatever the reservation claims."""

    def insert(self, reservation: Reservation, due: int | None) -> None:
        """A new reservation. Raises ValueError unless it has version 1, and what the store raises when its id is known."""

    def save(self, reservation: Reservation, due: int | None) -> None:
        """The next version. Raises Refusal(STALE_VERSION) unless the stored version is exactly one lower. `due`: when time alone will
        change it next (hold expiry, no-show, end + grace)."""

    def post(self, lines: Iterable[LedgerLine]) -> bool:
        """Posts lines; False when the posting key exists already (nothing changed). Raises ValueError unless they add up to zero."""

    def ledger(self, reservation_id: str) -> Sequence[LedgerLine]:
        """Its lines in order of posting."""

    def balance(self, account: Account, holder: str) -> int:
        """Debits minus credits of one holder's account over all reservations, fen."""

    def payable(self, account: Account, holder: str) -> int:
        """Credits minus debits of one holder's account, without the reservations whose payer still owes something: what can be paid
        out to a beneficiary, fen. Negative: more has gone back since it was paid."""

    def payment(self, payment_id: str) -> Payment | None:
        """The payment, or None."""

    def payments(self, reservation_id: str) -> Sequence[Payment]:
        """Payments of a reservation, by (created, id)."""

    def payments_due(self, now: int, limit: int) -> Sequence[Payment]:
        """Payments the provider is to be asked about by `now`, oldest first."""

    def put_payment(self, payment: Payment) -> None:
        """Enters or replaces it."""

    def payout(self, key: str) -> Payout | None:
        """The payout, or None."""

    def payouts_due(self, now: int, limit: int) -> Sequence[Payout]:
        """Payouts to be sent by `now`, oldest first."""

    def put_payout(self, payout: Payout) -> None:
        """Enters or replaces it."""

    def emit(self, event: Event) -> None:
        """Into the outbox. Raises ValueError when the sequence has a gap."""

    def put_lot(self, lot: Lot) -> None:
        """Enters or replaces it."""

    def put_place(self, place: Place) -> None:
        """Enters or replaces it."""

    def put_window(self, window: ShareWindow) -> None:
        """Enters or replaces it."""

    def put_tariff(self, tariff: Tariff) -> None:
        """Enters it beside its older versions, or replaces the same version."""

    def put_quote(self, quote: Quote) -> None:
        """Enters it."""

    def count_states(self, place_id: str) -> dict[State, int]:
        """How many reservations of the place stand in each state."""
