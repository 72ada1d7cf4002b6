"""Sharing and conduct in dicts: part of the slow and obvious store."""

from __future__ import annotations

from collections.abc import Sequence

from parking.conduct_records import Appeal, AppealState, Bar, ConductRules, Overstay
from parking.model import Account, State
from parking.records import Interval, LedgerLine, Place, Reservation, ShareWindow
from parking.refusals import Code, Refusal


class DictSharing:
    """Part of DictStore."""

    all_windows: dict[str, ShareWindow]
    all_places: dict[str, Place]
    lines: list[LedgerLine]
    reservations: dict[str, Reservation]

    def __init__(self) -> None:
        self.residents: set[tuple[str, str]] = set()
        self.overstays: dict[str, Overstay] = {}
        self.bars: dict[str, Bar] = {}
        self.all_appeals: dict[str, Appeal] = {}
        self.rules: dict[int, ConductRules] = {}

    def windows_of(self, owner: str) -> Sequence[ShareWindow]:
        return sorted((one for one in self.all_windows.values() if one.owner == owner), key=lambda one: one.id)

    def windows_in(self, lot_id: str) -> Sequence[ShareWindow]:
        here = {name for name, place in self.all_places.items() if place.lot_id == lot_id}
        return sorted((one for one in self.all_windows.values() if one.active and one.place_id in here), key=lambda one: one.id)

    def place_to_change(self, place_id: str) -> Place | None:
        return self.all_places.get(place_id)

    def is_resident(self, community: str, client: str) -> bool:
        return (community, client) in self.residents

    def put_resident(self, community: str, client: str) -> None:
        self.residents.add((community, client))

    def drop_resident(self, community: str, client: str) -> None:
        self.residents.discard((community, client))

    def ledger_of(self, account: Account, holder: str, span: Interval) -> Sequence[LedgerLine]:
        return [one for one in self.lines if one.account is account and one.holder == holder and span.start <= one.at < span.end]

    def waits_of(self, client: str) -> int:
        return sum(one.client == client and one.state in (State.WAITING, State.OFFERED) for one in self.reservations.values())

    def overstay(self, reservation_id: str) -> Overstay | None:
        return self.overstays.get(reservation_id)

    def overstays_of(self, plate_key: bytes) -> Sequence[Overstay]:
        return self._by_end(one for one in self.overstays.values() if one.plate_key == plate_key)

    def overstays_by(self, client: str) -> Sequence[Overstay]:
        return self._by_end(one for one in self.overstays.values() if one.client == client)

    def put_overstay(self, overstay: Overstay) -> None:
        self.overstays[overstay.reservation_id] = overstay

    def bar(self, bar_id: str) -> Bar | None:
        return self.bars.get(bar_id)

    def bars_of(self, plate_key: bytes) -> Sequence[Bar]:
        return sorted((one for one in self.bars.values() if one.plate_key == plate_key), key=lambda one: (one.since, one.id))

    def bars_on(self, plate_key: bytes, now: int) -> int | None:
        standing = [one.until for one in self.bars_of(plate_key) if not one.lifted and one.until > now]
        return max(standing, default=None)

    def put_bar(self, bar: Bar) -> None:
        self.bars[bar.id] = bar

    def conduct_rules(self, version: int | None) -> ConductRules:
        return self.rules.get(max(self.rules, default=0) if version is None else version) or ConductRules()

    def put_conduct_rules(self, rules: ConductRules) -> None:
        if rules.version in self.rules:
            raise Refusal(Code.STALE_VERSION, "it has changed meanwhile")
        self.rules[rules.version] = rules

    def appeal(self, reservation_id: str) -> Appeal | None:
        return self.all_appeals.get(reservation_id)

    def appeals(self, state: AppealState, limit: int) -> Sequence[Appeal]:
        found = (one for one in self.all_appeals.values() if one.state is state)
        return sorted(found, key=lambda one: (one.filed, one.reservation_id))[:limit]

    def put_appeal(self, appeal: Appeal) -> None:
        known = self.all_appeals.get(appeal.reservation_id)
        if known is not None and known.version != appeal.version - 1:
            raise Refusal(Code.STALE_VERSION, "it has changed meanwhile")
        self.all_appeals[appeal.reservation_id] = appeal

    @staticmethod
    def _by_end(found: object) -> list[Overstay]:
        return sorted(found, key=lambda one: (one.ended, one.reservation_id))  # type: ignore[call-overload, no-any-return]
