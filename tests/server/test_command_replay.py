"""`baimai replay` as a person runs it: files in, files out, the same bytes each time, one sentence for what is wrong."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

from feeds.gtfs import compile_network
from feeds.gtfs_rt_changes_write import encode_statements
from feeds.simulated import District
from feeds.simulated_recording import record, write_recording
from server.commands.recordings import STEP, instants, stretches
from transit.changes import CancelledTrip, Statements, TripRun
from transit.network_file import save_network

ROOT = Path(__file__).resolve().parents[2]
EIGHT = 1_772_409_600.0


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with city.npz and five minutes of positions.csv of the simulated district."""
    folder = tmp_path_factory.mktemp("day")
    network, _ = compile_network(District(3).gtfs_tables())
    save_network(network, folder / "city.npz")
    write_recording(record(District(3), EIGHT, 300.0), folder)
    return folder


def replay(day: Path, *options: str | Path, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """The command, in a process of its own."""
    command = [sys.executable, "-m", "server", "replay", "--network", str(day / "city.npz"), *map(str, options)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, input=stdin, check=False)


def positions_of(day: Path) -> Path:
    return next(path for path in sorted(day.iterdir()) if path.name.startswith("positions"))


def test_a_trip_that_was_cancelled_has_no_predictions_from_then_on(day: Path, tmp_path: Path) -> None:
    def trips_by_minute(*options: str | Path) -> dict[float, set[str]]:
        done = replay(day, "--positions", positions_of(day), "--predictions", tmp_path / "out.csv", *options)
        assert done.returncode == 0, done.stderr.decode()
        table = pyarrow.csv.read_csv(tmp_path / "out.csv")
        found: dict[float, set[str]] = {}
        for at, trip in zip(table["sampled_at_unix"].to_pylist(), table["trip_id"].to_pylist()):
            found.setdefault(float(at), set()).add(str(trip))
        return found

    whole = trips_by_minute()
    first, last = min(whole), max(whole)
    gone = max(whole[first] & whole[last])
    (tmp_path / "feed").mkdir()
    said = Statements(cancelled=(CancelledTrip(TripRun(gone)),))
    (tmp_path / "feed" / "1.pb").write_bytes(encode_statements(said, first + 30))
    changed = trips_by_minute("--changes", tmp_path / "feed")
    assert changed[first] == whole[first]
    assert gone not in changed[last]
    assert changed[last] <= whole[last]
    wrong = replay(day, "--positions", positions_of(day), "--matches", tmp_path / "m.csv", "--changes", tmp_path / "x")
    assert (wrong.returncode, wrong.stderr.decode()) == (2, f"baimai: {tmp_path / 'x'}: cannot be read (No such file or directory)\n")


def test_the_same_recording_gives_the_same_bytes(day: Path, tmp_path: Path) -> None:
    written = []
    for k in range(2):
        out = [tmp_path / f"{k}-{name}.csv" for name in ("predictions", "events", "matches")]
        done = replay(
            day, "--positions", positions_of(day), "--predictions", out[0], "--stop-events", out[1], "--matches", out[2]
        )
        assert done.returncode == 0, done.stderr.decode()
        written.append([path.read_bytes() for path in out])
    assert written[0] == written[1]
    header = written[0][0].split(b"\n", 1)[0]
    assert header == (
        b"sampled_at_unix,vehicle_id,trip_id,route_id,direction_id,stop_id,stop_sequence,"
        b"predicted_arrival_unix,predicted_departure_unix,p10_unix,p90_unix,source"
    )
    assert written[0][2].count(b"\n") - 1 == pyarrow.csv.read_csv(positions_of(day)).num_rows


def test_a_pipe_a_gzip_and_parquet_are_read_alike(day: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.csv"
    table = pyarrow.csv.read_csv(positions_of(day))
    pyarrow.csv.write_csv(table, plain)
    zipped, parquet = tmp_path / "p.csv.gz", tmp_path / "p.parquet"
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    pyarrow.parquet.write_table(table, parquet)
    outputs = [replay(day, "--positions", path, "--matches", "-").stdout for path in (plain, zipped, parquet)]
    outputs.append(replay(day, "--positions", "-", "--matches", "-", stdin=plain.read_bytes()).stdout)
    assert outputs[0].startswith(b"vehicle_id,timestamp_unix,")
    assert all(output == outputs[0] for output in outputs)


def test_from_and_until_bound_what_was_received(day: Path) -> None:
    whole = replay(day, "--positions", positions_of(day), "--matches", "-").stdout.count(b"\n")
    begin, end = "2026-03-02T08:01:00+08:00", str(EIGHT + 120)
    part = replay(day, "--positions", positions_of(day), "--matches", "-", "--from", begin, "--until", end).stdout
    assert 1 < part.count(b"\n") < whole


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--positions", "absent.csv", "--matches", "-"], "absent.csv"),
        (["--positions", "{bad}", "--matches", "-"], "line 1, lat: the column is missing"),
        (["--positions", "{positions}"], "nothing to write"),
        (["--positions", "{positions}", "--matches", "-", "--from", "yesterday"], "--from"),
    ],
)
def test_wrong_input_ends_with_2_and_a_sentence(day: Path, tmp_path: Path, options: list[str], sentence: str) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("vehicle_id,timestamp_unix,lon\n1,2,3\n")
    done = replay(day, *(word.format(bad=bad, positions=positions_of(day)) for word in options))
    assert done.returncode == 2
    assert sentence in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_skipped_rows_are_told_by_reason(day: Path) -> None:
    rows = b"vehicle_id,timestamp_unix,lat,lon\n1,1772409600,abc,117.5\n1,1772409601,36.7,117.5\n"
    done = replay(day, "--positions", "-", "--matches", "-", stdin=rows)
    assert done.returncode == 0
    assert "1 rows skipped: lat_not_a_number 1" in done.stderr.decode()


