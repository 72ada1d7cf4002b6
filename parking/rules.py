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
    most_waits: int = 5
    """waiting list entries and offers of one client: nobody hoards these either (I10)"""
    longest_s: int = 31 * 86_400
    """of one reservation"""
    farthest_s: int = 180 * 86_400
    """from now to its start"""
    early_s: int = 900
    """a vehicle may come so much before its start, where there is room"""
    overstay_step_s: int = 1800
    """an overstaying vehicle claims its stall so far ahead, again and again"""
    share_notice_s: int = 0
    """before a reserved time an owner gives notice of taking the place back; 0: may do so at once, for the compensation"""
    closing_notice_s: int = 86_400
    """before a reserved time an operator gives notice of closing a car park or a part of it, unless that is urgent"""
    compensation_percent: int = 10
    """of the price, on top of a full refund when a place is withdrawn and none can be offered; paid by whose fault it is"""
    pay_s: int = 7200
    """a payment that holds up nothing (a balance) can be made so long; one for a hold until the hold lapses"""
    retry_first_s: int = 15
    """the provider is asked again after this, then after twice as long each time (WeChat Pay repeats notices at 15, 15, 30, 180 s …)"""
    retry_most_s: int = 3600
    """but never later than this"""
    quote_s: int = 900
    """a quote is good so long"""
    refund_steps: tuple[tuple[int, int], ...] = ((3600, 100), (0, 50))
    """of shared places, which have no tariff: as `Tariff.refund_steps`"""
    shared_overstay_percent: int = 150
    """of the owner's hourly price, per started hour of overstay (Parkaze charges 1.5 times)"""
    platform_parts: int = 0
    """of 10,000 of every charge: the platform's fee; the payee gets the rest"""
    tax_parts: int = 0
    """of 10,000 of every charge"""
