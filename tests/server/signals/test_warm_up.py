"""After the warm-up nothing compiles any more; and nobody who stops waiting waits for a compiler."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from server.signals.warm_up import beside
from tests.support.live_server import run_async
from tests.support.running_signals import RunningSignals

LATER = """
import importlib, pkgutil
import signals.kernels
from server.signals.warm_up import warm_up_signals

def compiled():
    modules = [importlib.import_module(f"signals.kernels.{one.name}") for one in pkgutil.iter_modules(signals.kernels.__path__)]
    return {(m.__name__, n): len(f.signatures) for m in modules for n, f in vars(m).items() if hasattr(f, "signatures")}

warm_up_signals()
before = compiled()
from tests.server.signals.test_judging import driven
driven(31)
assert compiled() == before, {k: v for k, v in compiled().items() if v != before[k]}
"""


def test_events_and_verdicts_compile_nothing_afterwards() -> None:
    done = subprocess.run([sys.executable, "-c", LATER], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_signals_are_prepared_while_boards_are_served(tmp_path: Path) -> None:
    async def scenario() -> None:
        city = RunningSignals(tmp_path)
        go = threading.Event()
        city.runtime.signals.pipeline.prepare = lambda: go.wait(30)
        async with city.open_unprepared():
            said = (await city.get("/readyz")).json()
            assert (said["status"], said["signals"]) == ("ok", "preparing")
            assert (await city.get("/v1/stops/E3/arrivals")).status_code == 200
            assert (await city.get("/v1/signals/intersections")).json()["code"] == "not_ready"
            assert (await city.send([(-1, "D1", 1, 2)])).status_code == 202
            go.set()
            while (await city.get("/readyz")).json()["signals"] != "ready":
                await asyncio.sleep(0.01)
            await city.settle()
            assert (await city.get("/v1/signals/intersections/J1")).json()["now"]["phases"][0]["state"] == "green"

    run_async(scenario())


def test_who_is_cancelled_does_not_wait_for_the_end() -> None:
    async def scenario() -> None:
        task = asyncio.create_task(beside(lambda: time.sleep(5)))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    began = time.monotonic()
    run_async(scenario())
    assert time.monotonic() - began < 3


def test_what_fails_is_told_and_ends_the_wait() -> None:
    run_async(beside(lambda: 1 / 0), 10)  # type: ignore[arg-type, return-value]


def test_a_test_that_fails_by_its_limit_does_not_wait_for_its_threads() -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        run_async(asyncio.to_thread(time.sleep, 8), 0.2)
    assert time.monotonic() - began < 5
