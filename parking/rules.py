"""Numbers of the booking rules that are not a lot's own: data, not code."""

from __future__ import annotations

from typing import NamedTuple


class Rules(NamedTuple):
    """Defaults; a deployment may name others."""

    hold_s: int = 600
    """a hold lapses after this: time to pay by phone (most apps give 5 to 15 minutes)"""
    offer_s: int = 900
    """an offer to somebody who waits, or of another place, lapses after this"""
    most_holds: int = 3
    """unexpired holds of one client: nobody hoards (I10)"""
    longest_s: int = 31 * 86_400
    """of one reservation"""
    farthest_s: int = 180 * 86_400
    """from now to its start"""
    early_s: int = 900
    """a vehicle may come so much before its start, where there is room"""
    overstay_step_s: int = 1800
    """an overstaying vehicle claims its stall so far ahead, again and again"""
    relocation_lead_s: int = 600
    """those who come after an overstaying vehicle are moved so long before they come"""
    share_notice_s: int = 0
    """before a reserved time an owner gives notice of taking the place back; 0: may do so at once, for the compensation"""
    compensation_percent: int = 10
    """of the price, on top of a full refund when a place is withdrawn and none can be offered; paid by whose fault it is"""
