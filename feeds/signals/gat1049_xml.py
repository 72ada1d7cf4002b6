"""GA/T 1049.2 as XML: one message, or several one after another as they come down a connection.

The parser takes no document type, so there are no entities to expand and nothing outside to fetch; depth and number of elements
are limited. Namespaces (`http://tmri.cn/ticp/tsc/v1.0`) are left out: the names are unambiguous, and senders differ in using one.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from feeds.errors import BadEncoding
from feeds.signals.gat1049_messages import read_message
from feeds.signals.json_bodies import check_body
from feeds.signals.reports import Decoded, Reading, Source, Unsound

NAME = "message"
DEEPEST = 16
"""elements within one another; the standard's objects reach 8"""
MOST_ELEMENTS = 1_000_000
"""in one message: CrossTrafficData of 10,000 lanes has a tenth"""
_DECLARATION = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'][^>]*\?>")
_ENCODINGS = {"utf-8", "gb18030", "gbk", "gb2312", "ascii", "utf-16", "utf-16-le", "utf-16-be"}
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NEXT = re.compile(r"<\?xml[^>]*\?>")


class _TooMuch(Exception):
    pass


class _Tree:
    """A parser's target: elements as dicts, repeated ones as lists, leaves as texts, attributes beside elements."""

    def __init__(self) -> None:
        self._open: list[tuple[str, dict[str, Any], list[str]]] = [("", {}, [])]
        self._elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if len(self._open) > DEEPEST:
            raise _TooMuch(f"has elements nested deeper than {DEEPEST}")
        if self._elements > MOST_ELEMENTS:
            raise _TooMuch(f"has more than {MOST_ELEMENTS} elements")
        self._open.append((tag.rpartition("}")[2].rpartition(":")[2], dict(attributes), []))

    def data(self, text: str) -> None:
        self._open[-1][2].append(text)

    def end(self, _: str) -> None:
        name, fields, texts = self._open.pop()
        value: Any = fields or "".join(texts).strip()
        parent = self._open[-1][1]
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]

    def close(self) -> dict[str, Any]:
        return self._open[0][1]


def decode_xml(body: bytes, source: Source, received: int) -> Decoded:
    """What the messages of a body say; `where` of each Refusal is the path to its element, `/0/Message/Body/Operation/CrossState/2`.

    received: epoch ms, the time of what has none of its own. A message that is no sound XML is counted as `not_xml` and costs the
    others nothing. UTF-8, UTF-16, GB18030, GBK and GB2312 are read as declared.
    Raises BadEncoding when the body is not text of the encoding it declares.
    """
    reading = Reading(source, received)
    for at, tree in enumerate(trees_of(body, NAME)):
        if isinstance(tree, Unsound):
            reading.refuse(f"/{at}", tree)
        else:
            read_message(reading, tree, f"/{at}")
    return reading.finish()


def trees_of(body: bytes, name: str) -> Iterator[dict[str, Any] | Unsound]:
    """Each message of a body as dicts and lists, or why it is none. Raises BadEncoding, naming `name`, for the body as a whole."""
    check_body(body, name)
    for text in _messages(_text(body, name)):
        try:
            yield _parse(text)
        except DefusedXmlException:  # a ValueError too
            yield Unsound("", "forbidden_xml", "declares a document type, which is not read")
        except _TooMuch as error:
            yield Unsound("", "forbidden_xml", str(error))
        except (ParseError, ValueError) as error:
            yield Unsound("", "not_xml", f"is not XML: {error}")


def _text(body: bytes, source: str) -> str:
    encoding = next((encoding for mark, encoding in _MARKS if body.startswith(mark)), "")
    if not encoding:
        declared = _DECLARATION.match(body)
        encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
        try:
            name = codecs.lookup(encoding).name
        except LookupError:
            name = ""
        if name not in _ENCODINGS:
            raise BadEncoding(source, f"declares an encoding that is not read: {encoding[:40]}")
        encoding = "gb18030" if name in ("gbk", "gb2312") else name  # of which they are subsets
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadEncoding(source, f"is not {encoding.upper()} at byte {error.start}, though it says so or says nothing") from None


def _messages(text: str) -> list[str]:
    """Each document of a text, without its XML declaration; a document may also follow another without one."""
    parts = [part.strip() for part in _NEXT.split(text)]
    return [piece for part in parts if part for piece in _apart(part)]


def _apart(part: str) -> list[str]:
    end = "</Message>"
    pieces = [f"{piece}{end}".strip() for piece in part.split(end)]
    last = pieces.pop()[: -len(end)].strip()
    return [*pieces, last] if last else pieces


def _parse(text: str) -> dict[str, Any]:
    parser = DefusedXMLParser(target=_Tree(), forbid_dtd=True)
    parser.feed(text)
    tree: dict[str, Any] = parser.close()
    return tree
