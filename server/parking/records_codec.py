"""Records to bytes and back: MessagePack, the same in every store."""

from __future__ import annotations

import msgspec

from parking.passages import Heard, Session
from parking.records import Lot, Place, Quote, Reservation, ShareWindow

pack = msgspec.msgpack.Encoder().encode
LOT = msgspec.msgpack.Decoder(Lot)
PLACE = msgspec.msgpack.Decoder(Place)
WINDOW = msgspec.msgpack.Decoder(ShareWindow)
QUOTE = msgspec.msgpack.Decoder(Quote)
RESERVATION = msgspec.msgpack.Decoder(Reservation)
HEARD = msgspec.msgpack.Decoder(Heard)
SESSION = msgspec.msgpack.Decoder(Session)


def row(one: Reservation, due: int | None) -> tuple[object, ...]:
    """Columns of a reservation that stores search by, and its body; in the order of both stores' statements."""
    return (
        one.client, one.lot_id, one.place_id, one.wanted.start, one.wanted.end, one.plate.key, one.state.value, one.version,
        one.updated, due, pack(one),
    )  # fmt: skip


def session_row(one: Session) -> tuple[object, ...]:
    """Columns of the table `sessions`, in its order."""
    return one.id, one.lot_id, one.plate.key, one.stay.value, one.moment, one.due, pack(one)
