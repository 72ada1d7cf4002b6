"""Both languages of the guide to parking against the code: snippets run, bodies decode, no endpoint or code is missing."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import msgspec
import pytest

from feeds.parking.lots import read_lots
from feeds.parking.tariffs import read_tariffs
from parking.model import TRANSITIONS, State
from parking.refusals import STATUS, Code
from parking.tariffs import Tariff
from server.parking import messages, operator_messages, owner_messages
from server.parking.configuration import Configuration, read_configuration
from server.parking.tokens import Tokens
from server.parking.webhooks import new_secret, signed
from tests.support.live_server import run_async
from tests.support.running_parking import PATH, RunningParking

ROOT = Path(__file__).parents[3]
GUIDES = {name: (ROOT / "docs" / f"parking{name}.md").read_text(encoding="utf-8") for name in ("", ".zh-CN")}
PREFIX = "/v1/parking"
RAISED = re.compile(r'ProblemException\(\s*(\d{3}), "([a-z_]+)"')
SOURCES = (*sorted((ROOT / "server/parking").glob("*.py")), *sorted((ROOT / "server/routes").glob("parking*.py")))

each = pytest.mark.parametrize("guide", GUIDES.values(), ids=("en", "zh"))


def blocks(guide: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)


def snippet(guide: str, name: str) -> str:
    return next(one for one in blocks(guide, "python") if one.startswith(f"# {name}"))


def loaded(guide: str, name: str) -> Any:
    module = ModuleType("snippet")
    exec(snippet(guide, name), module.__dict__)
    return module


def rows(guide: str, status: int) -> list[list[str]]:
    """Cells of the rows of tables whose second cell is a status."""
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in guide.splitlines() if line.startswith("| `")]
    return [row for row in found if len(row) == 3 and row[1] == str(status)]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What /openapi.json says."""
    found: dict[str, Any] = {}

    async def scenario() -> None:
        async with RunningParking(tmp_path_factory.mktemp("guide")).open() as parking:
            found.update((await parking.get("/openapi.json")).json())

    run_async(scenario())
    return found


@each
def test_every_problem_is_in_the_table_with_its_status(guide: str) -> None:
    raised: dict[str, set[int]] = {code.value: {STATUS.get(code, 409)} for code in Code}
    for source in SOURCES:
        for status, code in RAISED.findall(source.read_text(encoding="utf-8")):
            raised.setdefault(code, set()).add(int(status))
    raised["too_many_requests"] = {429}  # 503 only where signed requests are too many to remember
    told: dict[str, set[int]] = {}
    for status in range(400, 600):
        for row in rows(guide, status):
            assert row[2], row
            for code in re.findall(r"`([a-z_]+)`", row[0]):
                assert code not in told, f"{code} stands there twice"
                told[code] = {status}
    assert told == raised


