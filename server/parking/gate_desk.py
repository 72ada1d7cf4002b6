"""What people do about barriers' events: look at those that matched nothing, confirm or refuse a plate, correct, void."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parking.gate_amendments import UnknownEvent, confirmed, settled
from parking.passages import GateEvent, Heard, HourOfStays, Passage
from parking.records import Plate
from server.parking import cursors
from server.parking.commands import Means, new_id
from server.parking.counting import tell
from server.parking.operations import GATES, hear
from server.parking.store import Rule, ServiceUnit
from server.parking.views import moment
from server.problems import ProblemException

Json = dict[str, Any]


def open_events(unit: ServiceUnit, lot_id: str, limit: int, cursor: str | None) -> Json:
    """A page of those that people must look at."""
    found = unit.open_passages(lot_id, cursors.take(cursor, int, str), limit + 1)
    rows = found[:limit]
    following = cursors.give(rows[-1].event.at, rows[-1].event.id) if len(found) > limit else None
    return {"events": [heard_view(one) for one in rows], "next": following}


def confirm_rule(means: Means, name: str, target: str) -> Rule[Heard]:
    """The event is corrected to the plate that was proposed; confirming twice is no error."""

    def rule(unit: ServiceUnit, now: int) -> Heard:
        done = unit.heard(_found(unit, name).annulled_by)
        if done is not None and done.event.id == f"{name}:{target.rpartition('/')[2]}":
            return done
        return _amended(unit, name, now, lambda: confirmed(unit, name, target, now, means.rules, GATES))

    return _told(rule)


def settle_rule(name: str, target: str) -> Rule[Heard]:
    """A proposal is refused, or, without a target, all is as it should be."""
    return _told(lambda unit, _now: settled(unit, name, target))


def amend_rule(means: Means, name: str, kind: Passage, plate: Plate | None, at: int | None) -> Rule[Heard]:
    """It was another plate or time, or never was."""

    def rule(unit: ServiceUnit, now: int) -> Heard:
        old = _found(unit, name).event
        event = GateEvent(
            f"{name}:{new_id(now)}", old.lot_id, kind, old.at if at is None else max(at, 0), now, plate, old.lane, amends=name,
            stall=old.stall,
        )  # fmt: skip
        return _amended(unit, name, now, lambda: hear(unit, means, event, now))

    return _told(rule)


def _found(unit: ServiceUnit, name: str) -> Heard:
    found = unit.heard(name)
    if found is None:
        raise UnknownEvent(f"no gate event has the id {name!r}")
    return found


def _amended(unit: ServiceUnit, name: str, now: int, amend: Callable[[], Heard]) -> Heard:
    """With what it changes in the count of vehicles."""
    if _found(unit, name).annulled_by:
        raise ProblemException(409, "already_amended", "this event was corrected or made void before")
    heard = amend()
    tell(unit, [(heard.event.lot_id, at, step) for at, step in heard.all_steps], now)
    return heard


def _told(rule: Rule[Heard]) -> Rule[Heard]:
    """An event that nobody heard of is a 404."""

    def told(unit: ServiceUnit, now: int) -> Heard:
        try:
            return rule(unit, now)
        except UnknownEvent as unknown:
            raise ProblemException(404, "unknown_gate_event", str(unknown)) from None

    return told


def heard_view(one: Heard) -> Json:
    """An event as the API shows it."""
    event, lot = one.event, f"{one.event.lot_id}/"
    plate = event.plate and {"text": event.plate.masked, "color": event.plate.color.value, "masked": True}
    return {
        "id": event.id.removeprefix(lot), "lot_id": event.lot_id, "passage": one.passage.value, "kind": event.kind.value,
        "at": moment(event.at), "received_at": moment(event.received), "gate": event.lane, "plate": plate, "result": one.result.value,
        "reservation_id": one.reservation_id or None, "amends": event.amends.removeprefix(lot) or None,
        "amended_by": one.annulled_by.removeprefix(lot) or None, "why": one.open_reason or None, "settled": one.settled,
        "proposals": [{"id": other.id, "kind": other.kind, "plate": other.masked} for other in one.proposals],
    }  # fmt: skip


def hour_view(one: HourOfStays) -> Json:
    """Stays of an hour."""
    whole = one.stays - one.incomplete
    return {
        "hour": moment(one.hour), "stays": one.stays, "reserved": one.reserved, "incomplete": one.incomplete,
        "mean_minutes": round(one.seconds / whole / 60, 1) if whole else None,
    }  # fmt: skip
