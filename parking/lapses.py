"""What time alone does: holds lapse, nobody came, offers run out. Swept before every claim, and by the service every few seconds."""

from __future__ import annotations

from parking import refunds
from parking.changes import change, due_of, lot_of
from parking.model import State
from parking.records import Interval, Reservation
from parking.unit import Unit


def sweep(unit: Unit, place_id: str, span: Interval, now: int) -> None:
    """Ends the lapsed holds that are in the way of a claim, in the same transaction: no ghost holds."""
    for one in unit.lapsed(place_id, span, now):
        lapse(unit, one, now)


def lapse(unit: Unit, reservation: Reservation, now: int) -> Reservation:
    """Does what is due by `now`; the same reservation when nothing is."""
    lot = lot_of(unit, reservation.lot_id)
    due = due_of(reservation, lot)
    if due is None or now < due:
        return reservation
    if reservation.state in (State.HOLD, State.OFFERED, State.WAITING):
        unit.release(reservation.id)
        reservation = refunds.all_back(unit, reservation, "lapsed", now)
        return change(unit, reservation, lot, now, State.EXPIRED, hold_until=None, reason="lapsed")
    if reservation.state is State.RELOCATION_OFFERED:
        unit.release(reservation.id)
        reservation = refunds.all_back(unit, reservation, "withdrawn", now)
        return change(unit, reservation, lot, now, State.CANCELLED, hold_until=None, reason="offer_lapsed")
    if reservation.state is State.CONFIRMED:
        unit.release(reservation.id)
        return change(unit, reservation, lot, now, State.NO_SHOW, reason="nobody_came")
    return reservation
