"""`baimai demo`: a simulated district, live, through the inputs that real vehicles use.

The district's network is compiled once a seed and kept in the data directory. The twelve minutes before the start are taken
straight into the engine, so that boards are full at once; from then on every position comes over a socket. The district's
lines run around the clock, thinner at night, because a demo started at night must show buses too.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.commands.options import Host, Port

if TYPE_CHECKING:
    from feeds.simulated import District
    from server.city import City
    from server.runtime import Runtime
    from server.settings import Settings
    from transit.network import Network

CACHE = Path("data") / "demo"
_WARM_UP, _WARM_UP_STEP = 720, 10
"""s of the past taken in before the start"""
_POLL_SECONDS, _POLL_TIMEOUT = 5.0, 120.0
"""s; the timeout is longer than kernels take to compile"""
_BOARDS = 3
Seed = Annotated[int, typer.Option(min=0, help="Which town: the same seed is the same district.")]
Speed = Annotated[float, typer.Option(min=0.1, max=60.0, help="Simulated seconds per second.")]
At = Annotated[str | None, typer.Option(metavar="HH:MM", help="Local time of day to start at; now by default.")]
Cache = Annotated[Path, typer.Option("--data-dir", help="Where compiled districts are kept.")]


def demo(
    port: Port = None, host: Host = None, seed: Seed = 1, speed: Speed = 1.0, at: At = None, data_dir: Cache = CACHE
) -> None:
    """A simulated district with live boards and a map; prints its address, an API key and three boards.

    The lines run around the clock, so that there are buses at every hour; --at 08:00 starts in the morning peak.
    """
    from feeds.simulated import District
    from server.logs import set_up_logs
    from server.settings import load_settings

    clock = simulated_clock(time.time, speed, at)
    typer.echo("Starting; the first start on a machine compiles its kernels, which takes about a minute.")
    district = District(seed)
    with tempfile.TemporaryDirectory(prefix="baimai-demo-") as keys:
        settings = load_settings(
            None, host=host, port=port, data_dir=Path(keys), step_seconds=min(1.0, 2.0 / speed),
            poll_seconds=_POLL_SECONDS, poll_timeout=_POLL_TIMEOUT,
        )  # fmt: skip
        set_up_logs("warning")
        network = compiled(district, data_dir)
        # A proxy of the environment must not come between the server and its own feed.
        os.environ["NO_PROXY"] = ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1")))
        with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_run(settings, network, district, seed, clock))


def simulated_clock(real: Callable[[], float], speed: float, at: str | None) -> Callable[[], float]:
    """Epoch seconds that start now, or today at a local `HH:MM`, and pass `speed` times as fast. Raises BadParameter."""
    from feeds.simulated_traffic import DAY, UTC_OFFSET

    began = start = real()
    if at is not None:
        hours, _, minutes = at.partition(":")
        if not (hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60):
            raise typer.BadParameter(f"--at: {at!r} is not a time of day like 08:00")
        midnight = (began + UTC_OFFSET) // DAY * DAY - UTC_OFFSET
        start = midnight + int(hours) * 3600 + int(minutes) * 60
    return lambda: start + (real() - began) * speed


def compiled(district: District, directory: Path) -> Network:
    """The district's network: from the cache where it is there and whole, else compiled from its GTFS tables and kept."""
    from transit.errors import TransitError
    from transit.network_file import load_network, save_network

    path = directory / f"{district.version}.npz"
    if path.is_file():
        try:
            return load_network(path)
        except TransitError:
            path.unlink()
    from feeds.gtfs import compile_network

    network, _ = compile_network(district.gtfs_tables())
    directory.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    save_network(network, fresh)
    fresh.replace(path)
    return network


def warmed_up(network: Network, district: District, now: float) -> City:
    """An engine that has seen the minutes before `now`; the district stands at `now`."""
    from server.city import City

    city = City(network)
    start = now - _WARM_UP
    district.start(start)
    for second in range(_WARM_UP_STEP, _WARM_UP + 1, _WARM_UP_STEP):
        reports = district.advance(start + second)
        city.absorb(start + second, [district.columns(reports)])
    return city


