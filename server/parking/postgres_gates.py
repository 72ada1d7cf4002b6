"""What barriers report, on PostgreSQL (`parking.passages.GateRecords`). One event is handled once, a plate's stays by one at a time:
advisory locks, since an event that was not heard and a plate that never came have no row to lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg

from parking.passages import Heard, Session
from server.parking.records_codec import HEARD, SESSION, pack, session_row


class PostgresGates:
    """Part of `PostgresUnit`."""

    _run: Callable[..., psycopg.Cursor[Any]]
    _keep: Callable[[str, bytes], None]

    def heard(self, event_id: str) -> Heard | None:
        """See GateRecords."""
        self._keep("gate", event_id.encode())
        found = self._run("SELECT body FROM gate_events WHERE id = %s", (event_id,)).fetchone()
        return None if found is None else HEARD.decode(found[0])

    def put_heard(self, heard: Heard) -> None:
        """See GateRecords."""
        event = heard.event
        self._run(
            "INSERT INTO gate_events VALUES (%s, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET at = excluded.at, body = excluded.body",
            (event.id, event.lot_id, event.at, pack(heard)),
        )

    def session(self, session_id: str) -> Session | None:
        """See GateRecords."""
        return next(iter(self._sessions("id = %s", session_id)), None)

    def sessions_of(self, lot_id: str, plate_key: bytes, limit: int) -> Sequence[Session]:
        """See GateRecords."""
        self._keep("plate", plate_key)
        return self._sessions(
            "lot_id = %s AND plate_key = %s AND stay <> 'void' ORDER BY moment DESC, id COLLATE \"C\" DESC LIMIT %s",
            lot_id, plate_key, limit,
        )  # fmt: skip

    def sessions_inside(self, lot_id: str, limit: int) -> Sequence[Session]:
        """See GateRecords."""
        return self._sessions("lot_id = %s AND stay = 'inside' ORDER BY moment DESC, id COLLATE \"C\" DESC LIMIT %s", lot_id, limit)

    def sessions_due(self, now: int, limit: int) -> Sequence[Session]:
        """See GateRecords."""
        return self._sessions('due <= %s ORDER BY due, id COLLATE "C" LIMIT %s', now, limit)

    def put_session(self, session: Session) -> None:
        """See GateRecords."""
        self._run(
            "INSERT INTO sessions VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET plate_key = excluded.plate_key,"
            " stay = excluded.stay, moment = excluded.moment, due = excluded.due, body = excluded.body",
            session_row(session),
        )

    def forget_passages(self, before: int) -> int:
        """See GateRecords."""
        self._run("DELETE FROM gate_events WHERE at < %s", (before,))
        return self._run("DELETE FROM sessions WHERE stay <> 'inside' AND moment < %s", (before,)).rowcount

    def _sessions(self, where: str, *values: object) -> list[Session]:
        return [SESSION.decode(body) for (body,) in self._run(f"SELECT body FROM sessions WHERE {where}", values).fetchall()]
