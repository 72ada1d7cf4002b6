"""Barriers: what passes is matched to reservations and to vehicles inside by plate key, which holds the colour, never by text.

Events may come twice, late and in any order. An event is handled once (its id); a passage told late finds the stay it belongs to by
its true time. No passage of a known lot is refused: what fits no reservation is a walk-in, an exit without entry is a stay whose entry
is unknown. A reading one character off is only proposed (`Heard.proposals`); a person confirms it as a correction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from parking.changes import lot_of
from parking.model import State
from parking.passages import GateEvent, Heard, Passage, PlateComparison, Proposal, Result, Session, Stay
from parking.records import Interval, Plate, Reservation
from parking.refusals import Refusal
from parking.rules import Rules
from parking.stays import check_in, check_out
from parking.unit import Unit


class GateRules(NamedTuple):
    """Numbers of the barriers."""

    repeat_s: int = 120
    """a second reading of a plate in one direction within this is the same passage: two cameras, a driver who backs up"""
    early_s: int = 43_200
    """a vehicle that comes so long before its reservation is remembered and checked in when that may begin"""
    again_s: int = 60
    """until a vehicle inside that its reservation could not take in is tried again"""
    looked_at: int = 8
    """newest stays of a plate in a lot that a late event may belong to"""
    compared: int = 500
    """plates at most that an unmatched one is compared with"""


def passed(unit: Unit, event: GateEvent, now: int, rules: Rules, gates: GateRules, vault: PlateComparison | None = None) -> Heard:
    """An entry or exit. Raises ValueError for other events (see `parking.gate_amendments`)."""
    if event.kind not in (Passage.ENTRY, Passage.EXIT):
        raise ValueError("a correction or a void record is no passage")
    return unit.heard(event.id) or take(unit, event, event.kind, now, rules, gates, vault)


def take(
    unit: Unit, event: GateEvent, passage: Passage, now: int, rules: Rules, gates: GateRules, vault: PlateComparison | None
) -> Heard:
    """What an event that was not heard yet comes to, written down. Raises Refusal(UNKNOWN_LOT)."""
    lot_of(unit, event.lot_id)
    step = 1 if passage is Passage.ENTRY else -1
    at = min(event.at, now)
    if event.plate is None:
        heard = Heard(event, passage, Result.UNREAD, steps=((at, step),))
    else:
        stays = unit.sessions_of(event.lot_id, event.plate.key, gates.looked_at)
        answer = _entry if passage is Passage.ENTRY else _exit
        heard = answer(unit, event, event.plate, stays, at, now, rules, gates)
        if vault and heard.result in (Result.WALK_IN, Result.EXIT_WITHOUT_ENTRY):
            proposals = _proposals(unit, event, event.plate, passage, at, rules, gates, vault)
            heard = msgspec.structs.replace(heard, proposals=proposals)
    unit.put_heard(heard)
    return heard


def admit(unit: Unit, now: int, rules: Rules, gates: GateRules, limit: int = 100) -> list[Reservation]:
    """Checks in the vehicles inside that came long before their reservation, now that it may begin. To be run every few seconds."""
    done = []
    for one in unit.sessions_due(now, limit):
        unit.put_session(msgspec.structs.replace(one, due=None))
        found = unit.reservation(one.reservation_id)
        if one.stay is Stay.INSIDE and found is not None and found.state is State.CONFIRMED:
            try:
                done.append(check_in(unit, found.id, None, now, now, rules))
            except Refusal:  # the place is still taken
                if now < found.wanted.end:
                    unit.put_session(msgspec.structs.replace(one, due=now + gates.again_s))
    return done


def _entry(
    unit: Unit, event: GateEvent, plate: Plate, stays: Sequence[Session], at: int, now: int, rules: Rules, gates: GateRules
) -> Heard:
    for one in stays:
        if one.entered is not None and abs(one.entered - at) < gates.repeat_s:
            return Heard(event, Passage.ENTRY, Result.REPEATED, one.id, one.reservation_id)
    for one in reversed(stays):  # the exit was told first
        if one.entered is None and one.left is not None and at <= one.left and not between(stays, at, one.left):
            unit.put_session(msgspec.structs.replace(one, entered=at, entry_event=event.id, reason=""))
            return Heard(event, Passage.ENTRY, Result.COMPLETED_STAY, one.id, one.reservation_id, ((at, 1),))
    whole = _around(stays, at)
    if whole is not None:  # what seemed one stay were two: it left unseen before
        unit.put_session(msgspec.structs.replace(whole, left=None, exit_event="", reason="exit_missed"))
        later = msgspec.structs.replace(whole, id=event.id, entered=at, entry_event=event.id)
        unit.put_session(later)
        return Heard(event, Passage.ENTRY, Result.COMPLETED_STAY, later.id, later.reservation_id, ((at, -1), (at, 1)))
    if any(one.entered is not None and one.entered > at for one in stays):  # it must have left before it came again
        return _open(unit, event, plate, at, Stay.LEFT, Result.COMPLETED_STAY)
    closed = [one for one in stays if one.stay is Stay.INSIDE]
    for one in closed:
        unit.put_session(msgspec.structs.replace(one, stay=Stay.LEFT, due=None, reason="exit_missed"))
    heard = _arrive(unit, event, plate, at, now, rules, gates)
    steps = (*((at, -1) for _ in closed), (at, 1))
    return msgspec.structs.replace(heard, steps=steps, closed=tuple(one.id for one in closed))


def _arrive(unit: Unit, event: GateEvent, plate: Plate, at: int, now: int, rules: Rules, gates: GateRules) -> Heard:
    found = _expected(unit, event.lot_id, plate, at, rules, gates)
    if found is None:
        return _open(unit, event, plate, at, Stay.INSIDE, Result.WALK_IN)
    if found.state is not State.CONFIRMED:  # checked in by app, or back after an exit that was missed
        return _open(unit, event, plate, at, Stay.INSIDE, Result.CHECKED_IN, found.id)
    try:
        check_in(unit, found.id, None, at, now, rules, event.stall)
    except Refusal as refused:
        due = max(found.wanted.start - rules.early_s, now + gates.again_s)
        heard = _open(unit, event, plate, at, Stay.INSIDE, Result.WALK_IN, found.id, due)
        return msgspec.structs.replace(heard, refused=refused.code.value)
    return _open(unit, event, plate, at, Stay.INSIDE, Result.CHECKED_IN, found.id)


def _exit(
    unit: Unit, event: GateEvent, plate: Plate, stays: Sequence[Session], at: int, now: int, rules: Rules, gates: GateRules
) -> Heard:
    for one in stays:
        if one.left is not None and abs(one.left - at) < gates.repeat_s and (one.entered or 0) <= at:
            return Heard(event, Passage.EXIT, Result.REPEATED, one.id, one.reservation_id)
    for one in stays:
        if one.left is None and one.entered is not None and one.entered <= at and not between(stays, one.entered, at):
            gone = msgspec.structs.replace(one, stay=Stay.LEFT, left=at, due=None, exit_event=event.id, reason="")
            unit.put_session(gone)
            if one.stay is Stay.LEFT:  # an exit that was missed is told late: the count went down when the vehicle came again
                return Heard(event, Passage.EXIT, Result.COMPLETED_STAY, one.id, one.reservation_id)
            out = one.reservation_id and _out(unit, one.reservation_id, one.entered, at, now, rules)
            return Heard(event, Passage.EXIT, Result.CHECKED_OUT if out else Result.WALK_OUT, one.id, one.reservation_id, ((at, -1),))
    whole = _around(stays, at)
    if whole is not None:  # what seemed one stay were two: it came back unseen
        unit.put_session(msgspec.structs.replace(whole, left=at, exit_event=event.id))
        later = msgspec.structs.replace(whole, id=event.id, entered=None, entry_event="", reason="exit_without_entry")
        unit.put_session(later)
        return Heard(event, Passage.EXIT, Result.COMPLETED_STAY, whole.id, whole.reservation_id, ((at, -1),))
    found = _expected(unit, event.lot_id, plate, at, rules, gates)
    if found is not None and any(one.stay is Stay.INSIDE and one.reservation_id == found.id for one in stays):
        found = None
    out = found is not None and _out(unit, found.id, at, at, now, rules)
    session = Session(event.id, event.lot_id, plate, Stay.LEFT, None, at, "", event.id, found.id if found and out else "",
                      reason="exit_without_entry")  # fmt: skip
    unit.put_session(session)
    result = Result.CHECKED_OUT if out else Result.EXIT_WITHOUT_ENTRY
    return Heard(event, Passage.EXIT, result, session.id, session.reservation_id, ((at, -1),))


def _open(
    unit: Unit, event: GateEvent, plate: Plate, at: int, stay: Stay, result: Result, reservation_id: str = "", due: int | None = None
) -> Heard:
    reason = "exit_missed" if stay is Stay.LEFT else ""
    session = Session(event.id, event.lot_id, plate, stay, at, None, event.id, "", reservation_id, due, reason)
    unit.put_session(session)
    return Heard(event, Passage.ENTRY, result, session.id, reservation_id)


def _around(stays: Sequence[Session], at: int) -> Session | None:
    """The stay, known from entry to exit, that a time lies within."""
    return next((one for one in stays if one.entered is not None and one.left is not None and one.entered < at < one.left), None)


def between(stays: Sequence[Session], start: int, end: int) -> bool:
    """Whether the plate passed strictly between two times: then they are not of one stay."""
    return any(start < moment < end for one in stays for moment in (one.entered, one.left) if moment is not None)


def _expected(unit: Unit, lot_id: str, plate: Plate, at: int, rules: Rules, gates: GateRules) -> Reservation | None:
    """The reservation of the plate in the lot that a passage at `at` belongs to: one already checked in, else the next one."""
    span = Interval(at - rules.longest_s, at + gates.early_s)
    found = [one for one in unit.of_plate(plate.key, span) if one.lot_id == lot_id]
    inside = [one for one in found if one.state in (State.CHECKED_IN, State.OVERSTAY) and (one.arrived or 0) <= at]
    to_come = [one for one in found if one.state is State.CONFIRMED and one.wanted.end > at]
    return min(inside or to_come, key=lambda one: (one.wanted.start, one.id), default=None)


def _out(unit: Unit, reservation_id: str, entered: int, at: int, now: int, rules: Rules) -> bool:
    """Checks out; a reservation that had begun and was never checked in is checked in first. False: it was neither."""
    found = unit.reservation(reservation_id)
    if found is None:
        return False
    if found.state is State.CONFIRMED and found.wanted.start <= at:
        try:
            found = check_in(unit, reservation_id, None, max(entered, found.wanted.start), now, rules)
        except Refusal:
            return False
    if found.state not in (State.CHECKED_IN, State.OVERSTAY):
        return False
    check_out(unit, reservation_id, None, at, now)
    return True


def _proposals(
    unit: Unit, event: GateEvent, plate: Plate, passage: Passage, at: int, rules: Rules, gates: GateRules, vault: PlateComparison
) -> tuple[Proposal, ...]:
    """Vehicles inside (of an exit), reservations to come (of an entry) whose plate is one character off."""
    if passage is Passage.EXIT:
        inside = unit.sessions_inside(event.lot_id, gates.compared)
        return tuple(Proposal("session", one.id, one.plate.masked) for one in inside if _alike(plate, one.plate, vault))
    span = Interval(at, at + rules.early_s + 1)
    expected = [
        one for place in unit.places(event.lot_id) for one in unit.claimants(place.id, span) if one.state is State.CONFIRMED
    ][: gates.compared]  # fmt: skip
    return tuple(Proposal("reservation", one.id, one.plate.masked) for one in expected if _alike(plate, one.plate, vault))


def _alike(plate: Plate, other: Plate, vault: PlateComparison) -> bool:
    """What the masks show to differ in two signs need not be unsealed."""
    first, second = plate.masked, other.masked
    if plate.color is not other.color or abs(len(first) - len(second)) > 1:
        return False
    seen = len(first) != len(second) or sum(a != b for a, b in zip(first, second, strict=True)) <= 1
    return seen and vault.one_off(plate, other)
