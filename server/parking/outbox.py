"""What happened, told in order: outbox → WebSocket topics, and → offers to those who wait.

The outbox is read by its id. On PostgreSQL a transaction may commit after one with a higher id: a hole in the ids is waited for until
every transaction that could fill it has ended. Webhooks read the outbox by themselves, each as far as it has come.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import structlog

from parking.records import Event, Interval
from parking.waiting import offer
from server.hub import Hub
from server.parking.holes import Holes
from server.parking.lot_availability import topic_values
from server.parking.lot_search import forecast_view
from server.parking.records_codec import pack
from server.parking.store import Rule, ServiceUnit
from server.parking.views import encode, event_view, moment
from server.publications import Publication, compose
from server.topics import TopicError

if TYPE_CHECKING:
    from server.parking.service import Parking

EPOCH = "v1"
"""of `reservation:` topics: their numbers are versions, the same in every process and after every restart"""
NAME = "hub"
_BATCH, _PAUSE = 500, 0.2
_SOON = 900
"""s from now that `lot:` topics speak of"""
_FREES = frozenset(
    f"reservation.{state}" for state in ("cancelled", "expired", "no_show", "completed", "relocation_offered", "waiting")
)
_DATA = msgspec.msgpack.Decoder(dict[str, Any])
_COLUMNS = "select id, reservation_id, sequence, type, at, client, data from outbox"


class Head(NamedTuple):
    """As much of an event as says whether anybody here wants the rest."""

    position: int
    reservation_id: str
    type: str
    at: int


class Told(NamedTuple):
    """An event with its place in the outbox."""

    position: int
    event: Event


def heads(unit: ServiceUnit, position: int, limit: int, holes: Holes) -> list[Head]:
    """Events after `position`, in order, up to a hole that may still be filled."""
    query = "select id, reservation_id, type, at from outbox where id > ? order by id limit ?"
    found = [Head(*row) for row in unit.sql(query, position, limit)]
    for place, one in enumerate(found):
        if one.position != position + 1 and not holes.stays(unit, position):
            return found[:place]
        position = one.position
    return found


def after(unit: ServiceUnit, position: int, limit: int, holes: Holes) -> list[Told]:
    """The same, whole."""
    found = heads(unit, position, limit, holes)
    return _told(unit.sql(f"{_COLUMNS} where id > ? and id <= ? order by id", position, found[-1].position)) if found else []


def of_reservation(unit: ServiceUnit, reservation_id: str, limit: int) -> list[Event]:
    """Its last events, in order."""
    rows = unit.sql(f"{_COLUMNS} where reservation_id = ? order by sequence desc limit ?", reservation_id, limit)
    return [one.event for one in reversed(_told(rows))]


def position_of(unit: ServiceUnit, name: str) -> int:
    """How far a reader has come."""
    found = unit.sql("select position from relayed where name = ?", name)
    return int(found[0][0]) if found else 0


def come_to(name: str, position: int) -> Rule[None]:
    """Writes down how far a reader has come."""

    def rule(unit: ServiceUnit, _now: int) -> None:
        unit.sql(
            "insert into relayed values (?, ?) on conflict (name) do update set position = excluded.position", name, position
        )

    return rule


def _told(rows: Sequence[tuple[Any, ...]]) -> list[Told]:
    return [Told(row[0], Event(row[1], row[2], row[3], row[4], row[5], _DATA.decode(bytes(row[6])))) for row in rows]


class Relay:
    """Of one process: brings topics up to date."""

    def __init__(self, parking: Parking, hub: Hub) -> None:
        self._parking, self._hub = parking, hub
        self.position = 0
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Until cancelled."""
        self.position = await self._parking.read(lambda unit, _now: position_of(unit, NAME))
        while True:
            try:
                while await self.step():
                    pass
            except Exception:
                self._log.exception("parking_relay_failed")
            await asyncio.sleep(_PAUSE)

    async def step(self) -> bool:
        """Relays what is new. → whether there may be more."""
        told = await self._parking.read(lambda unit, _now: heads(unit, self.position, _BATCH, self._parking.holes))
        if not told:
            await self._tell_lots(())
            return False
        topics = self._hub.list_topics()
        heard = {one[12:] for one in topics if one.startswith("reservation:")}
        listened = any(one.startswith("lot:") for one in topics)
        wanted = [one for one in told if listened or one.reservation_id in heard or one.type in _FREES]
        if wanted:
            events, lots = await self._parking.read(lambda unit, _now: _whole(unit, wanted))
            for event in events:
                await self._tell(event)
            await self._offer(events, lots)
            await self._tell_lots(set(lots.values()))
        self.position = told[-1].position
        await self._parking.run_rule(come_to(NAME, self.position))
        return len(told) == _BATCH

    async def open_topic(self, topic: str, kind: str, address: str, client: str) -> None:
        """Gives a topic its value, the last changes of a reservation included. Raises TopicError: another's is as unknown as none."""
        now = asyncio.get_running_loop().time()
        if kind == "lot":
            if address not in self._parking.catalogue.lots:
                raise TopicError(topic, "unknown_topic", f"no car park has the id {address!r}")
            self._hub.open_topic(topic, now)
            await self._tell_lots({address})
            return
        events = await self._parking.read(lambda unit, _now: of_reservation(unit, address, 16)) if client else []
        if not events or events[-1].client != client:
            raise TopicError(topic, "unknown_topic", f"no reservation of yours has the id {address!r}")
        self._hub.open_topic(topic, now)
        for event in events:
            self._adopt(topic, event)

    async def _tell(self, event: Event) -> None:
        topic = f"reservation:{event.reservation_id}"
        if self._hub.find_topic(topic) is not None:
            publication = self._adopt(topic, event)
            if publication is not None:
                await self._hub.deliver([publication])

    def _adopt(self, topic: str, event: Event) -> Publication | None:
        data = encode(event_view(event))
        message = compose(topic, EPOCH, event.sequence, moment(event.at) or "", data)
        return self._hub.adopt(topic, EPOCH, event.sequence, data, message)

    async def _tell_lots(self, changed: set[str] | tuple[()]) -> None:
        """Topics of lots that somebody reads: those that changed, and those whose time went by."""
        lots = self._parking.catalogue.lots
        open_ = [name for name in (one[4:] for one in self._hub.list_topics() if one.startswith("lot:")) if name in lots]
        wanted = [name for name in open_ if name in changed or self._stale(name)]
        if not wanted:
            return
        now = self._parking.now()
        soon = Interval(now, now + _SOON)
        some, catalogue = [lots[name] for name in wanted], self._parking.catalogue
        seen, forecasts = self._parking.counting.inside.at(now), self._parking.counting.forecasts
        values = await self._parking.read(lambda unit, at: topic_values(unit, catalogue, some, soon, seen, at))
        for value in values:
            topic = self._hub.find_topic(f"lot:{value['lot_id']}")
            if topic is not None:
                value.update(forecast_view(catalogue, lots[value["lot_id"]], *forecasts.of(value["lot_id"], now)))
                data = encode({**value, "at": moment(now)})
                publication = self._hub.put(topic.name, data, moment(now) or "", pack([*value.values(), now // 60]))
                if publication is not None:
                    await self._hub.deliver([publication])

    def _stale(self, lot_id: str) -> bool:
        topic = self._hub.find_topic(f"lot:{lot_id}")
        if topic is None or topic.current is None:
            return topic is not None
        mark = msgspec.msgpack.decode(topic.mark) if isinstance(topic.mark, bytes) else [0]
        return bool(mark[-1] != self._parking.now() // 60)

    async def _offer(self, events: list[Event], lots: dict[str, str]) -> None:
        """Time that fell free is offered to those who wait, once a lot."""
        spans: dict[str, Interval] = {}
        for event in events:
            lot, start, end = lots.get(event.reservation_id), event.data.get("start"), event.data.get("end")
            if event.type in _FREES and lot is not None and isinstance(start, int) and isinstance(end, int):
                known = spans.get(lot, Interval(start, end))
                spans[lot] = Interval(min(known.start, start), max(known.end, end))
        rules = self._parking.rules
        for lot, span in spans.items():
            await self._parking.run_rule(lambda unit, now, lot=lot, span=span: _offer_rule(unit, lot, span, now, rules))  # type: ignore[misc]


def _offer_rule(unit: ServiceUnit, lot: str, span: Interval, now: int, rules: Any) -> None:
    if unit.waiting(lot, span, 1):
        offer(unit, lot, span, now, rules)


def _whole(unit: ServiceUnit, wanted: Sequence[Head]) -> tuple[list[Event], dict[str, str]]:
    """Those events, and the lot of each one's reservation."""
    rows = unit.sql(f"{_COLUMNS} where id in ({','.join('?' * len(wanted))}) order by id", *(one.position for one in wanted))
    ids = sorted({one.reservation_id for one in wanted})
    lots: list[Any] = unit.sql(f"select id, lot_id from reservations where id in ({','.join('?' * len(ids))})", *ids)
    return [one.event for one in _told(rows)], dict(lots)
