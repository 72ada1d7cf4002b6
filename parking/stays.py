"""The stay: a vehicle comes, goes, or stays too long."""

from __future__ import annotations

from parking import conduct, ledger
from parking.booking import place_of
from parking.changes import change, lot_of, own, wrong_state
from parking.lapses import by_now, sweep
from parking.model import State
from parking.opening import still_shared
from parking.records import Interval, Place, Reservation
from parking.refusals import Code, Refusal
from parking.relocation import make_way
from parking.rules import Rules
from parking.unit import Unit


def check_in(unit: Unit, reservation_id: str, client: str | None, at: int, now: int, rules: Rules, stall: str = "") -> Reservation:
    """The vehicle is there since `at` (≤ now: a barrier may tell late; when a client says so it is data only, I8). Binds a stall of a
    pool; coming early claims the time before the start too. Who came too late does not check in, swept or not. Raises TOO_EARLY, TAKEN,
    WRONG_STATE; checking in twice is no error."""
    found = own(unit, reservation_id, client)
    if found.state in (State.CHECKED_IN, State.OVERSTAY):
        return found
    if found.state is not State.CONFIRMED:
        raise wrong_state(found, "checked in")
    at = min(at, now)
    lot, place = lot_of(unit, found.lot_id), place_of(unit, found.place_id)
    seen = by_now(found, lot, at if client is None and now < found.wanted.end else now)
    if seen.state is not State.CONFIRMED:
        raise wrong_state(seen, "checked in")
    if at < found.wanted.start - rules.early_s:
        raise Refusal(Code.TOO_EARLY, "it is too early to come", {"from": found.wanted.start - rules.early_s})
    if at < found.wanted.start:
        span = place.claim(Interval(at, found.wanted.end))
        sweep(unit, place.id, span, now)
        early = Interval(at, found.wanted.end)
        if not still_shared(unit, lot, found.window_id, early) or not unit.claim(found, place, span):
            raise Refusal(Code.TOO_EARLY, "the place is taken until the reservation begins", {"from": found.wanted.start})
    try:
        bound = _bind(unit, place, stall)
    except Refusal:
        if at < found.wanted.start:
            unit.claim(found, place, place.claim(found.wanted))  # a barrier's event goes on without it: it claims no more than before
        raise
    return change(unit, found, lot, now, State.CHECKED_IN, arrived=at, stall=bound)


def check_out(unit: Unit, reservation_id: str, client: str | None, at: int, now: int) -> Reservation:
    """The vehicle left at `at` (a barrier may tell late; of a client it is when it is told, I8); what is left of its claim is given up,
    an overstay is charged by started hours, unless an appeal against it was upheld."""
    found = own(unit, reservation_id, client)
    if found.state is State.COMPLETED:
        return found
    if found.state not in (State.CHECKED_IN, State.OVERSTAY):
        raise wrong_state(found, "checked out")
    at = now if client is not None else min(max(at, found.arrived or at), now)
    lot = lot_of(unit, found.lot_id)
    fees = _overstay_fee(found, at, lot.grace_s)
    if fees and conduct.excused(unit, found.id):
        fees = 0
    unit.release(found.id)
    if fees:
        unit.post(ledger.charge(found, f"charge:{found.id}:overstay", fees, now, "overstay"))
    done = change(unit, found, lot, now, State.COMPLETED, left=at, fees=found.fees + fees, hold_until=None)
    return conduct.note(unit, done, lot, now)


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
    return conduct.note(unit, staying, lot, now)


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
