"""What commands want to write on PostgreSQL, kept back so that a whole batch of them goes out in a few statements."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable, Iterable

from parking.records import Event, Interval, LedgerLine, Place, Quote, Reservation
from server.parking.postgres_wire import Question, listed
from server.parking.records_codec import pack, row
from server.parking.store import Kept

_COLUMNS = "client, lot_id, place_id, starts, ends, plate_key, state, version, updated, due, body, id"
_ROWS = (
    "(SELECT client, lot_id, place_id, starts, ends, decode(plate_key, 'base64') plate_key, state, version, updated, due,"
    " decode(body, 'base64') body, id, other FROM json_to_recordset($1::json) v(client text, lot_id text, place_id text, starts bigint,"
    " ends bigint, plate_key text, state text, version int, updated bigint, due bigint, body text, id text, other bigint))"
)
_ALL = "SELECT 1 / (count(*) = {}::int)::int FROM done"
"""fails, so that a COMMIT sent along is not carried out, unless that many rows were written"""
_INSERT = f"INSERT INTO reservations ({_COLUMNS}, created) SELECT * FROM {_ROWS} v"
_UPDATE = (
    "WITH done AS (UPDATE reservations r SET client = v.client, lot_id = v.lot_id, place_id = v.place_id, starts = v.starts,"
    " ends = v.ends, plate_key = v.plate_key, state = v.state, version = v.version, updated = v.updated, due = v.due, body = v.body"
    f" FROM {_ROWS} v WHERE r.id = v.id AND r.version = v.other RETURNING 1) {_ALL.format('$2')}"
)
_TELL = (
    "WITH done AS (INSERT INTO outbox (reservation_id, sequence, type, at, client, data)"
    " SELECT v.id, v.sequence, v.type, v.at, v.client, decode(v.data, 'base64')"
    " FROM json_to_recordset($1::json) v(id text, sequence int, type text, at bigint, client text, data text, after int, n int)"
    " LEFT JOIN LATERAL (SELECT 1 AS told FROM outbox o WHERE o.reservation_id = v.id AND o.sequence = v.after OFFSET 0) o ON true"
    f" WHERE v.after IS NULL OR o.told = 1 ORDER BY v.n RETURNING 1) {_ALL.format('$2')}"
)
"""an EXISTS in place of the join is planned as a hash of the whole outbox once that is small enough"""
_NUMBER = "SELECT pg_current_xact_id()"
"""a transaction has a number before it takes ids from the outbox (see `server.parking.outbox`)"""
_POSTINGS = "INSERT INTO postings SELECT json_array_elements_text($1::json)"
_LINES = (
    "INSERT INTO ledger (posting, reservation_id, account, holder, amount, at, memo) SELECT posting, id, account, holder, amount, at,"
    " memo FROM json_to_recordset($1::json)"
    " v(posting text, id text, account text, holder text, amount bigint, at bigint, memo text, n int) ORDER BY n"
)
_CLAIM = "INSERT INTO claims SELECT * FROM json_to_recordset($1::json) v(id text, place_id text, s bigint, e bigint, numbered bool)"
_QUOTE = (
    "INSERT INTO quotes SELECT id, expires, decode(body, 'base64')"
    " FROM json_to_recordset($1::json) v(id text, expires bigint, body text)"
)
_ANSWER = (
    "INSERT INTO answers SELECT client, key, decode(fingerprint, 'base64'), status, decode(headers, 'base64'), decode(body, 'base64'),"
    " at FROM json_to_recordset($1::json)"
    " v(client text, key text, fingerprint text, status int, headers text, body text, at bigint)"
)
_ROW = (*_COLUMNS.split(", "), "other")
_UNCLAIM = (
    "WITH done AS (DELETE FROM claims WHERE reservation_id = ANY (ARRAY(SELECT json_array_elements_text($1::json))) RETURNING 1)"
    f" {_ALL.format('$2')}"
)
_SLOTS = "json_to_recordset($1::json) v(place_id text, slot bigint, step int, room int)"
_COUNT = (
    f"INSERT INTO pool_slots SELECT * FROM {_SLOTS} ORDER BY 1, 2"
    " ON CONFLICT (place_id, slot) DO UPDATE SET claimed = pool_slots.claimed + excluded.claimed, room = excluded.room"
)
_UNCOUNT = (
    "UPDATE pool_slots p SET claimed = p.claimed + v.step FROM (SELECT p.place_id, p.slot, v.step FROM pool_slots p"
    f" JOIN {_SLOTS} USING (place_id, slot)"
    " ORDER BY 1, 2 FOR UPDATE OF p) v WHERE p.place_id = v.place_id AND p.slot = v.slot"
)
Claim = tuple[str, Interval]
"""place, when"""


class Mismatch(Exception):
    """A flush did not write what it was to write: another version was stored, or an event's predecessor is missing."""


