from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.model import SpaceKind
from parking.records import Closure, Interval, Lot, Place
from parking.search import AT_ONCE, Found, Price, Query, Room, Rooms, Search, SearchParameters
from parking.streets import build_streets, metres
from tests.parking.test_streets import LAT, LON, place, street

NOW = 1_772_409_600  # Monday 08:00 in Shanghai
HOUR = Interval(NOW, NOW + 3600)
PAR = SearchParameters()


def lot(name: str, x: float, y: float, **fields: object) -> Lot:
    lat, lon = place(x, y)
    return Lot(name, name, lat, lon, **fields)  # type: ignore[arg-type]


def pool(name: str, capacity: int = 10, kind: SpaceKind = SpaceKind.GENERAL) -> Place:
    return Place(f"{name}-{kind}", name, capacity, kind)


def having(now: Callable[[str], int | None] = lambda _: 5, then: Callable[[str], int | None] = lambda _: 5) -> Rooms:
    return lambda lots: [Room(now(one.id), then(one.id)) for one in lots]


def free(_lot: Lot) -> int | None:
    return 0


def find(search: Search, query: Query, rooms: Rooms | None = None, price: Price = free) -> list[Found]:
    return search.find(query, rooms or having(), price)[0]


def names(search: Search, query: Query, rooms: Rooms | None = None, price: Price = free) -> list[str]:
    return [one.lot.id for one in find(search, query, rooms, price)]


def test_the_nearest_on_foot_come_first_and_not_the_nearest_as_the_crow_flies() -> None:
    # a river between: C is 100 m away and 700 m to walk, D 300 m both ways
    streets = build_streets([
        street("o", "d", (0, 0), (300, 0)), street("o", "p", (0, 0), (0, -300)), street("p", "q", (0, -300), (-100, -300)),
        street("q", "c", (-100, -300), (-100, 0)),
    ])  # fmt: skip
    both = [lot("C", -100, 0), lot("D", 300, 0)], [pool("C"), pool("D")]
    search, here = Search(*both, streets), Query(*place(0, 0), HOUR)
    found = find(search, here)
    assert [(one.lot.id, one.by_streets) for one in found] == [("D", True), ("C", True)]
    assert (found[1].walk_m, found[1].straight_m) == pytest.approx((700.0, 100.0), abs=1.0)
    assert found[0].walk_s == pytest.approx(300.0 / PAR.walking_mps, abs=1.0)
    assert names(search, here._replace(radius_m=500.0)) == ["D"]
    crow = find(Search(*both), here._replace(radius_m=299.0))
    assert [(one.lot.id, one.by_streets) for one in crow] == [("C", False)]
    assert crow[0].walk_m == pytest.approx(PAR.detour * crow[0].straight_m)


def test_a_car_park_far_from_all_streets_is_told_by_its_straight_distance() -> None:
    streets = build_streets([street("o", "d", (0, 0), (300, 0))])
    search = Search([lot("F", 0, 500)], [pool("F")], streets)
    (found,) = find(search, Query(*place(0, 0), HOUR, radius_m=501.0))
    assert (found.by_streets, found.walk_m) == (False, pytest.approx(650.0, abs=1.0))
    assert not find(search, Query(*place(0, 0), HOUR, radius_m=499.0))


def test_filters_by_kind_price_opening_and_room() -> None:
    closed = Closure("c", (Interval(NOW - 60, NOW + 60),))
    lots = [lot("A", 0, 10), lot("B", 0, 20, opening=((0, 60),)), lot("C", 0, 30), lot("D", 0, 40), lot("E", 0, 50, closures=(closed,))]
    places = [pool(name) for name in "ABCDE"] + [pool("C", 2, SpaceKind.CHARGING)]
    search, here = Search(lots, places), Query(LAT, LON, HOUR)

    def price(one: Lot) -> int | None:
        return {"A": 500, "C": 0}.get(one.id)

    assert names(search, here) == ["A", "C", "D"]
    assert names(search, here._replace(kind=SpaceKind.CHARGING)) == ["C"]
    assert names(search, here._replace(most_fen=300), price=price) == ["C"]
    assert names(search, here._replace(limit=1)) == ["A"]
    assert names(search, here._replace(wanted=Interval(NOW + 60, NOW + 120))) == ["A", "C", "D", "E"]

    def full(name: str) -> int | None:
        return {"A": 0, "C": None}.get(name, 3)

    assert names(search, here, having(then=full)) == ["C", "D"]
    assert names(search, here, having(now=full)) == ["A", "C", "D"]
    assert names(search, here._replace(at_once=True), having(now=full)) == ["C", "D"]
    shown = find(search, here._replace(full_too=True), having(then=full))
    assert [(one.lot.id, one.open, one.room.then) for one in shown] == [
        ("A", True, 0), ("B", False, None), ("C", True, None), ("D", True, 3), ("E", False, None),
    ]  # fmt: skip


def test_room_is_asked_for_in_batches_and_only_of_what_may_be_shown() -> None:
    lots = [lot(f"L{k:03}", 0, 10 * k) for k in range(90)]
    asked: list[list[str]] = []

    def rooms(some: Sequence[Lot]) -> list[Room]:
        asked.append([one.id for one in some])
        return [Room(None, 0 if one.id < "L020" else 1) for one in some]

    search = Search(lots, [pool(one.id) for one in lots])
    found, more = search.find(Query(LAT, LON, HOUR, limit=3), rooms, free)
    assert ([one.lot.id for one in found], more) == (["L020", "L021", "L022"], True)
    assert [len(some) for some in asked] == [AT_ONCE, AT_ONCE]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 7), st.booleans(), st.lists(st.integers(0, 3), min_size=12, max_size=12))
def test_pages_are_the_whole_in_order(limit: int, near: bool, spots: list[int]) -> None:
    lots = [lot(f"L{k:02}", 0, 100 * y) for k, y in enumerate(spots)]
    search = Search(lots, [pool(one.id) for one in lots])
    query = Query(LAT if near else None, LON if near else None, HOUR, limit=limit)
    whole, pages = names(search, query._replace(limit=99)), list[str]()
    more = True
    while more:
        found, more = search.find(query, having(), free)
        pages += [one.lot.id for one in found]
        query = query._replace(after=found[-1].key)
    assert pages == whole
    assert len(whole) == 12
    assert near or whole == sorted(whole)
    assert near or math.isnan(search.find(query._replace(after=None), having(), free)[0][0].straight_m)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(-900, 900), st.integers(-900, 900), st.integers(0, 3)), max_size=20), st.integers(100, 1500))
def test_without_streets_it_is_the_plain_loop(spots: list[tuple[int, int, int]], radius: int) -> None:
    lots = [lot(f"L{k:02}", x, y) for k, (x, y, _) in enumerate(spots)]
    room = {f"L{k:02}": count for k, (_, _, count) in enumerate(spots)}
    wanted = sorted(
        (float(metres(one.lat, one.lon, LAT, LON)), one.id) for one in lots
        if float(metres(one.lat, one.lon, LAT, LON)) <= radius and room[one.id]
    )  # fmt: skip
    search = Search(lots, [pool(one.id) for one in lots])
    found = find(search, Query(LAT, LON, HOUR, radius, limit=5), having(then=lambda name: room[name]))
    assert [(one.straight_m, one.lot.id) for one in found] == wanted[:5]
