"""Lots and places as the store keeps them: all of them read, and entered in one transaction."""

from __future__ import annotations

import msgspec

from parking.records import Lot, Place
from server.parking.catalogue import Read, newest
from server.parking.messages import LotIn, PlaceIn
from server.parking.records_codec import LOT, PLACE, TARIFF
from server.parking.store import ServiceUnit


def all_lots(unit: ServiceUnit) -> list[Lot]:
    """By id."""
    return sorted((LOT.decode(bytes(body)) for (body,) in unit.sql("select body from lots")), key=lambda lot: lot.id)


def all_places(unit: ServiceUnit) -> dict[str, tuple[Place, ...]]:
    """By lot, each by id."""
    found: dict[str, list[Place]] = {}
    for (body,) in unit.sql("select body from places"):
        place = PLACE.decode(bytes(body))
        found.setdefault(place.lot_id, []).append(place)
    return {lot: tuple(sorted(places, key=lambda place: place.id)) for lot, places in found.items()}


def read_all(unit: ServiceUnit) -> Read:
    """What the catalogue takes."""
    tariffs = (TARIFF.decode(bytes(body)) for (body,) in unit.sql("select body from tariffs"))
    return all_lots(unit), all_places(unit), newest(tariffs)


def put_lot(unit: ServiceUnit, lot_id: str, said: LotIn) -> Lot:
    """Enters or replaces a lot; its version grows by one."""
    before = unit.lot(lot_id)
    lot = Lot(
        id=lot_id, name=said.name, lat=said.lat, lon=said.lon, operator=said.operator, payee=said.payee, tariff_id=said.tariff_id,
        opening=said.opening, timezone=said.timezone, no_show_s=said.no_show_s, grace_s=said.grace_s,
        community=before.community if before else "", closures=before.closures if before else (),
        version=before.version + 1 if before else 1,
    )  # fmt: skip
    unit.put_lot(lot)
    return lot


def put_place(unit: ServiceUnit, lot_id: str, place_id: str, said: PlaceIn) -> Place | None:
    """Enters or replaces a place; None when another lot has one of that id."""
    before = unit.place(place_id)
    if before is not None and before.lot_id != lot_id:
        return None
    fields = {name: value for name, value in msgspec.structs.asdict(said).items() if name != "id"}
    place = Place(id=place_id, lot_id=lot_id, version=before.version + 1 if before else 1, **fields)
    unit.put_place(place)
    return place


def fits_claims(unit: ServiceUnit, place: Place, before: Place | None, now: int) -> bool:
    """Whether a place may become this: its nature (pool or numbered, grid) only while nothing is claimed from now on."""
    if before is None or (before.numbered, before.slot_s, before.capacity, before.overbook) == (
        place.numbered, place.slot_s, place.capacity, place.overbook,
    ):  # fmt: skip
        return True
    grows = (before.numbered, before.slot_s) == (place.numbered, place.slot_s) and place.room >= before.room
    return grows or not unit.sql("select 1 from claims where place_id = ? and ends > ? limit 1", place.id, now)


def sound(place: PlaceIn) -> str | None:
    """What is wrong with it, or None."""
    if place.numbered and (place.capacity != 1 or place.overbook):
        return "a numbered space has capacity 1 and no overbooking"
    return None
