"""Who may read which topic on the WebSocket: `reservation:` topics their owner, all others anybody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import WebSocket

from server.parking.access import lower_headers
from server.parking.service import Parking
from server.problems import ProblemException
from server.sockets import Opener
from server.topics import PARKING, TopicError, is_private, split_topic


def public_opener(parking: Parking, open_other: Callable[[str], Awaitable[None]]) -> Callable[[str], Awaitable[None]]:
    """For gateways: how topics that are everybody's are opened. `open_other` opens those of the engine."""

    async def open_topic(name: str) -> None:
        kind, address = split_topic(name)
        if kind in PARKING and not is_private(name):
            _must_be_ready(parking, name)
            await parking.relay.open_topic(name, kind, address, "")
        else:
            await open_other(name)

    return open_topic


def openers(parking: Parking, open_other: Callable[[str], Awaitable[None]]) -> Callable[[WebSocket], Opener]:
    """For `live_router`: how each connection opens topics. `open_other` opens those of the engine."""

    def of(websocket: WebSocket) -> Opener:
        client = ""
        headers = lower_headers(websocket.scope["headers"])
        if "authorization" in headers or "x-signature" in headers:
            try:
                client = parking.access.caller(headers, "GET", websocket.url.path, b"").client
            except ProblemException:
                client = ""  # told when it asks for what is somebody's own

        async def open_topic(name: str, token: str) -> None:
            kind, address = split_topic(name)
            if kind not in PARKING:
                await open_other(name)
                return
            _must_be_ready(parking, name)
            owner = client
            if kind == "reservation" and token:
                owner = _client(parking, name, token)
            if kind == "reservation" and not owner:
                raise TopicError(name, "no_token", "this topic is its owner's: send a `token` with the subscription")
            try:
                await parking.relay.open_topic(name, kind, address, owner)
            except ProblemException as wrong:  # the store failed: this topic is asked for again, the others stay
                raise TopicError(name, wrong.code, wrong.detail) from None

        return open_topic

    return of


def _must_be_ready(parking: Parking, name: str) -> None:
    if not parking.ready:
        raise TopicError(name, "not_ready", "parking has not started yet")


def _client(parking: Parking, topic: str, token: str) -> str:
    try:
        return parking.access.token(token).client
    except ProblemException as wrong:
        raise TopicError(topic, wrong.code, wrong.detail) from None
