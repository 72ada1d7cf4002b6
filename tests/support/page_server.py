"""The whole server in a thread of the test, over the simulated district in its morning peak; it can be told to fail.

Real parts throughout: district, engine, pipeline, front door, uvicorn. Only the board's life is short, so that a test need not
wait 90 s for a screen to blank itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import uvloop

from feeds.counters import Counters
from feeds.gtfs import compile_network
from feeds.signals.counters import SignalCounters
from feeds.simulated import District
from server.accuracy_collector import AccuracyCollector
from server.app import create_app
from server.bootstrap import build
from server.city import City
from server.demo_signals import DemoSignals
from server.runtime import Background, Runtime
from server.serving import bind, make_server
from server.settings import Settings
from transit.changes import NO_CHANGES, ServiceChanges
from transit.kernels.columns import PositionColumns
from transit.parameters import BoardParameters
from transit.snapshot import Snapshot

LIFE = 4.0
"""s a board of this server may be shown"""
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_OPTIONS = [
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
    "--disable-gpu", "--enable-unsafe-swiftshader",
]  # fmt: skip
_PAST = 600
_STEP = 10


def find_chromium(chosen: str | None) -> str:
    """`chosen`, or the Chromium of this machine. Raises LookupError with what to install."""
    found = chosen or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        raise LookupError("no Chromium was found: install Debian's package chromium, or name one in BAIMAI_TEST_CHROMIUM")
    return found


class FailingCity:
    """The engine; while `failing` is set every step raises, so the newest snapshot grows old."""

    def __init__(self, city: City) -> None:
        self._city = city
        self.failing = threading.Event()

    def step(self, now: float, inbox: Sequence[PositionColumns], changes: ServiceChanges = NO_CHANGES) -> Snapshot:
        """A step, or a failure."""
        if self.failing.is_set():
            raise RuntimeError("the engine was told to fail")
        return self._city.step(now, inbox, changes)


class PageServer:
    """A running server: its address, its runtime, and the switch that makes its engine fail.

    With `signals` it has the demo's, and two hours of their past.
    """

    def __init__(
        self, directory: Path, beside: Callable[[Runtime], Background] | None = None, signals: bool = False
    ) -> None:
        """`beside`: something of the test's own that runs with the server."""
        morning = datetime.datetime(2026, 11, 23, 8, 10, tzinfo=datetime.timezone(datetime.timedelta(hours=8))).timestamp()
        self._district = District(1)
        network, _ = compile_network(self._district.gtfs_tables())
        city = City(network)
        self._district.start(morning - _PAST)
        past: list[Snapshot] = []
        for second in range(_STEP, _PAST + 1, _STEP):
            now = morning - _PAST + second
            batch = [self._district.columns(self._district.advance(now))]
            past.append(city.step(now, batch))
        began = time.monotonic()
        self.engine = FailingCity(city)
        settings = Settings(data_dir=directory, step_seconds=0.5)
        self._signals = DemoSignals(self._district, 1, morning) if signals else None
        if self._signals is not None:
            self._signals.write_files(directory)
        runtime = build(settings, network, lambda: morning + time.monotonic() - began, self.engine)
        if self._signals is not None:
            self._signals.warm_up(runtime.signals.engine, runtime.signals.judge)
        runtime.published.boards.parameters = BoardParameters(expires_after=LIFE)
        self.runtime: Runtime = replace(runtime, background=(*runtime.background, self._feed, *([beside(runtime)] if beside else ())))
        self._past = past
        self._listener = bind("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server = make_server(create_app(self.runtime), settings)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Serve, and wait for the first snapshot."""
        self._thread.start()
        until = time.monotonic() + 240
        while self.runtime.published.snapshot is None or not self.runtime.signals.shown.ready or not self._server.started:
            assert self._thread.is_alive()
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.02)

    def score_past(self) -> None:
        """Score the minutes before the start, too: a page with figures need not be waited for."""
        past, self._past = self._past, []
        accuracy = self.runtime.accuracy
        if past:
            before = AccuracyCollector(self.runtime.network, accuracy.store, lambda: past[-1].now + 300.0)
            for snapshot in past:
                before.observe(snapshot)
            before.settle()
            accuracy.scores.days = before.scores.days

    def stop(self) -> None:
        """End it."""
        self._server.should_exit = True
        self._thread.join(20)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._server.serve(sockets=[self._listener]))

    async def _feed(self) -> None:
        while True:
            reports = self._district.advance(self.runtime.clock())
            self.runtime.inbox.put(self._district.columns(reports), Counters(keep=0))
            if self._signals is not None:
                now = int(self.runtime.clock() * 1000)
                self.runtime.signals.inbox.put_events(now, self._signals.events(now), SignalCounters(keep=0))
            await asyncio.sleep(0.5)


@contextlib.contextmanager
def page_server(
    directory: Path, beside: Callable[[Runtime], Background] | None = None, signals: bool = False
) -> Iterator[PageServer]:
    """A PageServer while the block runs."""
    server = PageServer(directory, beside, signals)
    server.start()
    try:
        yield server
    finally:
        server.stop()
