"""The least that an ASGI application can do with a POST, under our server's settings: `python -m bench.echo_server`; says its port."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from server.serving import bind, make_server
from server.settings import Settings


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """201 with the body that came."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serve until told to end."""
    listener = bind("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    make_server(app, Settings()).run(sockets=[listener])


if __name__ == "__main__":
    main()
