"""Random requests at every route of parking, as a citizen and as an operator: no 5xx, and every answer as documented."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance, unsupported_method
from websockets.asyncio.client import connect

from server.asyncapi import asyncapi_document
from server.parking.simulated_provider import Manners, SimulatedProvider
from tests.support.live_server import run_async
from tests.support.running_parking import RunningParking

OPERATORS = ("/v1/parking/lots", "/v1/parking/gate-events", "/v1/parking/occupancy", "/v1/parking/tariffs")
ALWAYS = (
    "/v1/parking/communities", "/v1/parking/bars", "/v1/parking/owned-places", "/v1/parking/settlements", "/v1/parking/conduct/rules",
    "/v1/parking/appeals/{reservation_id}/decision",
)  # fmt: skip
"""whose GETs are an operator's as well"""


@pytest.mark.slow
def test_random_requests_are_answered_as_documented(tmp_path: Path) -> None:
    ready, done = threading.Event(), threading.Event()
    parking = RunningParking(tmp_path)
    parking.parking.provider = SimulatedProvider(b"secret", lambda: parking.now, 1, Manners(failing=0.0))
    ids: list[str] = []

    async def scenario() -> None:
        async with parking.open():
            ids.append((await parking.reserve("ann")).json()["id"])
            ready.set()
            while not done.is_set():
                await asyncio.sleep(0.05)

    def serve() -> None:
        with asyncio.Runner() as runner:
            runner.run(scenario())

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert ready.wait(120)
        schema = schemathesis.openapi.from_url(f"http://{parking.address}/openapi.json")
        for found in schema.get_all_operations():
            operation = found.ok()
            if operation.path.startswith("/v1/parking"):
                asked = operation.path.endswith(("/gate-events", "/counts", "/stays", "/closures"))
                operator = asked or (operation.method.upper() in ("POST", "PUT", "DELETE") and operation.path.startswith(OPERATORS))
                operator = operator or operation.path.startswith(ALWAYS)
                headers = {"X-API-Key": parking.operator_key} if operator else {"Authorization": f"Bearer {parking.token('ann')}"}
                ask_at_random(operation, headers, ids[0])
    finally:
        done.set()
        thread.join()


def ask_at_random(operation: Any, headers: dict[str, str], reservation_id: str) -> None:
    # What a schema cannot say: an end after its start, a time to come, a plate that its colour can have, whose a space is.
    excluded = [positive_data_acceptance, ignored_auth, unsupported_method]

    @given(case=operation.as_strategy())
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    def ask(case: Any) -> None:
        case.call_and_validate(headers=headers, excluded_checks=excluded)
        if "reservation_id" in (case.path_parameters or {}):
            case.path_parameters["reservation_id"] = reservation_id
            case.call_and_validate(headers=headers, excluded_checks=excluded)

    ask()


def test_answers_and_topics_are_what_the_documents_promise(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking, connect(f"ws://{parking.address}/v1/ws") as socket:
            document = (await parking.get("/openapi.json")).json()

            def check(name: str, value: Any) -> None:
                jsonschema_rs.validate({"$ref": f"#/components/schemas/{name}", "components": document["components"]}, value)

            held = await parking.reserve("ann")
            check("ReservationView", held.json())
            check("ReservationView", (await parking.see("ann", held)).json())
            check("ReservationList", (await parking.ask("ann", "GET", "/v1/parking/reservations")).json())
            check("Problem", (await parking.reserve("ann", lot_id="nowhere")).json())
            check("LotList", (await parking.get("/v1/parking/lots")).json())
            check("LotDetail", (await parking.get("/v1/parking/lots/east")).json())
            check("Availability", (await parking.get("/v1/parking/lots/east/availability")).json())
            live = asyncapi_document()
            topics = [f"reservation:{held.json()['id']}", "lot:east"]
            await socket.send(json.dumps({"op": "subscribe", "topics": topics, "token": parking.token("ann")}))
            for kind in ("reservation", "lot"):
                payload = live["components"]["messages"][kind]["payload"]
                jsonschema_rs.validate({**payload, "components": live["components"]}, json.loads(await socket.recv()))

    run_async(scenario())


def test_the_examples_of_the_document_are_good_messages(tmp_path: Path) -> None:
    async def scenario() -> Any:
        async with RunningParking(tmp_path).open() as parking:
            return (await parking.get("/openapi.json")).json()

    document = run_async(scenario())
    checked = 0
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if path.startswith("/v1/parking") and "requestBody" in operation:
                content = operation["requestBody"]["content"]["application/json"]
                jsonschema_rs.validate({**content["schema"], "components": document["components"]}, content["example"])
                checked += 1
    assert checked >= 28
