"""The WebSocket protocol class that uvicorn runs (`ws=SocketProtocol`): its own sans-I/O one, opened for prepared frames.

It puts itself into `scope["extensions"]["baimai.socket"]`, so that an ordinary FastAPI endpoint does the talking while the
hub writes finished frames to the transport. Compression is negotiated without context takeover on both sides: only then may
frames compressed once for all and frames compressed by the library share a connection. What is unsent is bounded in this
process (write buffer) and in the kernel (SO_SNDBUF, which Linux doubles). Relies on names inside uvicorn; the version is
pinned and tests/server/test_sockets.py watches them.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Any, cast

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request
from websockets.server import ServerProtocol

from server.hub import TOO_SLOW, Hub, Reader
from server.publications import WINDOW_BITS

EXTENSION = "baimai.socket"
_DEFLATE = ServerPerMessageDeflateFactory(
    server_no_context_takeover=True,
    client_no_context_takeover=True,
    server_max_window_bits=WINDOW_BITS,
    client_max_window_bits=WINDOW_BITS,
    compress_settings={"memLevel": 5},
)
_REASON = "too far behind"


class SocketProtocol(WebSocketsSansIOProtocol):
    """One connection. It is a hub's Line once `attach` was called."""

    write: Callable[[bytes], None]
    """takes whole frames, as they go over the wire: the transport's own method"""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._hub: Hub | None = None
        self._reader: Reader | None = None
        self._patience = 0.0
        self.conn = ServerProtocol(extensions=[_DEFLATE], max_size=self.config.ws_max_size, logger=logging.getLogger("uvicorn.error"))

    def attach(self, hub: Hub, message_bytes: int, unsent_bytes: int, patience: float) -> Reader:
        """Join the hub with these limits, once the handshake is done. → this socket as the hub's reader."""
        self.conn.max_message_size = message_bytes
        self.transport.set_write_buffer_limits(high=unsent_bytes, low=unsent_bytes // 4)
        kernel: socket.socket = self.transport.get_extra_info("socket")
        kernel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, unsent_bytes)
        self._hub, self._patience, self.write = hub, patience, self.transport.write
        self._reader = Reader(self, deflate=bool(self.conn.extensions))
        hub.join(self._reader)
        return self._reader

    def close_slow(self) -> None:
        """1013 after what is unsent; a peer that reads nothing even now is cut off after the same patience again."""
        if self.close_sent or self.transport.is_closing():
            return
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": TOO_SLOW, "reason": _REASON})
        self.conn.send_close(TOO_SLOW, _REASON)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()
        self.close_timer = self.loop.call_later(self._patience, self.transport.abort)

    def handle_connect(self, event: Request) -> None:
        """As uvicorn does it; the endpoint's task has not begun yet when the extension is added."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            cast(dict[str, Any], self.scope["extensions"])[EXTENSION] = self

    async def send(self, message: ASGISendEvent) -> None:
        """As uvicorn does it; a handshake that was refused with an answer is complete, and no error to log."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True

    def pause_writing(self) -> None:
        """The write buffer is above its limit."""
        super().pause_writing()
        if self._hub is not None and self._reader is not None:
            self._hub.pause(self._reader, self.loop.time())

    def resume_writing(self) -> None:
        """The write buffer has drained."""
        super().resume_writing()
        if self._hub is not None and self._reader is not None:
            self._hub.resume(self._reader)

    def keepalive_timeout(self) -> None:
        """No pong: of a reader who also takes no bytes the reason is that it is too slow."""
        if self._hub is not None and self._reader is not None and self._reader.paused_since is not None:
            self._hub.close_slow(self._reader, self.loop.time())
        else:
            super().keepalive_timeout()

    def connection_lost(self, exc: Exception | None) -> None:
        """Gone, in whatever way: nothing more is written."""
        super().connection_lost(exc)
        if self._hub is not None and self._reader is not None:
            self._hub.leave(self._reader, self.loop.time())
