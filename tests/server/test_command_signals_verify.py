"""`baimai signals verify` as it is typed: JSON as the contract fixes it, a table for people, wrong input in one sentence."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from feeds.signals.hires import write_events
from feeds.signals.simulated import DECLARED, SimulatedSignals
from feeds.signals.simulated_sites import Control, Site
from signals.codes import Mode

START, HOUR = 1_772_409_600_000, 3_600_000


def verify(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "server", "signals", "verify", *map(str, arguments)], capture_output=True, text=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recorded files of three junctions over 100 minutes."""
    where = tmp_path_factory.mktemp("signals")
    kinds = (Control.FIXED, Control.JITTER, Control.ACTUATED)
    signals = SimulatedSignals(3, START, [Site(kind.name.lower(), kind, DECLARED[kind]) for kind in kinds])
    listed = signals.inventory
    write_events(signals.advance(START + 100 * 60_000), listed, where / "events.csv")
    with (where / "inventory.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["device_id", "intersection_id", "grade", "declared_mode", "lat", "lon"])
        rows.writerows([name, f"J_{name}", 11, int(mode), 36.68, 117.53] for name, mode in zip(listed.device_ids, listed.declared_mode))
    with (where / "detectors.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["device_id", "channel", "lane_id", "approach_id", "phases", "type", "distance_m"])
        for k, device in enumerate(listed.detector_device):
            kind = {1: "advance", 2: "stopbar"}[int(listed.detector_type[k])]
            approach = listed.approach_ids[listed.detector_approach[k]]
            place = [listed.detector_lane[k], approach, int(listed.phases_of(k)[0]), kind, listed.detector_distance[k]]
            rows.writerow([listed.device_ids[device], int(listed.detector_channel[k]), *place])
    return where


def test_json_is_as_the_contract_says(folder: Path) -> None:
    files = ("--inventory", folder / "inventory.csv", "--detectors", folder / "detectors.csv")
    done = verify(folder / "events.csv", *files, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    rows = {row["device_id"]: row for row in told["intersections"]}
    assert {name: row["verdict"] for name, row in rows.items()} == {
        "fixed": "not_adapting", "jitter": "not_adapting", "actuated": "adapting",
    }  # fmt: skip
    assert {name: row["rung"] for name, row in rows.items()} == {"fixed": "online", "jitter": "declared", "actuated": "healthy"}
    wanted = {"device_id", "intersection_id", "rung", "verdict", "declared_mode", "evidence", "observable_share"}
    assert wanted <= set(rows["jitter"])
    assert rows["jitter"]["declared_mode"] == 23
    assert rows["actuated"]["evidence"]["p"] < 1e-6
    assert told["summary"]["verdicts"] == {"not_adapting": 2, "adapting": 1}


def test_people_get_a_table_and_may_choose_the_window(folder: Path) -> None:
    files = ("--inventory", folder / "inventory.csv", "--detectors", folder / "detectors.csv")
    done = verify(folder / "events.csv", *files, "--until", str(START / 1000 + 600))
    assert done.returncode == 0, done.stderr
    assert "3 intersections" in done.stdout
    assert "fewer than 12 services a stage" in done.stdout


def test_lane_counts_stand_in_for_detections(tmp_path: Path) -> None:
    """A split-adaptive junction that tells stages only: unknown without its counts, adapting with them."""
    signals = SimulatedSignals(3, START, [Site("split", Control.SPLIT, Mode.AREA, gat1049=True, count_interval=60.0)])
    listed = signals.inventory
    write_events(signals.advance(START + 4 * HOUR), listed, tmp_path / "events.csv")
    (tmp_path / "inventory.csv").write_text("device_id,intersection_id\nsplit,J\n")
    names = [listed.approach_ids[approach] for approach in listed.detector_approach]
    rows = [f"split,{k + 1},{listed.detector_lane[k]},{name},{listed.phases_of(k)[0]},count" for k, name in enumerate(names)]
    (tmp_path / "detectors.csv").write_text("\n".join(["device_id,channel,lane_id,approach_id,phases,type", *rows]))
    counts = zip(*signals.counts()[:4])
    told = [f"{listed.approach_ids[approach]},{start / 1000},{end / 1000},{volume}" for start, end, approach, volume in counts]
    (tmp_path / "counts.csv").write_text("\n".join(["approach_id,start,end,volume", *told]))
    (tmp_path / "none.csv").write_text("approach_id,start,end,volume\n")
    files = (tmp_path / "events.csv", "--inventory", tmp_path / "inventory.csv", "--detectors", tmp_path / "detectors.csv", "--json")
    found = [json.loads(verify(*files, *more).stdout)["intersections"][0] for more in (
        (), ("--counts", tmp_path / "none.csv"), ("--counts", tmp_path / "counts.csv"),
    )]  # fmt: skip
    assert [(one["verdict"], one["evidence"]["unknown_because"]) for one in found] == [
        ("unknown", "no_detectors"), ("unknown", "no_counts"), ("adapting", None),
    ]  # fmt: skip
    assert found[2]["evidence"]["p_counts"] < 1e-3
    assert found[2]["evidence"]["alive_share"] == 1.0
    assert found[2]["evidence"]["adapting_undeclared"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["events.csv", "--inventory", "missing.csv"], "missing.csv"),
        (["events.csv", "--inventory", "inventory.csv", "--from", "noon"], "--from: is not a time in epoch seconds: 'noon'"),
        (["events.csv", "--inventory", "inventory.csv", "--until", "5"], "the window ends before it begins"),
        (["events.csv", "--inventory", "inventory.csv", "--timezone", "Mars/Olympus"], "there is no time zone 'Mars/Olympus'"),
        (["events.csv", "--inventory", "inventory.csv", "--counts", "lost.csv"], "lost.csv"),
        (["-", "--inventory", "-"], "standard input (-) can be only one of the files"),
    ],
)
def test_wrong_input_is_one_sentence(folder: Path, arguments: list[str], sentence: str) -> None:
    done = verify(*(folder / one if one.endswith(".csv") else one for one in arguments))
    assert done.returncode == 2
    assert sentence in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr
