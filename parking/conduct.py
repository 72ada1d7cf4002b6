"""Overstays and what comes of them: counted per plate over all car parks, bars by rule, appeals.

An overstay is counted once it is known and follows the truth: a barrier that tells late that the vehicle had left in time uncounts it.
An overstay leads to one bar at most; when an appeal lifts that bar, the others of its overstays count again.
"""

from __future__ import annotations

import msgspec

from parking.changes import own
from parking.conduct_records import Appeal, AppealState, Bar, ConductRules, Overstay
from parking.records import Lot, Reservation
from parking.refusals import Code, Refusal
from parking.unit import Unit

MOST_GROUNDS = 2000
"""characters of grounds or of a reason"""


class Record(msgspec.Struct, frozen=True):
    """What a client may see of the own conduct."""

    overstays: tuple[Overstay, ...]
    bars: tuple[Bar, ...]
    appeals: tuple[Appeal, ...]


def note(unit: Unit, reservation: Reservation, lot: Lot, now: int) -> None:
    """Enters how late the vehicle left, or is by now; bars its plate where the rules say so."""
    late = (now if reservation.left is None else reservation.left) - reservation.wanted.end
    if late <= lot.grace_s:
        if unit.overstay(reservation.id) is not None:
            _void(unit, reservation.id, reservation.plate.key, "left_in_time", now)
        return
    known = next((one for one in unit.overstays_of(reservation.plate.key) if one.reservation_id == reservation.id), None)
    if known is None:
        known = Overstay(
            reservation.id, reservation.plate.key, reservation.plate.masked, reservation.client, lot.id, reservation.wanted.end, late,
            now, unit.conduct_rules(None).version,
        )  # fmt: skip
    shorter = late < known.late_s and known.bar_id != ""  # a barrier told late: the bar may rest on nothing
    known = msgspec.structs.replace(known, late_s=late)
    unit.put_overstay(known)
    if shorter:
        _lift(unit, known, "left_earlier", now)
    _judge(unit, known.plate_key)


def record(unit: Unit, client: str) -> Record:
    """Overstays of a client, the bars they led to, and the appeals."""
    overstays = unit.overstays_by(client)
    bars = {one.bar_id: unit.bar(one.bar_id) for one in overstays if one.bar_id}
    appeals = [unit.appeal(one.reservation_id) for one in overstays]
    return Record(tuple(overstays), tuple(bar for bar in bars.values() if bar), tuple(one for one in appeals if one))


def file_appeal(unit: Unit, reservation_id: str, client: str, grounds: str, now: int) -> Appeal:
    """Against one overstay of one's own. Filing the same again is no error. Raises UNKNOWN_RESERVATION, WRONG_STATE when there is no
    overstay or an operator has decided, TOO_LATE."""
    own(unit, reservation_id, client)
    against = unit.overstay(reservation_id)
    if against is None or against.voided:
        raise Refusal(Code.WRONG_STATE, "no overstay of that reservation counts")
    known = unit.appeal(reservation_id)
    if known is not None:
        if known.state is AppealState.FILED:
            return known
        raise Refusal(Code.WRONG_STATE, "this appeal was decided", {"state": known.state.value})
    last = against.noted + unit.conduct_rules(against.rules_version).appeal_s
    if now >= last:
        raise Refusal(Code.TOO_LATE, "the time for an appeal is over", {"until": last})
    made = Appeal(reservation_id, client, grounds[:MOST_GROUNDS], now)
    unit.put_appeal(made)
    return made


