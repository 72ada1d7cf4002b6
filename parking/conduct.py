"""Overstays and what comes of them: counted per plate over all car parks, bars by rule, appeals.

An overstay is counted once it is known and follows the truth: a barrier that tells late that the vehicle had left in time uncounts it.
An overstay leads to one bar at most; when an appeal lifts that bar, the others of its overstays count again. The client hears of each
of it by an event of the reservation: `overstay_noted`, `barred`, `bar_lifted`, `appeal_filed`, `appeal_upheld`, `appeal_rejected`.
"""

from __future__ import annotations

import msgspec

from parking import ledger, refunds
from parking.changes import change, lot_of, own, tell
from parking.conduct_records import Appeal, AppealState, Bar, ConductRules, Overstay
from parking.model import State
from parking.records import Lot, Plate, Reservation
from parking.refusals import Code, Refusal
from parking.unit import Unit

MOST_GROUNDS = 2000
"""characters of grounds or of a reason"""
BY_RULES = "rules"
"""decides where nobody has to"""


class Record(msgspec.Struct, frozen=True):
    """What a client may see of the own conduct."""

    overstays: tuple[Overstay, ...]
    bars: tuple[Bar, ...]
    appeals: tuple[Appeal, ...]


def note(unit: Unit, reservation: Reservation, lot: Lot, now: int) -> Reservation:
    """Enters how late the vehicle left, or is by now; bars its plate where the rules say so. The reservation as it is then."""
    late = (now if reservation.left is None else reservation.left) - reservation.wanted.end
    if late <= lot.grace_s:
        if unit.overstay(reservation.id) is not None:
            _void(unit, reservation.id, reservation.plate.key, "left_in_time", now)
            return unit.reservation(reservation.id) or reservation
        return reservation
    known = next((one for one in unit.overstays_of(reservation.plate.key) if one.reservation_id == reservation.id), None)
    fresh = known is None
    if known is None:
        known = Overstay(
            reservation.id, reservation.plate.key, reservation.plate.masked, reservation.client, lot.id, reservation.wanted.end, late,
            now, unit.conduct_rules(None).version,
        )  # fmt: skip
    shorter = late < known.late_s and known.bar_id != ""  # a barrier told late: the bar may rest on nothing
    known = msgspec.structs.replace(known, late_s=late)
    unit.put_overstay(known)
    if fresh:
        tell(unit, reservation.id, now, "overstay_noted", {"overstay": {"late_s": late}})
    if shorter:
        _lift(unit, known, "left_earlier", now)
    _judge(unit, known.plate_key, now)
    return unit.reservation(reservation.id) or reservation


def excused(unit: Unit, reservation_id: str) -> bool:
    """Whether an appeal against its overstay was upheld: it costs nothing either."""
    found = unit.overstay(reservation_id)
    return found is not None and found.voided == "appeal_upheld"


def record(unit: Unit, client: str) -> Record:
    """Overstays of a client, the bars they led to (lifted ones too), and the appeals."""
    overstays = unit.overstays_by(client)
    keys = dict.fromkeys(one.plate_key for one in overstays)
    names = {one.reservation_id for one in overstays}
    bars = [bar for key in keys for bar in unit.bars_of(key) if names.intersection(bar.overstays)]
    appeals = [unit.appeal(one.reservation_id) for one in overstays]
    return Record(tuple(overstays), tuple(bars), tuple(one for one in appeals if one))


def file_appeal(
    unit: Unit, reservation_id: str, client: str, grounds: str, now: int, plate: Plate | None = None, one_off: bool = False
) -> Appeal:  # fmt: skip
    """Against one overstay of one's own. Filing the same again is no error. `plate`: as it should have been written; where it is
    `one_off` from the one reserved for, it is upheld at once as often as the rules say. Raises UNKNOWN_RESERVATION, WRONG_STATE when
    there is no overstay or it was decided, TOO_LATE."""
    own(unit, reservation_id, client)
    against = unit.overstay(reservation_id)
    known = unit.appeal(reservation_id)
    if known is not None:
        if known.state is AppealState.FILED:
            return known
        raise Refusal(Code.WRONG_STATE, "this appeal was decided", {"state": known.state.value})
    if against is None or against.voided:
        raise Refusal(Code.WRONG_STATE, "no overstay of that reservation counts")
    rules = unit.conduct_rules(against.rules_version)
    last = against.noted + rules.appeal_s
    if now >= last:
        raise Refusal(Code.TOO_LATE, "the time for an appeal is over", {"until": last})
    made = Appeal(reservation_id, client, grounds[:MOST_GROUNDS], now, plate=plate, one_off=one_off)
    unit.put_appeal(made)
    tell(unit, reservation_id, now, "appeal_filed", {"appeal": {"state": made.state.value}})
    if one_off and _mistyped(unit, client, now - rules.within_s) < rules.mistyped:
        return decide(unit, reservation_id, BY_RULES, True, "one_character_mistyped", 1, now)
    return made


