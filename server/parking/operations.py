"""What operators tell: barriers (each event once, however often it is sent) and counts of vehicles.

An entry checks the plate's confirmed reservation in, an exit checks it out, at the time the barrier saw it. Every event is kept with
what became of it; one that matches nothing is kept as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parking.model import State
from parking.records import Interval, Plate, Reservation
from parking.refusals import Code, Refusal
from parking.stays import check_in, check_out
from server.parking.commands import Means
from server.parking.messages import GateEvent, OccupancyReport, seconds
from server.parking.store import ServiceUnit

_BEFORE, _AFTER = 62 * 86_400, 86_400
"""s about an event in which its reservation lies: the longest, twice, for those who overstay"""
_MATCHED = "matched"


def receive(unit: ServiceUnit, means: Means, events: Sequence[GateEvent], now: int) -> dict[str, Any]:
    """Takes barrier events in. → counts, and what was refused."""
    counts = {"accepted": 0, "repeated": 0, "matched": 0, "unmatched": 0}
    refused = []
    for place, event in enumerate(events):
        if unit.lot(event.lot_id) is None:
            refused.append({"pointer": f"/body/events/{place}/lot_id", "detail": "no car park has this id"})
        elif unit.sql("select 1 from gate_events where lot_id = ? and id = ?", event.lot_id, event.id):
            counts["repeated"] += 1
        else:
            matched = _take(unit, means, event, now)
            counts["accepted"] += 1
            counts["matched" if matched else "unmatched"] += 1
    return {**counts, "errors": refused}


def report(unit: ServiceUnit, reports: Sequence[OccupancyReport], now: int) -> dict[str, Any]:
    """Takes counts in; an older one than is known changes nothing."""
    accepted = repeated = 0
    refused = []
    for place, one in enumerate(reports):
        at = seconds(one.at)
        if unit.lot(one.lot_id) is None or at > now + 300:
            wrong = ("at", "lies in the future") if unit.lot(one.lot_id) else ("lot_id", "no car park has this id")
            refused.append({"pointer": f"/body/reports/{place}/{wrong[0]}", "detail": wrong[1]})
            continue
        rows = unit.sql(
            "insert into occupancy values (?, ?, ?) on conflict (lot_id) do update set at = excluded.at, occupied = excluded.occupied"
            " where occupancy.at < excluded.at returning 1",
            one.lot_id, at, one.occupied,
        )  # fmt: skip
        accepted, repeated = accepted + bool(rows), repeated + (not rows)
    return {"accepted": accepted, "repeated": repeated, "matched": 0, "unmatched": 0, "errors": refused}


def occupancy_of(unit: ServiceUnit, lots: Sequence[str]) -> dict[str, tuple[int, int]]:
    """(at, vehicles inside) as last reported, by lot."""
    if not lots:
        return {}
    rows = unit.sql(f"select lot_id, at, occupied from occupancy where lot_id in ({','.join('?' * len(lots))})", *lots)
    return {lot: (at, occupied) for lot, at, occupied in rows}


def _take(unit: ServiceUnit, means: Means, event: GateEvent, now: int) -> bool:
    at = min(max(seconds(event.at), 0), now)
    plate, found, outcome = None, None, "no_plate"
    if event.plate is not None:
        try:
            plate = means.plate(event.plate, "")
            found = _reservation(unit, event, plate, at, means)
            outcome = "no_reservation"
        except Refusal as refused:
            outcome = str(refused.code)
    if found is not None:
        outcome = _carry_out(unit, means, event, found, at, now)
    unit.sql(
        "insert into gate_events values (?, ?, ?, ?, ?, ?, ?, ?)",
        event.lot_id, event.id, at, now, event.direction == "entry", plate and plate.key, found and found.id, outcome,
    )  # fmt: skip
    return outcome == _MATCHED


def _carry_out(unit: ServiceUnit, means: Means, event: GateEvent, found: Reservation, at: int, now: int) -> str:
    """What came of it; a refusal takes nothing but itself back."""
    unit.sql("savepoint gate")
    try:
        if event.direction == "entry":
            check_in(unit, found.id, None, at, now, means.rules, event.stall or "")
        else:
            check_out(unit, found.id, None, at, now)
        outcome = _MATCHED
    except Refusal as refused:
        unit.sql("rollback to savepoint gate")
        outcome = str(refused.code)
    unit.sql("release savepoint gate")
    return outcome


def _reservation(unit: ServiceUnit, event: GateEvent, plate: Plate, at: int, means: Means) -> Reservation | None:
    """Of the plate in this lot: for an entry the confirmed one whose time it is, for an exit the one that is inside."""
    span = Interval(at - _BEFORE, at + _AFTER)
    mine = sorted((one for one in unit.of_plate(plate.key, span) if one.lot_id == event.lot_id), key=lambda one: one.wanted.start)
    for one in mine:
        if event.direction == "exit" and one.state in (State.CHECKED_IN, State.OVERSTAY):
            return one
        due = one.wanted.start - means.rules.early_s <= at < one.wanted.end
        if event.direction == "entry" and one.state is State.CONFIRMED and due:
            return one
    return None


def unknown_lot(lot_id: str) -> Refusal:
    """No such lot."""
    return Refusal(Code.UNKNOWN_LOT, f"no car park has the id {lot_id!r}")
