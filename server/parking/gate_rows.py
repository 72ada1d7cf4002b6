"""What barriers report, in the tables, for SQLite and PostgreSQL alike (`parking.passages.GateRecords`)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from parking.passages import Heard, Session
from server.parking.records_codec import pack
from server.parking.rows import Rows

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

    def forget_passages(self, before: int) -> int:
        """See GateRecords."""
        self._ask("DELETE FROM passages WHERE at < ?", before)
        return int(self._ask("DELETE FROM sessions WHERE stay <> 'inside' AND moment < ?", before).rowcount)

    @property
    def _newest(self) -> str:
        return f"ORDER BY moment DESC, id COLLATE {self._collation} DESC LIMIT ?"

    def _sessions(self, where: str, *values: object) -> list[Session]:
        return [_SESSION.decode(body) for (body,) in self._ask(f"SELECT body FROM sessions WHERE {where}", *values).fetchall()]
