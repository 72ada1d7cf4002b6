"""A prepared answer: body, entity tag and headers made once, sent as they are to everybody who asks.

The tag is strong: it names exactly these bytes. A 304 carries what RFC 9110 §15.4.5 asks for: ETag and Cache-Control.
"""

from __future__ import annotations

import hashlib
from typing import Any

from fastapi import Request, Response

JSON = "application/json"
PROTOBUF = "application/x-protobuf"
Headers = list[tuple[bytes, bytes]]


class Answer:
    """Immutable. The ASGI messages are ready to send."""

    __slots__ = ("body", "body_message", "etag", "media_type", "not_modified", "start")

    def __init__(self, body: bytes, media_type: str, cache_control: str) -> None:
        self.body, self.media_type = body, media_type
        self.etag = b'"%s"' % hashlib.blake2b(body, digest_size=9).hexdigest().encode()
        shared: Headers = [
            (b"etag", self.etag),
            (b"cache-control", cache_control.encode()),
        ]
        to_all: Headers = [(b"access-control-allow-origin", b"*")]
        own: Headers = [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body))]
        self.start: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": own + shared + to_all}
        self.not_modified: dict[str, Any] = {"type": "http.response.start", "status": 304, "headers": shared + to_all}
        self.body_message: dict[str, Any] = {"type": "http.response.body", "body": body}

    def matches(self, if_none_match: bytes) -> bool:
        """Whether the client's If-None-Match names these bytes; weak tags compare like strong ones (RFC 9110 §13.1.2)."""
        if if_none_match == self.etag:
            return True
        return any(one.strip().removeprefix(b"W/") in (self.etag, b"*") for one in if_none_match.split(b","))

    def response(self, request: Request) -> Response:
        """For a route that gives the answer without the front door."""
        tag = request.headers.get("if-none-match")
        headers = {name.decode(): value.decode() for name, value in self.not_modified["headers"][:2]}
        if tag is not None and self.matches(tag.encode("latin-1")):
            return Response(status_code=304, headers=headers)
        return Response(self.body, headers=headers, media_type=self.media_type)
