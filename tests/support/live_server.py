"""A real uvicorn on a free port inside the test's own event loop (uvloop, as in production)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import structlog
import uvloop
from starlette.types import ASGIApp

from server.serving import bind, make_server
from server.settings import Settings

T = TypeVar("T")
structlog.configure([structlog.stdlib.add_log_level, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])


def run_async(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run it to its end; whatever hangs fails after a minute."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(asyncio.wait_for(coroutine, 60))


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
