"""What barriers report, in the tables, for SQLite and PostgreSQL alike (`parking.passages.GateRecords`)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from parking.passages import FORGOTTEN_AT_ONCE, Heard, HourOfStays, Session, hours_of
from parking.records import Interval
from server.parking.records_codec import pack
from server.parking.rows import Rows

_AT_ONCE = 500
_HEARD = msgspec.msgpack.Decoder(Heard)
_SESSION = msgspec.msgpack.Decoder(Session)


class GateRows(Rows):
    """Part of both units. One event is handled once, a plate's stays by one at a time: what was not heard yet has no row to lock, so
    both have a lock by name."""

    def heard(self, event_id: str) -> Heard | None:
        """See GateRecords."""
        self._keep("gate", event_id.encode())
        found = self._ask("SELECT body FROM passages WHERE id = ?", event_id).fetchone()
        return None if found is None else _HEARD.decode(found[0])

    def put_heard(self, heard: Heard) -> None:
        """See GateRecords."""
        event = heard.event
        self._ask(
            "INSERT INTO passages VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at, body = excluded.body",
            event.id, event.lot_id, event.at, pack(heard),
        )  # fmt: skip
        if heard.open_reason:
            self._ask(
                "INSERT INTO open_passages VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at",
                event.id, event.lot_id, event.at,
            )  # fmt: skip
        elif heard.settled or heard.annulled_by:  # nothing else closes what was open
            self._ask("DELETE FROM open_passages WHERE id = ?", event.id)

    def open_passages(self, lot_id: str, after: tuple[int, str] | None, limit: int) -> Sequence[Heard]:
        """See GateRecords."""
        sorted_id = f"o.id COLLATE {self._collation}"
        where, values = "TRUE", list[object]()
        if lot_id:
            where, values = "o.lot_id = ?", [lot_id]
        if after is not None:
            where, values = f"{where} AND (o.at < ? OR (o.at = ? AND {sorted_id} < ?))", [*values, after[0], *after]
        rows = self._ask(
            f"SELECT p.body FROM open_passages o JOIN passages p ON p.id = o.id WHERE {where}"
            f" ORDER BY o.at DESC, {sorted_id} DESC LIMIT ?",
            *values, limit,
        )  # fmt: skip
        return [_HEARD.decode(body) for (body,) in rows.fetchall()]

    def session(self, session_id: str) -> Session | None:
        """See GateRecords."""
        return next(iter(self._sessions("id = ?", session_id)), None)

    def sessions_of(self, lot_id: str, plate_key: bytes, limit: int) -> Sequence[Session]:
        """See GateRecords."""
        self._keep("plate", plate_key)
        return self._sessions(f"lot_id = ? AND plate_key = ? AND stay <> 'void' {self._newest}", lot_id, plate_key, limit)

    def sessions_inside(self, lot_id: str, limit: int) -> Sequence[Session]:
        """See GateRecords."""
        return self._sessions(f"lot_id = ? AND stay = 'inside' {self._newest}", lot_id, limit)

    def sessions_due(self, now: int, limit: int) -> Sequence[Session]:
        """See GateRecords."""
        return self._sessions(f"due <= ? ORDER BY due, id COLLATE {self._collation} LIMIT ?", now, limit)

    def put_session(self, session: Session) -> None:
        """See GateRecords."""
        one = session
        self._ask(
            "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET plate_key = excluded.plate_key,"
            " stay = excluded.stay, moment = excluded.moment, due = excluded.due, body = excluded.body",
            one.id, one.lot_id, one.plate.key, one.stay.value, one.moment, one.due, pack(one),
        )  # fmt: skip

    def forget_passages(self, before: int, inside_before: int = 0) -> int:
        """See GateRecords."""
        self._ask("DELETE FROM passages WHERE at < ?", before)
        self._ask("DELETE FROM open_passages WHERE at < ?", before)
        where = "(stay <> 'inside' AND moment < ?) OR (stay = 'inside' AND moment < ?)"
        old = self._sessions(f"{where} LIMIT {FORGOTTEN_AT_ONCE}", before, inside_before)
        for (lot_id, _), one in hours_of(old).items():
            self._ask(
                "INSERT INTO stay_hours VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (lot_id, hour) DO UPDATE SET"
                " stays = stay_hours.stays + excluded.stays, reserved = stay_hours.reserved + excluded.reserved,"
                " incomplete = stay_hours.incomplete + excluded.incomplete, seconds = stay_hours.seconds + excluded.seconds",
                lot_id, *one,
            )  # fmt: skip
        for first in range(0, len(old), _AT_ONCE):
            ids = [one.id for one in old[first : first + _AT_ONCE]]
            self._ask(f"DELETE FROM sessions WHERE id IN ({','.join('?' * len(ids))})", *ids)
        return len(old)

    def stays_by_hour(self, lot_id: str, span: Interval) -> Sequence[HourOfStays]:
        """See GateRecords."""
        columns = "hour, stays, reserved, incomplete, seconds"
        query = f"SELECT {columns} FROM stay_hours WHERE lot_id = ? AND hour >= ? AND hour < ? ORDER BY hour"
        return [HourOfStays(*row) for row in self._ask(query, lot_id, *span).fetchall()]

    @property
    def _newest(self) -> str:
        return f"ORDER BY moment DESC, id COLLATE {self._collation} DESC LIMIT ?"

    def _sessions(self, where: str, *values: object) -> list[Session]:
        return [_SESSION.decode(body) for (body,) in self._ask(f"SELECT body FROM sessions WHERE {where}", *values).fetchall()]
