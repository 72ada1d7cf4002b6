"""What a transaction on PostgreSQL knows of the database: fetched for many commands at once, under locks that keep it true.

Every fact has a key: ("reservation", id) brings the record, its claim and its ledger lines; ("client", name) the client's holds;
("plate", key) its blocking reservations and its bar; ("place", id, span) who claims the place then; ("quote", id); ("window", id).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import psycopg

from parking.model import Account
from parking.records import Interval, LedgerLine, Place, Quote, Reservation, ShareWindow
from server.parking.postgres_locks import Locks
from server.parking.postgres_pending import Pending, slots
from server.parking.postgres_reader import BLOCKING_STATES
from server.parking.records_codec import QUOTE, RESERVATION, WINDOW

Key = tuple[Any, ...]
_BLOCKING = f"SELECT body FROM reservations WHERE plate_key = ANY(%s) AND ends > %s AND state IN ({BLOCKING_STATES})"
_BARRED = "SELECT plate_key, max(until) FROM bars WHERE plate_key = ANY(%s) AND until > %s AND lifted = '' GROUP BY plate_key"
_HELD = "SELECT body FROM reservations WHERE client = ANY(%s) AND state = 'hold' AND due > %s"
_RESERVED = (
    "SELECT r.body, c.place_id, c.starts, c.ends FROM reservations r LEFT JOIN claims c ON c.reservation_id = r.id WHERE r.id = ANY(%s)"
)
_LEDGER = (
    "SELECT posting, reservation_id, account, holder, amount, at, memo FROM ledger WHERE reservation_id = ANY(%s) ORDER BY id"
)
_SPANS = "unnest(%s::text[], %s::bigint[], %s::bigint[]) v(place_id, s, e)"
_CLAIMS = (
    "SELECT c.place_id, c.reservation_id, c.starts, c.ends, CASE WHEN r.state IN ('hold', 'offered') AND r.due <= %s THEN r.body END"
    f" FROM {_SPANS} JOIN claims c ON c.place_id = v.place_id AND c.numbered"
    " AND int8range(c.starts, c.ends) && int8range(v.s, v.e) JOIN reservations r ON r.id = c.reservation_id"
)
_LAPSED = (
    f"SELECT r.place_id, r.body FROM {_SPANS} JOIN reservations r ON r.place_id = v.place_id AND r.state IN ('hold', 'offered')"
    " AND r.due <= %s JOIN claims c ON c.reservation_id = r.id AND c.place_id = v.place_id AND c.ends > v.s AND c.starts < v.e"
)
_SLOTS = (
    f"SELECT p.place_id, p.slot, p.claimed FROM {_SPANS}"
    " JOIN pool_slots p ON p.place_id = v.place_id AND p.slot >= v.s AND p.slot < v.e"
)


class Around:
    """Who claims a place, in the spans that were asked for."""

    def __init__(self) -> None:
        self.spans: list[Interval] = []
        self.claims: dict[str, Interval] = {}
        """numbered spaces"""
        self.counts: dict[int, int] = {}
        """pools: slot → claims"""
        self.lapsed: dict[str, Reservation] = {}

    def covers(self, span: Interval) -> bool:
        """Whether that time was asked for."""
        return any(one.start <= span.start and span.end <= one.end for one in self.spans)


class Known:
    """Fetched facts, kept up to date with what commands of the transaction change."""

    def __init__(self, locks: Locks, place: Callable[[str], Place | None], now: int) -> None:
        self._locks, self._place, self._now = locks, place, now
        self.clear()

    def clear(self) -> None:
        """Forgets everything (a savepoint was rolled back)."""
        self.reservations: dict[str, Reservation | None] = {}
        self.claim_of: dict[str, tuple[str, Interval] | None] = {}
        self.lines: dict[str, list[LedgerLine]] = {}
        self.clients: dict[str, dict[str, Reservation]] = {}
        self.plates: dict[bytes, dict[str, Reservation]] = {}
        self.bars: dict[bytes, int] = {}
        self.around: dict[str, Around] = {}
        self.quotes: dict[str, Quote | None] = {}
        self.windows: dict[str, ShareWindow | None] = {}

    def has(self, key: Key) -> bool:
        """Whether it was fetched."""
        kind, name = key[:2]
        if kind == "place":
            return name in self.around and self.around[name].covers(key[2])
        kept: dict[Any, Any] = getattr(self, {"reservation": "reservations", "client": "clients", "plate": "plates", "quote": "quotes",
                                               "window": "windows"}[kind])  # fmt: skip
        return name in kept

    def fetch(self, connection: psycopg.Connection[Any], keys: Sequence[Key]) -> None:
        """Takes the locks that are free and asks, in one round trip; what comes of keys whose lock others hold is of no use."""
        by: dict[str, list[Any]] = {}
        for key in keys:
            by.setdefault(key[0], []).append(key[1:] if key[0] == "place" else key[1])
        names = [place_id for place_id, _ in by.get("place", ())]
        for name in names:
            self._place(name)
        with connection.pipeline():
            locking = self._locks.ask(connection, (key[:2] for key in keys if key[0] != "quote"))
            answers = [(take, connection.execute(query, values, binary=True)) for query, values, take in self._questions(by)]
        self._locks.answered(*locking)
        for take, answer in answers:
            take(answer.fetchall())

    def _questions(self, by: dict[str, list[Any]]) -> Iterable[tuple[str, tuple[Any, ...], Callable[[list[Any]], None]]]:
        if names := by.get("quote"):
            self.quotes.update(dict.fromkeys(names))
            yield "SELECT id, body FROM quotes WHERE id = ANY(%s)", (names,), self._take_quotes
        if names := by.get("window"):
            self.windows.update(dict.fromkeys(names))
            yield "SELECT id, body FROM windows WHERE id = ANY(%s)", (names,), self._take_windows
        if names := by.get("reservation"):
            self.reservations.update(dict.fromkeys(names))
            self.claim_of.update(dict.fromkeys(names))
            self.lines.update({name: [] for name in names})
            yield _RESERVED, (names,), self._take_reservations
            yield _LEDGER, (names,), self._take_lines
        if names := by.get("client"):
            self.clients.update({name: {} for name in names})
            yield _HELD, (names, self._now), self._take_holds
        if names := by.get("plate"):
            self.plates.update({name: {} for name in names})
            yield _BARRED, (names, self._now), self.bars.update
            yield _BLOCKING, (names, self._now), self._take_plates
        if asked := by.get("place"):
            yield from self._ask_places(asked)

    def _ask_places(self, asked: list[tuple[str, Interval]]) -> Iterable[tuple[str, tuple[Any, ...], Callable[[list[Any]], None]]]:
        spaces: list[tuple[str, int, int]] = []
        pools: list[tuple[str, int, int]] = []
        for name, span in asked:
            self.around.setdefault(name, Around()).spans.append(span)
            place = self._place(name)
            (spaces if place is None or place.numbered else pools).append((name, *span))
        if spaces:
            yield _CLAIMS, (self._now, *(list(column) for column in zip(*spaces, strict=True))), self._take_claims
        if pools:
            spans = [list(column) for column in zip(*pools, strict=True)]
            yield _LAPSED, (*spans, self._now), self._take_lapsed
            yield _SLOTS, tuple(spans), self._take_slots

    def _take_quotes(self, rows: list[Any]) -> None:
        self.quotes.update({name: QUOTE.decode(body) for name, body in rows})

    def _take_windows(self, rows: list[Any]) -> None:
        self.windows.update({name: WINDOW.decode(body) for name, body in rows})

    def _take_reservations(self, rows: list[Any]) -> None:
        for body, place_id, start, end in rows:
            one = RESERVATION.decode(body)
            self.reservations[one.id] = one
            self.claim_of[one.id] = None if place_id is None else (place_id, Interval(start, end))

    def _take_lines(self, rows: list[Any]) -> None:
        for posting, name, account, *rest in rows:
            self.lines[name].append(LedgerLine(posting, name, Account(account), *rest))

    def _take_holds(self, rows: list[Any]) -> None:
        for (body,) in rows:
            one = RESERVATION.decode(body)
            self.clients[one.client][one.id] = one

    def _take_plates(self, rows: list[Any]) -> None:
        for (body,) in rows:
            one = RESERVATION.decode(body)
            self.plates[one.plate.key][one.id] = one

    def _take_claims(self, rows: list[Any]) -> None:
        for place_id, name, start, end, body in rows:
            around = self.around[place_id]
            around.claims[name] = Interval(start, end)
            if body is not None:
                around.lapsed[name] = RESERVATION.decode(body)

    def _take_lapsed(self, rows: list[Any]) -> None:
        for place_id, body in rows:
            one = RESERVATION.decode(body)
            self.around[place_id].lapsed[one.id] = one

    def _take_slots(self, rows: list[Any]) -> None:
        for place_id, slot, claimed in rows:
            self.around[place_id].counts[slot] = claimed

    def apply(self, written: Pending) -> None:
        """A command of this transaction has written that."""
        for name, (one, _, stored) in written.reservations.items():
            self.reservations[name] = one
            if not stored:
                self.lines.setdefault(name, [])
            for kept in (self.clients.get(one.client), self.plates.get(one.plate.key)):
                if kept is not None:
                    kept[name] = one
            for around in self.around.values():
                around.lapsed.pop(name, None)
        for name, claim in written.claims.items():
            self._move(name, claim)
        for line in written.lines:
            self.lines.setdefault(line.reservation_id, []).append(line)
        self.quotes.update(written.quotes)

    def _move(self, name: str, claim: tuple[Place, Interval] | None) -> None:
        before = self.claim_of.get(name)
        self.claim_of[name] = None if claim is None else (claim[0].id, claim[1])
        for claimed, step in ((before, -1), (self.claim_of[name], 1)):
            if claimed is None or claimed[0] not in self.around:
                continue
            place, around = self._place(claimed[0]), self.around[claimed[0]]
            if place is None or place.numbered:
                around.claims.pop(name, None)
                if step == 1:
                    around.claims[name] = claimed[1]
            else:
                for slot in slots(*claimed[1], place.slot_s):
                    around.counts[slot] = around.counts.get(slot, 0) + step
