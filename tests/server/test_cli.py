from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from server.cli import main
from server.settings import Settings
from server.version import VERSION
from tests.support.live_server import run_async
from tests.support.tiny_city import tiny_network
from transit.network_file import save_network


def run(*arguments: str) -> int:
    """The exit code of `baimai …` in this process."""
    before = sys.argv
    sys.argv = ["baimai", *arguments]
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        sys.argv = before
    return 0


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_help_names_every_command_and_loads_nothing_heavy(tmp_path: Path) -> None:
    program = "import sys; from server.cli import app; print([m for m in ('numba', 'numpy', 'fastapi') if m in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    assert loaded.stdout.strip() == "[]"


def test_all_commands_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    shown = capsys.readouterr().out
    for command in ("demo", "serve", "network", "replay", "gateway", "keys", "settings", "version"):
        assert f" {command} " in shown


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("version") == 0
    assert capsys.readouterr().out.startswith(f"baimai {VERSION} ")


def test_settings_prints_each_with_its_unit_and_where_it_may_be_set(capsys: pytest.CaptureFixture[str]) -> None:
    Path("baimai.toml").write_text("port = 9\n")
    assert run("settings") == 0
    shown = capsys.readouterr().out
    for name in Settings.model_fields:
        assert f"{name} = " in shown
        assert f"[BAIMAI_{name.upper()}]" in shown
    assert "port = 9 (default 8000)" in shown
    assert "step_seconds = 1 s\n" in shown


def test_keys_are_created_listed_and_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("keys", "create", "--scope", "positions", "--name", "line 7", "--data-dir", "d") == 0
    text = capsys.readouterr().out.strip()
    assert re.fullmatch(r"baimai_[0-9a-f]{12}_[\w-]{43}", text)
    assert run("keys", "list", "--data-dir", "d") == 0
    listed = capsys.readouterr().out
    assert "line 7" in listed
    assert "good" in listed
    assert text.split("_", 2)[2] not in listed
    assert run("keys", "revoke", text.split("_")[1], "--data-dir", "d") == 0
    assert run("keys", "list", "--data-dir", "d") == 0
    assert "revoked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("serve",), "baimai: network: is not set; name the file that `baimai network` wrote, as --network or in the settings"),
        (("serve", "--network", "no.npz"), "baimai: no.npz: "),
        (("serve", "--config", "no.toml"), "baimai: no.toml: cannot be read (No such file or directory)"),
        (("serve", "--port", "99999"), "baimai: port (option): input should be less than or equal to 65535, got 99999"),
        (("gateway",), "baimai: redis_url: is not set"),
        (("gateway", "--redis-url", "http://x"), "baimai: redis_url (option): "),
        (("keys", "create", "--scope", "fly"), "baimai: scope 'fly' does not exist"),
        (("keys", "revoke", "abc"), "baimai: no API key has the id 'abc'"),
        (("replay", "--network", "no.npz", "--positions", "p.csv", "--matches", "m.csv"), "baimai: no.npz: "),
    ],
)
def test_what_a_person_can_mend_is_told_in_one_sentence_with_exit_code_2(
    arguments: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith(sentence)
    assert told.count("\n") == 1


@pytest.mark.slow
def test_serve_answers_writes_json_logs_and_ends_cleanly_when_told_to(tmp_path: Path) -> None:
    save_network(tiny_network(), tmp_path / "tiny.npz")

    async def scenario() -> None:
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "BAIMAI_DATA_DIR": str(tmp_path)}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server", "serve", "--network", "tiny.npz", "--port", "0", "--host", "::",
            cwd=tmp_path, env=environment, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stderr is not None
        entry = json.loads(await process.stderr.readline())
        assert (entry["event"], entry["level"]) == ("listening", "info")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{entry['port']}") as client:
            until = time.monotonic() + 50
            while (await client.get("/readyz")).status_code != 200 and time.monotonic() < until:
                await asyncio.sleep(0.05)
            assert (await client.get("/v1/stops/E3/arrivals")).status_code == 200
        process.send_signal(signal.SIGTERM)
        rest = (await asyncio.wait_for(process.communicate(), 20))[1].decode()
        assert "Traceback" not in rest
        assert all(json.loads(line) for line in rest.splitlines())

    run_async(scenario())
