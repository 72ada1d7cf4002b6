"""`baimai learn` as a person runs it: recorded days in, a history file out that `baimai replay` goes on from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from feeds.gtfs import compile_network
from feeds.simulated import District
from feeds.simulated_recording import record, write_recording
from transit.network_file import save_network

ROOT = Path(__file__).resolve().parents[2]
EIGHT = 1_772_409_600.0


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with city.npz and twenty minutes of positions.csv of the simulated district."""
    folder = tmp_path_factory.mktemp("learn")
    network, _ = compile_network(District(3).gtfs_tables())
    save_network(network, folder / "city.npz")
    write_recording(record(District(3), EIGHT, 1200.0), folder)
    return folder


def run(*words: str | Path, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "server", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False, input=stdin)


def positions_of(day: Path) -> Path:
    return next(path for path in sorted(day.iterdir()) if path.name.startswith("positions"))


def predictions(day: Path, *options: str | Path) -> bytes:
    done = run("replay", "--network", day / "city.npz", "--positions", positions_of(day), "--predictions", "-", *options)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.slow
def test_what_was_learned_changes_predictions_and_the_same_days_teach_the_same_bytes(day: Path, tmp_path: Path) -> None:
    files = [tmp_path / "one.npz", tmp_path / "two.npz"]
    for file in files:
        done = run("learn", "--network", day / "city.npz", "--positions", positions_of(day), "-o", file)
        assert done.returncode == 0, done.stderr.decode()
        assert "1 service day known" in done.stderr.decode()
    plain, taught, again = predictions(day), predictions(day, "--history", files[0]), predictions(day, "--history", files[1])
    assert taught == again
    assert taught != plain
    more = run("learn", "--network", day / "city.npz", "--positions", positions_of(day), "-o", tmp_path / "more.npz",
               "--history", files[0])  # fmt: skip
    assert more.returncode == 0, more.stderr.decode()


def test_wrong_files_end_with_2_and_a_sentence(day: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.npz"
    bad.write_text("no history")
    done = run("replay", "--network", day / "city.npz", "--positions", positions_of(day), "--matches", "-", "--history", bad)
    assert done.returncode == 2
    assert b"is not a history file" in done.stderr
    assert b"Traceback" not in done.stderr
    nowhere = run("learn", "--network", day / "city.npz", "--positions", positions_of(day), "-o", tmp_path / "no" / "h.npz")
    assert nowhere.returncode == 2
    assert b"there is no folder" in nowhere.stderr


def test_skipped_rows_are_told(day: Path, tmp_path: Path) -> None:
    rows = b"vehicle_id,timestamp_unix,lat,lon\n1,1772409600,abc,117.5\n1,1772409601,36.7,117.5\n"
    done = run("learn", "--network", day / "city.npz", "--positions", "-", "-o", tmp_path / "h.npz", stdin=rows)
    assert done.returncode == 0, done.stderr.decode()
    assert "1 rows skipped: lat_not_a_number 1" in done.stderr.decode()
    assert (tmp_path / "h.npz").stat().st_size > 0
