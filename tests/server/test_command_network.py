"""baimai network: a file, a report, one sentence when it cannot be."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from server.commands.network import network
from tests.support.tiny_city import FEED, tiny_network, write_feed
from transit.network_file import load_network


def _run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(network)
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_a_feed_becomes_a_file_and_a_readable_report(tmp_path: Path) -> None:
    result = _run(write_feed(tmp_path / "city.zip"), "-o", tmp_path / "city.npz")
    assert result.exit_code == 0
    assert list(load_network(tmp_path / "city.npz").trip_ids) == list(tiny_network().trip_ids)
    assert "24  stops" in result.stdout
    assert "straight lines between the stops" in result.stdout
    assert f"written: {tmp_path / 'city.npz'}" in result.stdout
    assert result.stderr == ""


def test_the_report_is_also_json(tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "city")
    result = _run(feed, "-o", tmp_path / "city.npz", "--report", tmp_path / "report.json")
    assert result.exit_code == 0
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["version"] == "tiny-1"
    assert report["counts"]["trips"] == 22
    piped = _run(feed, "-o", tmp_path / "city.npz", "--report", "-")
    assert json.loads(piped.stdout) == report


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"stops": None}, "city.zip: stops.txt: the table is missing"),
        (
            {"stops": FEED["stops.txt"].replace("stop_lat", "lat")},
            "city.zip: stops.txt, line 1, stop_lat: the column is missing",
        ),
        (
            {"agency": FEED["agency.txt"].replace("Asia/Shanghai", "")},
            "city.zip: agency.txt, line 2, agency_timezone: is empty",
        ),
    ],
)
def test_a_feed_that_cannot_be_used_is_one_sentence(tmp_path: Path, overrides: dict[str, str | None], sentence: str) -> None:
    result = _run(write_feed(tmp_path / "city.zip", **overrides), "-o", tmp_path / "city.npz")
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "city.npz").exists()


def test_a_missing_file_a_wrong_file_and_a_folder_that_is_not_there(tmp_path: Path) -> None:
    text = tmp_path / "city.zip"
    text.write_text("no zip")
    empty = tmp_path / "empty"
    empty.mkdir()
    for source, output, sentence in (
        (tmp_path / "none.zip", tmp_path / "city.npz", "none.zip: does not exist"),
        (text, tmp_path / "city.npz", "city.zip: is not a readable zip file"),
        (empty, tmp_path / "city.npz", "agency.txt: the table is missing"),
        (
            write_feed(tmp_path / "feed"),
            tmp_path / "none" / "city.npz",
            "city.npz: cannot be written: No such file or directory",
        ),
    ):
        result = _run(source, "-o", output)
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
        assert sentence in result.stderr


_MAIN = "import sys, typer; from server.commands.network import network; a = typer.Typer(); a.command()(network); a(sys.argv[1:])"


def test_a_terminal_gets_a_progress_bar_and_a_pipe_gets_none(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _MAIN, str(write_feed(tmp_path / "city.zip")), "-o", str(tmp_path / "city.npz")]
    root = Path(__file__).parents[2]
    assert subprocess.run(command, capture_output=True, text=True, check=True, cwd=root).stderr == ""
    terminal, end = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=end, cwd=root, env={**os.environ, "TERM": "xterm"}):
        os.close(end)
        shown = b"".join(iter(lambda: _read(terminal), b"")).decode()
    os.close(terminal)
    assert "100%" in shown


def _read(terminal: int) -> bytes:
    """What the terminal shows next, nothing once the program has closed it."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""