class Pending:
    """Buffered writes of one command, or of the commands of one transaction."""

    def __init__(self) -> None:
        self.reservations: dict[str, tuple[Reservation, int | None, int]] = {}
        """id → (record, due, version that is stored; 0: none)"""
        self.claims: dict[str, tuple[Place, Interval] | None] = {}
        """reservation → what it claims now; None: nothing any more"""
        self.before: dict[str, Claim | None] = {}
        """what those claim in the database, before this"""
        self.events: list[Event] = []
        self.lines: list[LedgerLine] = []
        self.postings: dict[str, None] = {}
        self.quotes: dict[str, Quote] = {}
        self.answers: dict[tuple[str, str], tuple[Kept, int]] = {}
        """(client, key) → answer, epoch s"""
        self.touched: set[tuple[str, object]] = set()
        """(kind, name) of clients, plates, places and lots whose rows these writes change: what is asked of them must wait"""

    def __bool__(self) -> bool:
        return bool(self.reservations or self.claims or self.events or self.postings or self.quotes or self.answers)

    def touch(self, one: Reservation) -> None:
        """Remembers what is asked by."""
        self.touched |= {("client", one.client), ("plate", one.plate.key), ("place", one.place_id), ("lot", one.lot_id)}

    def merge(self, later: Pending) -> None:
        """Adds what a command that came through wants to write."""
        for name, (record, due, stored) in later.reservations.items():
            mine = self.reservations.get(name)
            self.reservations[name] = (record, due, stored if mine is None else mine[2])
        self.claims.update(later.claims)
        self.before = {**later.before, **self.before}
        self.events += later.events
        self.lines += later.lines
        self.postings.update(later.postings)
        self.quotes.update(later.quotes)
        self.answers.update(later.answers)
        self.touched |= later.touched

    def statements(self, slot_of: Callable[[str], int]) -> Iterable[Question]:
        """Everything, for one round trip; `slot_of`: seconds of a slot of a pool. They fail with DivisionByZero where another version
        is stored or an event's predecessor is missing."""
        yield from self._claimed(slot_of)
        new: list[dict[str, object]] = []
        old: list[dict[str, object]] = []
        for record, due, stored in self.reservations.values():
            columns = dict(zip(_ROW, (*row(record, due), record.id, stored or record.created), strict=True))
            columns["plate_key"], columns["body"] = _text(record.plate.key), _text(columns["body"])
            (old if stored else new).append(columns)
        if new:
            yield _INSERT, (listed(new),)
        if old:
            yield _UPDATE, (listed(old), b"%d" % len(old))
        if self.events:
            if not (new or old or self.claims):
                yield _NUMBER, ()
            yield _TELL, (listed(self._told()), b"%d" % len(self.events))
        if self.postings:
            yield _POSTINGS, (listed(list(self.postings)),)
            yield _LINES, (listed([
                {"posting": o.posting, "id": o.reservation_id, "account": o.account.value, "holder": o.holder, "amount": o.amount,
                 "at": o.at, "memo": o.memo, "n": n} for n, o in enumerate(self.lines)
            ]),)  # fmt: skip
        if self.quotes:
            yield _QUOTE, (listed([{"id": one.id, "expires": one.expires, "body": _text(pack(one))} for one in self.quotes.values()]),)
        if self.answers:
            yield _ANSWER, (listed([
                {"client": client, "key": key, "fingerprint": _text(one.fingerprint), "status": one.status,
                 "headers": _text(one.headers), "body": _text(one.body), "at": at} for (client, key), (one, at) in self.answers.items()
            ]),)  # fmt: skip

    def _claimed(self, slot_of: Callable[[str], int]) -> Iterable[Question]:
        gone = [name for name, claim in self.before.items() if claim is not None]
        if gone:
            yield _UNCLAIM, (listed(gone), b"%d" % len(gone))
        made = [
            {"id": name, "place_id": claim[0].id, "s": claim[1].start, "e": claim[1].end, "numbered": claim[0].numbered}
            for name, claim in self.claims.items() if claim
        ]  # fmt: skip
        if made:
            yield _CLAIM, (listed(made),)
        less, more = self._steps(slot_of)
        if less:
            yield _UNCOUNT, (listed(less),)
        if more:
            yield _COUNT, (listed(more),)

    def _steps(self, slot_of: Callable[[str], int]) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
        """Changes of the counters of pools: (less, more). `slot_of` is 0 for numbered spaces."""
        steps: dict[tuple[str, int], int] = {}
        rooms = {}
        for claimed in self.before.values():
            if claimed is not None and (slot_s := slot_of(claimed[0])):
                _step(steps, claimed[0], *claimed[1], slot_s, -1)
        for claim in self.claims.values():
            if claim is not None and not claim[0].numbered:
                rooms[claim[0].id] = claim[0].room
                _step(steps, claim[0].id, *claim[1], claim[0].slot_s, 1)
        less: list[dict[str, object]] = []
        more: list[dict[str, object]] = []
        for (place_id, slot), step in steps.items():
            if step:
                one = {"place_id": place_id, "slot": slot, "step": step, "room": rooms.get(place_id, 0)}
                (less if step < 0 else more).append(one)
        return less, more

    def _told(self) -> list[dict[str, object]]:
        before: dict[str, int] = {}
        rows: list[dict[str, object]] = []
        for n, one in enumerate(self.events):
            told = one.sequence == 1 or before.get(one.reservation_id) == one.sequence - 1
            before[one.reservation_id] = one.sequence
            rows.append({"id": one.reservation_id, "sequence": one.sequence, "type": one.type, "at": one.at, "client": one.client,
                         "data": _text(pack(one.data)), "after": None if told else one.sequence - 1, "n": n})  # fmt: skip
        return rows


def _text(data: object) -> str:
    return b2a_base64(data, newline=False).decode()  # type: ignore[arg-type]


def _step(steps: dict[tuple[str, int], int], place_id: str, start: int, end: int, slot_s: int, by: int) -> None:
    for slot in slots(start, end, slot_s):
        steps[place_id, slot] = steps.get((place_id, slot), 0) + by


def slots(start: int, end: int, slot_s: int) -> Iterable[int]:
    """Starts of the slots that an interval meets."""
    return range(start // slot_s * slot_s, end, slot_s)