def decide(unit: Unit, reservation_id: str, operator: str, upheld: bool, reason: str, expected: int, now: int) -> Appeal:
    """An operator decides, with a reason for the client. Upheld: the overstay counts no more and its bar is lifted. Raises
    UNKNOWN_RESERVATION, STALE_VERSION, WRONG_STATE once decided or without a reason."""
    own(unit, reservation_id, None)
    found = unit.appeal(reservation_id)
    if found is None:
        raise Refusal(Code.UNKNOWN_RESERVATION, "there is no appeal of that reservation")
    if found.version != expected:
        raise Refusal(Code.STALE_VERSION, "it has changed meanwhile", {"version": found.version})
    if found.state is not AppealState.FILED or not reason.strip():
        raise Refusal(Code.WRONG_STATE, "an appeal is decided once, with a reason", {"state": found.state.value})
    state = AppealState.UPHELD if upheld else AppealState.REJECTED
    decided = msgspec.structs.replace(
        found, state=state, decided=now, operator=operator, reason=reason[:MOST_GROUNDS], version=found.version + 1
    )
    unit.put_appeal(decided)
    against = unit.overstay(reservation_id)
    if upheld and against is not None:
        _void(unit, reservation_id, against.plate_key, "appeal_upheld", now)
    return decided


def change_rules(unit: Unit, rules: ConductRules) -> ConductRules:
    """Other rules from now on. Raises STALE_VERSION unless it is the next version, BAD_WINDOW where a number means nothing."""
    newest = unit.conduct_rules(None)
    if rules.version != newest.version + 1:
        raise Refusal(Code.STALE_VERSION, "it has changed meanwhile", {"version": newest.version})
    for field in ("most", "within_s", "longest_s", "bar_s", "appeal_s"):
        if getattr(rules, field) < 1:
            raise Refusal(Code.BAD_WINDOW, "numbers of the rules are positive", {"field": field})
    unit.put_conduct_rules(rules)
    return rules


def _void(unit: Unit, reservation_id: str, plate_key: bytes, why: str, now: int) -> None:
    """It counts no more: its bar is lifted, and the plate judged anew by what is left."""
    one = next((one for one in unit.overstays_of(plate_key) if one.reservation_id == reservation_id), None)
    if one is not None and not one.voided:
        one = msgspec.structs.replace(one, voided=why)
        unit.put_overstay(one)
        if one.bar_id:
            _lift(unit, one, why, now)
            _judge(unit, plate_key)


def _lift(unit: Unit, overstay: Overstay, why: str, now: int) -> None:
    """Lifts the bar it led to; the overstays of that bar are judged again."""
    bar = unit.bar(overstay.bar_id)
    if bar is None:
        return
    unit.put_bar(msgspec.structs.replace(bar, lifted=why, until=min(bar.until, now)))
    for one in unit.overstays_of(overstay.plate_key):
        if one.bar_id == bar.id:
            unit.put_overstay(msgspec.structs.replace(one, bar_id=""))


def _judge(unit: Unit, plate_key: bytes) -> None:
    """Bars the plate for what counts and has led to no bar yet, each overstay by the rules of its time."""
    counted = [one for one in unit.overstays_of(plate_key) if not one.voided and not one.bar_id]
    while (found := _first_cause(unit, counted)) is not None:
        cause, causes, rules = found
        last = causes[-1]
        name = f"{last.reservation_id}.{len(unit.bars_of(plate_key)) + 1}"
        since = max(one.noted for one in causes)
        names = tuple(one.reservation_id for one in causes)
        unit.put_bar(Bar(name, plate_key, last.masked, since, since + rules.bar_s, cause, names, rules.version))
        for one in causes:
            unit.put_overstay(msgspec.structs.replace(one, bar_id=name))
        counted = [one for one in counted if one.reservation_id not in names]


def _first_cause(unit: Unit, counted: list[Overstay]) -> tuple[str, list[Overstay], ConductRules] | None:
    for k, one in enumerate(counted):
        rules = unit.conduct_rules(one.rules_version)
        if one.late_s > rules.longest_s:
            return "long_overstay", [one], rules
        lately = [other for other in counted[: k + 1] if other.ended > one.ended - rules.within_s]
        if len(lately) >= rules.most:
            return "overstays", lately, rules
    return None
