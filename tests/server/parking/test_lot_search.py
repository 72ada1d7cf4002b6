"""Search and availability through the API: distances and what they are called, shared places, prices, pages, live claims."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.parking import cursors
from server.parking.store import ServiceUnit
from server.parking.street_file import FOLDER, read_streets_of
from server.problems import ProblemException
from tests.support.live_server import run_async
from tests.support.running_parking import RunningParking

LOTS = "/v1/parking/lots"
STREETS = """from_node,to_node,road_class,wkt
a,b,residential,"LINESTRING (117.53 36.71, 117.53 36.70)"
b,c,residential,"LINESTRING (117.53 36.70, 117.52 36.70)"
c,d,residential,"LINESTRING (117.52 36.70, 117.52 36.71)"
"""
TARIFF = {"id": "dear", "name": "中心", "bands": [{"name": "all", "steps": [{"fen": 500, "unit_min": 60}]}]}
SHARE = {"place_id": "garden.1", "first_day": "2026-04-27", "days": "daily", "start": "06:00", "end": "20:00"}


async def found(parking: RunningParking, **query: Any) -> dict[str, Any]:
    answer = await parking.get(LOTS, **query)
    assert answer.status_code == 200, answer.text
    return {one["id"]: one for one in answer.json()["lots"]}


def test_a_straight_distance_is_never_called_walking(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            crow = (await parking.get(LOTS, near="36.71,117.53", radius=1500)).json()
            assert [one["id"] for one in crow["lots"]] == ["east", "west", "garden"]
            assert crow["distance_kind"] == "straight"
            assert {(one["distance_kind"], one["walk_m"], one["walk_s"]) for one in crow["lots"]} == {("straight", None, None)}
            (tmp_path / FOLDER).mkdir(exist_ok=True)
            (tmp_path / FOLDER / "streets.csv").write_text(STREETS)
            parking.parking.streets = read_streets_of(tmp_path / FOLDER)
            await parking.parking.reload()
            walked = (await parking.get(LOTS, near="36.71,117.53", radius=4000)).json()
            assert [one["id"] for one in walked["lots"]] == ["east", "garden", "west"]
            _east, garden, west = walked["lots"]
            assert (walked["distance_kind"], west["distance_kind"], garden["distance_kind"]) == ("walking", "walking", "straight")
            assert west["distance_m"] == pytest.approx(892, abs=2)
            assert west["walk_m"] == pytest.approx(2 * 1112 + 892, abs=3)
            assert west["walk_s"] == pytest.approx(west["walk_m"] / 1.2, abs=1)
            assert list(await found(parking, near="36.71,117.53", radius=1500)) == ["east", "garden"]
            assert (await parking.get(LOTS)).json()["distance_kind"] is None
            nothing = (await parking.get(f"{LOTS}?near=30.0,110.0&radius=10")).json()
            assert (nothing["lots"], nothing["distance_kind"]) == ([], None)
            moved = (await found(parking, near="36.71,117.53", crs="gcj02"))["east"]
            assert moved["lat"] != 36.71

    run_async(scenario())


def test_a_search_never_says_free_where_a_claim_is(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            window = {"from": parking.moment(1), "to": parking.moment(2)}
            seen = []
            for k in range(4):
                east = (await found(parking, **window))["east"]
                view = (await parking.get(f"{LOTS}/east/availability", kind="general", **window)).json()
                seen.append((east["free"], view["free"], {one["free"] for one in view["steps"]}, "east" in await found(
                    parking, room="true", **window)))  # fmt: skip
                await parking.reserve(f"c{k}", confirm=k != 2)  # a hold takes it as well
            assert seen == [(3, 3, {3}, True), (2, 2, {2}, True), (1, 1, {1}, True), (0, 0, {0}, False)]
            parking.now += 601
            assert (await found(parking, **window))["east"]["free"] == 1  # the hold has lapsed
            assert (await found(parking, kind="charging", **window)).keys() == {"east"}

    run_async(scenario())


def test_shared_places_count_while_their_owners_share_them_and_residents_come_first(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            window = {"from": parking.moment(1), "to": parking.moment(2)}

            async def garden(**asked: str) -> tuple[int, int]:
                one = (await found(parking, **(asked or window)))["garden"]
                return one["free"], one["free_shared"]

            assert await garden() == (0, 0)
            made = await parking.ask("olga", "POST", "/v1/parking/shares", SHARE)
            assert made.status_code == 201, made.text
            assert await garden() == (1, 1)
            assert await garden(**{"from": parking.moment(12.5), "to": parking.moment(13.5)}) == (0, 0)
            view = (await parking.get(f"{LOTS}/garden/availability", **{"from": parking.moment(12), "to": parking.moment(14)})).json()
            assert ([one["free_shared"] for one in view["steps"]], view["free"]) == ([1, 1, 1, 1, 0, 0, 0, 0], 0)
            view = (await parking.get(f"{LOTS}/garden/availability", **window)).json()
            assert [(one["place_id"], one["shared"], one["free"]) for one in view["places"]] == [("garden.1", True, 1)]
            name = made.json()["id"]
            patch = await parking.ask("olga", "PATCH", f"/v1/parking/shares/{name}", {"residents_first_s": 1800}, if_match='"1"')
            assert patch.status_code == 200, patch.text
            assert await garden() == (0, 0)
            parking.now += 1800
            assert await garden() == (1, 1)
            taken = await parking.reserve("ann", lot_id="garden", place_id="garden.1", start=0.5, end=1.5, confirm=True)
            assert taken.status_code == 201, taken.text
            assert await garden() == (0, 0)

    run_async(scenario())


def named_never(unit: ServiceUnit, _now: int) -> None:
    """As files of before could leave it: a car park with a price list that is not there."""
    west = unit.lot("west")
    assert west is not None
    unit.put_lot(msgspec.structs.replace(west, lat=36.71, lon=117.53, tariff_id="never"))


def test_prices_filter_and_are_those_of_the_newest_list(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            await parking.operate("PUT", "/v1/parking/tariffs/dear", TARIFF)
            lot = {"name": "east", "lat": 36.71, "lon": 117.53, "tariff_id": "dear"}
            assert (await parking.operate("PUT", f"{LOTS}/east", lot)).status_code == 200
            refused = await parking.operate("PUT", f"{LOTS}/west", lot | {"tariff_id": "never"})
            assert refused.json()["errors"][0]["pointer"] == "/body/tariff_id"
            await parking.parking.run_rule(named_never)
            await parking.parking.reload()
            window = {"from": parking.moment(1), "to": parking.moment(3)}
            prices = {name: one["price"] for name, one in (await found(parking, **window)).items()}
            assert prices == {"east": {"amount": 1000, "currency": "CNY"}, "garden": {"amount": 0, "currency": "CNY"}, "west": None}
            assert (await found(parking, max_price=999, **window)).keys() == {"garden"}
            assert (await found(parking, max_price=1000, **window)).keys() == {"east", "garden"}
            await parking.operate("PUT", "/v1/parking/tariffs/dear", {**TARIFF, "free_min": 120})
            assert (await found(parking, **window))["east"]["price"]["amount"] == 0

    run_async(scenario())


def test_pages_go_on_where_they_were_whatever_comes_in_between(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            for query in ({}, {"near": "36.71,117.53", "radius": 5000}):
                names, cursor = list[str](), ""
                while cursor is not None:
                    page = (await parking.get(LOTS, limit=1, **query, **({"cursor": cursor} if cursor else {}))).json()
                    names += [one["id"] for one in page["lots"]]
                    cursor = page["next"]
                    lot = {"name": "a", "lat": 36.71, "lon": 117.53}
                    await parking.operate("PUT", f"{LOTS}/a", lot)  # stands before what was shown
                assert sorted(set(names) - {"a"}) == ["east", "garden", "west"]
                assert len(names) == len(set(names))
            for wrong in ("x", "YQ==", "bmFuIGE=", "W05hTiwgImEiXQ=="):
                assert (await parking.get(LOTS, cursor=wrong)).status_code == 422
                with pytest.raises(ProblemException):
                    cursors.take(wrong, float, str)

    run_async(scenario())


def test_who_comes_now_is_not_sent_to_a_full_car_park(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            report = {"reports": [{"lot_id": "east", "at": parking.moment(0), "occupied": 4}]}
            await parking.operate("POST", "/v1/parking/occupancy", report)
            east = (await found(parking))["east"]
            assert (east["free"], east["free_now"], east["occupied_now"]) == (3, 0, 4)
            assert "east" not in await found(parking, room="true")
            assert "east" in await found(parking, room="true", **{"from": parking.moment(2)})
            now = (await parking.get(f"{LOTS}/east/availability")).json()["now"]
            assert (now["occupied_reported"], now["source"], now["free"], now["reserved_not_arrived"]) == (4, "reported", 0, 0)
            for query in ({"step": 300, "to": parking.moment(24 * 20)}, {"from": parking.moment(3), "to": parking.moment(2)}):
                assert (await parking.get(f"{LOTS}/east/availability", **query)).status_code == 422

    run_async(scenario())
