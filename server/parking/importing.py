"""Car parks, places and price lists from files into the store, while a server runs on it or not: it reads them anew twice a minute.

What a file does not say of a car park that is there already stays: columns that are missing, places that are not named, closings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from feeds.counters import Counters, Refusal
from feeds.parking.lots import LotTables
from parking.records import Lot, Place
from parking.tariffs import Tariff
from server.parking.catalogue_store import fits_claims
from server.parking.store import ServiceUnit, Store

AT_ONCE = 200
"""lots in one transaction: reservations wait some 20 ms for it at most"""
_OF_COLUMNS = ("name", "operator", "payee", "tariff_id", "opening", "timezone", "no_show_s", "grace_s", "community")
"""fields of a lot that keep their value where the file has no such column"""


@dataclass
class Imported:
    """How many of each were new, changed, or the same as before."""

    lots: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("new", "changed", "unchanged"), 0))
    places: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("new", "changed", "unchanged"), 0))
    tariffs: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("new", "changed", "unchanged"), 0))
    refused: Counters = field(default_factory=Counters)
    """what the store cannot take: reasons beyond those of reading"""


def enter(store: Store, tables: LotTables, tariffs: Sequence[Tariff]) -> Imported:
    """Price lists first, then lots with their places, some at a time; each transaction is whole or not at all."""
    done = Imported()
    for entered in store.submit(lambda unit, _now: [_tariff(unit, one) for one in tariffs]).result():
        done.tariffs[entered] += 1
    places: dict[str, list[Place]] = {}
    for place in tables.places:
        places.setdefault(place.lot_id, []).append(place)
    for first in range(0, len(tables.lots), AT_ONCE):
        some = tables.lots[first : first + AT_ONCE]
        told = store.submit(lambda unit, now, some=some: _lots(unit, some, places, tables.columns, now)).result()  # type: ignore[misc]
        for kind, word in told:
            if isinstance(word, Refusal):
                done.refused.refuse(word.reason, 1, [word])
            else:
                getattr(done, kind)[word] += 1
    return done


Told = list[tuple[str, "str | Refusal"]]


def _lots(unit: ServiceUnit, lots: Iterable[Lot], places: dict[str, list[Place]], columns: set[str], now: int) -> Told:
    told: Told = []
    for lot in lots:
        if lot.tariff_id and unit.tariff(lot.tariff_id) is None:
            detail = f"names a price list that is neither in the store nor among the files: {lot.tariff_id!r}"
            told.append(("lots", Refusal(f"car park {lot.id}", "tariff_id", "unknown_tariff", detail)))
            continue
        told.append(("lots", _lot(unit, lot, columns)))
        told += [("places", _place(unit, place, now)) for place in places.get(lot.id, ())]
    return told


def _lot(unit: ServiceUnit, lot: Lot, columns: set[str]) -> str:
    before = unit.lot(lot.id)
    if before is None:
        unit.put_lot(lot)
        return "new"
    said = {name: getattr(lot, name) for name in _OF_COLUMNS if name in columns}
    made = msgspec.structs.replace(before, lat=lot.lat, lon=lot.lon, **said)
    if made == before:
        return "unchanged"
    unit.put_lot(msgspec.structs.replace(made, version=before.version + 1))
    return "changed"


def _place(unit: ServiceUnit, place: Place, now: int) -> str | Refusal:
    before = unit.place(place.id)
    if before is None:
        unit.put_place(place)
        return "new"
    where = f"place {place.id}"
    if before.lot_id != place.lot_id:
        return Refusal(where, "lot_id", "place_of_another_lot", f"belongs to the car park {before.lot_id!r} already")
    made = msgspec.structs.replace(place, slot_s=before.slot_s, owner=place.owner or before.owner, version=before.version)
    if made == before:
        return "unchanged"
    if not fits_claims(unit, made, before, now):
        return Refusal(where, "capacity", "place_in_use", "is reserved; it may grow, not shrink or change its nature")
    unit.put_place(msgspec.structs.replace(made, version=before.version + 1))
    return "changed"


def _tariff(unit: ServiceUnit, tariff: Tariff) -> str:
    before = unit.tariff(tariff.id)
    if before is not None and msgspec.structs.replace(tariff, version=before.version) == before:
        return "unchanged"
    unit.put_tariff(msgspec.structs.replace(tariff, version=before.version + 1 if before else 1))
    return "changed" if before else "new"
