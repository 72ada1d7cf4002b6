"""The part of the port to a store (`parking.unit.Unit`) that sharing and conduct need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from parking.conduct_records import Appeal, AppealState, Bar, ConductRules, Overstay
from parking.model import Account
from parking.records import Interval, LedgerLine, Place, ShareWindow


class SharingRecords(Protocol):
    """Part of Unit."""

    def windows_of(self, owner: str) -> Sequence[ShareWindow]:
        """All windows of an owner, those taken back included, by id."""

    def windows_in(self, lot_id: str) -> Sequence[ShareWindow]:
        """Active windows of all places of a lot, by id."""

    def place_to_change(self, place_id: str) -> Place | None:
        """The place, locked against other writers until the transaction ends."""

    def is_resident(self, community: str, client: str) -> bool:
        """Whether the client lives there."""

    def put_resident(self, community: str, client: str) -> None:
        """Onto the register; entering twice is no error."""

    def drop_resident(self, community: str, client: str) -> None:
        """Off the register."""

    def ledger_of(self, account: Account, holder: str, span: Interval) -> Sequence[LedgerLine]:
        """Lines of one holder's account posted in the span, in order of posting."""

    def waits_of(self, client: str) -> int:
        """Waiting list entries and offers of a client; nobody else enters one for it until the transaction ends."""

    def overstay(self, reservation_id: str) -> Overstay | None:
        """The overstay of a reservation, or None."""

    def overstays_of(self, plate_key: bytes) -> Sequence[Overstay]:
        """Of a plate, by (ended, id); nobody else counts them until the transaction ends."""

    def overstays_by(self, client: str) -> Sequence[Overstay]:
        """Of a client, by (ended, id)."""

    def put_overstay(self, overstay: Overstay) -> None:
        """Enters or replaces it."""

    def bar(self, bar_id: str) -> Bar | None:
        """The bar, or None."""

    def bars_of(self, plate_key: bytes) -> Sequence[Bar]:
        """All bars of a plate, lifted ones included, by (since, id)."""

    def bars_on(self, plate_key: bytes, now: int) -> int | None:
        """Until when the plate is barred, None when it is not."""

    def put_bar(self, bar: Bar) -> None:
        """Enters or replaces it."""

    def conduct_rules(self, version: int | None) -> ConductRules:
        """Of a version, or the newest; the defaults where none were entered."""

    def put_conduct_rules(self, rules: ConductRules) -> None:
        """Enters the next version. Raises Refusal(STALE_VERSION) when there is one of that number."""

    def appeal(self, reservation_id: str) -> Appeal | None:
        """The appeal against the overstay of a reservation, or None."""

    def appeals(self, state: AppealState, limit: int) -> Sequence[Appeal]:
        """In a state, first filed first."""

    def put_appeal(self, appeal: Appeal) -> None:
        """Version 1 is entered, others replace the version before. Raises Refusal(STALE_VERSION) unless that is the stored one."""
