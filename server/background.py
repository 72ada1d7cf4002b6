"""Tasks that run as long as the app does. One that ends by an exception is logged and started again after a pause."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any

import structlog

Background = Callable[[], Coroutine[Any, Any, None]]
_PAUSE = 5.0
"""s before a task that failed is started again"""


@asynccontextmanager
async def running(coroutines: Iterable[Background]) -> AsyncIterator[None]:
    """Run all of them during the block and cancel them after it."""
    tasks = [asyncio.create_task(_kept_up(one)) for one in coroutines]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _kept_up(run: Background) -> None:
    while True:
        try:
            await run()
            return
        except Exception:
            structlog.get_logger().exception("task_failed", task=getattr(run, "__qualname__", str(run)))
            await asyncio.sleep(_PAUSE)
