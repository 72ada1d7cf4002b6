from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance
from websockets.asyncio.client import connect

from server.asyncapi import asyncapi_document
from server.parking.simulated_provider import Manners, SimulatedProvider
from server.topics import KINDS, split_topic
from tests.support.live_server import run_async
from tests.support.running_city import EASTBOUND, RunningCity

Json = dict[str, Any]


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            if name == "$ref":
                yield part
            else:
                yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def look_up(document: Json, reference: str) -> Json:
    place: Any = document
    for part in reference.removeprefix("#/").split("/"):
        place = place[part]
    assert isinstance(place, dict)
    return place


def test_every_reference_of_the_asyncapi_document_leads_somewhere_and_every_schema_is_one() -> None:
    document = asyncapi_document()
    for reference in references(document):
        look_up(document, reference)
    for message in document["components"]["messages"].values():
        jsonschema_rs.meta.validate(message["payload"])
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)
    for operation in document["operations"].values():
        assert operation["action"] in ("send", "receive")
        channel = look_up(document, operation["channel"]["$ref"])
        assert all(one["$ref"].rpartition("/")[2] in channel["messages"] for one in operation["messages"])


def test_the_document_names_every_topic_with_an_example_that_can_be_subscribed() -> None:
    messages = asyncapi_document()["channels"]["live"]["messages"]
    for kind in KINDS.values():
        assert kind.kind in messages
        assert split_topic(kind.example)[0] == kind.kind


def test_what_the_socket_says_is_what_the_document_promises(tmp_path: Path) -> None:
    document = asyncapi_document()

    def check(name: str, text: str | bytes) -> None:
        schema = {**document["components"]["messages"][name]["payload"], "components": document["components"]}
        jsonschema_rs.validate(schema, json.loads(text))

    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city, connect(f"ws://{city.address}/v1/ws") as client:
            await city.drive("V1", EASTBOUND, trip_id="1E-0700")
            for topic in ("stop:E3", "route:R1", "vehicle:V1", "tile:13/6770/3196"):
                said = json.dumps({"op": "subscribe", "topics": [topic], "since": {topic: {"epoch": "x", "seq": 1}}})
                check("subscribe", said)
                await client.send(said)
                check(topic.partition(":")[0], await client.recv())
            for said, answer in (('{"op":"ping"}', "pong"), ('{"op":"subscribe","topics":["x"]}', "error")):
                await client.send(said)
                check(answer, await client.recv())

    run_async(scenario())


def test_openapi_documents_every_route_with_its_errors_and_the_key(tmp_path: Path) -> None:
    async def scenario() -> Json:
        async with RunningCity(tmp_path).open() as city:
            document: Json = (await city.get("/openapi.json")).json()
            return document

    document = run_async(scenario())
    for reference in references(document):
        look_up(document, reference)
    assert {
        "/v1/stops", "/v1/stops/{stop_id}/arrivals", "/v1/stops/{stop_id}/board.txt", "/v1/routes", "/v1/routes/{route_id}",
        "/v1/routes/{route_id}/vehicles", "/v1/vehicles", "/v1/vehicles/{vehicle_id}", "/v1/positions", "/gtfs-rt/{feed}.pb",
        "/v1/accuracy", "/gtfs-rt/{feed}.json", "/v1/service-changes", "/v1/service-changes/{change_id}", "/healthz", "/readyz",
        "/metrics", "/v1/parking/lots", "/v1/parking/lots/{lot_id}", "/v1/parking/lots/{lot_id}/availability", "/v1/parking/quotes",
        "/v1/parking/reservations", "/v1/parking/reservations/{reservation_id}", "/v1/parking/waitlist", "/v1/parking/shares",
        "/v1/parking/gate-events", "/v1/parking/occupancy", "/v1/parking/webhooks",
        *(f"/v1/parking/reservations/{{reservation_id}}/{name}"
          for name in ("confirm", "cancel", "extend", "check-in", "check-out", "plate", "cancellation-preview")),
    } <= document["paths"].keys()  # fmt: skip
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], (method, path)
            for status, response in operation["responses"].items():
                if status.startswith("4"):
                    assert list(response["content"]) == ["application/problem+json"], (method, path, status)
    assert document["paths"]["/v1/positions"]["post"]["security"]


@pytest.mark.slow
def test_random_requests_are_answered_as_documented(tmp_path: Path) -> None:
    ready, done = threading.Event(), threading.Event()
    city = RunningCity(tmp_path)
    city.runtime.parking.provider = SimulatedProvider(b"secret", lambda: city.now, 1, Manners(failing=0.0))

    async def scenario() -> None:
        async with city.open():
            await city.drive("V1", EASTBOUND, trip_id="1E-0700")
            ready.set()
            while not done.is_set():
                await asyncio.sleep(0.05)

    thread = threading.Thread(target=lambda: run_async(scenario()))
    thread.start()
    try:
        assert ready.wait(120)
        schema = schemathesis.openapi.from_url(f"http://{city.address}/openapi.json")
        for found in schema.get_all_operations():
            if not found.ok().path.startswith("/v1/parking/"):  # those are asked in tests/server/parking/test_documents.py
                ask_at_random(found.ok(), city.key)
    finally:
        done.set()
        thread.join()


def ask_at_random(operation: Any, key: str) -> None:
    @given(case=operation.as_strategy())
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    def ask(case: Any) -> None:
        # A pattern cannot say that north lies above south; and a good key in one header beside a bad one in the other is good.
        case.call_and_validate(headers={"X-API-Key": key}, excluded_checks=[positive_data_acceptance, ignored_auth])

    ask()
