"""What rules ask and write in a transaction on PostgreSQL (`parking.unit.Unit`).

Double booking is impossible whatever the rules do: numbered spaces have an exclusion constraint on (place, interval), pools a counter
per slot that a check holds below the room.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from parking.model import BLOCKING, State
from parking.profile import fits
from parking.records import Event, Interval, LedgerLine, Lot, Place, Quote, Reservation, ShareWindow
from parking.refusals import Code, Refusal
from parking.tariffs import Tariff
from server.parking.postgres_known import Key
from server.parking.postgres_locks import Busy
from server.parking.postgres_pending import slots
from server.parking.postgres_reader import PostgresReader
from server.parking.postgres_transaction import PostgresTransaction
from server.parking.records_codec import pack
from server.parking.store import Kept

_UPSERT = "ON CONFLICT (id) DO UPDATE SET"
_RECOUNT = (
    "INSERT INTO pool_slots SELECT place_id, slot, count(*), greatest(count(*), max(room)) FROM (SELECT place_id,"
    " generate_series(starts / %s::bigint * %s::bigint, ends - 1, %s::bigint) slot, %s::int room FROM claims"
    " WHERE place_id = %s AND NOT numbered) c GROUP BY place_id, slot"
)


class PostgresUnit(PostgresTransaction):
    """Commands of a transaction, one after another."""

    def window(self, window_id: str) -> ShareWindow | None:
        """See Unit; nobody changes it until this transaction ends (I5)."""
        self._need(("window", window_id))
        return self._known.windows[window_id]

    def quote(self, quote_id: str) -> Quote | None:
        """See Unit."""
        if quote_id in self._own.quotes:
            return self._own.quotes[quote_id]
        self._need(("quote", quote_id))
        return self._known.quotes[quote_id]

    def foresee(self, reservation_id: str, client: str, plate_key: bytes, quote_id: str, where: tuple[Place, Interval] | None) -> None:
        """See Unit."""
        keys: list[Key] = [("reservation", reservation_id), ("client", client), ("plate", plate_key)]
        if where is not None:
            keys.append(("place", where[0].id, where[1]))
        if quote_id and quote_id not in self._own.quotes:
            keys.append(("quote", quote_id))
        self._want(*keys)

    def answer(self, client: str, key: str) -> Kept | None:
        """See ServiceUnit."""
        wanted = ("answer", (client, key))
        self._want(wanted)
        if not self._known.has(wanted):
            self.supposing = True
            return None
        self._need(wanted)
        return self._known.answers[client, key]

    def keep_answer(self, client: str, key: str, kept: Kept, now: int) -> None:
        """See ServiceUnit."""
        self._own.answers[client, key] = (kept, now)

    def reservation(self, reservation_id: str) -> Reservation | None:
        """See Unit."""
        if reservation_id in self._own.reservations:
            return self._own.reservations[reservation_id][0]
        self._need(("reservation", reservation_id))
        return self._known.reservations[reservation_id]

    def claimants(self, place_id: str, span: Interval) -> Sequence[Reservation]:
        """See Unit."""
        self._settle(("place", place_id))
        return self._seen(super().claimants(place_id, span))

    def lapsed(self, place_id: str, span: Interval, now: int) -> Sequence[Reservation]:
        """See Unit; also fetches who claims the place then, for `claim`."""
        if now != self.now:
            self._settle(("place", place_id))
            return self._seen(super().lapsed(place_id, span, now))
        self._need(("place", place_id, span))
        found = [one for one in self._known.around[place_id].lapsed.values() if one.id not in self._own.reservations]
        met = [one for one in found if self._claims(one.id, place_id, span)]
        return self._seen(sorted(met, key=lambda one: (one.wanted.start, one.id)))

    def of_plate(self, plate_key: bytes, span: Interval) -> Sequence[Reservation]:
        """See Unit; nobody else reserves for the plate until this transaction ends."""
        if span.start < self.now:
            self._settle(("plate", plate_key))
            return self._seen(super().of_plate(plate_key, span))
        self._need(("plate", plate_key))
        found = self._with_own(self._known.plates[plate_key])
        return [one for one in found if one.plate.key == plate_key and one.state in BLOCKING and one.wanted.meets(span)]

    def holds_of(self, client: str, now: int) -> int:
        """See Unit; nobody else holds for the client until this transaction ends."""
        self._need(("client", client))
        found = self._with_own(self._known.clients[client])
        return sum(one.client == client and one.state is State.HOLD and one.blocks(now) for one in found)

    def due(self, now: int, limit: int) -> Sequence[Reservation]:
        """See Unit; those that another transaction works on are left to it."""
        self._settle()
        names = [one.id for one in super().due(now, limit)]
        self._learn([("reservation", name) for name in names])
        mine = [name for name in names if self._locks.mine(("reservation", name))]
        rows = self._rows('SELECT id FROM reservations WHERE id = ANY(%s) AND due <= %s ORDER BY due, id COLLATE "C"', mine, now)
        return [one for (name,) in rows if (one := self._known.reservations[name])]

    def waiting(self, lot_id: str, span: Interval, limit: int) -> Sequence[Reservation]:
        """See Unit; nobody else offers to those who wait there until this transaction ends."""
        self._settle(("waiting", lot_id), ("lot", lot_id))
        return self._seen(super().waiting(lot_id, span, limit))

    def occupied(self, place_id: str) -> Sequence[str]:
        """See Unit; nobody else binds a stall there until this transaction ends."""
        self._settle(("stalls", place_id), ("place", place_id))
        return super().occupied(place_id)

    def claim(self, reservation: Reservation, place: Place, span: Interval) -> bool:
        """See Unit."""
        name = reservation.id
        if name not in self._own.reservations:
            self._need(("reservation", name))
        self._need(("place", place.id, span))
        if place.shared_only and not place.numbered:  # what is lent may become smaller at any time
            place = PostgresReader.place(self, place.id) or place
        if place.room < 1:
            return False
        around = self._known.around[place.id]
        if place.numbered:
            own, (start, end) = self._own.claims, span
            met = [when for one, when in around.claims.items() if when[0] < end and start < when[1] and one != name and one not in own]
            mine = [claim[1] for one, claim in own.items() if claim and one != name and claim[0].id == place.id]
            met += [one for one in mine if one.meets(span)]
            if not fits(met, span, place.room):
                return False
        elif not self._counted(name, place, span, around.counts):
            return False
        self._set_claim(name, (place, span))
        self._own.touched |= {("place", place.id), ("claims", name)}
        return True

    def release(self, reservation_id: str) -> None:
        """See Unit."""
        self._need(("reservation", reservation_id))
        claimed = self._claim_of(reservation_id)
        if claimed is not None:
            place = self.place(claimed[0])
            if place is not None and not place.numbered:
                self._need(("place", place.id, claimed[1]))
            self._set_claim(reservation_id, None)
            self._own.touched |= {("place", claimed[0]), ("claims", reservation_id)}

    def insert(self, reservation: Reservation, due: int | None) -> None:
        """See Unit."""
        self._need(("reservation", reservation.id))
        if reservation.version != 1 or reservation.id in self._own.reservations or self._known.reservations[reservation.id]:
            raise ValueError("a new reservation has version 1 and an id of its own")
        self._own.reservations[reservation.id] = (reservation, due, 0)
        self._own.touch(reservation)

    def save(self, reservation: Reservation, due: int | None) -> None:
        """See Unit."""
        name = reservation.id
        kept = self._own.reservations.get(name)
        before = kept[0] if kept else self.reservation(name)
        if before is None or before.version != reservation.version - 1:
            if name in self._glimpsed:
                raise Busy  # it changed after this command had read it and before it was locked
            raise Refusal(Code.STALE_VERSION, "it has changed meanwhile")
        self._own.reservations[name] = (reservation, due, kept[2] if kept else before.version)
        self._own.touch(before)
        self._own.touch(reservation)

    def post(self, lines: Iterable[LedgerLine]) -> bool:
        """See Unit."""
        posting = list(lines)
        if not posting or sum([line.amount for line in posting]) != 0:
            raise ValueError("the lines of a posting add up to zero")
        key, name = posting[0].posting, posting[0].reservation_id
        self._need(("reservation", name))
        if key in self._own.postings or key in self._batch.postings or any(line.posting == key for line in self._known.lines[name]):
            return False
        if self.alone and self._rows("SELECT 1 FROM postings WHERE posting = %s", key):
            return False
        self._own.postings[key] = None
        self._own.lines += posting
        return True

    def ledger(self, reservation_id: str) -> Sequence[LedgerLine]:
        """See Unit."""
        self._need(("reservation", reservation_id))
        mine = [line for line in self._own.lines if line.reservation_id == reservation_id]
        return [*self._known.lines[reservation_id], *mine]

    def emit(self, event: Event) -> None:
        """See Unit. A gap is found when it is written, and then told to the command that made it."""
        self._own.events.append(event)

    def count_states(self, place_id: str) -> dict[State, int]:
        """See Unit."""
        self._settle(("place", place_id))
        return super().count_states(place_id)

    def bars_on(self, plate_key: bytes, now: int) -> int | None:
        """See Unit."""
        if now != self.now:
            self._settle(("plate", plate_key))
            return super().bars_on(plate_key, now)
        self._need(("plate", plate_key))
        return self._known.bars.get(plate_key)

    def put_lot(self, lot: Lot) -> None:
        """See Unit."""
        self.write(f"INSERT INTO lots VALUES (%s, %s) {_UPSERT} body = excluded.body", lot.id, pack(lot))
        self._renew()

    def put_place(self, place: Place) -> None:
        """See Unit; a pool with other slots is counted anew."""
        self._settle(("place", place.id))
        before = super().place(place.id)
        self.write(
            f"INSERT INTO places VALUES (%s, %s, %s) {_UPSERT} lot_id = excluded.lot_id, body = excluded.body",
            place.id, place.lot_id, pack(place),
        )  # fmt: skip
        if before is not None and before.slot_s != place.slot_s:
            self.write("DELETE FROM pool_slots WHERE place_id = %s", place.id)
            self.write(_RECOUNT, place.slot_s, place.slot_s, place.slot_s, place.room, place.id)
        self._renew()

    def put_tariff(self, tariff: Tariff) -> None:
        """See Unit."""
        super().put_tariff(tariff)
        self._renew()

    def place_to_change(self, place_id: str) -> Place | None:
        """See SharingRecords."""
        self._settle(("place", place_id))
        return PostgresReader.place(self, place_id)

    def put_window(self, window: ShareWindow) -> None:
        """See Unit."""
        self._settle(("window", window.id))
        self.write(
            f"INSERT INTO windows VALUES (%s, %s, %s, %s, %s) {_UPSERT} place_id = excluded.place_id, owner = excluded.owner,"
            " active = excluded.active, body = excluded.body",
            window.id, window.place_id, window.owner, window.active, pack(window),
        )  # fmt: skip

    def put_quote(self, quote: Quote) -> None:
        """See Unit."""
        self._own.quotes[quote.id] = quote

    def _renew(self) -> None:
        self.write("UPDATE marks SET value = value + 1 WHERE name = 'places'")
        self._places.clear()

    def _counted(self, name: str, place: Place, span: Interval, counts: Mapping[int, int]) -> bool:
        """Whether every slot of a pool has room, but for what the reservation claims itself."""
        steps: dict[int, int] = {}
        for one in {name, *self._own.claims}:
            for claimed, step in ((self._known.claim_of.get(one), -1), (self._claim_of(one) if one != name else None, 1)):
                if claimed is not None and claimed[0] == place.id:
                    for slot in slots(*claimed[1], place.slot_s):
                        steps[slot] = steps.get(slot, 0) + step
        return all(counts.get(slot, 0) + steps.get(slot, 0) < place.room for slot in slots(*span, place.slot_s))

    def _set_claim(self, name: str, claim: tuple[Place, Interval] | None) -> None:
        self._own.before.setdefault(name, self._known.claim_of.get(name))
        self._own.claims[name] = claim

    def _claim_of(self, name: str) -> tuple[str, Interval] | None:
        if name in self._own.claims:
            claim = self._own.claims[name]
            return None if claim is None else (claim[0].id, claim[1])
        return self._known.claim_of.get(name)

    def _claims(self, name: str, place_id: str, span: Interval) -> bool:
        """Whether a lapsed reservation of the place still claims part of the span."""
        claims = self._known.around[place_id].claims
        if name in self._own.claims:
            claimed = self._claim_of(name)
            return claimed is not None and claimed[0] == place_id and claimed[1].meets(span)
        place = self.place(place_id)
        return claims[name].meets(span) if name in claims else place is not None and not place.numbered

    def _with_own(self, known: Mapping[str, Reservation]) -> Iterable[Reservation]:
        return {**known, **{name: one for name, (one, _, _) in self._own.reservations.items()}}.values()
