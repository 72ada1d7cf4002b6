"""The outermost ASGI layer: counts the client, then answers hot reads from prepared bytes before FastAPI sees them.

The same paths are ordinary FastAPI routes (documented in OpenAPI, and used when there is a query string); this only takes the
short cut: one look-up and two sends. A path without a prepared answer goes on to the app.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from server.answers import Answer
from server.limits import ReadLimiter
from server.problems import MEDIA_TYPE, problem_body

_NO_BODY: dict[str, Any] = {"type": "http.response.body", "body": b""}


class FrontDoor:
    """`find(path)` is the prepared answer of a decoded path, made now if need be, or None.

    Prepared answers say that every origin may read them; unless `open_to_all`, a request from a web page goes on to the app.
    """

    def __init__(self, app: ASGIApp, find: Callable[[str], Answer | None], limiter: ReadLimiter, open_to_all: bool) -> None:
        self._app, self._find, self._limiter, self._open_to_all = app, find, limiter, open_to_all
        self.answered = 0
        self.not_modified = 0
        self.refused = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "lifespan" or scope.get("method") == "POST":
            await self._app(scope, receive, send)
            return
        client = scope["client"]
        if client is not None and (wait := self._limiter.wait(client[0], time.monotonic())):
            self.refused += 1
            await _refuse(scope, send, wait)
            return
        if scope["type"] == "http" and not scope["query_string"] and scope["method"] in ("GET", "HEAD"):
            answer = self._find(scope["path"])
            if answer is not None and (self._open_to_all or all(name != b"origin" for name, _ in scope["headers"])):
                await self._answer(answer, scope, send)
                return
        if scope.get("method") == "HEAD":
            scope = {**scope, "method": "GET"}  # the server keeps the body back itself, and FastAPI knows no HEAD
        await self._app(scope, receive, send)

    async def _answer(self, answer: Answer, scope: Scope, send: Send) -> None:
        self.answered += 1
        for name, value in scope["headers"]:
            if name == b"if-none-match" and answer.matches(value):
                self.not_modified += 1
                await send(answer.not_modified)
                await send(_NO_BODY)
                return
        await send(answer.start)
        await send(answer.body_message)


async def _refuse(scope: Scope, send: Send, wait: float) -> None:
    """429 with Retry-After, for HTTP and for a WebSocket handshake alike."""
    seconds = math.ceil(wait)
    detail = f"too many requests from this address; ask again in {seconds} s"
    body = problem_body(429, "too_many_requests", detail, scope["path"])
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"retry-after", b"%d" % seconds),
        (b"access-control-allow-origin", b"*"),
    ]
    prefix = "websocket.http" if scope["type"] == "websocket" else "http"
    await send({"type": f"{prefix}.response.start", "status": 429, "headers": headers})
    await send({"type": f"{prefix}.response.body", "body": body})
