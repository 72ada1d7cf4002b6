"""Records as the API shows them. Plates are masked; only the owner's own detail holds the text, which the caller gives."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from parking.records import Event, Interval, Lot, Place, Quote, Reservation
from transit.local_time import rfc3339

ZONE = "Asia/Shanghai"
"""of times in answers; their offset says so"""
CURRENCY = "CNY"
encode = msgspec.json.Encoder().encode
Json = dict[str, Any]


@lru_cache(maxsize=16_384)
def moment(epoch: int | None) -> str | None:
    """RFC 3339; the same few moments come again and again."""
    return None if epoch is None else rfc3339(epoch, ZONE)


def money(fen: int) -> Json:
    """`amount` in fen."""
    return {"amount": fen, "currency": CURRENCY}


def reservation_view(one: Reservation, plate_text: str | None = None) -> Json:
    """A reservation."""
    return {
        "id": one.id, "state": one.state.value, "version": one.version, "lot_id": one.lot_id, "place_id": one.place_id or None,
        "stall": one.stall or None, "kind": one.kind.value, "from": moment(one.wanted.start), "to": moment(one.wanted.end),
        "plate": {"text": plate_text or one.plate.masked, "color": one.plate.color.value, "masked": plate_text is None},
        "price": money(one.terms.amount), "lines": [{"text": text, "amount": fen} for text, fen in one.terms.lines],
        "paid": money(one.paid), "refunded": money(one.refunded), "fees": money(one.fees), "hold_until": moment(one.hold_until),
        "created_at": moment(one.created), "updated_at": moment(one.updated), "arrived_at": moment(one.arrived),
        "left_at": moment(one.left), "moved_from": one.moved_from or None, "reason": one.reason or None,
        "compensation": money(one.compensation if one.fault else 0),
    }  # fmt: skip


def quote_view(one: Quote) -> Json:
    """An offer."""
    steps = [{"until": moment(one.wanted.start - ahead), "refund_percent": percent} for ahead, percent in one.terms.refund_steps]
    return {
        "id": one.id, "lot_id": one.lot_id, "place_id": one.place_id, "from": moment(one.wanted.start), "to": moment(one.wanted.end),
        "price": money(one.terms.amount), "lines": [{"text": text, "amount": fen} for text, fen in one.terms.lines],
        "cancellation": steps, "compensation_percent": one.terms.compensation_percent,
        "overstay_per_hour": money(one.terms.overstay_fen_per_hour), "expires_at": moment(one.expires),
    }  # fmt: skip


def lot_view(lot: Lot, places: tuple[Place, ...], lat: float, lon: float) -> Json:
    """A car park, with its coordinates in the datum asked for."""
    kinds: dict[str, int] = {}
    for place in places:
        kinds[place.kind.value] = kinds.get(place.kind.value, 0) + place.capacity
    return {
        "id": lot.id, "name": lot.name, "lat": lat, "lon": lon, "operator": lot.operator, "tariff_id": lot.tariff_id or None,
        "timezone": lot.timezone, "opening": [list(span) for span in lot.opening], "capacity": sum(kinds.values()), "kinds": kinds,
        "no_show_s": lot.no_show_s, "grace_s": lot.grace_s, "version": lot.version,
    }  # fmt: skip


def place_view(place: Place) -> Json:
    """A place of it."""
    return {
        "id": place.id, "kind": place.kind.value, "capacity": place.capacity, "numbered": place.numbered,
        "shared_only": place.shared_only, "zone": place.zone or None, "version": place.version,
    }  # fmt: skip


def event_view(event: Event) -> Json:
    """The same on webhooks and on the topic `reservation:{id}`."""
    data = dict(event.data)
    bar = data.get("bar")
    if isinstance(bar, dict) and isinstance(bar.get("until"), int):
        data["bar"] = {**bar, "until": moment(bar["until"])}
    start, end = data.pop("start", None), data.pop("end", None)
    return {
        "id": f"{event.reservation_id}.{event.sequence}", "type": event.type, "reservation_id": event.reservation_id,
        "sequence": event.sequence, "at": moment(event.at),
        **data, "from": moment(start if isinstance(start, int) else None), "to": moment(end if isinstance(end, int) else None),
    }  # fmt: skip


def span_view(span: Interval) -> Json:
    """`from` and `to`."""
    return {"from": moment(span.start), "to": moment(span.end)}
