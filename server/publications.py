"""One publication: the message of one topic at one sequence number, and its WebSocket frames, each made once for all readers.

A frame from a server is unmasked (RFC 6455 §5.2), so every reader gets the same bytes. The compressed frame is made with a
fresh deflate stream (RFC 7692, no context takeover, window 2^12): it too is one for all.
"""

from __future__ import annotations

import zlib

import orjson

WINDOW_BITS = 12
_WORTH_COMPRESSING = 200
"""bytes; a shorter message does not shrink enough to pay for its inflating"""
_TEXT, _TEXT_DEFLATED = 0x81, 0xC1


class Publication:
    """Immutable. `message` is the JSON a reader gets, `data` the value alone; `number` orders publications in this process."""

    __slots__ = ("_deflated", "_plain", "data", "epoch", "message", "number", "seq", "topic")

    def __init__(self, topic: str, epoch: str, seq: int, data: bytes, message: bytes, number: int) -> None:
        self.topic, self.epoch, self.seq = topic, epoch, seq
        self.data, self.message, self.number = data, message, number
        self._plain: bytes | None = None
        self._deflated: bytes | None = None

    @property
    def plain(self) -> bytes:
        """Its frame."""
        if self._plain is None:
            self._plain = text_frame(self.message)
        return self._plain

    @property
    def deflated(self) -> bytes:
        """Its compressed frame, for readers who negotiated permessage-deflate."""
        if self._deflated is None:
            self._deflated = deflated_frame(self.message)
        return self._deflated

    def marked(self, recovered: bool) -> bytes:
        """The frame of the same message with `recovered` said."""
        return text_frame(self.message[:-1] + (b',"recovered":true}' if recovered else b',"recovered":false}'))


def compose(topic: str, epoch: str, seq: int, at: str, data: bytes) -> bytes:
    """The message `{"topic","epoch","seq","at","data"}`; `data` is JSON already."""
    head = orjson.dumps({"topic": topic, "epoch": epoch, "seq": seq, "at": at})
    return b'%s,"data":%s}' % (head[:-1], data)


def text_frame(text: bytes) -> bytes:
    """An unmasked text frame."""
    return _header(_TEXT, len(text)) + text


def deflated_frame(text: bytes) -> bytes:
    """A text frame compressed by itself; a short one stays plain, as RFC 7692 allows."""
    if len(text) < _WORTH_COMPRESSING:
        return text_frame(text)
    stream = zlib.compressobj(6, zlib.DEFLATED, -WINDOW_BITS, 5)
    body = (stream.compress(text) + stream.flush(zlib.Z_SYNC_FLUSH))[:-4]
    return _header(_TEXT_DEFLATED, len(body)) + body


def _header(first: int, length: int) -> bytes:
    if length < 126:
        return bytes((first, length))
    if length < 65536:
        return bytes((first, 126)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")