def busiest_stops(network: Network, count: int) -> list[int]:
    """Stops of different names that most patterns pass on their way, the first in the feed first where they tie.

    A terminal does not count: there buses wait, and a board shows more where they come by.
    """
    import numpy as np

    patterns = network.patterns
    on_the_way = np.ones(len(patterns.stop), np.bool_)
    on_the_way[patterns.stop_start[:-1]] = on_the_way[patterns.stop_start[1:] - 1] = False
    passes = np.bincount(patterns.stop[on_the_way], minlength=len(network.stop_ids))
    found: dict[str, int] = {}
    for stop in np.argsort(-passes, kind="stable").tolist():
        found.setdefault(network.stop_names[stop], stop)
    return list(found.values())[:count]


async def _run(settings: Settings, network: Network, district: District, seed: int, clock: Callable[[], float]) -> None:
    from server.app import create_app
    from server.bootstrap import build
    from server.demo_signals import DemoSignals
    from server.demo_sources import PolledFeed, Sources
    from server.parking.demo import DemoIssuer, bind_demo
    from server.parking.demo_life import begin_life
    from server.serving import bind, make_server, settle

    listener = bind(settings.host, settings.port)
    polled = PolledFeed(clock)
    base = f"http://{_reachable(settings.host)}:{listener.getsockname()[1]}"
    urls = {"positions_urls": polled.url, "trip_updates_urls": polled.updates_url, "alerts_urls": polled.alerts_url}
    settings = settings.model_copy(update={name: (url,) for name, url in urls.items()})
    signals = DemoSignals(district, seed, clock())
    signals.write_files(settings.data_dir)
    issuer = DemoIssuer(settings.data_dir)
    life = begin_life(settings.data_dir, issuer, seed, clock, district.streets)
    runtime = build(settings, network, clock, warmed_up(network, district, clock()))
    signals.warm_up(runtime.signals.engine, runtime.signals.judge)
    provider = bind_demo(runtime.parking, issuer, settings.data_dir, clock)
    key, _ = runtime.keys.create_key(("positions", "signals", "operations", "parking"), "demo", clock())
    published = runtime.published
    sources = Sources(
        district, clock, base, key, polled, lambda: published.snapshot is not None, lambda: not server.should_exit, seed
    )  # fmt: skip
    events = signals.posting(base, key, clock, lambda: published.snapshot is not None, lambda: not server.should_exit)
    parked = life.running(base, key, lambda: published.snapshot is not None, lambda: not server.should_exit)
    runtime = replace(runtime, background=(*runtime.background, polled.run, sources.run, events, provider, parked))
    server = make_server(create_app(runtime), settings)
    settle()
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not serving.done() and (published.snapshot is None or not server.started):
        await asyncio.sleep(0.01)
    if not serving.done():
        typer.echo(_welcome(runtime, len(district.vehicle_ids), seed, base, key, issuer.token("ann", clock())))
    await serving


def _welcome(runtime: Runtime, vehicles: int, seed: int, base: str, key: str, token: str) -> str:
    network = runtime.network
    base = base.replace("127.0.0.1", "localhost").replace("[::1]", "localhost")
    boards = busiest_stops(network, _BOARDS)
    lines = [
        f"A simulated district, seed {seed}: {len(network.route_ids)} lines, {len(network.stop_ids)} stops, {vehicles} buses.",
        f"  map      {base}/",
        *(f"  board    {base}/board/{network.stop_ids[stop]}  {network.stop_names[stop]}" for stop in boards),
        f"  signals  {base}/v1/signals/intersections",
        f"  JSON     {base}/v1/stops/{network.stop_ids[boards[0]]}/arrivals",
        f"  API key  {key}  (scopes positions, signals, operations, parking; until the demo ends)",
        f"  parking  {base}/v1/parking/lots",
        f"  book     {base}/parking",
        f"  citizen  {token}",
        "Ctrl-C ends it.",
    ]
    return "\n".join(lines)


def _reachable(host: str) -> str:
    """An address of this machine that reaches a server listening on `host`."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{host}]" if ":" in host else host


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, where it is installed: what uvicorn would choose by itself."""
    from uvicorn import Config

    return Config("", log_config=None).get_loop_factory()
