from __future__ import annotations

import pytest

from feeds.datum import wgs84_to_gcj02
from feeds.parking.lots import LotTables, read_lots
from parking.model import Account, SpaceKind
from parking.records import Lot, Place

LOTS = """lot_id,name,lat,lon,capacity,kinds,opening,tariff_id,operator,payee
L1,东站,36.7,117.5,100,disabled:4;charging:10,Mo-Fr 07:00-22:00,T1,静态交通,treasury
L2,,36.8,117.6,20,,,,,
"""


def read(text: str, places: str | None = None, **options: str) -> LotTables:
    return read_lots("lots.csv", text.encode(), ("places.csv", places.encode()) if places is not None else None, **options)


def test_lots_with_pools_by_kind() -> None:
    tables = read(LOTS)
    opening = tuple((day * 1440 + 420, day * 1440 + 1320) for day in range(5))
    assert tables.lots == [
        Lot("L1", "东站", 36.7, 117.5, "静态交通", Account.TREASURY, "T1", opening),
        Lot("L2", "L2", 36.8, 117.6),
    ]
    assert [(one.id, one.capacity, one.kind) for one in tables.places] == [
        ("L1:general", 86, SpaceKind.GENERAL), ("L1:disabled", 4, SpaceKind.DISABLED), ("L1:charging", 10, SpaceKind.CHARGING),
        ("L2:general", 20, SpaceKind.GENERAL),
    ]  # fmt: skip
    assert tables.lot_counters.accepted == 2


def test_places_stand_instead_of_pools() -> None:
    tables = read(LOTS, "place_id,lot_id,capacity,kind,numbered,shared_only,overbook\nA1,L1,,bus,1,是,\nZ,L1,30,,0,,2\nX,L9,,,,,\n")
    assert tables.places == [
        Place("A1", "L1", 1, SpaceKind.BUS, numbered=True, shared_only=True),
        Place("Z", "L1", 30, overbook=2),
        Place("L2:general", "L2", 20),
    ]
    assert str(tables.place_counters.examples[0]) == "places.csv, line 4, lot_id: is no car park of this import: 'L9'"


def test_what_else_operators_know_of_lots_and_places() -> None:
    tables = read(
        "lot_id,lat,lon,no_show_s,grace_s,community\nL1,36.7,117.5,600,60,mingzhu\n",
        "place_id,lot_id,shared_only,owner,zone\nA1,L1,1,id:ann,B1\nA2,L1,1,安 娜,B1\n",
    )
    assert tables.lots == [Lot("L1", "L1", 36.7, 117.5, no_show_s=600, grace_s=60, community="mingzhu")]
    assert tables.places == [Place("A1", "L1", 1, shared_only=True, owner="id:ann", zone="B1")]
    assert tables.place_counters.refused == {"bad_owner": 1}
    assert tables.columns == {"lot_id", "lat", "lon", "no_show_s", "grace_s", "community"}


def test_the_inventory_of_sim_city_is_a_table_of_lots() -> None:
    tables = read("parking_area,name,lat,lon,capacity\n1059,,43.740143,7.414828,225\n1060,,43.767953,7.458167,75\n")
    assert [(one.id, one.lat, one.opening) for one in tables.lots] == [("1059", 43.740143, ()), ("1060", 43.767953, ())]
    assert [one.capacity for one in tables.places] == [225, 75]


@pytest.mark.parametrize(
    ("row", "reason", "said"),
    [
        (",,36,117,1,,,,,", "no_lot_id", "lots.csv, line 2, lot_id: is empty"),
        ("东站,,36,117,1,,,,,", "bad_lot_id", "lots.csv, line 2, lot_id: may have 48 letters, digits and . _ : ~ -: '东站'"),
        ("L,,96,117,1,,,,,", "bad_lat", "lat: is not from -90 to 90: '96'"),
        ("L,,36,east,1,,,,,", "bad_lon", "lon: is not a number: 'east'"),
        ("L,,36,117,many,,,,,", "bad_capacity", "capacity: is not a whole number from 0 to 100000: 'many'"),
        ("L,,36,117,5,disabled:6,,,,", "bad_kinds", "kinds: adds up to 6, the capacity is 5"),
        ("L,,36,117,5,general:3,,,,", "bad_kinds", "kinds: adds up to 3, the capacity is 5"),
        ("L,,36,117,5,boats:1,,,,", "bad_kinds", "kinds: is none of general"),
        ("L,,36,117,5,bus:1;bus:1,,,,", "bad_kinds", "kinds: names 'bus' twice"),
        ("L,,36,117,5,bus,,,,", "bad_kinds", "kinds: is not a whole number"),
        ("L,,36,117,5,,Mo-Fr,,,", "bad_opening", "opening: has no times in 'Mo-Fr'"),
        ("L,,36,117,5,,,,,mayor", "bad_payee", "payee: is none of operator, owner, platform, treasury: 'mayor'"),
    ],
)
def test_rows_that_cannot_be_used_are_left_out_and_say_why(row: str, reason: str, said: str) -> None:
    tables = read(LOTS.splitlines()[0] + f"\n{row}\nL2,,36.8,117.6,20,,,,,\n")
    assert [one.id for one in tables.lots] == ["L2"]
    assert tables.lot_counters.refused == {reason: 1}
    assert said in str(tables.lot_counters.examples[0])


def test_duplicates_time_zones_and_capacities_that_only_kinds_tell() -> None:
    tables = read("lot_id,lat,lon,kinds,timezone\nA,1,2,bus:3,Europe/Monaco\nA,1,2,,\nB,1,2,,Moon/Sea\nC,1,2,,../etc\n")
    assert [(one.id, one.timezone) for one in tables.lots] == [("A", "Europe/Monaco")]
    assert [(one.kind, one.capacity) for one in tables.places] == [(SpaceKind.BUS, 3)]
    assert tables.lot_counters.refused == {"duplicate_lot_id": 1, "bad_timezone": 2}
    assert "is on line 2 already" in str(tables.lot_counters.examples[0])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("A,L1,2,,1,,", "a numbered space has the capacity 1"),
        ("A,L1,1,,1,,1", "never overbooked"),
        ("A,L1,1,boat,,,", "kind: is none of general"),
        ("A,L1,1,,perhaps,,", "numbered: is neither yes nor no"),
        ("Z,L1,1,,,,", "place_id: is on line 2 already"),
    ],
)
def test_places_that_cannot_be_used(row: str, said: str) -> None:
    tables = read(LOTS, f"place_id,lot_id,capacity,kind,numbered,shared_only,overbook\nZ,L1,30,,,,\n{row}\n")
    assert [one.id for one in tables.places if one.lot_id == "L1"] == ["Z"]
    assert said in str(tables.place_counters.examples[0])


def test_chinese_maps_coordinates_are_turned_into_wgs84() -> None:
    lat, lon = wgs84_to_gcj02(36.7, 117.5)
    (lot,) = read(f"lot_id,lat,lon\nA,{lat},{lon}\n", crs="gcj02").lots
    assert (lot.lat, lot.lon) == pytest.approx((36.7, 117.5), abs=1e-7)
    with pytest.raises(ValueError, match="wgs84 or gcj02"):
        read("", crs="bd09")
