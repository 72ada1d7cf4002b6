"""Replay: how many times faster than it happened. 1,000 vehicles reporting every 10 s, predictions of every minute to CSV.

The command itself runs in this process, warm, from reading the recording to the closed output; its baseline is the least
that was asked for. Notes say where the time goes, and what the command takes as a process of its own.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.processes import ROOT
from bench.recorded import write_positions
from bench.rows import Row
from bench.timing import least
from bench.workload import synthetic_fleet, synthetic_network
from feeds.recording import PredictionWriter, read_positions, take
from server.city import City
from server.commands.recordings import STEP, instants
from server.commands.replay import replay
from transit.network import Network
from transit.network_file import save_network

INTERVAL, EVERY = 10.0, 60.0
ASKED_FOR = 2000.0


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in seconds of recording a second."""
    vehicles, batches = (50, 13) if smoke else (1000, 121)
    with tempfile.TemporaryDirectory(prefix="baimai-bench-") as folder:
        network_file, recording, out = (Path(folder) / name for name in ("city.npz", "positions.csv", "predictions.csv"))
        network = synthetic_network(patterns=20 if smoke else 600)
        save_network(network, network_file)
        recorded = synthetic_fleet(network, vehicles=vehicles, batches=batches, interval=INTERVAL).batches
        write_positions(recorded, recording)

        def whole() -> None:
            with contextlib.redirect_stderr(io.StringIO()):
                replay(network_file, [recording], out, None, None, EVERY, 3600.0, None, None)

        whole()
        covered = (batches - 1) * INTERVAL
        begun = time.process_time()
        whole()
        used = time.process_time() - begun
        speed = covered / least(whole, 1 if smoke else 4, 30.0)
        yield Row(f"replay of {vehicles:,} vehicles, CSV to CSV", speed, ASKED_FOR, "wanted at least", "× real time", True)
        yield Row("the same by processor time", covered / used, ASKED_FOR, "wanted at least", "× real time", True)
        rows = out.read_bytes().count(b"\n") - 1
        yield f"{covered / 60:.0f} min, {vehicles * batches:,} positions, {rows:,} predictions"
        yield _where_time_goes(network, recording, out, smoke)
        if not smoke:
            yield f"as a process of its own, with imports and kernels from the cache: {_alone(network_file, recording, out):.1f} s"


def _where_time_goes(network: Network, recording: Path, out: Path, smoke: bool) -> str:
    """Least seconds of each stage, over runs of the loop that the command runs."""
    runs = [_stages(network, recording, out) for _ in range(1 if smoke else 3)]
    return ", ".join(f"{name} {min(one[name] for one in runs):.3f} s" for name in runs[0])


def _stages(network: Network, recording: Path, out: Path) -> dict[str, float]:
    spent = dict.fromkeys(("read", "absorb", "predict", "write"), 0.0)
    mark = time.perf_counter()

    def done(stage: str) -> None:
        nonlocal mark
        now = time.perf_counter()
        spent[stage] += now - mark
        mark = now

    positions, _ = read_positions([recording])
    done("read")
    city, row = City(network), 0
    opened, closed = float(positions.received[0]), float(positions.received[-1])
    with PredictionWriter(out) as writer:
        for now, sample in instants(opened, closed, EVERY, STEP):
            end = int(np.searchsorted(positions.received, now, "right"))
            city.absorb(now, [take(positions, slice(row, end))])
            row = end
            done("absorb")
            if sample:
                snapshot = city.step(now, [])
                done("predict")
                writer.write(now, snapshot.arrivals, network, snapshot.vehicle_ids)
                done("write")
    done("write")
    return spent


def _alone(network: Path, recording: Path, out: Path) -> float:
    files = ["--network", str(network), "--positions", str(recording), "--predictions", str(out)]
    command = [sys.executable, "-m", "server", "replay", *files]

    def once() -> None:
        subprocess.run(command, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)

    return least(once, 2)
