"""A real uvicorn on a free port inside the test's own event loop (uvloop, as in production)."""

from __future__ import annotations

import asyncio
import faulthandler
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import structlog
import uvloop
from starlette.types import ASGIApp

from server.serving import bind, make_server
from server.settings import Settings

T = TypeVar("T")
structlog.configure([structlog.stdlib.add_log_level, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])


class _Threads(ThreadPoolExecutor):
    """Those of `asyncio.to_thread`; closing the loop waits for them, but not once a test has failed by its limit."""

    patient = True

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait and self.patient, cancel_futures=cancel_futures or not self.patient)


def run_async(coroutine: Coroutine[Any, Any, T], limit: float = 60.0) -> T:
    """Run it to its end; whatever hangs fails after `limit` s, tells where its threads stand, and is not waited for."""
    threads = _Threads()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.get_loop().set_default_executor(threads)
        try:
            return runner.run(asyncio.wait_for(coroutine, limit))
        except TimeoutError:
            threads.patient = False
            faulthandler.dump_traceback()
            raise


@asynccontextmanager
async def served(app: ASGIApp, settings: Settings | None = None, host: str = "127.0.0.1") -> AsyncIterator[str]:
    """`host:port` of the app while the block runs."""
    listener = bind(host, 0)
    server = make_server(app, settings or Settings())
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        assert not task.done(), task
        await asyncio.sleep(0.002)
    try:
        yield f"{'[::1]' if ':' in host else host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
