"""The HTTP protocol class that uvicorn runs (`http=HttpProtocol`): its own, but what one turn of the loop writes is one system call.

uvicorn writes head and body of an answer apart, which for a small answer costs as much as everything else that is done for it.
Relies on `transport` of `HttpToolsProtocol`; the version is pinned and tests/server/test_http_protocol.py watches it.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class HttpProtocol(HttpToolsProtocol):
    """One connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio.Protocol."""
        super().connection_made(cast(asyncio.Transport, Gathering(transport, self.loop)))

    def handle_websocket_upgrade(self) -> None:
        """A WebSocket has the transport itself: its frames are gathered by the hub."""
        self.transport = cast(Gathering, self.transport).bare
        super().handle_websocket_upgrade()


class Gathering:
    """A transport whose writes wait for the end of the turn; in all else it is `bare`."""

    def __init__(self, bare: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.bare, self._loop = bare, loop
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        """See asyncio.Transport."""
        if not data:
            return
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        """See asyncio.Transport: what was written goes out first."""
        self._flush()
        self.bare.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.bare, name)

    def _flush(self) -> None:
        parts, self._parts = self._parts, []
        if parts:
            self.bare.write(parts[0] if len(parts) == 1 else b"".join(parts))
