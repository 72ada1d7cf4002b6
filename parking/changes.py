"""How a reservation changes: the next version, checked against the table of transitions, with its event. All rules change by this."""

from __future__ import annotations

from typing import Any

import msgspec

from parking.model import TRANSITIONS, State
from parking.records import Event, Lot, Reservation
from parking.refusals import Code, Refusal
from parking.unit import Unit


def due_of(reservation: Reservation, lot: Lot) -> int | None:
    """When time alone will change it next: a hold lapses, nobody came, the grace after its end is over. None: never."""
    if reservation.state in (State.HOLD, State.OFFERED, State.RELOCATION_OFFERED):
        return reservation.hold_until
    if reservation.state is State.WAITING:
        return reservation.wanted.start
    if reservation.state is State.CONFIRMED:
        since = max(reservation.wanted.start, reservation.confirmed or 0)
        return min(since + lot.no_show_s, reservation.wanted.end)
    if reservation.state is State.CHECKED_IN:
        return reservation.wanted.end + lot.grace_s
    if reservation.state is State.OVERSTAY:
        return reservation.hold_until
    return None


def create(unit: Unit, reservation: Reservation, lot: Lot) -> Reservation:
    """Inserts version 1 and tells of it."""
    unit.insert(reservation, due_of(reservation, lot))
    unit.emit(event_of(reservation))
    return reservation


def tell(unit: Unit, reservation_id: str, now: int, kind: str, facts: dict[str, object]) -> Reservation | None:
    """The next version with an event of its own kind (`reservation.KIND`): something about it changed that is no state of it, and
    its client is to hear of it. None when there is no such reservation."""
    found = unit.reservation(reservation_id)
    if found is None:
        return None
    changed = msgspec.structs.replace(found, version=found.version + 1, updated=max(now, found.updated))
    unit.save(changed, due_of(changed, lot_of(unit, found.lot_id)))
    event = event_of(changed)
    unit.emit(msgspec.structs.replace(event, type=f"reservation.{kind}", data={**event.data, **facts}))
    return changed


def change(unit: Unit, reservation: Reservation, lot: Lot, now: int, state: State | None = None, **fields: Any) -> Reservation:
    """The next version, saved and told. Raises Refusal(WRONG_STATE) when `state` may not follow."""
    after = reservation.state if state is None else state
    if after is not reservation.state and after not in TRANSITIONS[reservation.state]:
        raise wrong_state(reservation, after.value)
    version = reservation.version + 1
    changed = msgspec.structs.replace(reservation, state=after, version=version, updated=max(now, reservation.updated), **fields)
    unit.save(changed, due_of(changed, lot))
    unit.emit(event_of(changed))
    return changed


def event_of(reservation: Reservation) -> Event:
    """What subscribers hear of this version."""
    data: dict[str, object] = {
        "state": reservation.state.value, "place_id": reservation.place_id, "start": reservation.wanted.start,
        "end": reservation.wanted.end, "plate": reservation.plate.masked, "reason": reservation.reason,
    }  # fmt: skip
    kind = f"reservation.{reservation.state.value}"
    return Event(reservation.id, reservation.version, kind, reservation.updated, reservation.client, data)


def wrong_state(reservation: Reservation, wish: str) -> Refusal:
    """The refusal of a command that its state forbids."""
    state = reservation.state.value
    return Refusal(Code.WRONG_STATE, f"a reservation that is {state} cannot be {wish}", {"state": state})


def own(unit: Unit, reservation_id: str, client: str | None) -> Reservation:
    """The reservation, locked. `client` None: an operator's barrier or the service itself. Raises Refusal(UNKNOWN_RESERVATION)."""
    found = unit.reservation(reservation_id)
    if found is None or (client is not None and found.client != client):
        raise Refusal(Code.UNKNOWN_RESERVATION, f"no reservation of yours has the id {reservation_id!r}")
    return found


def lot_of(unit: Unit, lot_id: str) -> Lot:
    """The lot. Raises Refusal(UNKNOWN_LOT)."""
    lot = unit.lot(lot_id)
    if lot is None:
        raise Refusal(Code.UNKNOWN_LOT, f"no car park has the id {lot_id!r}")
    return lot
