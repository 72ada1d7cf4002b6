from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.model import SpaceKind
from parking.records import Interval, Lot, Place
from parking.search import Query, Search, SearchParameters
from parking.streets import build_streets, metres
from tests.parking.test_streets import LAT, LON, place, street

NOW = 1_772_409_600  # Monday 08:00 in Shanghai
PAR = SearchParameters()


def lot(name: str, x: float, y: float, **fields: object) -> Lot:
    lat, lon = place(x, y)
    return Lot(name, name, lat, lon, **fields)  # type: ignore[arg-type]


def pool(name: str, capacity: int = 10, kind: SpaceKind = SpaceKind.GENERAL) -> Place:
    return Place(f"{name}-{kind}", name, capacity, kind)


def always(_lot: Lot, _kind: SpaceKind) -> int:
    return 5


def names(search: Search, query: Query, now=always, then=always) -> list[str]:  # type: ignore[no-untyped-def]
    return [one.lot.id for one in search.find(query, NOW, now, then)]


def test_the_nearest_on_foot_come_first_and_not_the_nearest_as_the_crow_flies() -> None:
    # a river between: C is 100 m away and 700 m to walk, D 300 m both ways
    streets = build_streets([
        street("o", "d", (0, 0), (300, 0)), street("o", "p", (0, 0), (0, -300)), street("p", "q", (0, -300), (-100, -300)),
        street("q", "c", (-100, -300), (-100, 0)),
    ])  # fmt: skip
    search = Search([lot("C", -100, 0), lot("D", 300, 0)], [pool("C"), pool("D")], streets=streets)
    found = search.find(Query(*place(0, 0)), NOW, always, always)
    assert [one.lot.id for one in found] == ["D", "C"]
    assert (found[1].walk_m, found[1].straight_m) == pytest.approx((700.0, 100.0), abs=1.0)
    assert found[0].walk_s == pytest.approx(300.0 / PAR.walking_mps, abs=1.0)
    assert names(search, Query(*place(0, 0), radius_m=500.0)) == ["D"]
    crow = Search([lot("C", -100, 0), lot("D", 300, 0)], [pool("C"), pool("D")]).find(Query(*place(0, 0)), NOW, always, always)
    assert [(one.lot.id, one.by_streets) for one in crow] == [("C", False), ("D", False)]
    assert crow[0].walk_m == pytest.approx(PAR.detour * crow[0].straight_m)


def test_a_car_park_far_from_all_streets_is_estimated_and_said_to_be() -> None:
    streets = build_streets([street("o", "d", (0, 0), (300, 0))])
    (found,) = Search([lot("F", 0, 500)], [pool("F")], streets=streets).find(Query(*place(0, 0)), NOW, always, always)
    assert not found.by_streets
    assert found.walk_m == pytest.approx(650.0, abs=1.0)


def test_filters_by_kind_price_opening_and_room() -> None:
    lots = [lot("A", 0, 10), lot("B", 0, 20, opening=((0, 60),)), lot("C", 0, 30), lot("D", 0, 40)]
    places = [pool("A"), pool("B"), pool("C"), pool("C", 2, SpaceKind.CHARGING), pool("D")]
    search = Search(lots, places, {"A": 500, "C": 0})
    here = Query(LAT, LON)
    assert names(search, here) == ["A", "C", "D"]
    assert names(search, here._replace(kind=SpaceKind.CHARGING)) == ["C"]
    assert names(search, here._replace(most_fen=300)) == ["C"]
    assert names(search, here._replace(limit=1)) == ["A"]

    def full(lot: Lot, _kind: SpaceKind) -> int | None:
        return {"A": 0, "C": None}.get(lot.id, 3)

    assert names(search, here, now=full) == ["C", "D"]
    window = here._replace(wanted=Interval(NOW + 3600, NOW + 7200))
    assert names(search, window, now=full) == ["A", "C", "D"]
    assert names(search, window, then=full) == ["C", "D"]
    shown = search.find(window._replace(full_too=True), NOW, always, full)
    assert [(one.lot.id, one.free_now, one.free_then) for one in shown] == [("A", 5, 0), ("C", 5, None), ("D", 5, 3)]


def test_room_is_asked_for_only_of_what_is_shown() -> None:
    lots = [lot(f"L{k}", 0, 10 * k) for k in range(50)]
    asked: list[str] = []

    def room(one: Lot, _kind: SpaceKind) -> int:
        asked.append(one.id)
        return 0 if len(asked) == 2 else 1

    search = Search(lots, [pool(one.id) for one in lots])
    assert names(search, Query(LAT, LON, limit=3), now=room) == ["L0", "L2", "L3"]
    assert len(asked) == 4


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(-900, 900), st.integers(-900, 900), st.integers(0, 3)), max_size=20), st.integers(100, 1500))
def test_without_streets_it_is_the_plain_loop(spots: list[tuple[int, int, int]], radius: int) -> None:
    lots = [lot(f"L{k:02}", x, y) for k, (x, y, _) in enumerate(spots)]
    room = {f"L{k:02}": free for k, (_, _, free) in enumerate(spots)}
    wanted = sorted(
        (PAR.detour * float(metres(one.lat, one.lon, LAT, LON)), one.id) for one in lots
        if PAR.detour * float(metres(one.lat, one.lon, LAT, LON)) <= radius and room[one.id]
    )  # fmt: skip
    search = Search(lots, [pool(one.id) for one in lots])
    found = search.find(Query(LAT, LON, radius, limit=5), NOW, lambda one, _kind: room[one.id], always)
    assert [(one.walk_m, one.lot.id) for one in found] == wanted[:5]
