"""Messages of GA/T 1049.1 as trees of dicts and lists, from JSON or XML alike: the envelope is opened, each object is read.

`Message{Version, Token, From, To, Type, Seq, Body{Operation{<objects>}}}`; a message's time is the first 14 digits of its Seq.
Objects may also come bare, `{"CrossState": {...}}`, one or a list of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import Any

from feeds.signals.gat1049_objects import OBJECTS, read_report
from feeds.signals.reports import Reading, Report, Unsound
from feeds.signals.times import to_ms

_ENVELOPE = ("Message", "Body", "Operation")
_WORDS = ("name", "order", "Version", "Token", "From", "To", "Type", "Seq")
"""fields of the envelope that are no objects"""


def read_message(reading: Reading, tree: Mapping[str, Any], where: str) -> None:
    """Read all objects of a tree; those we have no use for (parameters, heartbeats) are counted as ignored."""
    found = False
    for name, value, place, stamp in objects_of(tree, where, reading.source.zone):
        found = True
        if name not in OBJECTS:
            reading.counters.ignore("other_object")
        elif isinstance(value, dict):
            read_report(OBJECTS[name], Report(reading, value, place, stamp))
        else:
            reading.refuse(place, Unsound("", "not_an_object", "is not an object"))
    if not found:
        reading.refuse(where, Unsound("", "unknown_object", "holds no object of GA/T 1049.2"))


def objects_of(
    tree: Mapping[str, Any], where: str, zone: tzinfo | None, stamp: int | None = None
) -> Iterator[tuple[str, Any, str, int | None]]:
    """(name, object, place, when its message was sent) of each object; nothing nests deeper than the envelope."""
    if isinstance(tree.get("Seq"), str):
        stamp = to_ms(tree["Seq"][:14], zone)
    for name, value in tree.items():
        each = value if isinstance(value, list) else [value]
        for at, one in enumerate(each):
            place = f"{where}/{name}/{at}" if isinstance(value, list) else f"{where}/{name}"
            if name in _ENVELOPE and isinstance(one, dict):
                yield from objects_of(one, place, zone, stamp)
            elif name in OBJECTS or (name not in _WORDS and name[:1].isupper() and isinstance(one, dict)):
                yield name, one, place, stamp
