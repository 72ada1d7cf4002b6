"""The whole application over a synthetic fleet, as a process of its own: `python -m bench.full_server`; says its port.

The engine steps every second on a clock that stands still, so that the answers keep their bytes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.workload import synthetic_fleet, synthetic_network
from server.app import create_app
from server.bootstrap import build
from server.city import City
from server.runtime import Runtime
from server.serving import bind, make_server
from server.settings import Settings


def runtime_of_fleet(settings: Settings, vehicles: int = 400, patterns: int = 40, clock: Callable[[], float] | None = None) -> Runtime:
    """An engine with a fleet under way; without a `clock`, on one that stands still."""
    network = synthetic_network(patterns=patterns)
    city, now = City(network), 0.0
    for positions in synthetic_fleet(network, vehicles=vehicles, batches=4).batches:
        now = float(positions.received[0])
        city.absorb(now, [positions])
    return build(settings, network, clock or (lambda: now), city)


def main() -> None:
    """Serve until told to end."""
    with tempfile.TemporaryDirectory(prefix="baimai-bench-") as folder:
        settings = Settings(data_dir=Path(folder))
        app = create_app(runtime_of_fleet(settings))
        listener = bind("127.0.0.1", 0)
        print(listener.getsockname()[1], flush=True)
        make_server(app, settings).run(sockets=[listener])


if __name__ == "__main__":
    main()
