"""Car parks and their places from CSV: `lots.csv`, and `places.csv` where spaces are numbered or zones are named.

lots.csv    lot_id, lat, lon, and as known: name, capacity, kinds (`disabled:4;charging:10`, of the capacity), opening (see
            `opening_hours`), tariff_id, operator, payee, timezone, no_show_s, grace_s, community. The inventory of sim_city
            (parking_area, capacity) is one as it is.
places.csv  place_id, lot_id, and as known: capacity (1), kind (general), numbered, shared_only, overbook, owner (`id:SUBJECT`), zone. A
            lot that has places there has only those.
Rows that cannot be used are left out and counted by reason; so is a place of a lot that is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from feeds.counters import Counters
from feeds.datum import gcj02_to_wgs84
from feeds.parking.opening_hours import parse_opening
from feeds.parking.rows import Progress, Row, Unusable, read_rows, refuse
from parking.model import Account, SpaceKind
from parking.records import Lot, Place

ALIASES = {"parking_area": "lot_id", "id": "lot_id", "latitude": "lat", "longitude": "lon"}
LOT_COLUMNS = (
    "lot_id", "lat", "lon", "name", "capacity", "kinds", "opening", "tariff_id", "operator", "payee", "timezone", "no_show_s",
    "grace_s", "community",
)  # fmt: skip
PLACE_COLUMNS = ("place_id", "lot_id", "capacity", "kind", "numbered", "shared_only", "overbook", "owner", "zone")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,63}")
_OWNER = re.compile(r"[\x21-\x7e]{0,220}")
WEEK_S = 7 * 86_400
PAYEES = (Account.OPERATOR, Account.OWNER, Account.PLATFORM, Account.TREASURY)
MOST = 100_000
"""stalls of one place"""


@dataclass
class LotTables:
    """What was read; `places` of `lots` only."""

    lots: list[Lot] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    lot_counters: Counters = field(default_factory=Counters)
    place_counters: Counters = field(default_factory=Counters)
    columns: set[str] = field(default_factory=set)
    """of lots.csv that were there: what a file does not say of a car park stays as it is"""


def read_lots(
    name: str, data: bytes, places: tuple[str, bytes] | None = None, crs: str = "wgs84", progress: Progress | None = None
) -> LotTables:
    """Of (file name, content). `crs`: `wgs84`, or `gcj02` as Chinese maps have it. Raises FeedError, ValueError for another `crs`."""
    if crs not in ("wgs84", "gcj02"):
        raise ValueError(f"coordinates are in wgs84 or gcj02, not in {crs!r}")
    tables, seen = LotTables(), dict[str, int]()
    pools: dict[str, list[Place]] = {}
    counters = tables.lot_counters
    for row in read_rows(name, data, ("lot_id", "lat", "lon"), counters, ALIASES, progress, LOT_COLUMNS):
        tables.columns.update(row.cells)
        try:
            lot, pools[row.text("lot_id")] = _lot(row, seen, crs)
        except Unusable as why:
            refuse(counters, name, row, why)
            continue
        seen[lot.id] = row.line
        tables.lots.append(lot)
        counters.accepted += 1
    told = _places(*places, seen, tables.place_counters, progress) if places else {}
    tables.places = [place for lot in tables.lots for place in (told.get(lot.id) or pools[lot.id])]
    return tables


def _lot(row: Row, seen: dict[str, int], crs: str) -> tuple[Lot, list[Place]]:
    lot_id = _id(row, "lot_id", 48)
    if lot_id in seen:
        raise Unusable("lot_id", "duplicate_lot_id", f"is on line {seen[lot_id]} already: {lot_id!r}")
    lat, lon = row.number("lat", -90.0, 90.0), row.number("lon", -180.0, 180.0)
    if crs == "gcj02":
        lat, lon = (float(one) for one in gcj02_to_wgs84(lat, lon))
    try:
        opening = parse_opening(row.text("opening"))
    except ValueError as why:
        raise Unusable("opening", "bad_opening", str(why)) from None
    lot = Lot(
        lot_id, row.text("name", lot_id), lat, lon, row.text("operator"), _payee(row), row.text("tariff_id"), opening, _timezone(row),
        row.whole("no_show_s", 1800, WEEK_S), row.whole("grace_s", 900, WEEK_S), community=row.text("community"),
    )  # fmt: skip
    return lot, _pools(row, lot_id)


def _pools(row: Row, lot_id: str) -> list[Place]:
    """One pool a kind; the general one has what the others leave of the capacity."""
    pools: list[Place] = []
    for part in filter(None, (one.strip() for one in row.text("kinds").replace("；", ";").split(";"))):
        word, _, count = part.partition(":")
        kind = _kind(word.strip(), "kinds")
        if any(one.kind is kind for one in pools):
            raise Unusable("kinds", "bad_kinds", f"names {kind.value!r} twice")
        stalls = Row(row.line, {"kinds": count.strip()}).whole("kinds", None, MOST)
        pools.append(Place(f"{lot_id}:{kind.value}", lot_id, stalls, kind))
    named = sum(one.capacity for one in pools)
    capacity = row.whole("capacity", named, MOST)
    if named > capacity or (named < capacity and any(one.kind is SpaceKind.GENERAL for one in pools)):
        raise Unusable("kinds", "bad_kinds", f"adds up to {named}, the capacity is {capacity}")
    if capacity > named:
        pools.insert(0, Place(f"{lot_id}:general", lot_id, capacity - named))
    return pools


def _places(name: str, data: bytes, lots: Iterable[str], counters: Counters, progress: Progress | None) -> dict[str, list[Place]]:
    """Places by lot."""
    known, seen, found = set(lots), dict[str, int](), dict[str, list[Place]]()
    for row in read_rows(name, data, ("place_id", "lot_id"), counters, None, progress, PLACE_COLUMNS):
        try:
            place = _place(row, known, seen)
        except Unusable as why:
            refuse(counters, name, row, why)
            continue
        seen[place.id] = row.line
        found.setdefault(place.lot_id, []).append(place)
        counters.accepted += 1
    return found


def _place(row: Row, lots: set[str], seen: dict[str, int]) -> Place:
    place_id, lot_id = _id(row, "place_id", 64), row.required("lot_id")
    if place_id in seen:
        raise Unusable("place_id", "duplicate_place_id", f"is on line {seen[place_id]} already: {place_id!r}")
    if lot_id not in lots:
        raise Unusable("lot_id", "unknown_lot", f"is no car park of this import: {lot_id!r}")
    capacity, numbered, overbook = row.whole("capacity", 1, MOST), row.flag("numbered"), row.whole("overbook", 0, MOST)
    if numbered and (capacity != 1 or overbook):
        raise Unusable("numbered", "bad_numbered", "a numbered space has the capacity 1 and is never overbooked")
    kind = _kind(row.text("kind", SpaceKind.GENERAL.value), "kind")
    owner = row.text("owner")
    if not _OWNER.fullmatch(owner):
        raise Unusable("owner", "bad_owner", f"is no subject such as id:ann: {owner[:40]!r}")
    zone = row.text("zone")
    if len(zone) > 40:
        raise Unusable("zone", "bad_zone", f"has more than 40 signs: {zone[:40]!r}")
    return Place(place_id, lot_id, capacity, kind, numbered, overbook, shared_only=row.flag("shared_only"), owner=owner, zone=zone)


def _id(row: Row, field: str, most: int) -> str:
    found = row.required(field)
    if not _ID.fullmatch(found) or len(found) > most:
        raise Unusable(field, f"bad_{field}", f"may have {most} letters, digits and . _ : ~ -: {found[:40]!r}")
    return found


def _kind(word: str, where: str) -> SpaceKind:
    try:
        return SpaceKind(word.lower())
    except ValueError:
        raise Unusable(where, f"bad_{where}", f"is none of {', '.join(SpaceKind)}: {word!r}") from None


def _payee(row: Row) -> Account:
    word = row.text("payee", Account.OPERATOR.value).lower()
    if word not in [one.value for one in PAYEES]:
        raise Unusable("payee", "bad_payee", f"is none of {', '.join(PAYEES)}: {word!r}")
    return Account(word)


def _timezone(row: Row) -> str:
    name = row.text("timezone", "Asia/Shanghai")
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Unusable("timezone", "bad_timezone", f"is no time zone: {name!r}") from None
