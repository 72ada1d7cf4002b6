"""Corrections and void records of barriers, and a person's word that a reading was one character off.

What the event did is undone first, as far as it can be: a reservation that was checked in by it awaits its vehicle again; one that was
completed stays so (terminal states never change) and is shown to people (`Heard.attention`).
"""

from __future__ import annotations

import msgspec

from parking.booking import place_of
from parking.changes import change, lot_of
from parking.gates import GateRules, between, take
from parking.model import State
from parking.passages import GateEvent, Heard, Passage, PlateComparison, Result, Session, Stay
from parking.rules import Rules
from parking.unit import Unit


class UnknownEvent(Exception):
    """What is amended has not been heard of: nothing is kept, so the barrier may send it again."""


def amended(unit: Unit, event: GateEvent, now: int, rules: Rules, gates: GateRules, vault: PlateComparison | None = None) -> Heard:
    """A CORRECTION or VOID. Raises UnknownEvent, ValueError for a passage."""
    if event.kind not in (Passage.CORRECTION, Passage.VOID):
        raise ValueError("a passage amends nothing")
    known = unit.heard(event.id)
    if known is not None:
        return known
    wrong = unit.heard(event.amends)
    if wrong is None:
        raise UnknownEvent(f"no gate event has the id {event.amends!r}")
    heard = Heard(event, wrong.passage, Result.VOIDED, wrong.session_id, wrong.reservation_id)
    if wrong.annulled_by or wrong.result is Result.VOIDED:
        heard = msgspec.structs.replace(heard, attention="already_amended")
    else:
        taken_back, attention = _undo(unit, wrong, now, gates)
        unit.put_heard(msgspec.structs.replace(wrong, annulled_by=event.id))
        if event.kind is Passage.CORRECTION:
            heard = take(unit, event, wrong.passage, now, rules, gates, vault)
        heard = msgspec.structs.replace(heard, taken_back=taken_back, attention=attention)
    unit.put_heard(heard)
    return heard


def confirmed(unit: Unit, event_id: str, target: str, now: int, rules: Rules, gates: GateRules) -> Heard:
    """A person confirms one of an event's proposals (`target` is its id): the event is corrected to that plate. Raises UnknownEvent."""
    heard = unit.heard(event_id)
    if heard is None or target not in {one.id for one in heard.proposals}:
        raise UnknownEvent(f"no gate event {event_id!r} with the proposal {target!r}")
    found = unit.session(target) or unit.reservation(target)
    if found is None:
        raise UnknownEvent(f"nothing has the id {target!r} any more")
    name = f"{event_id}:{target.rpartition('/')[2]}"
    fields = {"id": name, "kind": Passage.CORRECTION, "amends": event_id, "plate": found.plate, "received": now}
    correction = msgspec.structs.replace(heard.event, **fields)
    return amended(unit, correction, now, rules, gates)


def settled(unit: Unit, event_id: str, target: str = "") -> Heard:
    """A person refuses a proposal, or, without a target, has seen the event: no proposal of it stands and nobody need look at it again.
    Refusing twice is no error. Raises UnknownEvent."""
    heard = unit.heard(event_id)
    if heard is None:
        raise UnknownEvent(f"no gate event has the id {event_id!r}")
    kept = tuple(one for one in heard.proposals if target and one.id != target)
    changed = msgspec.structs.replace(heard, proposals=kept, settled=heard.settled or not target)
    if changed != heard:
        unit.put_heard(changed)
    return changed


def _undo(unit: Unit, wrong: Heard, now: int, gates: GateRules) -> tuple[tuple[tuple[int, int], ...], str]:
    """(steps of the count that take back what it did, what people must look at)."""
    plate = wrong.event.plate
    stays = unit.sessions_of(wrong.event.lot_id, plate.key, gates.looked_at) if plate else ()
    session = next((one for one in stays if wrong.event.id in (one.entry_event, one.exit_event)), None)
    if session is None:
        return tuple((at, -step) for at, step in wrong.steps), ""  # unread, repeated: nothing else came of it
    before = _count(unit, session, gates)
    attention = _undo_entry(unit, wrong, session, now) if wrong.passage is Passage.ENTRY else _undo_exit(unit, wrong, session)
    _rejoin(unit, session, gates)
    change = _count(unit, session, gates) - before
    return ((min(wrong.event.at, now), 1 if change > 0 else -1),) * abs(change), attention


def _undo_exit(unit: Unit, wrong: Heard, session: Session) -> str:
    if session.entered is None:
        session = msgspec.structs.replace(session, stay=Stay.VOID)
    else:
        stay, reason = (Stay.LEFT, "exit_missed") if wrong.result is Result.COMPLETED_STAY else (Stay.INSIDE, "")
        session = msgspec.structs.replace(session, stay=stay, left=None, exit_event="", reason=reason)
    unit.put_session(session)
    return "reservation_completed" if wrong.result is Result.CHECKED_OUT else ""


def _undo_entry(unit: Unit, wrong: Heard, session: Session, now: int) -> str:
    if session.left is None:
        unit.put_session(msgspec.structs.replace(session, stay=Stay.VOID, due=None))
    else:
        unit.put_session(msgspec.structs.replace(session, entered=None, entry_event="", reason="exit_without_entry"))
    for name in wrong.closed:
        older = unit.session(name)
        if older is not None and older.stay is Stay.LEFT and older.left is None:
            unit.put_session(msgspec.structs.replace(older, stay=Stay.INSIDE, reason=""))
    if wrong.result is not Result.CHECKED_IN:
        return ""
    found = unit.reservation(wrong.reservation_id)
    if found is None or found.state is not State.CHECKED_IN or now >= found.wanted.end:
        return "reservation_used"
    if wrong.closed:  # it was checked in before, by an entry that stands
        return ""
    place = place_of(unit, found.place_id)
    unit.claim(found, place, place.claim(found.wanted))  # what it claimed for coming early is given up
    change(unit, found, lot_of(unit, found.lot_id), now, State.CONFIRMED, arrived=None, stall="", confirmed=now, reason="misread")
    return ""


def _rejoin(unit: Unit, of: Session, gates: GateRules) -> None:
    """An exit whose entry is unknown ends the stay before it whose exit is unknown, when nothing passed between."""
    stays = unit.sessions_of(of.lot_id, of.plate.key, gates.looked_at)
    for ended in stays:
        for begun in stays:
            if ended.entered is not None or ended.left is None or begun.left is not None or begun.entered is None:
                continue
            if begun.entered <= ended.left and not between(stays, begun.entered, ended.left):
                known = {"stay": Stay.LEFT, "left": ended.left, "exit_event": ended.exit_event, "due": None, "reason": ""}
                unit.put_session(msgspec.structs.replace(begun, **known))
                unit.put_session(msgspec.structs.replace(ended, stay=Stay.VOID))
                return


def _count(unit: Unit, of: Session, gates: GateRules) -> int:
    """What the stays of its plate add to the derived count."""
    stays = unit.sessions_of(of.lot_id, of.plate.key, gates.looked_at)
    return sum((one.stay is Stay.INSIDE) - (one.stay is Stay.LEFT and one.entered is None) for one in stays)
