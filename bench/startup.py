"""From starting a process to its first answer of GET arrivals, with kernels in the cache and without.

`baimai serve` on a network file, and `baimai demo`, whose district has been compiled before. The baseline is the same uvicorn
with a bare ASGI app: what Python, uvicorn and their imports take anyway.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.http_load import ask, request
from bench.processes import ROOT
from bench.rows import Row
from bench.workload import synthetic_network
from feeds.simulated import District
from server.commands.demo import busiest_stops, compiled
from transit.network_file import save_network

PATH = "/v1/stops/S30/arrivals"
LIMIT = 3.0
PATIENCE = 600.0
"""s: kernels compile for minutes on a busy machine"""
Command = Callable[[int], Sequence[str]]


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in seconds."""
    rounds = 1 if smoke else 4
    with tempfile.TemporaryDirectory(prefix="baimai-bench-") as text:
        folder = Path(text)
        network, body = folder / "city.npz", folder / "body"
        save_network(synthetic_network(patterns=40), network)
        body.write_bytes(b"{}")

        def serve(port: int) -> Sequence[str]:
            return ["server", "serve", "--port", str(port), "--network", str(network), "--data-dir", str(folder)]

        def bare(port: int) -> Sequence[str]:
            return ["bench.bare_server", str(body), str(port)]

        first_answer(serve, PATH)  # fills the cache of kernels
        ours, theirs = float("inf"), float("inf")
        for _ in range(rounds):
            ours, theirs = min(ours, first_answer(serve, PATH)), min(theirs, first_answer(bare, PATH))
        yield Row("baimai serve, kernels in the cache", ours, theirs, "bare ASGI app, same server", "s", False)
        yield Row("baimai serve, kernels in the cache, beside the limit", ours, LIMIT, "wanted at most", "s", False)
        if smoke:
            return
        yield from _demo(folder / "demo", rounds)
        cold = first_answer(serve, PATH, {"NUMBA_CACHE_DIR": str(folder / "kernels")})
        yield Row("baimai serve, every kernel compiled first", cold, ours, "kernels in the cache", "s", False)


def _demo(folder: Path, rounds: int) -> Iterator[Row | str]:
    district = District(1)
    network = compiled(district, folder)
    path = f"/v1/stops/{network.stop_ids[busiest_stops(network, 1)[0]]}/arrivals"

    def demo(port: int) -> Sequence[str]:
        return ["server", "demo", "--port", str(port), "--data-dir", str(folder), "--seed", "1"]

    first_answer(demo, path)
    seconds = min(first_answer(demo, path) for _ in range(rounds))
    yield Row("baimai demo, its first twelve minutes included", seconds, LIMIT, "wanted at most", "s", False)


def first_answer(command: Command, path: str, environment: dict[str, str] | None = None) -> float:
    """Seconds until the command answers this path with 200."""
    port = _free_port()
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", *command(port)], cwd=ROOT, env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while time.monotonic() - begun < PATIENCE:
            if process.poll() is not None:
                raise RuntimeError(f"{' '.join(command(port))} ended with code {process.returncode}")
            try:
                if ask(port, request(path))[0] == 200:
                    return time.monotonic() - begun
            except OSError:
                pass
            time.sleep(0.01)
        raise RuntimeError(f"{' '.join(command(port))}: no answer in {PATIENCE:g} s")
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
