from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.live_server import run_async
from tests.support.running_parking import RunningParking

LOTS = "/v1/parking/lots"


def event(parking: RunningParking, name: str, direction: str, plate: dict[str, str] | None, **more: Any) -> dict[str, Any]:
    found = {"id": name, "lot_id": "east", "direction": direction, "at": parking.moment(0), **more}
    return found if plate is None else {**found, "plate": plate}


def test_barriers_check_in_and_out_each_event_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            plate = {"text": "鲁A77777", "color": "blue"}
            made = await parking.reserve("ann", plate=plate, confirm=True, start=0.1)
            entry = {"events": [event(parking, "e1", "entry", plate), event(parking, "e2", "entry", None),
                                event(parking, "e3", "entry", {"text": "??", "color": "blue"}),
                                event(parking, "e4", "exit", {"text": "鲁A66666", "color": "blue"}),
                                event(parking, "e5", "exit", plate, lot_id="nowhere"),
                                event(parking, "e6", "entry", plate, at=parking.moment(0.1))]}  # fmt: skip
            answer = await parking.operate("POST", "/v1/parking/gate-events", entry)
            counts = {"accepted": 4, "repeated": 0, "matched": 1, "unmatched": 3}
            assert (answer.status_code, {**answer.json(), "errors": 0}) == (202, {**counts, "errors": 0})
            assert [one["pointer"] for one in answer.json()["errors"]] == ["/body/events/4/lot_id", "/body/events/5/at"]
            assert (await parking.operate("POST", "/v1/parking/gate-events", entry)).json()["repeated"] == 4
            assert (await parking.see("ann", made)).json()["state"] == "checked_in"
            parking.now += 1800
            left = await parking.operate("POST", "/v1/parking/gate-events", {"events": [event(parking, "x1", "exit", plate)]})
            assert left.json()["matched"] == 1
            seen = (await parking.see("ann", made)).json()
            assert (seen["state"], seen["left_at"]) == ("completed", parking.moment(0))

    run_async(scenario())


