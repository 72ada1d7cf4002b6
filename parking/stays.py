"""The stay: a vehicle comes, goes, or stays too long."""

from __future__ import annotations

from parking import conduct, ledger
from parking.booking import place_of
from parking.changes import change, lot_of, own, wrong_state
from parking.lapses import sweep
from parking.model import State
from parking.opening import still_shared
from parking.records import Interval, Place, Reservation
from parking.refusals import Code, Refusal
from parking.relocation import make_way
from parking.rules import Rules
from parking.unit import Unit


def check_in(unit: Unit, reservation_id: str, client: str | None, at: int, now: int, rules: Rules, stall: str = "") -> Reservation:
    """The vehicle is there since `at` (≤ now: a barrier may tell late). Binds a stall of a pool; coming early claims the time before
    the start too. Raises TOO_EARLY, TAKEN, WRONG_STATE; checking in twice is no error."""
    found = own(unit, reservation_id, client)
    if found.state in (State.CHECKED_IN, State.OVERSTAY):
        return found
    if found.state is not State.CONFIRMED:
        raise wrong_state(found, "checked in")
    at = min(at, now)
    if at < found.wanted.start - rules.early_s:
        raise Refusal(Code.TOO_EARLY, "it is too early to come", {"from": found.wanted.start - rules.early_s})
    lot, place = lot_of(unit, found.lot_id), place_of(unit, found.place_id)
    if at < found.wanted.start:
        span = place.claim(Interval(at, found.wanted.end))
        sweep(unit, place.id, span, now)
        early = Interval(at, found.wanted.end)
        if not still_shared(unit, lot, found.window_id, early) or not unit.claim(found, place, span):
            raise Refusal(Code.TOO_EARLY, "the place is taken until the reservation begins", {"from": found.wanted.start})
    return change(unit, found, lot, now, State.CHECKED_IN, arrived=at, stall=_bind(unit, place, stall))


def check_out(unit: Unit, reservation_id: str, client: str | None, at: int, now: int) -> Reservation:
    """The vehicle left at `at`; what is left of its claim is given up, an overstay is charged by started hours."""
    found = own(unit, reservation_id, client)
    if found.state is State.COMPLETED:
        return found
    if found.state not in (State.CHECKED_IN, State.OVERSTAY):
        raise wrong_state(found, "checked out")
    at = min(max(at, found.arrived or at), now)
    lot = lot_of(unit, found.lot_id)
    fees = _overstay_fee(found, at, lot.grace_s)
    unit.release(found.id)
    if fees:
        unit.post(ledger.charge(found, f"charge:{found.id}:overstay", fees, now, "overstay"))
    done = change(unit, found, lot, now, State.COMPLETED, left=at, fees=found.fees + fees, hold_until=None)
    conduct.note(unit, done, lot, now)
    return done


def overstay(unit: Unit, reservation: Reservation, now: int, rules: Rules) -> Reservation:
    """Grace is over and the vehicle is still there: it goes on claiming its stall, and whoever comes after it is moved. Raises
    Refusal(TAKEN) when the place is claimed by others who are there as well."""
    lot, place = lot_of(unit, reservation.lot_id), place_of(unit, reservation.place_id)
    until = max(reservation.wanted.end, now) + rules.overstay_step_s
    span = place.claim(Interval(reservation.arrived or reservation.wanted.start, until))
    sweep(unit, place.id, span, now)
    if not unit.claim(reservation, place, span):
        make_way(unit, reservation, until, now, rules)
        if not unit.claim(reservation, place, span):
            raise Refusal(Code.TAKEN, "the place is claimed by others who are there as well")
    staying = change(unit, reservation, lot, now, State.OVERSTAY, hold_until=until)
    conduct.note(unit, staying, lot, now)
    return staying


def _bind(unit: Unit, place: Place, wish: str) -> str:
    """A stall that nobody stands on: bound only now, so bookings never fail for fragmentation."""
    taken = set(unit.occupied(place.id))
    if place.numbered and not taken:
        return place.id
    if wish and not place.numbered and wish not in taken:
        return wish
    for number in range(1, place.capacity + 1):
        if not place.numbered and str(number) not in taken:
            return str(number)
    raise Refusal(Code.TAKEN, "every stall is occupied; a vehicle has stayed too long")


def _overstay_fee(reservation: Reservation, left: int, grace_s: int) -> int:
    late = left - reservation.wanted.end
    if late <= grace_s:
        return 0
    return -(-late // 3600) * reservation.terms.overstay_fen_per_hour
