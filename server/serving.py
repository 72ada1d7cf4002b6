"""From an ASGI app to a listening socket: how every command of ours runs uvicorn."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import socket

import structlog
import uvicorn
from starlette.types import ASGIApp

from server.errors import SettingsError
from server.http_protocol import HttpProtocol
from server.settings import Settings
from server.ws_protocol import SocketProtocol

_BACKLOG = 4096
"""handshakes waiting: after a restart all boards of a district come back in the same second"""
_KEEP_ALIVE = 75
"""s an idle connection stays open: boards ask every 10 s and need not shake hands each time"""
_GRACE = 5
"""s an answer under way gets at the end"""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; `::` takes IPv4 too. Raises SettingsError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    dual = host == "::" and socket.has_dualstack_ipv6()
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG, dualstack_ipv6=dual)
    except OSError as wrong:
        raise SettingsError("host, port", f"cannot listen on {host} port {port} ({wrong.strerror or wrong})") from None


def make_server(app: ASGIApp, settings: Settings) -> uvicorn.Server:
    """A uvicorn server; run it with `server.serve(sockets=[bind(…)])`. Forwarded headers count only from trusted_proxies."""
    config = uvicorn.Config(
        app,
        ws=SocketProtocol,
        ws_max_size=settings.body_bytes,
        http=HttpProtocol,
        log_config=None,
        access_log=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_GRACE,
    )
    return uvicorn.Server(config)


def settle() -> None:
    """Before serving begins: what is there by now stays, so the garbage collector need not look at it ever again. One look at all of
    it stops every thread for 0.1 to 0.4 s."""
    gc.collect()
    gc.freeze()


def run(app: ASGIApp, settings: Settings) -> None:
    """Serve until a signal ends it; a crash of native code says on stderr where it was."""
    faulthandler.enable()
    listener = bind(settings.host, settings.port)
    structlog.get_logger().info("listening", host=settings.host, port=listener.getsockname()[1])
    settle()
    with contextlib.suppress(KeyboardInterrupt):
        make_server(app, settings).run(sockets=[listener])
