"""The short way of a citizen's POST: from the ASGI server to the desk and back, past FastAPI.

The same paths are ordinary routes (documented in OpenAPI), and go that way when a web page asks (CORS) or there is a query string;
both ways end at the same desk.
"""

from __future__ import annotations

from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from server.parking.desk import PREFIX, Desk, problem_reply
from server.parking.idempotency import Reply
from server.problems import ProblemException

LARGEST = 16 * 2**10
"""bytes of a body"""


class ShortCut:
    """Stands before the app."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app, self._desk = app, desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope.get("method") != "POST" or not scope["path"].startswith(PREFIX) or not _takes(scope):
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        if body is None:
            return
        if len(body) > LARGEST:
            reply = problem_reply(too_large(), scope["path"])
        else:
            reply = await self._desk.handle(scope["path"], scope["headers"], body)
        await send({"type": "http.response.start", "status": reply.status, "headers": with_length(reply)})
        await send({"type": "http.response.body", "body": reply.body})


def with_length(reply: Reply) -> list[tuple[bytes, bytes]]:
    """Its headers as they are sent."""
    return [*reply.headers, (b"content-length", b"%d" % len(reply.body))]


def too_large() -> ProblemException:
    """413."""
    return ProblemException(413, "too_large", f"the body may have {LARGEST} bytes")


def _takes(scope: Scope) -> bool:
    path: str = scope["path"]
    if scope["query_string"] or path.endswith(("/cancellation-preview", "/extension-quote", "/payments")):
        return False
    return all(name != b"origin" for name, _ in scope["headers"])


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when the client went away. Of one that is too large, only as much as shows it."""
    message: Any = await receive()
    if message["type"] == "http.disconnect":
        return None
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if len(body) <= LARGEST:
            body += message.get("body", b"")
    return body
