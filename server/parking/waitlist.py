"""Offers to those who wait, beside what the relay hears of: after windows are published, and every now and then everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parking.relocation import ahead
from parking.rules import Rules
from parking.waiting import offer
from server.parking.store import ServiceUnit

if TYPE_CHECKING:
    from server.parking.service import Parking


def lots_waited_for(unit: ServiceUnit, now: int) -> list[str]:
    """Car parks in which somebody waits for a time to come."""
    rows = unit.sql("select distinct lot_id from reservations where state = 'waiting' and starts > ?", now)
    return sorted(str(lot_id) for (lot_id,) in rows)


def offer_in(unit: ServiceUnit, lot_id: str, now: int, rules: Rules) -> int:
    """Offers whatever is free in a car park; how many."""
    span = ahead(now, rules)
    return len(offer(unit, lot_id, span, now, rules)) if unit.waiting(lot_id, span, 1) else 0


async def offer_to_those_who_wait(parking: Parking, *lots: str) -> None:
    """In these car parks, or everywhere: room also comes of windows, of residents' time that is over, of bars that are lifted."""
    rules = parking.rules
    for lot_id in list(lots) or await parking.read(lots_waited_for):
        await parking.run_rule(lambda unit, now, lot_id=lot_id: offer_in(unit, lot_id, now, rules))  # type: ignore[misc]