def decide(unit: Unit, reservation_id: str, operator: str, upheld: bool, reason: str, expected: int, now: int) -> Appeal:
    """An operator decides, with a reason for the client. Upheld: the overstay counts no more, its bar is lifted and its fee goes back.
    Raises UNKNOWN_APPEAL, STALE_VERSION, WRONG_STATE once decided or without a reason."""
    found = unit.appeal(reservation_id)
    if found is None:
        raise Refusal(Code.UNKNOWN_APPEAL, f"there is no appeal of the reservation {reservation_id!r}")
    reservation = own(unit, reservation_id, None)
    if found.version != expected:
        raise Refusal(Code.STALE_VERSION, "it has changed meanwhile", {"version": found.version})
    if found.state is not AppealState.FILED or not reason.strip():
        raise Refusal(Code.WRONG_STATE, "an appeal is decided once, with a reason", {"state": found.state.value})
    state = AppealState.UPHELD if upheld else AppealState.REJECTED
    decided = msgspec.structs.replace(
        found, state=state, decided=now, operator=operator, reason=reason[:MOST_GROUNDS], version=found.version + 1
    )
    unit.put_appeal(decided)
    tell(unit, reservation_id, now, f"appeal_{state.value}", {"appeal": {"state": state.value, "reason": decided.reason}})
    if upheld:
        _void(unit, reservation_id, reservation.plate.key, "appeal_upheld", now)
        _fee_back(unit, reservation_id, now)
    return decided


def lift(unit: Unit, bar_id: str, operator: str, reason: str, expected: int, now: int) -> Bar:
    """An operator lifts a bar, with a reason for the client; its overstays count no more. Raises UNKNOWN_BAR, STALE_VERSION,
    WRONG_STATE when it was lifted, is over, or there is no reason."""
    bar = unit.bar(bar_id)
    if bar is None:
        raise Refusal(Code.UNKNOWN_BAR, f"no bar has the id {bar_id!r}")
    overstays = [one for one in unit.overstays_of(bar.plate_key) if one.bar_id == bar.id]
    bar = unit.bar(bar_id) or bar  # locked by its plate only now
    if bar.version != expected:
        raise Refusal(Code.STALE_VERSION, "it has changed meanwhile", {"version": bar.version})
    if bar.lifted or bar.until <= now or not reason.strip():
        raise Refusal(Code.WRONG_STATE, "a bar that stands is lifted once, with a reason", {"lifted": bar.lifted})
    done = msgspec.structs.replace(
        bar, lifted="by_operator", until=now, operator=operator, reason=reason[:MOST_GROUNDS], version=bar.version + 1
    )
    unit.put_bar(done)
    for one in overstays:
        unit.put_overstay(msgspec.structs.replace(one, voided="bar_lifted", bar_id=""))
    tell(unit, bar.overstays[-1], now, "bar_lifted", {"bar": {"id": bar.id, "reason": done.reason}})
    return done


def change_rules(unit: Unit, rules: ConductRules) -> ConductRules:
    """Other rules from now on. Raises STALE_VERSION unless it is the next version, BAD_WINDOW where a number means nothing."""
    newest = unit.conduct_rules(None)
    if rules.version != newest.version + 1:
        raise Refusal(Code.STALE_VERSION, "it has changed meanwhile", {"version": newest.version})
    for field in ("most", "within_s", "longest_s", "bar_s", "appeal_s"):
        if getattr(rules, field) < 1:
            raise Refusal(Code.BAD_WINDOW, "numbers of the rules are positive", {"field": field})
    if rules.mistyped < 0:
        raise Refusal(Code.BAD_WINDOW, "numbers of the rules are positive", {"field": "mistyped"})
    unit.put_conduct_rules(rules)
    return rules


def _mistyped(unit: Unit, client: str, since: int) -> int:
    """Appeals of a client since then that were upheld at once."""
    appeals = (unit.appeal(one.reservation_id) for one in unit.overstays_by(client))
    return sum(one is not None and one.operator == BY_RULES and one.filed > since for one in appeals)


def _fee_back(unit: Unit, reservation_id: str, now: int) -> None:
    """What was charged for the overstay is owed no more, and goes back if it was paid."""
    found = own(unit, reservation_id, None)
    if found.state is State.COMPLETED and found.fees:
        kept = ledger.charged(unit.ledger(found.id)) - found.fees
        found = refunds.close(unit, found, kept, "appeal", now)
        change(unit, found, lot_of(unit, found.lot_id), now, fees=0)


def _void(unit: Unit, reservation_id: str, plate_key: bytes, why: str, now: int) -> None:
    """It counts no more: its bar is lifted, and the plate judged anew by what is left."""
    one = next((one for one in unit.overstays_of(plate_key) if one.reservation_id == reservation_id), None)
    if one is not None and not one.voided:
        one = msgspec.structs.replace(one, voided=why)
        unit.put_overstay(one)
        if one.bar_id:
            _lift(unit, one, why, now)
            _judge(unit, plate_key, now)


def _lift(unit: Unit, overstay: Overstay, why: str, now: int) -> None:
    """Lifts the bar it led to; the overstays of that bar are judged again."""
    bar = unit.bar(overstay.bar_id)
    if bar is None:
        return
    unit.put_bar(msgspec.structs.replace(bar, lifted=why, until=min(bar.until, now), version=bar.version + 1))
    tell(unit, overstay.reservation_id, now, "bar_lifted", {"bar": {"id": bar.id, "reason": why}})
    for one in unit.overstays_of(overstay.plate_key):
        if one.bar_id == bar.id:
            unit.put_overstay(msgspec.structs.replace(one, bar_id=""))


def _judge(unit: Unit, plate_key: bytes, now: int) -> None:
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
        tell(unit, last.reservation_id, now, "barred", {"bar": {"id": name, "until": since + rules.bar_s, "cause": cause}})
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
