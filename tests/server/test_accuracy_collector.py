"""The engine scored while it runs: real steps, real stop events, files that outlive the process; and what HTTP says of it."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from server.accuracy_collector import OURS, AccuracyCollector
from server.accuracy_schemas import AccuracyReport
from server.accuracy_state import NAME
from server.accuracy_store import AccuracyStore
from server.bootstrap import build
from server.settings import Settings
from tests.support.live_server import run_async
from tests.support.running_city import EASTBOUND, RunningCity, at
from tests.support.tiny_city import tiny_network
from transit.accuracy_tables import no_predictions

MONDAY = datetime.date(2026, 4, 27)


async def driven(city: RunningCity) -> None:
    """A bus past its second stop, then time for the scores to settle."""
    await city.drive("V1", EASTBOUND, trip_id="1E-0700")
    city.now = at("07:10:00")
    city.runtime.accuracy.settle()


def collector(directory: Path, clock: str) -> AccuracyCollector:
    now = at(clock)
    return AccuracyCollector(tiny_network(), AccuracyStore(directory), lambda: now)


def test_a_bus_that_came_is_scored_against_its_stop_event(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            await driven(city)
            score = city.runtime.accuracy.day(MONDAY)[OURS]
            assert score.whole.arrivals == 1
            assert score.scored == 1  # at 07:01:00, of the second stop; the first stop is not scored
            assert 0 < score.whole.uncertainty < 60
            assert score.whole.mae < 60
            stop = city.runtime.network.stop_index["E2"]
            assert set(score.by_stop) == {stop}
            assert list(score.by_hour) == [7]
            waiting = city.runtime.accuracy.scores.waiting[OURS]
            assert (0, stop) not in set(zip(waiting.trip.tolist(), waiting.stop.tolist()))
            assert len(waiting.arrival) > 0

    run_async(scenario())


def test_baselines_are_scored_at_the_same_instants_on_the_same_truth(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            await driven(city)
            found = city.runtime.accuracy.day(MONDAY)
            assert next(iter(found)) == OURS
            assert {"constant_speed", "timetable_deviation", "last_bus"} <= set(found)
            assert found["timetable_deviation"].whole.arrivals == found[OURS].whole.arrivals == 1
            assert found["timetable_deviation"].scored == found[OURS].scored == 1
            body = (await city.get("/v1/accuracy")).json()
            assert [one["name"] for one in body["predictors"]] == list(found)

    run_async(scenario())


def test_a_restart_goes_on_where_the_files_end(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            await driven(city)

    run_async(scenario())  # stopping writes
    assert (tmp_path / "accuracy" / NAME).is_file()
    again = collector(tmp_path, "07:10:05")
    again.load()
    assert again.day(MONDAY)[OURS].scored == 1
    again.settle()
    again.save()
    once_more = collector(tmp_path, "07:10:30")
    once_more.load()
    assert once_more.day(MONDAY)[OURS].scored == 1


def test_a_lost_or_damaged_state_costs_what_waited_and_not_the_day(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            await driven(city)

    run_async(scenario())
    (tmp_path / "accuracy" / NAME).write_bytes(b"not a state")
    again = collector(tmp_path, "07:20:00")
    again.load()
    assert again.day(MONDAY)[OURS].scored == 1
    assert again.scores.waiting == {}


def test_a_day_is_closed_in_the_next_morning_and_read_from_its_file(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            await driven(city)
            accuracy = city.runtime.accuracy
            city.now = at("23:00:00") + 12 * 3600
            accuracy.settle()
            accuracy.save()
            assert not accuracy.running(MONDAY)
            assert accuracy.day(MONDAY)[OURS].scored == 1
            body = (await city.get("/v1/accuracy", date="2026-04-27")).json()
            assert body["state"] == "closed"
            assert [row["date"] for row in body["trend"] if row["predictor"] == OURS] == ["2026-04-27"]
            assert (await city.get("/accuracy", date="2026-04-27", lang="en")).status_code == 200

    run_async(scenario())


def test_a_data_directory_that_cannot_be_written_is_logged_and_the_engine_goes_on(tmp_path: Path) -> None:
    blocked = tmp_path / "accuracy"
    blocked.write_text("a file where the folder should be")
    city = build(Settings(data_dir=tmp_path), tiny_network(), lambda: at("07:00:00"))
    city.accuracy.load()
    city.accuracy.settle()
    city.accuracy.scores.waiting[OURS] = no_predictions()
    city.accuracy.save()
    assert city.accuracy.store.dates() == []


def test_the_report_is_what_its_schema_says_and_names_no_vehicle(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            empty = (await city.get("/v1/accuracy")).json()
            assert AccuracyReport.model_validate(empty).predictors == []
            await driven(city)
            city.runtime.accuracy.save()
            answer = await city.get("/v1/accuracy")
            report = AccuracyReport.model_validate(answer.json())
            assert (report.date, report.state, report.truth.source) == ("2026-04-27", "running", "engine")
            assert report.predictors[0].routes[0].name == "1路"
            assert report.predictors[0].stops[0].stop_id == "E2"
            assert [day.date for day in report.trend if day.predictor == OURS] == ["2026-04-27"]
            assert "V1" not in answer.text
            assert "1E-0700" not in answer.text
            none = (await city.get("/v1/accuracy", stops=0)).json()
            assert none["predictors"][0]["stops"] == []

    run_async(scenario())


@pytest.mark.parametrize(
    ("date", "status", "code"),
    [
        ("2026-04-20", 404, "no_accuracy"), ("2026-02-30", 422, "invalid_request"), ("yesterday", 422, "invalid_request"),
        ("0000-01-01", 422, "invalid_request"),
    ],
)  # fmt: skip
def test_a_day_that_is_not_there_is_a_problem(tmp_path: Path, date: str, status: int, code: str) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            answer = await city.get("/v1/accuracy", date=date)
            assert (answer.status_code, answer.json()["code"]) == (status, code)
            assert answer.headers["content-type"] == "application/problem+json"

    run_async(scenario())


def test_a_damaged_day_is_a_problem_that_names_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            (tmp_path / "accuracy").mkdir(exist_ok=True)
            (tmp_path / "accuracy" / "2026-04-01.parquet").write_bytes(b"nothing")
            answer = await city.get("/v1/accuracy", date="2026-04-01")
            assert (answer.status_code, answer.json()["code"]) == (503, "accuracy_unreadable")
            assert "2026-04-01.parquet" in answer.json()["detail"]

    run_async(scenario())


def test_the_page_says_what_is_known_and_what_is_not_in_both_languages(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            for lang, nothing, truth in (("zh", "尚无数据", "引擎自己"), ("en", "No data yet", "the engine's own detection")):
                answer = await city.get("/accuracy", lang=lang)
                assert answer.status_code == 200
                assert nothing in answer.text
                assert truth in answer.text.replace("&#39;", "'")
            await driven(city)
            for lang, interval in (("zh", "80 %"), ("en", "80 %")):
                page = (await city.get("/accuracy", lang=lang)).text
                assert interval in page
                assert page.count("<svg") == page.count("</svg>") >= 5
                assert "None" not in page
                assert "nan" not in page
            assert (await city.get("/accuracy", date="2026-04-20")).status_code == 404

    run_async(scenario())
