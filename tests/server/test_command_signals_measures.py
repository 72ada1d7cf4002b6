"""`baimai signals measures` as a person runs it."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = []
    for k in range(20):
        at = 1_772_409_600 + 90 * k
        told = ((0, 1, 1), (5, 82, 7), (6, 81, 7), (30, 8, 1), (33, 10, 1), (60, 31, 1))
        rows += [f"{at + after},D1,{code},{parameter}" for after, code, parameter in told]
    rows += ["1772409600,D9,1,1", "never,D1,1,1"]
    (tmp_path / "events.csv").write_text("timestamp_unix,device_id,event_code,parameter\n" + "\n".join(rows) + "\n")
    (tmp_path / "inventory.csv").write_text("device_id,intersection_id,grade,declared_mode,lat,lon\nD1,J1,11,22,36.7,117.5\n")
    (tmp_path / "detectors.csv").write_text(
        "device_id,channel,lane_id,approach_id,phases,type,distance_m\nD1,7,L1,north,1,advance,139\n"
    )
    return tmp_path


def measures(
    folder: Path, *options: str | Path, events: str = "events.csv", stdin: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    command = [
        sys.executable, "-m", "server", "signals", "measures", str(folder / events) if events != "-" else "-",
        "--inventory", str(folder / "inventory.csv"), "--detectors", str(folder / "detectors.csv"), *map(str, options),
    ]  # fmt: skip
    return subprocess.run(command, cwd=ROOT, capture_output=True, input=stdin, check=False)


def test_json_has_rows_with_numerators_and_the_health_of_detectors(folder: Path) -> None:
    done = measures(folder, "--json", "--bin", "1800")
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    (row,) = told["measures"]
    assert row["arrivals_on_green"] == {"value": 1.0, "numerator": 20, "denominator": 20}
    assert row["cycle"]["mean_s"] == 90.0
    assert told["detectors"][0]["state"] == "alive"
    assert "2 rows skipped" in done.stderr.decode()


def test_a_pipe_in_and_a_table_out(folder: Path) -> None:
    done = measures(folder, events="-", stdin=(folder / "events.csv").read_bytes())
    assert done.returncode == 0, done.stderr.decode()
    assert "100.0 %" in done.stdout.decode()


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_rows_are_written_as_columns(folder: Path, name: str) -> None:
    done = measures(folder, "-o", folder / name)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == b""
    if name.endswith("csv"):
        rows = list(csv.DictReader((folder / name).read_text().splitlines()))
    else:
        rows = parquet.read_table(folder / name).to_pylist()
    assert len(rows) == 2
    assert [int(row["arrivals_on_green_numerator"]) for row in rows] == [10, 10]
    assert rows[0]["device_id"] == "D1"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--bin", "7000"], "no multiple of 7000 s"), (["-o", "out.xls"], "neither with .csv"),
        (["--detectors", "absent.csv"], "absent.csv"),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(folder: Path, options: list[str], says: str) -> None:
    done = measures(folder, *options)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.decode().replace("│", " ").split())
