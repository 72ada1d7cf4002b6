"""The whole application with signals, as a process of its own: `python -m bench.signal_server CONTROLLERS PAST_S`; says port, key
and when the controllers began (epoch ms).

Its engine has taken in the last PAST_S seconds of the controllers that the bench's client goes on with, so verdicts are made from the
start on. It runs on the real clock.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from bench.signal_workload import SEED, busy_sites, write_inventory
from bench.workload import synthetic_network
from feeds.signals.simulated import SimulatedSignals
from server.app import create_app
from server.bootstrap import build
from server.logs import set_up_logs
from server.serving import bind, make_server
from server.settings import Settings
from server.signals.inbox import Delivery, SignalInput


def main() -> None:
    """Serve until told to end."""
    set_up_logs("warning")
    count, past = int(sys.argv[1]), int(sys.argv[2]) * 1000
    now = int(time.time()) * 1000
    signals = SimulatedSignals(SEED, now - past, busy_sites(count))
    with tempfile.TemporaryDirectory(prefix="baimai-bench-") as folder:
        write_inventory(Path(folder) / "signals", signals.inventory)
        settings = Settings(data_dir=Path(folder))
        runtime = build(settings, synthetic_network(patterns=20), time.time)
        key, _ = runtime.keys.create_key(("signals",), "bench", time.time())
        for until in range(now - past + 60_000, now + 1, 60_000):
            snapshot = runtime.signals.engine.step(until, SignalInput((Delivery(until, signals.advance(until)),)))
        runtime.signals.judge.weigh_next(snapshot)  # its kernels are loaded before anybody measures
        listener = bind("127.0.0.1", 0)
        print(listener.getsockname()[1], key, now - past, flush=True)
        make_server(create_app(runtime), settings).run(sockets=[listener])


if __name__ == "__main__":
    main()
