"""`baimai signals next` as a person runs it: a table or JSON, and one sentence with exit code 2 for what is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys, typer
from server import cli
from server.commands.signals_next import next_intersections
cli.app.command("next-intersections")(next_intersections)
sys.argv.insert(1, "next-intersections")
cli.main()
"""
EDGES = "from_node,to_node,road_class,speed_mps,length_m,to_signal\n" + "".join(
    f"{a},{b},{kind},10,{length},{signal}\n"
    for a, b, kind, length, signal in [
        ("a", "b", "primary", 100, 1), ("b", "c", "primary", 100, 1), ("c", "d", "primary", 100, 1), ("b", "e", "secondary", 90, 0),
        ("e", "d", "secondary", 90, 1), ("a", "r", "residential", 50, 1), ("r", "d", "residential", 900, 1),
    ]
)  # fmt: skip
TRIPS = "from_node,to_node,weight\na,c,30\nc,d,20\na,d,10\na,r,99\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "edges.csv").write_text(EDGES)
    (tmp_path / "trips.csv").write_text(TRIPS)
    rows = "b,百脉泉街,5,10,36.7,117.5\nc,双泉路,9,30,36.8,117.6\nd,,2,5,,\n"
    (tmp_path / "list.csv").write_text(f"intersection_id,name,gain_s,cost,lat,lon\n{rows}")
    return tmp_path


def run(folder: Path, *options: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    given = ["--edges", str(folder / "edges.csv"), "--trips", str(folder / "trips.csv"), "--replicates", "20", *options]
    return subprocess.run([sys.executable, "-c", PROGRAM, *given], cwd=ROOT, capture_output=True, input=stdin, check=False)


def test_the_table_shows_the_plan_its_doubt_and_the_rankings_beside_it(folder: Path) -> None:
    done = run(folder, "--n", "2", "--intersections", str(folder / "list.csv"))
    assert done.returncode == 0, done.stderr.decode()
    text = done.stdout.decode()
    (row,) = [line for line in text.splitlines() if "双泉路" in line and "百脉泉街" not in line]
    assert [cell.strip() for cell in row.strip("│ ").split("│")][:2] == ["1", "双泉路"]
    assert "as many by flow: " in text
    assert "as many by betweenness: " in text
    assert "is possible, so at most" in text
    assert "1 are not considered" in text


def test_the_json_has_the_plan_with_places(folder: Path) -> None:
    done = run(folder, "-n", "2", "--intersections", str(folder / "list.csv"), "--json", "--include", "d", "--exclude", "b")
    assert done.returncode == 0, done.stderr.decode()
    answer = json.loads(done.stdout)
    assert [row["intersection_id"] for row in answer["intersections"]] == ["d", "c"]
    assert (answer["intersections"][1]["lat"], answer["intersections"][1]["lon"]) == (36.8, 117.6)
    assert answer["intersections"][0]["must_include"]
    assert answer["unit"] == "person_seconds_per_day"


def test_a_budget_buys_what_saves_most_and_a_pipe_is_a_file(folder: Path) -> None:
    done = run(folder, "--budget", "16", "--costs", "-", "--json", stdin=(folder / "list.csv").read_bytes())
    assert done.returncode == 0, done.stderr.decode()
    answer = json.loads(done.stdout)
    assert {row["intersection_id"] for row in answer["intersections"]} == {"b", "d"}
    assert (answer["spent"], answer["budget"]) == (15.0, 16.0)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--include", "q"], "baimai: there is no intersection 'q'"),
        (["--budget", "5"], "baimai: a budget needs costs: give a list with the columns intersection_id and cost"),
        (["-n", "1", "--include", "b", "--include", "c"], "baimai: 2 intersections must be chosen and the number is 1"),
        (["--costs", "-", "--intersections", "-"], "baimai: standard input (-) can be only one of the files"),
        (["--costs", "none.csv"], "baimai: none.csv: does not exist"),
    ],
)
def test_what_is_wrong_ends_with_one_sentence_and_exit_code_2(folder: Path, options: list[str], sentence: str) -> None:
    done = run(folder, *options)
    assert done.returncode == 2
    assert done.stderr.decode().strip() == sentence
    assert done.stdout == b""


def test_rows_left_out_are_told(folder: Path) -> None:
    (folder / "trips.csv").write_text(TRIPS + "a,nowhere,1\n,d,1\na,b,x\n")
    done = run(folder, "--json")
    assert done.returncode == 0
    told = done.stderr.decode()
    assert "2 rows skipped: no_from_node 1, weight_not_a_number 1" in told
    assert "left out: trips_at_an_unknown_node 1" in told
