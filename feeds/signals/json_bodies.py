"""Bodies of JSON that carry many items: a list, `{"<name>": [...]}`, NDJSON or one object; one bad item never loses the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import orjson

from feeds.errors import BadEncoding, FeedError
from feeds.positions_json_items import Problem

Content = Literal["json", "ndjson", "parquet"]
Pointer = Callable[[int, str], str]
"""(item, field) → JSON pointer; in NDJSON the first part counts the lines that are not empty, from 0"""
MOST_BYTES = 2**31 - 1
CONTENTS: Mapping[str, Content] = {
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/vnd.apache.parquet": "parquet",
}
"""media types that say what a body is; with any other the body has to tell"""


def check_body(body: bytes, name: str) -> None:
    """Raise BadEncoding or FeedError, naming `name`, for a body that is empty or too large."""
    if not body or body.isspace():
        raise BadEncoding(name, "is empty")
    if len(body) >= MOST_BYTES:
        raise FeedError(name, None, None, "is larger than 2 GiB")


def read_items(body: bytes, name: str, content: Content | None = None) -> tuple[Sequence[object], Pointer]:
    """The items of a body; in NDJSON a line that is no JSON is a Problem among them.

    content: what the sender declared; None finds out. Raises BadEncoding naming the byte when the body is no JSON, FeedError
    when it is neither a list nor an object.
    """
    check_body(body, name)
    if content == "ndjson" or (content is None and is_lines(body)):
        return [_line(line) for line in body.split(b"\n") if line and not line.isspace()], _pointer("")
    document = _loads(body, name)
    if isinstance(document, dict):
        wrapped = document.get(name)
        return (wrapped, _pointer(f"/{name}")) if isinstance(wrapped, list) else ([document], _alone)
    if not isinstance(document, list):
        raise FeedError(name, None, None, f"is neither a list of {name} nor an object")
    return document, _pointer("")


def is_lines(body: bytes) -> bool:
    """Whether a body is NDJSON: more than one line, the first an object by itself."""
    start = len(body) - len(body.lstrip())
    end = body.find(b"\n", start)
    first = body[start:end].strip()
    if end < 0 or not first.startswith(b"{") or not first.endswith(b"}") or body[end:].isspace():
        return False
    try:
        orjson.loads(first)
    except orjson.JSONDecodeError:
        return False
    return True


def _line(line: bytes) -> object:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Problem("", "not_json", f"is not JSON: {error.msg}")


def _loads(body: bytes, name: str) -> object:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise BadEncoding(name, f"is not UTF-8 at byte {error.start}") from None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadEncoding(name, f"is not JSON at byte {len(text[: error.pos].encode())}: {error.msg}") from None


def _pointer(prefix: str) -> Pointer:
    return lambda item, field: f"{prefix}/{item}/{field}" if field else f"{prefix}/{item}"


def _alone(_: int, field: str) -> str:
    return f"/{field}"
