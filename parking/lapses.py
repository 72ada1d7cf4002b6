"""What time alone does: holds lapse, nobody came, offers run out. Swept before every claim, and by the service every few seconds."""

from __future__ import annotations

import msgspec

from parking import refunds
from parking.changes import change, due_of, lot_of
from parking.model import State
from parking.records import Interval, Lot, Reservation
from parking.unit import Unit

_BY_TIME = {
    State.WAITING: State.EXPIRED, State.OFFERED: State.EXPIRED, State.HOLD: State.EXPIRED, State.CONFIRMED: State.NO_SHOW,
    State.RELOCATION_OFFERED: State.CANCELLED, State.CHECKED_IN: State.OVERSTAY,
}  # fmt: skip


def by_now(reservation: Reservation, lot: Lot, now: int) -> Reservation:
    """It, in the state time has brought it to, whether or not anybody has swept it: for looking at, never saved."""
    due = due_of(reservation, lot)
    if due is None or now < due:
        return reservation
    return msgspec.structs.replace(reservation, state=_BY_TIME.get(reservation.state, reservation.state))


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
        reservation = refunds.withdrawn(unit, reservation, now)
        return change(unit, reservation, lot, now, State.CANCELLED, hold_until=None, reason="offer_lapsed")
    if reservation.state is State.CONFIRMED:
        unit.release(reservation.id)
        return change(unit, reservation, lot, now, State.NO_SHOW, reason="nobody_came")
    return reservation
