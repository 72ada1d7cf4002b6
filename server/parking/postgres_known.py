"""What a transaction on PostgreSQL knows of the database: fetched for many commands at once, under locks that keep it true.

Every fact has a key: ("reservation", id) brings the record, its claim and its ledger lines; ("client", name) the client's holds;
("plate", key) its blocking reservations and its bar; ("place", id, span) who claims the place then; ("quote", id); ("window", id);
("answer", (client, key)).
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from parking.model import Account
from parking.records import Interval, LedgerLine, Place, Quote, Reservation, ShareWindow
from server.parking.postgres_pending import Claim, Pending, slots
from server.parking.postgres_reader import BLOCKING_STATES
from server.parking.postgres_wire import Answer, Question, listed, number_of
from server.parking.records_codec import QUOTE, RESERVATION, WINDOW
from server.parking.store import Kept

Key = tuple[Any, ...]
_PLATES = "ANY (ARRAY(SELECT decode(k, 'base64') FROM json_array_elements_text($1::json) k))"
_NAMES = "ANY (ARRAY(SELECT json_array_elements_text($1::json)))"
"""arrays, and OFFSET 0 below: each is looked up by an index, whatever the planner thinks of tables it saw empty"""
_BLOCKING = f"SELECT body FROM reservations WHERE plate_key = {_PLATES} AND ends > $2::bigint AND state IN ({BLOCKING_STATES})"
_BARRED = (
    f"SELECT plate_key, max(until) FROM bars WHERE plate_key = {_PLATES} AND until > $2::bigint AND lifted = '' GROUP BY plate_key"
)
_HELD = f"SELECT body FROM reservations WHERE client = {_NAMES} AND state = 'hold' AND due > $2::bigint"
_RESERVED = (
    "SELECT r.body, c.place_id, c.starts, c.ends, (SELECT json_agg(json_build_array(l.posting, l.reservation_id, l.account, l.holder,"
    " l.amount, l.at, l.memo) ORDER BY l.id)::text FROM ledger l WHERE l.reservation_id = r.id)"
    f" FROM reservations r LEFT JOIN claims c ON c.reservation_id = r.id WHERE r.id = {_NAMES}"
)
_QUOTED = f"SELECT id, body FROM quotes WHERE id = {_NAMES}"
_WINDOWS = f"SELECT id, body FROM windows WHERE id = {_NAMES}"
_ANSWERED = (
    "SELECT a.* FROM json_to_recordset($1::json) v(client text, key text), LATERAL (SELECT a.client, a.key, a.fingerprint, a.status,"
    " a.headers, a.body FROM answers a WHERE a.client = v.client AND a.key = v.key OFFSET 0) a"
)
_SPANS = "json_to_recordset($1::json) v(place_id text, s bigint, e bigint)"
_CLAIMS = (
    "SELECT c.place_id, c.reservation_id, c.starts, c.ends, CASE WHEN r.state IN ('hold', 'offered') AND r.due <= $2::bigint"
    f" THEN r.body END FROM {_SPANS}, LATERAL (SELECT c.* FROM claims c"
    " WHERE hashtextextended(c.place_id, 0) = hashtextextended(v.place_id, 0) AND c.place_id = v.place_id AND c.numbered"
    " AND int8range(c.starts, c.ends) && int8range(v.s, v.e) OFFSET 0) c JOIN reservations r ON r.id = c.reservation_id"
)
_LAPSED = (
    f"SELECT c.place_id, r.body FROM {_SPANS}, LATERAL (SELECT c.* FROM claims c WHERE c.place_id = v.place_id AND c.ends > v.s"
    " AND c.starts < v.e OFFSET 0) c JOIN reservations r ON r.id = c.reservation_id AND r.place_id = c.place_id"
    " AND r.state IN ('hold', 'offered') AND r.due <= $2::bigint"
)
_SLOTS = (
    f"SELECT p.* FROM {_SPANS}, LATERAL (SELECT p.place_id, p.slot, p.claimed FROM pool_slots p"
    " WHERE p.place_id = v.place_id AND p.slot >= v.s AND p.slot < v.e OFFSET 0) p"
)
Taken = tuple[Question, Callable[[Answer], None]]
"""a question, and who takes its answer"""


class Around:
    """Who claims a place, in the spans that were asked for."""

    def __init__(self) -> None:
        self.spans: dict[Interval, None] = {}
        self.claims: dict[str, Interval] = {}
        """numbered spaces"""
        self.counts: dict[int, int] = {}
        """pools: slot → claims"""
        self.lapsed: dict[str, Reservation] = {}

    def covers(self, span: Interval) -> bool:
        """Whether that time was asked for."""
        return span in self.spans or any(one.start <= span.start and span.end <= one.end for one in self.spans)


class Known:
    """Fetched facts, kept up to date with what commands of the transaction change."""

    def __init__(self, place: Callable[[str], Place | None], now: int) -> None:
        self._place, self.now = place, now
        self.clear()

    def clear(self) -> None:
        """Forgets everything (a savepoint was rolled back)."""
        self.reservations: dict[str, Reservation | None] = {}
        self.claim_of: dict[str, Claim | None] = {}
        self.lines: dict[str, list[LedgerLine]] = {}
        self.clients: dict[str, dict[str, Reservation]] = {}
        self.plates: dict[bytes, dict[str, Reservation]] = {}
        self.bars: dict[bytes, int] = {}
        self.around: dict[str, Around] = {}
        self.quotes: dict[str, Quote | None] = {}
        self.windows: dict[str, ShareWindow | None] = {}
        self.answers: dict[tuple[str, str], Kept | None] = {}
        self._kept: dict[str, Mapping[Any, Any]] = {
            "reservation": self.reservations, "client": self.clients, "plate": self.plates, "quote": self.quotes,
            "window": self.windows, "answer": self.answers,
        }  # fmt: skip

    def has(self, key: Key) -> bool:
        """Whether it was fetched."""
        kind, name = key[:2]
        if kind == "place":
            return name in self.around and self.around[name].covers(key[2])
        return name in self._kept[kind]

    def questions(self, keys: Iterable[Key]) -> Iterable[Taken]:
        """What to ask for them, after their locks were taken; what comes of keys whose lock others hold is of no use."""
        by: dict[str, list[Any]] = {}
        for key in keys:
            by.setdefault(key[0], []).append(key[1:] if key[0] == "place" else key[1])
        now = b"%d" % self.now
        if names := by.get("answer"):
            self.answers.update(dict.fromkeys(names))
            yield (_ANSWERED, (listed([{"client": client, "key": key} for client, key in names]),)), self._take_answers
        if names := by.get("quote"):
            self.quotes.update(dict.fromkeys(names))
            yield (_QUOTED, (listed(names),)), self._take_quotes
        if names := by.get("window"):
            self.windows.update(dict.fromkeys(names))
            yield (_WINDOWS, (listed(names),)), self._take_windows
        if names := by.get("reservation"):
            self.reservations.update(dict.fromkeys(names))
            self.claim_of.update(dict.fromkeys(names))
            self.lines.update({name: [] for name in names})
            yield (_RESERVED, (listed(names),)), self._take_reservations
        if names := by.get("client"):
            self.clients.update({name: {} for name in names})
            yield (_HELD, (listed(names), now)), self._take_holds
        if names := by.get("plate"):
            self.plates.update({name: {} for name in names})
            plates = listed([b2a_base64(name, newline=False).decode() for name in names])
            yield (_BARRED, (plates, now)), self._take_bars
            yield (_BLOCKING, (plates, now)), self._take_plates
        if asked := by.get("place"):
            yield from self._ask_places(asked, now)

    def _ask_places(self, asked: list[tuple[str, Interval]], now: bytes) -> Iterable[Taken]:
        spaces: list[object] = []
        pools: list[object] = []
        spans: dict[str, list[Interval]] = {}
        for name, span in asked:
            self.around.setdefault(name, Around()).spans[span] = None
            spans.setdefault(name, []).append(span)
        for name, some in spans.items():
            place = self._place(name)
            kind = spaces if place is None or place.numbered else pools
            kind += [{"place_id": name, "s": span.start, "e": span.end} for span in _joined(some)]
        if spaces:
            yield (_CLAIMS, (listed(spaces), now)), self._take_claims
        if pools:
            told = listed(pools)
            yield (_LAPSED, (told, now)), self._take_lapsed
            yield (_SLOTS, (told,)), self._take_slots

    def _take_answers(self, rows: Answer) -> None:
        for client, key, fingerprint, status, headers, body in rows:
            self.answers[client.decode(), key.decode()] = Kept(fingerprint, number_of(status), headers, body)

    def _take_bars(self, rows: Answer) -> None:
        self.bars.update({name: number_of(until) for name, until in rows})

    def _take_quotes(self, rows: Answer) -> None:
        self.quotes.update({name.decode(): QUOTE.decode(body) for name, body in rows})

    def _take_windows(self, rows: Answer) -> None:
        self.windows.update({name.decode(): WINDOW.decode(body) for name, body in rows})

    def _take_reservations(self, rows: Answer) -> None:
        for body, place_id, start, end, lines in rows:
            one = RESERVATION.decode(body)
            self.reservations[one.id] = one
            self.claim_of[one.id] = (place_id.decode(), Interval(number_of(start), number_of(end))) if place_id else None
            if lines:
                found = orjson.loads(lines)
                self.lines[one.id] = [LedgerLine(posting, name, Account(side), *rest) for posting, name, side, *rest in found]

    def _take_holds(self, rows: Answer) -> None:
        for (body,) in rows:
            one = RESERVATION.decode(body)
            self.clients[one.client][one.id] = one

    def _take_plates(self, rows: Answer) -> None:
        for (body,) in rows:
            one = RESERVATION.decode(body)
            self.plates[one.plate.key][one.id] = one

    def _take_claims(self, rows: Answer) -> None:
        for place_id, name, start, end, body in rows:
            around = self.around[place_id.decode()]
            around.claims[name.decode()] = Interval(number_of(start), number_of(end))
            if body:
                around.lapsed[name.decode()] = RESERVATION.decode(body)

    def _take_lapsed(self, rows: Answer) -> None:
        for place_id, body in rows:
            one = RESERVATION.decode(body)
            self.around[place_id.decode()].lapsed[one.id] = one

    def _take_slots(self, rows: Answer) -> None:
        for place_id, slot, claimed in rows:
            self.around[place_id.decode()].counts[number_of(slot)] = number_of(claimed)

    def apply(self, written: Pending) -> None:
        """A command of this transaction has written that."""
        for name, (one, _, stored) in written.reservations.items():
            self.reservations[name] = one
            if not stored:
                self.lines.setdefault(name, [])
            for kept in (self.clients.get(one.client), self.plates.get(one.plate.key)):
                if kept is not None:
                    kept[name] = one
            if stored:
                for around in self.around.values():
                    around.lapsed.pop(name, None)
        for name, claim in written.claims.items():
            self._move(name, claim)
        for line in written.lines:
            self.lines.setdefault(line.reservation_id, []).append(line)
        self.quotes.update(written.quotes)
        self.answers.update({key: one for key, (one, _) in written.answers.items()})

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


def _joined(spans: list[Interval]) -> list[Interval]:
    """The same time, without those that meet or touch: a crowd at one space asks once."""
    if len(spans) < 2:
        return spans
    joined: list[Interval] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Interval(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined
