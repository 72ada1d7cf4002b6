"""Records to bytes and back: MessagePack, the same in every store."""

from __future__ import annotations

import msgspec

from parking.records import Lot, Payment, Payout, Place, Quote, Reservation, ShareWindow
from parking.tariffs import Tariff

pack = msgspec.msgpack.Encoder().encode
LOT = msgspec.msgpack.Decoder(Lot)
PLACE = msgspec.msgpack.Decoder(Place)
WINDOW = msgspec.msgpack.Decoder(ShareWindow)
TARIFF = msgspec.msgpack.Decoder(Tariff)
PAYMENT = msgspec.msgpack.Decoder(Payment)
PAYOUT = msgspec.msgpack.Decoder(Payout)
QUOTE = msgspec.msgpack.Decoder(Quote)
RESERVATION = msgspec.msgpack.Decoder(Reservation)


def row(one: Reservation, due: int | None) -> tuple[object, ...]:
    """Columns of a reservation that stores search by, and its body; in the order of both stores' statements."""
    return (
        one.client, one.lot_id, one.place_id, one.wanted.start, one.wanted.end, one.plate.key, one.state.value, one.version,
        one.updated, due, pack(one),
    )  # fmt: skip