def test_who_comes_early_is_checked_in_when_it_may_begin(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            plate = {"text": "鲁A77777", "color": "blue"}
            made = await parking.reserve("ann", plate=plate, confirm=True, start=5, end=6)
            come = [event(parking, "e1", "entry", plate, stall="3"), event(parking, "e1", "entry", plate, lot_id="west")]
            answer = (await parking.operate("POST", "/v1/parking/gate-events", {"events": come})).json()
            assert (answer["accepted"], answer["matched"]) == (2, 0)
            assert (await parking.see("ann", made)).json()["state"] == "confirmed"
            parking.now += 5 * 3600
            await parking.parking.admit()
            seen = (await parking.see("ann", made)).json()
            assert (seen["state"], seen["arrived_at"]) == ("checked_in", parking.moment(0))

    run_async(scenario())


def test_a_count_holds_until_a_newer_one(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:

            async def count(occupied: int, hours: float, lot: str = "east") -> Any:
                body = {"reports": [{"lot_id": lot, "at": parking.moment(hours), "occupied": occupied}]}
                return (await parking.operate("POST", "/v1/parking/occupancy", body)).json()

            assert (await count(87, -0.1))["accepted"] == 1
            assert (await count(20, -0.5))["accepted"] == 0
            assert [one["pointer"] for one in (await count(20, 5))["errors"]] == ["/body/reports/0/at"]
            assert [one["pointer"] for one in (await count(20, 0, "nowhere"))["errors"]] == ["/body/reports/0/lot_id"]
            lot = (await parking.get(f"{LOTS}/east")).json()
            assert (lot["occupied_reported"], lot["occupied_at"]) == (87, parking.moment(-0.1))
            assert (lot["occupied_now"], lot["free_now"]) == (5, 0)

    run_async(scenario())


def test_what_is_free_now_follows_reports_barriers_and_reservations(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:

            async def west() -> Any:
                lot = (await parking.get(f"{LOTS}/west")).json()
                return lot["occupied_now"], lot["free_now"]

            assert await west() == (None, None)
            body = {"reports": [{"lot_id": "west", "at": parking.moment(-0.1), "occupied": 10}]}
            await parking.operate("POST", "/v1/parking/occupancy", body)
            assert await west() == (10, 40)
            entry = {"events": [event(parking, f"e{k}", "entry", None, lot_id="west") for k in range(3)]}
            for _ in range(2):
                await parking.operate("POST", "/v1/parking/gate-events", entry)
            assert await west() == (13, 37)
            await parking.reserve("ann", lot_id="west", confirm=True, start=0.25, end=1)
            assert await west() == (13, 36)
            await parking.operate("PUT", f"{LOTS}/west/places/west.more", {"capacity": 5})
            assert await west() == (13, 41)
            parking.now += 5 * 3600
            assert await west() == (None, None)

    run_async(scenario())


def test_search_tells_what_is_free_when(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            await parking.reserve("ann", start=1, end=2)
            during = {"near": "36.71,117.53", "from": parking.moment(1.5), "to": parking.moment(1.75)}
            found = (await parking.get(LOTS, radius=1200, **during)).json()["lots"]
            assert [(one["id"], one["free"], one["distance_m"]) for one in found] == [
                ("east", 2, 0), ("west", 50, 891), ("garden", 0, 1112),
            ]  # fmt: skip
            after = (await parking.get(LOTS, near="36.71,117.53", **{"from": parking.moment(2), "to": parking.moment(3)})).json()
            assert after["lots"][0]["free"] == 3
            page = (await parking.get(LOTS, limit=2)).json()
            rest = (await parking.get(LOTS, limit=2, cursor=page["next"])).json()
            assert [one["id"] for one in page["lots"] + rest["lots"]] == ["east", "garden", "west"]
            room = (await parking.get(f"{LOTS}/east/availability", **{"from": during["from"], "to": during["to"]})).json()
            assert [(one["place_id"], one["free"]) for one in room["places"]] == [("east.7", 1), ("east.pool", 2)]
            moved = (await parking.get(f"{LOTS}/east", crs="gcj02")).json()
            assert 0.001 < abs(moved["lon"] - 117.53) < 0.02
            for wrong in ({"from": "2026-04-27"}, {"from": parking.moment(2), "to": parking.moment(1)}, {"near": "x"}):
                assert (await parking.get(LOTS, **wrong)).status_code == 422
            for path in (f"{LOTS}/none", f"{LOTS}/none/availability"):
                assert (await parking.get(path)).status_code == 404

    run_async(scenario())


def test_closed_lots_have_no_room_and_take_nobody(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            night = {"name": "夜", "lat": 36.73, "lon": 117.53, "opening": [[0, 60]], "places": [{"id": "night.1"}]}
            assert (await parking.operate("PUT", f"{LOTS}/night", night)).json()["version"] == 1
            (found,) = (await parking.get(LOTS, near="36.73,117.53", radius=10)).json()["lots"]
            assert found["free"] is None
            refused = await parking.reserve("ann", lot_id="night")
            assert (refused.status_code, refused.json()["code"]) == (409, "closed")

    run_async(scenario())


def test_places_in_use_grow_and_do_not_shrink(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            path = f"{LOTS}/east/places/east.pool"
            await parking.reserve("ann")
            assert (await parking.operate("PUT", path, {"capacity": 4})).json()["capacity"] == 4
            for smaller in ({"capacity": 1}, {"capacity": 4, "slot_s": 900}, {"numbered": True}):
                refused = await parking.operate("PUT", path, smaller)
                assert (refused.status_code, refused.json()["code"]) == (409, "place_in_use")
            stolen = await parking.operate("PUT", f"{LOTS}/west/places/east.pool", {"capacity": 9})
            assert (stolen.status_code, stolen.json()["code"]) == (409, "place_of_another_lot")
            for wrong in ({"capacity": 2, "numbered": True}, {"capacity": 0}, {"kind": "plane"}, {"colour": 1}):
                assert (await parking.operate("PUT", path, wrong)).status_code == 422
            assert (await parking.operate("PUT", f"{LOTS}/east/places/a b", {})).status_code == 422
            assert (await parking.operate("PUT", f"{LOTS}/none/places/x", {})).status_code == 404
            bad_import = {"lots": [{"id": "ok", "name": "x", "lat": 1, "lon": 1}, {"id": "z", "name": "x", "lat": 1, "lon": 1,
                          "places": [{"id": "east.pool"}]}]}  # fmt: skip
            assert (await parking.operate("POST", LOTS, bad_import)).status_code == 409
            assert (await parking.get(f"{LOTS}/ok")).status_code == 404
            citizens = await parking.ask("ann", "PUT", path, {"capacity": 9})
            assert citizens.status_code == 403

    run_async(scenario())


def test_quotes_freeze_an_offer_that_may_be_reserved(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            wish = {"lot_id": "east", "kind": "charging", "from": parking.moment(1), "to": parking.moment(2)}
            quote = await parking.ask("ann", "POST", "/v1/parking/quotes", wish)
            assert (quote.status_code, quote.json()["place_id"], quote.json()["price"]) == (
                201, "east.7", {"amount": 0, "currency": "CNY"},
            )  # fmt: skip
            body = {"quote_id": quote.json()["id"], "plate": {"text": "鲁A12345", "color": "blue"}}
            path = "/v1/parking/reservations"
            assert (await parking.ask("bob", "POST", path, body, idempotency_key="k")).json()["code"] == "unknown_quote"
            held = await parking.ask("ann", "POST", path, body, idempotency_key="k")
            assert (held.status_code, held.json()["place_id"], held.json()["kind"]) == (201, "east.7", "charging")
            taken = await parking.ask("bob", "POST", "/v1/parking/quotes", wish)
            assert (taken.status_code, taken.json()["alternatives"]) == (409, [])
            late = {"lot_id": "east", "from": parking.moment(-2), "to": parking.moment(-1)}
            assert (await parking.ask("bob", "POST", "/v1/parking/quotes", late)).json()["code"] == "bad_interval"

    run_async(scenario())


def test_an_import_that_names_an_id_twice_is_refused_as_a_whole(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            lot = {"name": "x", "lat": 36.7, "lon": 117.5}
            twice = {"id": "new", **lot}
            places = [{"id": "p", "capacity": 2}, {"id": "p", "capacity": 3}]
            for body, pointer in (([twice, twice], "/body/lots/1/id"), ([{**twice, "places": places}], "/body/lots/0/places/1/id")):
                answer = await parking.operate("POST", LOTS, {"lots": body})
                assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
            assert (await parking.get(f"{LOTS}/new")).status_code == 404

    run_async(scenario())
