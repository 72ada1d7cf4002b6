"""The least that a server of events can do, under our server's settings: `python -m bench.signal_echo_server`; says its port.

Every POST is answered at once, and its body written to every open WebSocket as it is: no key, no decoding, no state.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from server.serving import bind, make_server
from server.settings import Settings

_ANSWER = b'{"accepted":0}'


def echo_app() -> ASGIApp:
    """Its sockets are those that are open."""
    sockets: list[Send] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            sockets.append(send)
            while (await receive())["type"] != "websocket.disconnect":
                pass
            sockets.remove(send)
        else:
            await _post(receive, send, sockets)

    return app


async def _post(receive: Receive, send: Send, sockets: list[Send]) -> None:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_ANSWER))]
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    await send({"type": "http.response.body", "body": _ANSWER})
    for one in sockets:
        await one({"type": "websocket.send", "text": body.decode()})


def main() -> None:
    """Serve until told to end."""
    listener = bind("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    make_server(echo_app(), Settings()).run(sockets=[listener])


if __name__ == "__main__":
    main()
