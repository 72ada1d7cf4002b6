"""`baimai score` as a person runs it: files or a pipe in, a table, JSON or a page out, one sentence for what is wrong."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from server.accuracy_schemas import AccuracyReport

ROOT = Path(__file__).resolve().parents[2]
HEADER = (
    "sampled_at_unix,vehicle_id,trip_id,route_id,direction_id,stop_id,stop_sequence,predicted_arrival_unix,"
    "predicted_departure_unix,p10_unix,p90_unix,source\n"
)


def predictions(late: float) -> str:
    """Ten calls of a bus, each predicted every minute, `late` s too early."""
    rows = [
        f"{now},bus,trip,R1,0,S{k},{k},{2000 + 300 * k - late},,{1950 + 300 * k},{2040 + 300 * k},live"
        for k in range(1, 11) for now in range(1200, 2000 + 300 * k, 60)
    ]  # fmt: skip
    return HEADER + "\n".join(rows) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ours.csv").write_text(predictions(20.0))
    (tmp_path / "slow.csv.gz").write_bytes(gzip.compress(predictions(100.0).encode()))
    rows = [f"trip,{k},S{k},{2000 + 300 * k},5,bus" for k in range(1, 11)]
    (tmp_path / "arrivals.csv").write_text("trip_id,stop_sequence,stop_id,arrival_unix,uncertainty_s,vehicle_id\n" + "\n".join(rows))
    return tmp_path


def score(folder: Path, *options: str | Path, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "server", "score", "--arrivals", str(folder / "arrivals.csv"), *map(str, options)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, input=stdin, check=False)


def test_the_table_has_ours_each_baseline_and_the_ratio(folder: Path) -> None:
    done = score(folder, "--predictions", folder / "ours.csv", "--baseline", f"too early={folder / 'slow.csv.gz'}")
    assert done.returncode == 0, done.stderr.decode()
    table = done.stdout.decode()
    (row,) = [line for line in table.splitlines() if "MAE 5–10 min" in line]
    assert [cell.strip() for cell in row.strip("│ ").split("│")] == ["MAE 5–10 min ahead", "20.0 s", "100.0 s", "0.20"]
    assert "too early" in table
    assert done.stderr == b""


def test_the_json_is_the_report_of_the_api(folder: Path) -> None:
    done = score(folder, "--predictions", "-", "--json", "--skip-first-stops", stdin=predictions(20.0).encode())
    assert done.returncode == 0, done.stderr.decode()
    report = AccuracyReport.model_validate(json.loads(done.stdout))
    ours = report.predictors[0]
    assert (report.state, report.truth.source, report.truth.first_stops) == ("recorded", "file", False)
    assert ours.coverage == 1.0
    assert ours.whole.arrivals == 9
    assert ours.whole.mae_s == pytest.approx(20.0)
    assert {stop.stop_id for stop in ours.stops} == {f"S{k}" for k in range(2, 11)}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_stands_alone(folder: Path, tmp_path: Path, lang: str) -> None:
    page = tmp_path / "report.html"
    options = ["--predictions", folder / "ours.csv", "--baseline", folder / "slow.csv.gz", "--html", page, "--lang", lang]
    done = score(folder, *options)
    assert done.returncode == 0, done.stderr.decode()
    text = page.read_text(encoding="utf-8")
    assert "<style>" in text
    assert "href=" not in text
    assert "src=" not in text
    assert ("预测准确度" if lang == "zh" else "Prediction accuracy") in text
    assert "slow" in text


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--predictions", "absent.csv"], "absent.csv: does not exist"),
        (["--predictions", "{folder}/arrivals.csv"], "line 1, sampled_at_unix: the column is missing"),
        (["--predictions", "{folder}/empty.csv"], "empty.csv: has no predictions with a time"),
        (["--predictions", "{folder}/ours.csv", "--timezone", "Mars/Base"], "no time zone 'Mars/Base'"),
        (["--predictions", "{folder}/ours.csv", "--lang", "fr"], "--lang is zh or en"),
        (["--predictions", "-", "--baseline", "x=-"], "only one of the files"),
    ],
)
def test_wrong_input_ends_with_2_and_a_sentence(folder: Path, options: list[str], sentence: str) -> None:
    (folder / "empty.csv").write_text(HEADER)
    done = score(folder, *(word.format(folder=folder) for word in options))
    assert done.returncode == 2
    assert sentence in " ".join(done.stderr.decode().replace("│", " ").split())
    assert "Traceback" not in done.stderr.decode()


def test_rows_that_were_left_out_are_told_by_reason(folder: Path) -> None:
    text = predictions(20.0) + "1200,bus,trip,R1,0,S1,1,soon,,,,live\n1200,bus,trip,R1,0,S1,1,,,,,live\n"
    done = score(folder, "--predictions", "-", stdin=text.encode())
    assert done.returncode == 0
    said = done.stderr.decode()
    assert "2 rows skipped: no_time 1, predicted_arrival_unix_not_a_number 1" in said
    assert "predicted_arrival_unix: is not a number: 'soon'" in said
