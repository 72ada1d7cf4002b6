"""The least that an ASGI application can do, under our server's settings: `python -m bench.bare_server BODY_FILE [PORT]`.

It says its port, then answers everything with the bytes of the file. It imports nothing that it does not need.
"""

from __future__ import annotations

import sys
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from server.serving import bind, make_server
from server.settings import Settings


def bare_app(body: bytes) -> ASGIApp:
    """Answers everything with the same bytes."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    start = {"type": "http.response.start", "status": 200, "headers": headers}
    message = {"type": "http.response.body", "body": body}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send(start)
        await send(message)

    return app


def main() -> None:
    """Serve until told to end."""
    listener = bind("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    print(listener.getsockname()[1], flush=True)
    make_server(bare_app(Path(sys.argv[1]).read_bytes()), Settings()).run(sockets=[listener])


if __name__ == "__main__":
    main()
