"""What barriers report, on SQLite (`parking.passages.GateRecords`)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from parking.passages import Heard, Session
from server.parking.records_codec import HEARD, SESSION, pack, session_row


class SqliteGates:
    """Part of `SqliteUnit`."""

    _run: Callable[..., sqlite3.Cursor]

    def heard(self, event_id: str) -> Heard | None:
        """See GateRecords."""
        found = self._run("select body from gate_events where id = ?", (event_id,)).fetchone()
        return None if found is None else HEARD.decode(found[0])

    def put_heard(self, heard: Heard) -> None:
        """See GateRecords."""
        event = heard.event
        self._run("insert or replace into gate_events values (?, ?, ?, ?)", (event.id, event.lot_id, event.at, pack(heard)))

    def session(self, session_id: str) -> Session | None:
        """See GateRecords."""
        return next(iter(self._sessions("id = ?", session_id)), None)

    def sessions_of(self, lot_id: str, plate_key: bytes, limit: int) -> Sequence[Session]:
        """See GateRecords."""
        return self._sessions(
            "lot_id = ? and plate_key = ? and stay <> 'void' order by moment desc, id desc limit ?", lot_id, plate_key, limit
        )

    def sessions_inside(self, lot_id: str, limit: int) -> Sequence[Session]:
        """See GateRecords."""
        return self._sessions("lot_id = ? and stay = 'inside' order by moment desc, id desc limit ?", lot_id, limit)

    def sessions_due(self, now: int, limit: int) -> Sequence[Session]:
        """See GateRecords."""
        return self._sessions("due <= ? order by due, id limit ?", now, limit)

    def put_session(self, session: Session) -> None:
        """See GateRecords."""
        self._run("insert or replace into sessions values (?, ?, ?, ?, ?, ?, ?)", session_row(session))

    def forget_passages(self, before: int) -> int:
        """See GateRecords."""
        self._run("delete from gate_events where at < ?", (before,))
        return self._run("delete from sessions where stay <> 'inside' and moment < ?", (before,)).rowcount

    def _sessions(self, where: str, *values: object) -> list[Session]:
        return [SESSION.decode(body) for (body,) in self._run(f"select body from sessions where {where}", values)]
