"""What barriers report, in dicts: part of `DictStore`."""

from __future__ import annotations

from collections.abc import Sequence

from parking.passages import Heard, HourOfStays, Session, Stay, hours_of
from parking.records import Interval


class DictGates:
    """See `parking.passages.GateRecords`."""

    def __init__(self) -> None:
        super().__init__()
        self.gate_events: dict[str, Heard] = {}
        self.sessions: dict[str, Session] = {}
        self.stay_hours: dict[tuple[str, int], HourOfStays] = {}

    def heard(self, event_id: str) -> Heard | None:
        return self.gate_events.get(event_id)

    def put_heard(self, heard: Heard) -> None:
        self.gate_events[heard.event.id] = heard

    def session(self, session_id: str) -> Session | None:
        return self.sessions.get(session_id)

    def sessions_of(self, lot_id: str, plate_key: bytes, limit: int) -> Sequence[Session]:
        ours = [one for one in self.sessions.values() if (one.lot_id, one.plate.key) == (lot_id, plate_key)]
        found = [one for one in ours if one.stay is not Stay.VOID]
        return sorted(found, key=lambda one: (one.moment, one.id), reverse=True)[:limit]

    def sessions_inside(self, lot_id: str, limit: int) -> Sequence[Session]:
        found = (one for one in self.sessions.values() if one.lot_id == lot_id and one.stay is Stay.INSIDE)
        return sorted(found, key=lambda one: (one.moment, one.id), reverse=True)[:limit]

    def sessions_due(self, now: int, limit: int) -> Sequence[Session]:
        found = sorted((one.due, one.id) for one in self.sessions.values() if one.due is not None and one.due <= now)
        return [self.sessions[name] for _, name in found[:limit]]

    def put_session(self, session: Session) -> None:
        self.sessions[session.id] = session

    def open_passages(self, lot_id: str, after: tuple[int, str] | None, limit: int) -> Sequence[Heard]:
        found = [one for one in self.gate_events.values() if one.open_reason and lot_id in ("", one.event.lot_id)]
        found = [one for one in found if after is None or (one.event.at, one.event.id) < after]
        return sorted(found, key=lambda one: (one.event.at, one.event.id), reverse=True)[:limit]

    def forget_passages(self, before: int, inside_before: int = 0) -> int:
        old = [
            one for one in self.sessions.values()
            if (one.stay is not Stay.INSIDE and one.moment < before) or (one.stay is Stay.INSIDE and one.moment < inside_before)
        ]  # fmt: skip
        for key, more in hours_of(old).items():
            known = self.stay_hours.get(key, HourOfStays(key[1], 0, 0, 0, 0))
            self.stay_hours[key] = HourOfStays(key[1], *(a + b for a, b in zip(known[1:], more[1:], strict=True)))
        names = {one.id for one in old}
        self.sessions = {name: one for name, one in self.sessions.items() if name not in names}
        self.gate_events = {name: one for name, one in self.gate_events.items() if one.event.at >= before}
        return len(old)

    def stays_by_hour(self, lot_id: str, span: Interval) -> Sequence[HourOfStays]:
        return [one for (lot, hour), one in sorted(self.stay_hours.items()) if lot == lot_id and span.start <= hour < span.end]
