from __future__ import annotations

from pathlib import Path

from server.routes import parking_arrivals, parking_times
from tests.support.live_server import run_async
from tests.support.running_parking import PATH, RunningParking

HERE = "/v1/parking/lots/east/reservations"
LOOK_UP = "/v1/parking/lots/east/plate-lookup"
PLATE = {"text": "鲁A77777", "color": "blue"}


def test_whom_a_car_park_expects_by_start_in_pages(tmp_path: Path) -> None:
    assert parking_arrivals.router.routes

    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            made = [(await parking.reserve("ann" if k % 2 else "bob", start=3 - k, end=4 - k, confirm=True)).json() for k in range(3)]
            gone = await parking.reserve("ann", start=1, end=2)
            await parking.act("ann", gone, "cancel")
            await parking.reserve("ann", lot_id="west", start=1, end=2)
            first = (await parking.operate("GET", f"{HERE}?limit=2", None)).json()
            rest = (await parking.operate("GET", f"{HERE}?limit=2&cursor={first['next']}", None)).json()
            assert [one["id"] for one in first["reservations"] + rest["reservations"]] == [one["id"] for one in reversed(made)]
            assert rest["next"] is None
            assert all("*" in one["plate"]["text"] for one in first["reservations"])
            query = f"?from={parking.moment(2.5)}&to={parking.moment(3.5)}"  # the + is not escaped: everybody's first mistake
            assert len((await parking.operate("GET", HERE + query, None)).json()["reservations"]) == 2

    run_async(scenario())


def test_what_a_plate_has_reserved_here_and_nothing_of_elsewhere(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            here = await parking.reserve("ann", plate=PLATE)
            await parking.reserve("ann", plate=PLATE, lot_id="west", start=3, end=4)
            await parking.reserve("ann", plate=PLATE, start=50, end=51)
            found = (await parking.operate("POST", LOOK_UP, PLATE)).json()["reservations"]
            assert [one["id"] for one in found] == [here.json()["id"]]
            assert found[0]["plate"]["masked"]
            spelt = {"text": "鲁a·77777", "color": "blue"}
            assert len((await parking.operate("POST", LOOK_UP, spelt)).json()["reservations"]) == 1
            assert (await parking.operate("POST", LOOK_UP, {**PLATE, "color": "yellow"})).json()["reservations"] == []
            wrong = await parking.operate("POST", LOOK_UP, {"text": "鲁A1", "color": "blue"})
            assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_plate")

    run_async(scenario())


def test_only_operators_see_what_a_car_park_has(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            assert (await parking.get(HERE)).status_code == 401
            assert (await parking.ask("ann", "GET", HERE)).status_code == 403
            assert (await parking.ask("ann", "POST", LOOK_UP, PLATE)).status_code == 403
            for answer in (
                await parking.operate("GET", "/v1/parking/lots/nowhere/reservations", None),
                await parking.operate("POST", "/v1/parking/lots/nowhere/plate-lookup", PLATE),
            ):
                assert (answer.status_code, answer.json()["code"]) == (404, "unknown_lot")

    run_async(scenario())


def test_a_citizen_lists_the_reservations_of_a_time(tmp_path: Path) -> None:
    assert parking_times.interval_of(1000, None, None) == (1000, 4600)

    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            await parking.reserve("ann", start=1, end=2)
            later = await parking.reserve("ann", start=5, end=6)
            found = await parking.ask("ann", "GET", f"{PATH}?from={parking.moment(5.5)}")
            assert [one["id"] for one in found.json()["reservations"]] == [later.json()["id"]]
            wrong = await parking.ask("ann", "GET", f"{PATH}?from={parking.moment(5)}&to={parking.moment(4)}")
            assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/query/to")

    run_async(scenario())
