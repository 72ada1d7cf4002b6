"""Another place for those whose place is gone: its owner withdrew it, or a vehicle has stayed too long on it."""

from __future__ import annotations

from parking import payouts, refunds
from parking.booking import place_of
from parking.changes import change, lot_of
from parking.lapses import sweep
from parking.model import Account, State
from parking.opening import fits_window, is_open
from parking.records import Interval, Place, Reservation
from parking.rules import Rules
from parking.unit import Unit


def relocate(unit: Unit, reservation: Reservation, now: int, rules: Rules, fault: tuple[Account, str]) -> Reservation:
    """Offers a confirmed reservation another place of the lot, held until the client answers (confirm or cancel); where there is
    none, it is cancelled, all that was paid goes back, and `fault` (account, holder) pays the compensation."""
    lot = lot_of(unit, reservation.lot_id)
    if is_open(lot, reservation.wanted):
        for place in unit.places(lot.id):
            if _suits(reservation, place, place_of(unit, reservation.place_id)):
                span = place.claim(reservation.wanted)
                sweep(unit, place.id, span, now)
                if unit.claim(reservation, place, span):
                    until = min(now + rules.offer_s, reservation.wanted.end)
                    return change(
                        unit, reservation, lot, now, State.RELOCATION_OFFERED, place_id=place.id, moved_from=reservation.place_id,
                        hold_until=until, window_id="", window_version=0, reason="place_withdrawn",
                    )  # fmt: skip
    unit.release(reservation.id)
    reservation = refunds.all_back(unit, reservation, "withdrawn", now)
    _compensate(unit, reservation, now, rules, fault)
    return change(unit, reservation, lot, now, State.CANCELLED, reason="place_withdrawn")


def withdraw(unit: Unit, window_id: str, now: int, rules: Rules) -> list[Reservation]:
    """After its owner closed or shortened a window: moves every confirmed reservation that no longer lies inside. Who is already
    there stays to the end of the reservation; holds that have not been confirmed yet are ended."""
    window = unit.window(window_id)
    if window is None:
        return []
    moved = []
    for one in unit.claimants(window.place_id, Interval(now, now + rules.farthest_s + rules.longest_s)):
        lot = lot_of(unit, one.lot_id)
        if one.window_id != window_id or fits_window(window, one.wanted, lot.timezone):
            continue
        if one.state is State.CONFIRMED:
            moved.append(relocate(unit, one, now, rules, (window.payee, window.owner)))
        elif one.state in (State.HOLD, State.OFFERED):
            unit.release(one.id)
            one = refunds.all_back(unit, one, "withdrawn", now)
            moved.append(change(unit, one, lot, now, State.CANCELLED, hold_until=None, reason="place_withdrawn"))
    return moved


def make_way(unit: Unit, overstaying: Reservation, until: int, now: int, rules: Rules) -> list[Reservation]:
    """Moves the confirmed reservations that meet the stall's time up to `until`, as far as the place has no room for all."""
    place = place_of(unit, overstaying.place_id)
    span = place.claim(Interval(overstaying.wanted.start, until))
    moved: list[Reservation] = []
    for one in unit.claimants(place.id, span):
        if unit.claim(overstaying, place, span):
            break
        if one.id != overstaying.id and one.state is State.CONFIRMED:
            moved.append(relocate(unit, one, now, rules, (Account.PLATFORM, "")))
        elif one.id != overstaying.id and one.state in (State.HOLD, State.OFFERED):
            unit.release(one.id)
            lot = lot_of(unit, one.lot_id)
            one = refunds.all_back(unit, one, "overstayed", now)
            moved.append(change(unit, one, lot, now, State.CANCELLED, hold_until=None, reason="place_still_occupied"))
    return moved


def _suits(reservation: Reservation, place: Place, old: Place) -> bool:
    return place.id != reservation.place_id and place.kind is old.kind and not place.shared_only


def _compensate(unit: Unit, reservation: Reservation, now: int, rules: Rules, fault: tuple[Account, str]) -> None:
    amount = reservation.terms.amount * rules.compensation_percent // 100
    payouts.compensate(unit, reservation, amount, fault, now)