def test_a_row_from_another_decade_costs_no_decades_of_steps(day: Path) -> None:
    rows = b"vehicle_id,timestamp_unix,received_unix,lat,lon\n1,0,0,36.7,117.5\n1,1772409601,1772409602,36.7,117.5\n"
    done = replay(day, "--positions", "-", "--matches", "-", stdin=rows)
    assert done.returncode == 0
    assert [line.split(b",")[1] for line in done.stdout.splitlines()[1:]] == [b"0", b"1772409601"]


def test_steps_rest_where_no_position_comes_for_more_than_an_hour() -> None:
    received = np.array([100.0, 3700.0, 3701.0, 9000.0, 1e9])
    assert list(stretches(received)) == [(100.0, 7301.0), (9000.0, 12_600.0), (1e9, 1e9)]


def test_steps_stand_at_multiples_of_the_sampling_interval_and_of_ten_seconds() -> None:
    assert list(instants(95.0, 130.0, 15.0, STEP)) == [(100.0, False), (105.0, True), (110.0, False), (120.0, True), (130.0, False)]


def test_baselines_are_written_beside_ours_and_know_earlier_days(day: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.csv"
    arrivals = pyarrow.csv.read_csv(day / "arrivals.csv").to_pylist()
    lines = [f"{row['vehicle_id']},{row['trip_id']},{row['stop_sequence']},{row['arrival_unix'] or 0.0:.1f}" for row in arrivals]
    earlier.write_text("\n".join(["vehicle_id,trip_id,stop_sequence,arrival_unix", *lines, "v,gone,1,5"]) + "\n")
    options = ["--positions", positions_of(day), "--baselines", tmp_path / "told", "--baseline-history", earlier]
    done = replay(day, *options)
    assert done.returncode == 0, done.stderr.decode()
    assert "of --baseline-history skipped: " in done.stderr.decode()
    assert "trip_id_unknown 1" in done.stderr.decode()
    files = sorted((tmp_path / "told").iterdir())
    assert [path.name for path in files] == [
        "blend_62_38.csv", "constant_speed.csv", "last_bus.csv", "mean_of_days.csv", "timetable_deviation.csv",
    ]  # fmt: skip
    rows = pyarrow.csv.read_csv(files[-1]).to_pylist()
    assert rows
    assert {row["source"] for row in rows} == {"live"}
    assert all(row["predicted_arrival_unix"] >= row["sampled_at_unix"] and row["p10_unix"] is None for row in rows)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--matches", "-", "--baseline-history", "earlier.csv"], "--baseline-history is only for --baselines"),
        (["--baselines", "{positions}/x"], "cannot be made"),
        (["--baselines", "{folder}", "--baseline-history", "absent.csv"], "absent.csv"),
    ],
)
def test_wrong_baseline_options_end_with_2_and_a_sentence(day: Path, tmp_path: Path, options: list[str], sentence: str) -> None:
    words = [word.format(positions=positions_of(day), folder=tmp_path / "told") for word in options]
    done = replay(day, "--positions", positions_of(day), *words)
    assert done.returncode == 2
    assert sentence in " ".join(done.stderr.decode().replace("│", " ").split())
    assert "Traceback" not in done.stderr.decode()
