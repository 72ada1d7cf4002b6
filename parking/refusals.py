"""Why a command is not carried out. The store rolls back what the command did; the API makes an RFC 9457 problem of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Code(StrEnum):
    """Closed set of reasons; the value is the problem's `code`. `STATUS` gives the HTTP status of each."""

    UNKNOWN_LOT = "unknown_lot"
    UNKNOWN_PLACE = "unknown_place"
    UNKNOWN_RESERVATION = "unknown_reservation"
    UNKNOWN_QUOTE = "unknown_quote"
    UNKNOWN_TARIFF = "unknown_tariff"
    """the lot names a tariff that was never entered: no price can be named"""
    UNKNOWN_SHARE = "unknown_share"
    UNKNOWN_WEBHOOK = "unknown_webhook"
    TAKEN = "taken"
    """the place, or all places of the pool, are claimed for part of the time"""
    CLOSED = "closed"
    """outside opening hours or outside the owner's window"""
    CALENDAR_UNKNOWN = "calendar_unknown"
    """the window depends on working days of a year nobody has decreed yet"""
    QUOTE_EXPIRED = "quote_expired"
    QUOTE_DIFFERS = "quote_differs"
    BAD_INTERVAL = "bad_interval"
    BAD_PLATE = "bad_plate"
    BAD_WINDOW = "bad_window"
    """days or times of an owner's window that mean nothing; `field` names the wrong one"""
    PLATE_BUSY = "plate_busy"
    """the plate has another reservation at that time"""
    TOO_MANY_HOLDS = "too_many_holds"
    BARRED = "barred"
    NOT_ELIGIBLE = "not_eligible"
    """the place is for others: residents first, disabled, …"""
    WRONG_STATE = "wrong_state"
    HOLD_EXPIRED = "hold_expired"
    STALE_VERSION = "stale_version"
    TOO_LATE = "too_late"
    TOO_EARLY = "too_early"
    NOT_PAID = "not_paid"
    NOTHING_DUE = "nothing_due"
    """nothing is to be paid"""
    UNKNOWN_PAYMENT = "unknown_payment"
    UNKNOWN_BAR = "unknown_bar"
    UNKNOWN_APPEAL = "unknown_appeal"


STATUS: Mapping[str, int] = {
    Code.UNKNOWN_LOT: 404, Code.UNKNOWN_PLACE: 404, Code.UNKNOWN_RESERVATION: 404, Code.UNKNOWN_QUOTE: 404, Code.UNKNOWN_SHARE: 404,
    Code.UNKNOWN_PAYMENT: 404, Code.UNKNOWN_WEBHOOK: 404, Code.UNKNOWN_BAR: 404, Code.UNKNOWN_APPEAL: 404,
    Code.STALE_VERSION: 412, Code.BAD_INTERVAL: 422, Code.BAD_PLATE: 422, Code.BAD_WINDOW: 422, Code.BARRED: 403,
    Code.NOT_ELIGIBLE: 403, Code.NOT_PAID: 402,
}  # fmt: skip
"""409 for all others: the request is well made, the state of things forbids it"""


class Refusal(Exception):
    """`detail` is one sentence for people (without plates or names); `facts` are JSON-ready figures, e.g. when a hold ends."""

    def __init__(self, code: Code, detail: str, facts: Mapping[str, object] | None = None) -> None:
        super().__init__(code, detail)
        self.code, self.detail, self.facts = code, detail, dict(facts or {})

    @property
    def status(self) -> int:
        """HTTP status."""
        return STATUS.get(self.code, 409)
