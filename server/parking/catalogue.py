"""Lots, places and price lists as last read: searches do not ask the store for what hardly changes. Room is never kept here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from parking.pricing import price, total
from parking.records import Interval, Lot, Place
from parking.refusals import Refusal
from parking.search import Price, Search
from parking.streets import StreetGraph, metres
from parking.tariffs import Tariff
from server.parking.views import lot_view
from server.views import Crs
from server.views import places as in_datum

_AWAY, _MOST_NEAR = 2000.0, 12
"""alternatives: m, lots at most"""
Read = tuple[list[Lot], dict[str, tuple[Place, ...]], dict[str, Tariff]]


class Catalogue:
    """Replaced as a whole by `take`; read by any thread."""

    def __init__(self) -> None:
        self.lots: dict[str, Lot] = {}
        self.search = Search((), ())
        self.tariffs: dict[str, Tariff] = {}
        self.streets: StreetGraph | None = None
        self._places: dict[str, tuple[Place, ...]] = {}
        self._neighbours: dict[str, list[tuple[float, Lot]]] = {}
        self._views: dict[tuple[str, Crs], dict[str, Any]] = {}

    def index(self, read: Read, streets: StreetGraph | None) -> Search | None:
        """What searching needs of it; None when nothing of that has changed. Takes a while: to be made on a thread."""
        lots, places, _ = read
        if streets is self.streets and places == self._places and lots == list(self.lots.values()):
            return None
        return Search(lots, (place for some in places.values() for place in some), streets)

    def take(self, read: Read, search: Search | None, streets: StreetGraph | None) -> None:
        """In place of what was known."""
        lots, places, self.tariffs = read
        if search is not None:
            self.lots, self._places, self.search, self.streets = {lot.id: lot for lot in lots}, places, search, streets
            self._neighbours, self._views = {}, {}

    def places(self, lot_id: str) -> tuple[Place, ...]:
        """Of a lot, by id."""
        return self._places.get(lot_id, ())

    def view(self, lot: Lot, crs: Crs) -> Mapping[str, Any]:
        """What hardly changes of an answer about the lot."""
        found = self._views.get((lot.id, crs))
        if found is None:
            (lat,), (lon,) = in_datum([lot.lat], [lot.lon], crs)
            found = self._views[lot.id, crs] = lot_view(lot, self.places(lot.id), lat, lon)
        return found

    def neighbours(self, lot_id: str) -> list[tuple[float, Lot]]:
        """(m, lot) of the nearest, itself first."""
        lot = self.lots.get(lot_id)
        if lot is None:
            return []
        if lot_id not in self._neighbours:
            search = self.search
            away = metres(search.lat, search.lon, lot.lat, lot.lon)
            order = np.lexsort((np.arange(len(away)), away))[:_MOST_NEAR].tolist()
            self._neighbours[lot_id] = [(float(away[k]), search.lots[k]) for k in order if away[k] <= _AWAY]
        return self._neighbours[lot_id]

    def prices(self, wanted: Interval) -> Price:
        """What a car pays for `wanted` by the lot's own price list, without asking the store; a quote alone binds."""
        known: dict[tuple[str, str], int | None] = {}

        def of(lot: Lot) -> int | None:
            if not lot.tariff_id:
                return 0
            key = lot.tariff_id, lot.timezone
            if key not in known:
                tariff = self.tariffs.get(lot.tariff_id)
                known[key] = None if tariff is None else _price(tariff, wanted, lot.timezone)
            return known[key]

        return of


def closed_because(lot: Lot, wanted: Interval) -> str | None:
    """The reason of the closing that meets the time, if there is one."""
    met = (one for one in lot.closures if not one.place_id and any(span.meets(wanted) for span in one.spans))
    return next((one.reason or "closed" for one in met), None)


def _price(tariff: Tariff, wanted: Interval, timezone: str) -> int | None:
    try:
        return total(price(tariff, wanted, timezone))
    except Refusal:  # a calendar not yet decreed
        return None


def newest(tariffs: Iterable[Tariff]) -> dict[str, Tariff]:
    """Of every price list its newest version, by id."""
    found: dict[str, Tariff] = {}
    for one in tariffs:
        if one.id not in found or one.version > found[one.id].version:
            found[one.id] = one
    return found
