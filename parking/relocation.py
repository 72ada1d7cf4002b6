"""Another place for those whose place is gone: its owner withdrew it, or a vehicle has stayed too long on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from parking import ledger, refunds
from parking.booking import place_of
from parking.changes import change, lot_of
from parking.lapses import lapse, sweep
from parking.model import Account, State
from parking.opening import find_window, fits_window, is_open
from parking.payees import instead, payee
from parking.profile import fits
from parking.records import Interval, Lot, Place, Reservation, ShareWindow, Terms
from parking.rules import Rules
from parking.unit import Unit

MOVED = (State.CONFIRMED, State.RELOCATION_OFFERED)
"""states in which another place is offered; holds are ended, vehicles that are there stay to their end"""


def relocate(unit: Unit, reservation: Reservation, now: int, rules: Rules, fault: tuple[Account, str]) -> Reservation:
    """Offers a confirmed reservation another place of the lot, held until the client answers (confirm or cancel); where there is
    none, or it is declined or lapses, it is cancelled, all that was paid goes back, and `fault` (account, holder) pays the
    compensation: whoever took away what was confirmed, however often the offer is made anew."""
    lot = lot_of(unit, reservation.lot_id)
    promised = {"compensation": _compensation(reservation, rules), "fault": reservation.fault or fault}
    reservation = msgspec.structs.replace(reservation, **promised)
    if is_open(lot, reservation.wanted):
        for place, window in _elsewhere(unit, lot, reservation, now):
            span = place.claim(reservation.wanted)
            sweep(unit, place.id, span, now)
            if unit.claim(reservation, place, span):
                until = min(now + rules.offer_s, reservation.wanted.end)
                return change(
                    unit, reservation, lot, now, State.RELOCATION_OFFERED, place_id=place.id, moved_from=reservation.place_id,
                    hold_until=until, window_id=window.id if window else "", window_version=window.version if window else 0,
                    terms=_pay_instead(unit, lot, reservation, window, now), reason="place_withdrawn",
                )  # fmt: skip
    unit.release(reservation.id)
    reservation = refunds.withdrawn(unit, reservation, now)
    return change(unit, reservation, lot, now, State.CANCELLED, hold_until=None, reason="place_withdrawn")


def affected(unit: Unit, window: ShareWindow, now: int, rules: Rules) -> list[Reservation]:
    """Reservations made in the window that it, as it is given, does not cover; by start."""
    found = [one for one in unit.claimants(window.place_id, ahead(now, rules)) if one.window_id == window.id and one.blocks(now)]
    return [one for one in found if not fits_window(window, one.wanted, lot_of(unit, one.lot_id).timezone)]


def withdraw(unit: Unit, window_id: str, now: int, rules: Rules) -> list[Reservation]:
    """After its owner closed or shortened a window: moves every reservation that no longer lies inside. Who is already there stays to
    the end of the reservation; holds that have not been confirmed yet are ended."""
    window = unit.window(window_id)
    if window is None:
        return []
    return [_displace(unit, one, now, rules) for one in affected(unit, window, now, rules)]


def clear(unit: Unit, place: Place, now: int, rules: Rules) -> list[Reservation]:
    """After a pool became smaller: moves those for whom there is no room any more; who came first stays."""
    coming = [one for one in unit.claimants(place.id, ahead(now, rules)) if one.blocks(now)]
    coming.sort(key=lambda one: (one.arrived is None, one.confirmed is None, one.confirmed or one.created, one.id))
    kept: list[Interval] = []
    moved = []
    for one in coming:
        span = held(place, one)
        if fits(kept, span, place.room):
            kept.append(span)
        elif one.arrived is not None:
            kept.append(span)
            moved.append(one)
        else:
            moved.append(_displace(unit, one, now, rules))
    return moved


def ahead(now: int, rules: Rules) -> Interval:
    """All time anybody can have reserved."""
    return Interval(now, now + rules.farthest_s + rules.longest_s)


def move_out(unit: Unit, reservations: Iterable[Reservation], now: int, rules: Rules) -> list[Reservation]:
    """Moves them, as `withdraw` does; who is already there stays to the end of the reservation."""
    return [_displace(unit, one, now, rules) for one in reservations]


def _displace(unit: Unit, reservation: Reservation, now: int, rules: Rules) -> Reservation:
    one = lapse(unit, reservation, now)
    lot = lot_of(unit, one.lot_id)
    if one.state in MOVED:
        window = unit.window(one.window_id) if one.window_id else None
        return relocate(unit, one, now, rules, payee(lot, window))
    if one.state in (State.HOLD, State.OFFERED):
        unit.release(one.id)
        one = refunds.all_back(unit, one, "withdrawn", now)
        return change(unit, one, lot, now, State.CANCELLED, hold_until=None, reason="place_withdrawn")
    return one


def make_way(unit: Unit, overstaying: Reservation, until: int, now: int, rules: Rules) -> list[Reservation]:
    """Moves the confirmed reservations that meet the stall's time up to `until`, as far as the place has no room for all."""
    place = place_of(unit, overstaying.place_id)
    span = place.claim(Interval(overstaying.wanted.start, until))
    moved: list[Reservation] = []
    for one in unit.claimants(place.id, span):
        if unit.claim(overstaying, place, span):
            break
        if one.id != overstaying.id:
            one = lapse(unit, one, now)
        if one.id != overstaying.id and one.state is State.CONFIRMED:
            moved.append(relocate(unit, one, now, rules, (Account.PLATFORM, "")))
        elif one.id != overstaying.id and one.state in (State.HOLD, State.OFFERED):
            unit.release(one.id)
            lot = lot_of(unit, one.lot_id)
            one = refunds.all_back(unit, one, "overstayed", now)
            moved.append(change(unit, one, lot, now, State.CANCELLED, hold_until=None, reason="place_still_occupied"))
    return moved


