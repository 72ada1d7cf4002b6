"""A service whose database cannot be reached yet, is of a newer version, or cannot be brought up to date."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from server.errors import DatabaseError
from server.parking.configuration import DATABASE
from server.parking.migrate import migrate
from server.parking.store_opening import StoreOpening
from server.parking.vault import PlateVault
from tests.support.live_server import run_async
from tests.support.postgres import postgres_server
from tests.support.running_city import RunningCity
from tests.support.running_parking import RunningParking
from tests.support.tiny_city import tiny_network
from transit.network_file import save_network


def test_a_database_that_is_not_there_is_waited_for_and_the_reason_is_told(tmp_path: Path) -> None:
    async def scenario(server: str) -> None:
        (tmp_path / "parking.toml").write_text(f'database = "{server}/later"')
        city = RunningCity(tmp_path)
        city.runtime.parking.opening.again = 0.05
        async with city.open():
            while "parking_reason" not in (said := (await city.get("/readyz")).json()):
                await asyncio.sleep(0.01)
            assert said["parking"] == "unreachable"
            assert said["parking_reason"] == 'FATAL:  database "later" does not exist'
            refused = await city.get("/v1/parking/lots")
            assert refused.status_code == 503
            assert "cannot be reached" in refused.json()["detail"]
            assert (await city.get("/v1/stops/E3/arrivals")).status_code == 200
            with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE later")
            while (said := (await city.get("/readyz")).json())["parking"] != "ready":
                await asyncio.sleep(0.01)
            assert "parking_reason" not in said
            assert (await city.get("/v1/parking/lots")).status_code == 200

    with postgres_server("-c", "fsync=off") as server:
        run_async(scenario(server))


def newer(path: Path) -> None:
    migrate(f"sqlite:///{path}")
    with sqlite3.connect(path) as file:
        file.execute("update alembic_version set version_num = '9999'")


def half(path: Path) -> None:
    with sqlite3.connect(path) as file:
        file.execute("create table quotes (id)")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (newer, "baimai: the parking database has tables of version 9999, and this version of Baimai knows none after "),
        (half, "baimai: the tables of the parking database could not be brought up to date (table quotes already exists)"),
        (lambda path: path.write_bytes(b"no database" * 100), "baimai: the tables of the parking database could not be brought"),
    ],
)  # fmt: skip
def test_a_database_that_cannot_be_used_ends_the_process_with_a_sentence(spoil: object, sentence: str, tmp_path: Path) -> None:
    save_network(tiny_network(), tmp_path / "tiny.npz")
    spoil(tmp_path / DATABASE)  # type: ignore[operator]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "BAIMAI_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "server", "serve", "--network", "tiny.npz", "--port", "0"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    said = [line for line in done.stderr.splitlines() if not line.startswith("{")]
    assert len(said) == 1, done.stderr
    assert said[0].startswith(sentence)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda folder: (folder / "plates.key").unlink(), "plates.key is missing, and the parking database holds what only it opens"),
        (lambda folder: (folder / "parking.key").unlink(), "parking.key is missing, and the parking database holds what only it opens"),
        (lambda folder: other(folder / "plates.key"), "plates.key is not the key this parking database was made with"),
        (lambda folder: (folder / "parking.key").write_bytes(b"k" * 32), "parking.key is not the key this parking database was made"),
        (lambda folder: (folder / "parking.key").write_bytes(b"k"), "parking.key: has 1 bytes instead of 32"),
        (lambda folder: (folder / "plates.key").chmod(0o644), "plates.key can be read by everybody: chmod 600 it"),
        (lambda folder: (folder / "plates.key").write_text("{}"), "plates.key is not a key file"),
    ],
)  # fmt: skip
def test_a_database_is_served_with_its_own_keys_alone(
    spoil: Callable[[Path], object], sentence: str, kept: Path, tmp_path: Path
) -> None:  # fmt: skip
    folder = tmp_path / "copy"
    shutil.copytree(kept, folder)
    opening = StoreOpening(folder, "", time.time)
    opening.open()[0].close()
    spoil(folder)
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(DatabaseError) as told:
        opening.open()
    assert sentence in str(told.value)
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith("parking.db-")) == [
        name for name in before if not name.startswith("parking.db-")
    ], "no key was made anew"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a reservation and a webhook."""
    folder = tmp_path_factory.mktemp("kept")

    async def scenario() -> None:
        async with RunningParking(folder, '[webhooks]\nnetworks = ["127.0.0.0/8"]').open() as parking:
            assert (await parking.reserve("ann")).status_code == 201
            assert (await parking.ask("ann", "POST", "/v1/parking/webhooks", {"url": "http://127.0.0.1:9/x"})).status_code == 201

    run_async(scenario())
    return folder


def other(path: Path) -> None:
    """Keys of another deployment."""
    path.unlink()
    PlateVault(path.parent)
