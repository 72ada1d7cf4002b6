"""Servers for the benches, each a process of its own: `python -m bench.servers app | bare BODY_FILE`; says its port, then serves.

`app` is the whole application over a synthetic fleet, its engine stepping every second on a clock that stands still, so that
the answers keep their bytes. `bare` is the least that an ASGI application can do: the body in the file, and no more.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from bench.workload import EPOCH, synthetic_fleet, synthetic_network
from server.app import create_app
from server.bootstrap import build
from server.city import City
from server.runtime import Runtime
from server.serving import bind, make_server
from server.settings import Settings

BATCHES = 4
STOP = "S30"
PATH = f"/v1/stops/{STOP}/arrivals"


def runtime_of_fleet(data_dir: Path, settings: Settings, vehicles: int = 400, patterns: int = 40) -> Runtime:
    """An engine with a fleet under way, at an instant that does not pass."""
    network = synthetic_network(patterns=patterns)
    workload = synthetic_fleet(network, vehicles=vehicles, batches=BATCHES)
    city, now = City(network), EPOCH
    for positions in workload.batches:
        now = float(positions.received[0])
        city.absorb(now, [positions])
    return build(settings.model_copy(update={"data_dir": data_dir}), network, lambda: now, city)


def bare_app(body: bytes) -> ASGIApp:
    """Answers everything with the same bytes."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    start = {"type": "http.response.start", "status": 200, "headers": headers}
    message = {"type": "http.response.body", "body": body}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send(start)
        await send(message)

    return app


def main() -> None:
    """Serve until told to end."""
    settings = Settings()
    with tempfile.TemporaryDirectory(prefix="baimai-bench-") as folder:
        if sys.argv[1] == "app":
            app = create_app(runtime_of_fleet(Path(folder), settings))
        else:
            app = bare_app(Path(sys.argv[2]).read_bytes())
        listener = bind("127.0.0.1", 0)
        print(listener.getsockname()[1], flush=True)
        make_server(app, settings).run(sockets=[listener])


if __name__ == "__main__":
    main()