def held(place: Place, one: Reservation) -> Interval:
    """What a reservation claims of a place: from its arrival if that was earlier, on as long as it overstays."""
    start = one.wanted.start if one.arrived is None else min(one.wanted.start, one.arrived)
    return place.claim(Interval(start, max(one.wanted.end, one.hold_until or 0) if one.state is State.OVERSTAY else one.wanted.end))


def _elsewhere(unit: Unit, lot: Lot, reservation: Reservation, now: int) -> Iterator[tuple[Place, ShareWindow | None]]:
    """Places of the same kind, open to all first; then those that others share then, for no more than was agreed."""
    old = place_of(unit, reservation.place_id)
    window = unit.window(reservation.window_id) if reservation.window_id else None
    most = window.price_fen_per_hour if window else 0
    alike = [place for place in unit.places(lot.id) if place.id != old.id and place.kind is old.kind]
    yield from ((place, None) for place in alike if not place.shared_only)
    for place in alike:
        if place.shared_only:
            found = find_window(unit, lot, place, reservation.client, reservation.wanted, now)
            if found is not None and found.price_fen_per_hour <= most:
                yield place, found


def _pay_instead(unit: Unit, lot: Lot, reservation: Reservation, window: ShareWindow | None, now: int) -> Terms:
    """The same price; whose place it is now earns it, also what was charged already."""
    terms = reservation.terms
    old = payee(lot, unit.window(reservation.window_id) if reservation.window_id else None)
    shares = instead(terms.shares, old, payee(lot, window))
    if shares == terms.shares:
        return terms
    key = f"transfer:{reservation.id}:{reservation.version}"
    lines = ledger.transfer(reservation, unit.ledger(reservation.id), shares, key, now)
    if lines:
        unit.post(lines)
    return msgspec.structs.replace(terms, shares=shares)


def _compensation(reservation: Reservation, rules: Rules) -> int:
    percent = reservation.terms.compensation_percent
    return reservation.terms.amount * (rules.compensation_percent if percent is None else percent) // 100
