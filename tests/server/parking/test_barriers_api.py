"""What people do about barriers: look at what matched nothing, confirm, refuse, correct, void; counts set right; plates forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from parking.records import Interval
from server.parking.counting import Counting, forget_steps, steps_after
from tests.support.live_server import run_async
from tests.support.running_parking import RunningParking

EVENTS = "/v1/parking/gate-events"
BLUE = {"text": "鲁A77771", "color": "blue"}
ONE_OFF = {"text": "鲁A77777", "color": "blue"}


async def tell(parking: RunningParking, *events: dict[str, Any]) -> Any:
    said = [{"lot_id": "east", "at": parking.moment(0), **one} for one in events]
    answer = await parking.operate("POST", EVENTS, {"events": said})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def look(parking: RunningParking, **query: Any) -> Any:
    answer = await parking.http.get(EVENTS, params=query, headers={"x-api-key": parking.operator_key})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def act(parking: RunningParking, event: str, action: str, body: Any, status: int = 200) -> Any:
    answer = await parking.operate("POST", f"/v1/parking/lots/east/gate-events/{event}/{action}", body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def counts(parking: RunningParking, body: Any = None) -> Any:
    path, headers = "/v1/parking/lots/east/counts", {"x-api-key": parking.operator_key}
    answer = await (parking.http.get(path, headers=headers) if body is None else parking.operate("POST", path, body))
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_reading_one_character_off_is_confirmed_or_refused_by_people_only(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            await counts(parking, {"occupied": 1})
            parking.now += 60
            made = await parking.reserve("ann", plate=BLUE, confirm=True, start=0.1, end=2)
            await tell(parking, {"id": "e1", "direction": "entry", "plate": ONE_OFF}, {"id": "e2", "direction": "entry", "plate": None})
            assert (await parking.see("ann", made)).json()["state"] == "confirmed"
            seen = (await look(parking, lot_id="east"))["events"]
            assert [(one["id"], one["why"]) for one in seen] == [("e2", "unread"), ("e1", "proposed")]
            (proposal,) = seen[1]["proposals"]
            assert (proposal["id"], "77771" in str(seen)) == (made.json()["id"], False)
            await act(parking, "e1", "confirm", {"proposal_id": "another"}, 404)
            done = await act(parking, "e1", "confirm", {"proposal_id": proposal["id"]})
            assert (done["result"], done["amends"], done["why"]) == ("checked_in", "e1", None)
            assert await act(parking, "e1", "confirm", {"proposal_id": proposal["id"]}) == done
            assert (await parking.see("ann", made)).json()["state"] == "checked_in"
            assert (await counts(parking))["occupied_derived"] == 3
            assert (await act(parking, "e2", "refuse", {}))["settled"]
            assert (await look(parking))["events"] == []

    run_async(scenario())


def test_events_are_corrected_and_made_void_by_people_and_by_barriers(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            await counts(parking, {"occupied": 2})
            parking.now += 60
            made = await parking.reserve("ann", plate=BLUE, confirm=True, start=0.1, end=2)
            await tell(parking, {"id": "e1", "direction": "entry", "plate": BLUE}, {"id": "x9", "direction": "exit", "plate": ONE_OFF})
            assert (await parking.see("ann", made)).json()["state"] == "checked_in"
            assert (await act(parking, "e1", "correct", {"plate": {"text": "鲁A12345", "color": "blue"}}))["result"] == "walk_in"
            assert (await parking.see("ann", made)).json()["state"] == "confirmed"
            await act(parking, "e1", "void", {}, 409)
            await act(parking, "e0", "void", {}, 404)
            assert (await counts(parking))["occupied_derived"] == 2
            receipt = await tell(
                parking, {"id": "v1", "direction": "void", "amends": "x9"}, {"id": "v2", "direction": "void", "amends": "never"},
                {"id": "v3", "direction": "entry", "amends": "x9"}, {"id": "v4", "direction": "void"},
            )  # fmt: skip
            assert [one["pointer"] for one in receipt["errors"]] == [f"/body/events/{k}/amends" for k in (1, 2, 3)]
            assert (receipt["accepted"], (await counts(parking))["occupied_derived"]) == (1, 3)
            again = await tell(parking, {"id": "v1", "direction": "void", "amends": "x9"})
            assert again["repeated"] == 1

    run_async(scenario())


def test_pages_of_what_people_must_look_at_lose_and_repeat_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            for k in range(7):
                parking.now += k % 2
                await tell(parking, {"id": f"x{k}", "direction": "exit", "plate": {"text": f"鲁B1234{k}", "color": "blue"}})
            await tell(parking, {"id": "w", "direction": "exit", "plate": None, "lot_id": "west"})
            found, cursor = list[str](), None
            while True:
                page = await look(parking, lot_id="east", limit=3, **({"cursor": cursor} if cursor else {}))
                found += [one["id"] for one in page["events"]]
                cursor = page["next"]
                if cursor is None:
                    break
            assert sorted(found) == [f"x{k}" for k in range(7)]
            assert len((await look(parking))["events"]) == 8
            for path, status in ((f"{EVENTS}?cursor=x", 422), (f"{EVENTS}?lot_id=nowhere", 404)):
                assert (await parking.http.get(path, headers={"x-api-key": parking.operator_key})).status_code == status
            assert (await parking.http.get(EVENTS)).status_code == 401
            assert (await parking.ask("ann", "GET", EVENTS)).status_code == 403

    run_async(scenario())


def test_both_counts_are_shown_and_drift_is_set_right(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            assert (await counts(parking))["source"] == "unknown"
            assert (await counts(parking, {"occupied": 2}))["occupied_now"] == 2
            parking.now += 60
            await tell(parking, {"id": "e1", "direction": "entry", "plate": BLUE})
            assert (await counts(parking))["occupied_derived"] == 3
            parking.now += 3540
            report = {"reports": [{"lot_id": "east", "at": parking.moment(0), "occupied": 1}]}
            await parking.operate("POST", "/v1/parking/occupancy", report)
            now = await counts(parking)
            assert (now["occupied_derived"], now["occupied_reported"], now["drift"], now["source"]) == (1, 1, 2, "both")
            parking.now += 900
            now = await counts(parking)
            assert now["uncertainty"] is not None
            assert (await counts(parking, {"occupied": 4, "at": parking.moment(-0.5)}))["occupied_derived"] == 1
            assert (await counts(parking, {"occupied": 4}))["occupied_derived"] == 4
            late = await parking.operate("POST", "/v1/parking/lots/east/counts", {"occupied": 4, "at": parking.moment(1)})
            assert late.status_code == 422

    run_async(scenario())


def test_a_process_that_starts_again_goes_on_counting_where_it_was(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            await counts(parking, {"occupied": 1})
            parking.now += 60
            await tell(parking, *({"id": f"e{k}", "direction": "entry", "plate": None} for k in range(2)))
            service = parking.parking
            service.counting.close()
            parking.now += 60
            await tell(parking, {"id": "x", "direction": "exit", "plate": None})
            other = Counting(service, tmp_path / "parking")
            await other.take()
            await other.catch_up()
            count = other.inside.at(service.now()).of("east")
            assert (count.derived, count.occupied) == (2, 2)
            assert len(await service.read(lambda unit, now: steps_after(unit, 0, now))) == 3
            await service.run_rule(lambda unit, now: forget_steps(unit, now + 3 * 86_400))
            assert await service.read(lambda unit, now: steps_after(unit, 0, now)) == []

    run_async(scenario())


def test_plates_are_forgotten_after_the_days_in_the_configuration_and_hours_stay(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path, "[gates]\nkeep_days = 2\nkeep_inside_days = 3\n").open() as parking:
            began = parking.now
            await tell(parking, {"id": "e1", "direction": "entry", "plate": BLUE}, {"id": "e2", "direction": "entry", "plate": ONE_OFF})
            parking.now += 1800
            await tell(parking, {"id": "x1", "direction": "exit", "plate": BLUE})
            service, span = parking.parking, Interval(int(began) - 3600, int(began) + 7200)

            async def kept() -> tuple[int, int, list[tuple[int, ...]]]:
                await service.forget()
                query = "select (select count(*) from passages), (select count(*) from sessions)"
                ((passages, sessions),) = await service.read(lambda unit, _: unit.sql(query))
                hours = await service.read(lambda unit, _: unit.stays_by_hour("east", span))
                return passages, sessions, [tuple(one)[1:] for one in hours]

            assert await kept() == (3, 2, [])
            parking.now += 2 * 86_400 + 1
            assert await kept() == (0, 1, [(1, 0, 0, 1800)])
            parking.now += 86_400
            assert await kept() == (0, 0, [(2, 0, 1, 1800)])
            path = f"/v1/parking/lots/east/stays?from={parking.moment(-200)}&to={parking.moment(0)}".replace("+", "%2B")
            (hour,) = (await parking.http.get(path, headers={"x-api-key": parking.operator_key})).json()["hours"]
            assert (hour["stays"], hour["incomplete"], hour["mean_minutes"]) == (2, 1, 30.0)

    run_async(scenario())
