"""Server processes for proofs: the application as `baimai serve` starts it, but for the engine of buses, which does not step; forked
off a process that has imported it already, so that a new life costs half a second.

`python -m tests.support.parking_server` reads a JSON object a line and answers with the process id of the server it started; with such
an object as its argument it is one such server itself.

What only a test may do is said here and nowhere in the product: a clock that is read from a file, a payment provider elsewhere, ways to
build it wrong, less patience with a database that others hold.
"""

from __future__ import annotations

import ctypes
import dataclasses
import faulthandler
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from parking.rules import Rules
from server.app import create_app
from server.bootstrap import build
from server.logs import set_up_logs
from server.parking import sqlite_store
from server.runtime import Runtime
from server.serving import run
from server.settings import load_settings
from tests.support.broken_service import break_service
from transit.network_file import load_network


def serve(folder: str, port: int, *, clock: str = "", provider: str = "", broken: str = "", patience_ms: int = 0,
          **rules: Any) -> None:  # fmt: skip
    """The lines of `server.commands.serve`, with what a test wants otherwise. `clock`: a file with seconds to add to the time."""
    where = Path(folder)
    if patience_ms:
        waits = [one for one in sqlite_store._PRAGMAS if "busy" not in one]
        sqlite_store._PRAGMAS = (*waits, f"busy_timeout = {patience_ms}")  # type: ignore[assignment]
    settings = load_settings(None, network=where / "network.npz", port=port, data_dir=where, step_seconds=3600.0, log_level="error")
    set_up_logs(settings.log_level)
    assert settings.network is not None
    runtime = build(settings, load_network(settings.network), stepping(Path(clock)) if clock else time.time)
    if rules:
        runtime.parking.rules = Rules(**rules)
    if provider:
        from tests.support.outside_provider import RemoteProvider

        runtime.parking.provider = RemoteProvider(provider, runtime.clock)
    if broken:
        break_service(broken)
    Runtime.ready = property(lambda self: True)  # type: ignore[assignment,method-assign]
    run(create_app(dataclasses.replace(runtime, background=(runtime.parking.run,))), settings)


def stepping(path: Path) -> Callable[[], float]:
    """The time, and as many seconds more as the file says."""

    def now() -> float:
        return time.time() + float(path.read_text())

    return now


def _fork_on() -> None:
    """A child for every line; all die with this process."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            said = json.loads(line)
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(2, 1)
            _log_to(said.pop("log"))
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            faulthandler.enable()
            try:
                serve(**said)
                print("the server ended in order", flush=True)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        print(child, flush=True)


def _log_to(path: str) -> None:
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(**json.loads(sys.argv[1]))
    else:
        _fork_on()