@each
def test_every_endpoint_is_named_and_every_name_is_one(guide: str, document: dict[str, Any]) -> None:
    real = {
        (method.upper(), path.removeprefix(PREFIX))
        for path, methods in document["paths"].items() for method in methods if path.startswith(PREFIX)
    }  # fmt: skip
    named = set(re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^\s`?]*)`", guide))
    assert named == real


@each
def test_the_states_are_all_drawn_and_their_names_are_real(guide: str) -> None:
    drawing = next(one for one in blocks(guide, "") if "waiting" in one)
    assert set(re.findall(r"[a-z_]{4,}", drawing)) & {state.value for state in State} == {state.value for state in State}
    for line in drawing.splitlines():
        steps = re.findall(r"(\w+) ─[^►]*► (\w+)", re.sub(r"► (\w+) ─", r"► \1 \1 ─", line)) if "," not in line else []
        for before, after in steps:
            if before in set(State):
                assert State(after) in TRANSITIONS[State(before)], line


@each
def test_bodies_of_the_commands_decode(guide: str, document: dict[str, Any]) -> None:
    commands = re.findall(r"^curl (?:[^\n]|\n +)*", "\n".join(blocks(guide, "sh")), re.MULTILINE)
    assert len(commands) > 12
    for command in commands:
        path = re.search(r'"\$B(/[^"?]*)', command)
        body = re.search(r"-d '(.*)'", command, re.DOTALL)
        method = re.search(r"-X ([A-Z]+)", command)
        assert path is not None, command
        verb = method[1] if method else "POST" if body else "GET"
        operation = next((one for one in _matching(document, path[1]) if verb.lower() in one), None)
        assert operation is not None, command
        if body is None:
            continue
        said = body[1].replace("'$DAY'", "2026-11-28").replace("'$NOW'", "2026-11-28T00:03:11Z")
        said = re.sub(r"'\$[A-Z]+'", "019ac0ffee00b7e1a2c3d4e5", said)
        schema = operation[verb.lower()]["requestBody"]["content"]["application/json"]["schema"]
        if "$ref" in schema:
            msgspec.json.decode(said, type=_message(schema["$ref"].rpartition("/")[2]))
        else:
            assert json.loads(said) == {}


def _matching(document: dict[str, Any], path: str) -> list[dict[str, Any]]:
    wanted = PREFIX + path.replace("$ID", "x")
    templates = {template: re.sub(r"\{\w+\}", "[^/]+", template) for template in document["paths"]}
    return [document["paths"][one] for one, pattern in sorted(templates.items(), key=lambda item: item[0].count("{"))
            if re.fullmatch(pattern, wanted)]  # fmt: skip


def _message(name: str) -> Any:
    if name == "Tariff":
        return Tariff
    return next(getattr(module, name) for module in (messages, operator_messages, owner_messages) if hasattr(module, name))


@each
def test_the_configuration_is_read_and_tells_every_default(guide: str, tmp_path: Path) -> None:
    text = next(one for one in blocks(guide, "toml") if "[citizens]" in one)
    (tmp_path / "parking.toml").write_text(text, encoding="utf-8")
    found, told = read_configuration(tmp_path), msgspec.toml.decode(text)
    assert set(told) == set(Configuration.__struct_fields__)
    for table in ("webhooks", "gates", "rules"):
        assert set(told[table]) == set(getattr(found, table).__struct_fields__), table
    assert msgspec.structs.replace(found, citizens=None) == Configuration()
    assert found.citizens is not None
    assert found.citizens.algorithms == ("ES256",)


@each
def test_lists_of_car_parks_and_tariffs_are_read(guide: str) -> None:
    lots, places = blocks(guide, "csv")
    found = read_lots("lots.csv", lots.encode(), ("places.csv", places.encode()))
    assert (len(found.lots), len(found.places)) == (2, 5)
    assert not found.lot_counters.refused
    assert not found.place_counters.refused
    tariffs = read_tariffs(next(one for one in blocks(guide, "toml") if "[[tariffs]]" in one).encode(), "tariffs.toml")
    assert [one.id for one in tariffs] == [lot.tariff_id for lot in found.lots if lot.tariff_id]


@each
def test_an_issuer_of_ones_own_and_an_app_that_signs_are_believed(guide: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        configured = next(one for one in blocks(guide, "toml") if "[citizens]" in one)
        parking = RunningParking(tmp_path)
        command = [sys.executable, "-c", snippet(guide, "issuer.py"), str(tmp_path), "ann"]
        token = (await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)).stdout.strip()
        (tmp_path / "parking.toml").write_text(configured, encoding="utf-8")
        parking = _with_its_keys(parking, tmp_path)
        async with parking.open():
            seen = await parking.http.get(PATH, headers={"authorization": f"Bearer {token}"})
            assert seen.status_code == 200, seen.text
            module = loaded(guide, "sign.py")
            module.time = SimpleNamespace(time=lambda: parking.now)
            body = json.dumps(parking.wish()).encode()
            headers = module.signed(parking.app_key, "POST", PATH, "bob", body) | {"Idempotency-Key": "one"}
            made = await parking.http.post(PATH, content=body, headers=headers)
            assert made.status_code == 201, made.text
            assert (await parking.http.post(PATH, content=body, headers=headers)).json()["code"] == "bad_signature"
            target = f"{PATH}?limit=1"
            listed = await parking.http.get(target, headers=module.signed(parking.app_key, "GET", target, "bob"))
            assert [one["id"] for one in listed.json()["reservations"]] == [made.json()["id"]]

    run_async(scenario())


def _with_its_keys(parking: RunningParking, directory: Path) -> RunningParking:
    """Started with what stands in its files by now."""
    configuration = read_configuration(directory)
    assert configuration.citizens is not None
    parking.parking.access._tokens = Tokens(configuration.citizens, directory)
    return parking


@each
def test_a_webhook_is_verified(guide: str) -> None:
    verified = loaded(guide, "webhook.py").verified
    secret, body = new_secret(), '{"type": "reservation.confirmed", "plate": "鲁A·1**45"}'.encode()
    headers = {"webhook-id": "a.1", "webhook-timestamp": "1000", "webhook-signature": signed(secret, "a.1", 1000, body)}
    assert verified(secret, headers, body, 1000.0)
    assert not verified(secret, headers, body + b" ", 1000.0)
    assert not verified(new_secret(), headers, body, 1000.0)
    assert not verified(secret, headers, body, 2000.0)


@each
def test_the_backup_has_what_was_committed(guide: str, tmp_path: Path) -> None:
    (command,) = re.findall(r'^python -c "(.*)"$', "\n".join(blocks(guide, "sh")), re.MULTILINE)
    (tmp_path / "data").mkdir()
    (tmp_path / "copy").mkdir()
    live = sqlite3.connect(tmp_path / "data/parking.db")
    live.execute("pragma journal_mode = wal")
    live.execute("create table t as select 7 as seven")
    live.commit()
    subprocess.run([sys.executable, "-c", command], cwd=tmp_path, check=True)
    live.close()
    copy = sqlite3.connect(tmp_path / "copy/parking.db")
    assert copy.execute("select seven from t").fetchone() == (7,)
    copy.close()
