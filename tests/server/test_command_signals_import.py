"""`baimai signals import` as a person runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from server.signals.service import listed

ROOT = Path(__file__).resolve().parents[2]
J1, J2 = "D1,J1,11,22,36.7,117.5\n", "D2,J2,11,22,99,117.5\n"
INVENTORY = f"device_id,intersection_id,grade,declared_mode,lat,lon\n{J1}{J2}{J1}"
DETECTORS = "device_id,channel,lane_id,approach_id,phases,type,distance_m\nD1,7,L1,north,1,advance,139\nD9,1,L1,south,1,advance,139\n"


def run(tmp_path: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "server", "signals", "import", *map(str, options), "--data-dir", str(tmp_path / "data")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "list.csv").write_text(INVENTORY)
    (tmp_path / "loops.csv").write_text(DETECTORS)
    return tmp_path


def test_lists_are_checked_told_and_put_where_the_server_finds_them(folder: Path) -> None:
    done = run(folder, folder / "list.csv", "--detectors", folder / "loops.csv", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["intersections"], told["controllers"], told["detectors"]) == (2, 2, 1)
    assert sum(told["refused"].values()) == 2
    assert sum(told["left_unknown"].values()) == 1
    found = listed(folder / "data" / "signals")
    assert (list(found.intersection_ids), len(found.detector_device)) == (["J1", "J2"], 1)
    plain = run(folder, folder / "list.csv")  # the detectors there are checked with it, and stay
    assert plain.returncode == 0
    assert "2 intersections, 2 controllers, 1 approaches, 1 detectors" in plain.stdout
    assert "left out: 1 ×" in plain.stderr
    assert (folder / "data" / "signals" / "detectors.csv").read_text() == DETECTORS


def test_a_wrong_list_is_one_sentence_and_nothing_is_replaced(folder: Path) -> None:
    assert run(folder, folder / "list.csv").returncode == 0
    (folder / "wrong.csv").write_text("name,lat\nx,1\n")
    done = run(folder, folder / "wrong.csv")
    assert done.returncode == 2
    assert "wrong.csv" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert (folder / "data" / "signals" / "inventory.csv").read_text() == INVENTORY
    assert run(folder, folder / "none.csv").returncode == 2
    (folder / "list.txt").write_text(INVENTORY)
    assert run(folder, folder / "list.txt").returncode == 2
