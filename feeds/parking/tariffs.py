"""Tariffs from a TOML or JSON file: the fields are those of `parking.tariffs`, times are minutes of the local day, money is fen.

    [[tariffs]]
    id = "centre"
    name = "中心区"
    free_min = 30                 # a stay of at most 30 minutes is free
    day_cap_fen = 6000            # 60 yuan from 05:00 to 05:00
    day_starts_min = 300
    refund_steps = [[3600, 100], [0, 50]]
    overstay_fen_per_hour = 1500

    [[tariffs.bands]]             # the first band that holds counts
    name = "night"
    start_min = 1200              # 20:00 …
    end_min = 480                 # … to 08:00
    steps = [{ fen = 1000 }]      # 10 yuan, once

    [[tariffs.bands]]             # the last one holds always
    name = "day"
    steps = [{ fen = 500, unit_min = 60, until_min = 60 }, { fen = 200, unit_min = 30 }]

    [[tariffs.vehicles]]          # half price for new energy vehicles, the first two hours free
    vehicle = "nev"
    percent = 50
    free_min = 120

A file with a fault is refused as a whole: a price list is never used in part.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from feeds.errors import BadEncoding, FeedError
from parking.tariffs import Tariff, faults

_WHERE = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<where>.*)`)?$", re.DOTALL)
_LINE = re.compile(r"^(?P<what>.*?) \(at line (?P<line>\d+), column \d+\)$", re.DOTALL)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tariffs: list[Tariff]


def read_tariffs(content: bytes, path: str) -> list[Tariff]:
    """Tariffs of a file; `path` as the user knows it: its ending says JSON, anything else is TOML. Raises FeedError."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadEncoding(path, "is not UTF-8 text") from None
    try:
        read = msgspec.convert(_parsed(text, path), _File)
    except msgspec.ValidationError as wrong:
        found = _WHERE.match(str(wrong))
        what, where = (found["what"], found["where"]) if found else (str(wrong), None)
        raise FeedError(path, None, _pointer(where) if where else None, what.replace("`", "")) from None
    seen: set[str] = set()
    for k, tariff in enumerate(read.tariffs):
        for where, what in faults(tariff):
            raise FeedError(path, None, f"tariffs/{k}/{where}", f"{what} (tariff {tariff.id!r})")
        if tariff.id in seen:
            raise FeedError(path, None, f"tariffs/{k}/id", f"{tariff.id!r} is used twice")
        seen.add(tariff.id)
    return read.tariffs


def _parsed(text: str, path: str) -> Any:
    try:
        return msgspec.json.decode(text) if path.lower().endswith(".json") else msgspec.toml.decode(text)
    except msgspec.DecodeError as wrong:
        found = _LINE.match(str(wrong))
        line, what = (int(found["line"]), found["what"]) if found else (None, str(wrong))
        raise FeedError(path, line, None, f"cannot be read: {what[:1].lower()}{what[1:]}") from None


def _pointer(where: str) -> str:
    return where.replace("[", "/").replace("]", "").replace(".", "/")
