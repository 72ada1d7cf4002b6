"""How many spaces can still be reserved, over time: the profile of claims of a lot's places, in steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from parking.model import SpaceKind, State
from parking.opening import fits_window, is_open
from parking.profile import most
from parking.records import Interval, Lot, Place, Reservation
from parking.unit import Unit

MOST_STEPS = 2016
"""of one answer: a week in steps of five minutes"""


class Step(NamedTuple):
    """Free all through [start, end)."""

    start: int
    end: int
    free: int
    capacity: int
    """open to reservations then; 0: closed"""
    reserved: int = 0
    """of the capacity, at the busiest instant of each place"""
    shared: int = 0
    """of `free`: private places that are shared then"""


def claims_of(unit: Unit, place: Place, span: Interval, now: int) -> list[tuple[int, int]]:
    """(start, end) of the claims that meet the span, without holds that have lapsed; widened to the grid as claims are."""
    return [_claim(place, one) for one in unit.claimants(place.id, span) if one.blocks(now)]


def room(unit: Unit, lot: Lot, kind: SpaceKind, span: Interval, now: int) -> int:
    """Spaces of a kind that one reservation each could have for all of `span`."""
    return room_if_open(unit, lot, kind, span, now) if is_open(lot, span) else 0


def room_if_open(unit: Unit, lot: Lot, kind: SpaceKind, span: Interval, now: int) -> int:
    """The same of a lot that is known to be open then: what `parking.search` asks, after it looked."""
    return sum(
        max(place.room - most(claims_of(unit, place, place.claim(span), now), place.claim(span)), 0)
        for place in unit.places(lot.id)
        if place.kind is kind and _shared(unit, lot, place, span)
    )


def availability(unit: Unit, lot: Lot, kind: SpaceKind, span: Interval, step_s: int, now: int) -> list[Step]:
    """Step by step over `span`, the last one cut at its end. Raises ValueError for no span, no step, or more than MOST_STEPS."""
    places = [place for place in unit.places(lot.id) if place.kind is kind]
    claims = {place.id: claims_of(unit, place, place.claim(span), now) for place in places}
    return profile(lot, places, claims, span, step_s, lambda place, part: _shared(unit, lot, place, part))


def profile(
    lot: Lot, places: Sequence[Place], claims: Mapping[str, Sequence[tuple[int, int]]], span: Interval, step_s: int,
    shared: Callable[[Place, Interval], bool],
) -> list[Step]:  # fmt: skip
    """The same of claims that are known, by place; `shared`: whether a place may be had then. Raises ValueError as `availability`."""
    if span.end <= span.start or step_s <= 0 or (span.end - span.start) > MOST_STEPS * step_s:
        raise ValueError(f"the end must lie after the start, and at most {MOST_STEPS} steps from it")
    steps = []
    for start in range(span.start, span.end, step_s):
        part = Interval(start, min(start + step_s, span.end))
        free = capacity = reserved = private = 0
        for place in places if is_open(lot, part) else ():
            if shared(place, part):
                known = claims.get(place.id)
                taken = min(most(known, place.claim(part)), place.room) if known else 0
                capacity, reserved, free = capacity + place.room, reserved + taken, free + place.room - taken
                private += (place.room - taken) * place.shared_only
        steps.append(Step(*part, free, capacity, reserved, private))
    return steps


def _shared(unit: Unit, lot: Lot, place: Place, span: Interval) -> bool:
    """Whether a private space is shared then by one of its windows; other places always are."""
    return not place.shared_only or any(fits_window(one, span, lot.timezone) is True for one in unit.windows(place.id))


def _claim(place: Place, reservation: Reservation) -> tuple[int, int]:
    """What it claims, as `booking.take` and `stays` claim it: from when it came if that was early, on while it overstays."""
    start, end = reservation.wanted
    if reservation.arrived is not None:
        start = min(start, reservation.arrived)
    if reservation.state is State.OVERSTAY:
        end = max(end, reservation.hold_until or 0)
    return place.claim(Interval(start, end))


def awaited(unit: Unit, lot: Lot, now: int, ahead_s: int) -> dict[SpaceKind, int]:
    """Vehicles that have a place reserved for now or the next `ahead_s`, and are not there yet, by kind of place."""
    span = Interval(now, now + ahead_s + 1)
    counts: dict[SpaceKind, int] = {}
    for place in unit.places(lot.id):
        coming = sum(one.arrived is None and one.blocks(now) for one in unit.claimants(place.id, span))
        if coming:
            counts[place.kind] = counts.get(place.kind, 0) + coming
    return counts
