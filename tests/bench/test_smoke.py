from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from bench.__main__ import main, run_bench, titles
from bench.capacity import capacity
from bench.rows import Row, table

NAMES = sorted(titles())


def test_every_bench_has_a_title_and_is_a_file_of_the_package() -> None:
    assert {"fanout", "ingest", "memory", "publish", "replay", "serve", "startup"} <= set(NAMES)
    for name, title in titles().items():
        assert title, name
        assert (Path(__file__).parents[2] / "bench" / f"{name}.py").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_smoke_run_yields_well_formed_rows_or_says_what_it_lacks(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = list(run_bench(name, smoke=True))
    rows = [one for one in found if isinstance(one, Row)]
    notes = [one for one in found if isinstance(one, str)]
    assert rows or notes or capsys.readouterr().out, "neither a row nor a word why"
    assert len({row.name for row in rows}) == len(rows)
    for row in rows:
        assert row.name
        assert row.baseline_name
        assert row.unit
        assert math.isfinite(row.ours)
        assert math.isfinite(row.baseline)
        assert row.baseline == 0 or row.ratio == row.ours / row.baseline
        json.dumps(row.to_json(), allow_nan=False)
    assert table(rows).count("\n") == len(rows)


def test_rows_are_shown_with_ratio_and_direction() -> None:
    rows = [Row("a", 30.0, 60.0, "b", "s", False), Row("longer", 2e6, 0.0, "none", "1/s", True)]
    lines = table(rows).splitlines()
    assert lines[1].split() == ["a", "30", "60", "0.5", "↓", "s", "b"]
    assert lines[2].split() == ["longer", "2,000,000", "0", "–", "↑", "1/s", "none"]
    assert rows[1].to_json()["ratio"] is None


def test_an_unknown_bench_is_told_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no-such-bench"]) == 2
    assert "ingest" in capsys.readouterr().err


def test_the_list_names_every_bench(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == NAMES


def test_capacity_turns_rates_and_times_into_vehicles_that_report_every_ten_seconds() -> None:
    rows = [Row("TripUpdates, a vehicle", 2.0, 4.0, "x", "µs", False), Row("publication to 9 WebSockets", 50.0, 60.0, "x", "1/s", True)]
    lines = capacity(rows)
    assert lines[1].split()[0] == "5,000,000"
    assert lines[2].split()[0] == "500"
    assert capacity([]) == []
