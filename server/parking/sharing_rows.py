"""Sharing and conduct in the tables, for SQLite and PostgreSQL alike (`parking.sharing_unit.SharingRecords`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from parking.conduct_records import Appeal, AppealState, Bar, ConductRules, Overstay
from parking.model import Account
from parking.records import Interval, LedgerLine, Place, ShareWindow
from parking.refusals import Code, Refusal
from server.parking.records_codec import PLACE, WINDOW, pack
from server.parking.rows import Rows

T = TypeVar("T")
_OVERSTAY = msgspec.msgpack.Decoder(Overstay)
_BAR = msgspec.msgpack.Decoder(Bar)
_APPEAL = msgspec.msgpack.Decoder(Appeal)
_RULES = msgspec.msgpack.Decoder(ConductRules)


class SharingRows(Rows):
    """Part of both units."""

    def windows_of(self, owner: str) -> Sequence[ShareWindow]:
        """See SharingRecords."""
        return self._bodies(WINDOW, f"SELECT body FROM windows WHERE owner = ? ORDER BY id COLLATE {self._collation}", owner)

    def windows_in(self, lot_id: str) -> Sequence[ShareWindow]:
        """See SharingRecords."""
        query = "SELECT w.body FROM windows w JOIN places p ON p.id = w.place_id WHERE p.lot_id = ? AND w.active"
        return self._bodies(WINDOW, f"{query} ORDER BY w.id COLLATE {self._collation}", lot_id)

    def place_to_change(self, place_id: str) -> Place | None:
        """See SharingRecords."""
        return self._body(PLACE, "SELECT body FROM places WHERE id = ?", place_id)

    def is_resident(self, community: str, client: str) -> bool:
        """See SharingRecords."""
        return self._ask("SELECT 1 FROM residents WHERE community = ? AND client = ?", community, client).fetchone() is not None

    def put_resident(self, community: str, client: str) -> None:
        """See SharingRecords."""
        self._ask("INSERT INTO residents VALUES (?, ?) ON CONFLICT DO NOTHING", community, client)

    def drop_resident(self, community: str, client: str) -> None:
        """See SharingRecords."""
        self._ask("DELETE FROM residents WHERE community = ? AND client = ?", community, client)

    def ledger_of(self, account: Account, holder: str, span: Interval) -> Sequence[LedgerLine]:
        """See SharingRecords."""
        rows = self._ask(
            "SELECT posting, reservation_id, account, holder, amount, at, memo FROM ledger"
            " WHERE holder = ? AND account = ? AND at >= ? AND at < ? ORDER BY id",
            holder, account.value, span.start, span.end,
        ).fetchall()  # fmt: skip
        return [LedgerLine(posting, name, Account(side), *rest) for posting, name, side, *rest in rows]

    def waits_of(self, client: str) -> int:
        """See SharingRecords."""
        self._keep("client", client)
        query = "SELECT count(*) FROM reservations WHERE client = ? AND state IN ('waiting', 'offered')"
        return int(self._ask(query, client).fetchone()[0])

    def overstay(self, reservation_id: str) -> Overstay | None:
        """See SharingRecords."""
        return self._body(_OVERSTAY, "SELECT body FROM overstays WHERE reservation_id = ?", reservation_id)

    def overstays_of(self, plate_key: bytes) -> Sequence[Overstay]:
        """See SharingRecords."""
        self._keep("conduct", plate_key)
        return self._bodies(_OVERSTAY, "SELECT body FROM overstays WHERE plate_key = ?" + self._by_end(), plate_key)

    def overstays_by(self, client: str) -> Sequence[Overstay]:
        """See SharingRecords."""
        return self._bodies(_OVERSTAY, "SELECT body FROM overstays WHERE client = ?" + self._by_end(), client)

    def put_overstay(self, overstay: Overstay) -> None:
        """See SharingRecords."""
        one = overstay
        self._ask(
            "INSERT INTO overstays VALUES (?, ?, ?, ?, ?) ON CONFLICT (reservation_id) DO UPDATE SET body = excluded.body",
            one.reservation_id, one.plate_key, one.client, one.ended, pack(one),
        )  # fmt: skip

    def bar(self, bar_id: str) -> Bar | None:
        """See SharingRecords."""
        return self._body(_BAR, "SELECT body FROM bars WHERE id = ?", bar_id)

    def bars_of(self, plate_key: bytes) -> Sequence[Bar]:
        """See SharingRecords."""
        query = f"SELECT body FROM bars WHERE plate_key = ? ORDER BY since, id COLLATE {self._collation}"
        return self._bodies(_BAR, query, plate_key)

    def bars_on(self, plate_key: bytes, now: int) -> int | None:
        """See SharingRecords."""
        row = self._ask("SELECT max(until) FROM bars WHERE plate_key = ? AND until > ? AND lifted = ''", plate_key, now).fetchone()
        return None if row[0] is None else int(row[0])

    def put_bar(self, bar: Bar) -> None:
        """See SharingRecords."""
        self._ask(
            "INSERT INTO bars VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id)"
            " DO UPDATE SET until = excluded.until, lifted = excluded.lifted, body = excluded.body",
            bar.id, bar.plate_key, bar.since, bar.until, bar.lifted, pack(bar),
        )  # fmt: skip

    def conduct_rules(self, version: int | None) -> ConductRules:
        """See SharingRecords."""
        if version is None:
            found = self._body(_RULES, "SELECT body FROM conduct_rules ORDER BY version DESC LIMIT 1")
        else:
            found = self._body(_RULES, "SELECT body FROM conduct_rules WHERE version = ?", version)
        return found or ConductRules()

    def put_conduct_rules(self, rules: ConductRules) -> None:
        """See SharingRecords."""
        done = self._ask("INSERT INTO conduct_rules VALUES (?, ?) ON CONFLICT DO NOTHING", rules.version, pack(rules))
        if done.rowcount != 1:
            raise Refusal(Code.STALE_VERSION, "it has changed meanwhile")

    def appeal(self, reservation_id: str) -> Appeal | None:
        """See SharingRecords."""
        return self._body(_APPEAL, "SELECT body FROM appeals WHERE reservation_id = ?", reservation_id)

    def appeals(self, state: AppealState, limit: int) -> Sequence[Appeal]:
        """See SharingRecords."""
        query = f"SELECT body FROM appeals WHERE state = ? ORDER BY filed, reservation_id COLLATE {self._collation} LIMIT ?"
        return self._bodies(_APPEAL, query, state.value, limit)

    def put_appeal(self, appeal: Appeal) -> None:
        """See SharingRecords."""
        one = appeal
        done = self._ask(
            "INSERT INTO appeals VALUES (?, ?, ?, ?, ?) ON CONFLICT (reservation_id) DO UPDATE SET state = excluded.state,"
            " version = excluded.version, body = excluded.body WHERE appeals.version = excluded.version - 1",
            one.reservation_id, one.state.value, one.filed, one.version, pack(one),
        )  # fmt: skip
        if done.rowcount != 1:
            raise Refusal(Code.STALE_VERSION, "it has changed meanwhile")

    def _by_end(self) -> str:
        return f" ORDER BY ended, reservation_id COLLATE {self._collation}"

    def _body(self, decoder: msgspec.msgpack.Decoder[T], query: str, *values: object) -> T | None:
        row = self._ask(query, *values).fetchone()
        return None if row is None else decoder.decode(row[0])

    def _bodies(self, decoder: msgspec.msgpack.Decoder[T], query: str, *values: object) -> list[T]:
        return [decoder.decode(row[0]) for row in self._ask(query, *values).fetchall()]
