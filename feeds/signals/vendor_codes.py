"""What a source's own numbers mean: control modes and event codes of vendors, declared once per source as TOML or JSON.

    name = "example"
    own_modes = true          # its control modes are not numbered as in GA/T 1049.2
    hourly_volumes = false    # its volumes are vehicles in the interval, not an hour
    known = [[300, 320], 400] # event codes that are explained, though nothing here reads them
    [modes]
    "5" = 21                  # its mode 5 is fixed time
    [events]
    "316" = 100009            # its code 316 is the length of the cycle that ended

A number no table knows stays in the stream and is counted. In a source with modes of its own it is moved up by `FOREIGN`, so that it
cannot be taken for the GA/T mode of the same number.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import orjson

from feeds.errors import BadEncoding, FeedError
from feeds.signals.counters import SignalCounters
from feeds.signals.inventory_words import mode_of
from signals.codes import Mode, Ours
from signals.kernels.columns import EventColumns

FOREIGN = 10_000
"""added to a mode number of a vendor's own numbering that its table does not know"""
Ranges = Sequence[tuple[int, int]]
INDIANA: Ranges = (
    (0, 26), (31, 33), (41, 56), (61, 72), (81, 94), (101, 119), (131, 156), (171, 182), (184, 185), (200, 218),
)  # fmt: skip
"""Indiana Traffic Signal Hi Resolution Data Logger Enumerations (Purdue, 2012), with additions of UDOT ATSPM 5; ends included"""
_OURS: Ranges = ((min(Ours), max(Ours)),)
_TABLE = max(Ours) + 1
_MODES = frozenset(Mode) - {Mode.UNKNOWN}
_TRUTHS = {"own_modes": False, "hourly_volumes": True}


@dataclass(frozen=True)
class VendorCodes:
    """One source's tables. `modes` and `events` say what a number of its own is in `signals.codes`."""

    name: str
    modes: Mapping[str, int] = field(default_factory=dict)
    """control mode as sent → GA/T 1049.2 number, -1: it says nothing of how timing is made"""
    events: Mapping[int, int] = field(default_factory=dict)
    """event code as sent → Indiana or ours"""
    known: Ranges = ()
    """further event codes that are explained; both ends included"""
    own_modes: bool = False
    """control modes are numbered in the vendor's own way"""
    hourly_volumes: bool = True
    """CrossTrafficData.Volume is vehicles an hour, as the standard has it; False: vehicles in the interval, as some senders do"""

    def mode(self, sent: str, counters: SignalCounters) -> int:
        """The control mode to keep for one as sent (`33`, `感应`); one that no table knows is counted."""
        if sent in self.modes:
            return self.modes[sent]
        number = mode_of(sent)
        if number is not None and self.own_modes and sent.isdigit():
            counters.count_mode(sent)
            return FOREIGN + number
        if number not in _MODES:
            counters.count_mode(sent)
        return int(Mode.UNKNOWN) if number is None else number

    def apply(self, events: EventColumns, counters: SignalCounters) -> EventColumns:
        """Events with codes as `signals.codes` has them; those that no table knows are counted and stay."""
        code = events.code
        if self.events:
            code = code.copy()
            for sent, ours in self.events.items():
                code[events.code == sent] = ours
        unknown = code[~self._known[np.minimum(code, _TABLE)]]
        if len(unknown):
            values, counts = np.unique(unknown, return_counts=True)
            counters.count_codes(zip(values.tolist(), counts.tolist()))
        return events if code is events.code else events._replace(code=code)

    @cached_property
    def _known(self) -> Any:
        table = np.zeros(_TABLE + 1, bool)
        for first, last in (*INDIANA, *_OURS, *self.known):
            table[first : min(last, _TABLE - 1) + 1] = True
        return table


GAT1049 = VendorCodes("gat1049")
"""GA/T 1049.2 numbers and the Indiana enumeration, nothing of a vendor's"""
MAXTIME = VendorCodes("maxtime", known=((300, 320), (400, 400), (500, 503), (600, 651)))
"""Q-Free MAXTIME: 300–315 actual splits, 316 actual cycle, 317 natural cycle, 318 offset, 320 master zero, 400 drift, 500–503
communication, 600–651 priority"""
SIEMENS = VendorCodes("siemens", known=((1000, 1000),))
"""1000: the hourly log begins again"""
OPENATC = VendorCodes(
    "openatc",
    {
        "0": Mode.AUTONOMOUS, "1": Mode.FLASH, "2": Mode.ALL_RED, "3": Mode.LAMPS_OFF, "4": Mode.MANUAL, "5": Mode.FIXED,
        "6": Mode.ACTUATED, "7": Mode.LINE_ACTUATED, "9": Mode.ADAPTIVE, "10": Mode.LINE_FIXED, "11": Mode.LINE_FIXED,
    },
    own_modes=True,
)  # fmt: skip
"""OpenATC: 4 step, 10 and 11 coordination without and with cable; 8 plan selection and 12 pedestrian have no like in GA/T 1049.2"""
GBT20999 = VendorCodes(
    "gbt20999",
    {
        "10": Mode.UNKNOWN, "11": Mode.FIXED, "12": Mode.ADAPTIVE, "13": Mode.LINE_FIXED, "14": Mode.ADAPTIVE, "15": Mode.MANUAL,
        "20": Mode.AUTONOMOUS, "21": Mode.FIXED, "22": Mode.ACTUATED, "23": Mode.LINE_FIXED, "24": Mode.ADAPTIVE,
        "25": Mode.LOCAL_MANUAL, "31": Mode.FLASH, "32": Mode.ALL_RED, "33": Mode.LAMPS_OFF,
    },
    own_modes=True,
)  # fmt: skip
"""GB/T 20999-2017 as vendors write its hexadecimal codes: 1x from the centre (10: it does not say how), 2x local, 3x out of control"""
VENDORS: Mapping[str, VendorCodes] = {one.name: one for one in (GAT1049, MAXTIME, SIEMENS, OPENATC, GBT20999)}
"""tables that need no declaring"""


def parse_vendor_codes(text: bytes, path: str) -> VendorCodes:
    """A declared table, TOML or JSON (`{` first). Raises FeedError naming `path` and the field."""
    document = _document(text, path)
    unknown = set(document) - {"name", "modes", "events", "known", *_TRUTHS}
    if unknown:
        raise FeedError(path, None, min(unknown), "is no field of a vendor's table")
    name = document.get("name")
    if not isinstance(name, str) or not name:
        raise FeedError(path, None, "name", "is missing")
    truths = {one: document.get(one, default) for one, default in _TRUTHS.items()}
    for one, value in truths.items():
        if not isinstance(value, bool):
            raise FeedError(path, None, one, "is neither true nor false")
    return VendorCodes(
        name,
        {sent: _mode(value, sent, path) for sent, value in _table(document, "modes", path).items()},
        {_code(sent, "events", path): _code(value, "events", path) for sent, value in _table(document, "events", path).items()},
        _ranges(document.get("known", []), path),
        **truths,
    )


def _document(text: bytes, path: str) -> Mapping[str, Any]:
    try:
        if text.lstrip().startswith(b"{"):
            document: Mapping[str, Any] = orjson.loads(text)
            return document
        return tomllib.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadEncoding(path, "is not UTF-8 text") from None
    except (orjson.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadEncoding(path, f"is neither TOML nor JSON: {error}") from None


def _table(document: Mapping[str, Any], name: str, path: str) -> Mapping[str, Any]:
    table = document.get(name, {})
    if not isinstance(table, dict):
        raise FeedError(path, None, name, "is no table")
    return table


def _code(value: Any, name: str, path: str) -> int:
    word = str(value)
    if isinstance(value, bool) or not (word.isascii() and word.isdigit() and len(word) < 10):
        raise FeedError(path, None, name, f"is no event code: {value!r}")
    return int(word)


def _mode(value: Any, sent: str, path: str) -> int:
    number = mode_of(str(value)) if not isinstance(value, bool) and value != -1 else -1
    if number is None or (number not in _MODES and number != -1) or isinstance(value, bool):
        raise FeedError(path, None, f"modes.{sent}", f"is no control mode of GA/T 1049.2: {value!r}")
    return number


def _ranges(value: Any, path: str) -> Ranges:
    if not isinstance(value, list):
        raise FeedError(path, None, "known", "is no list")
    ranges = []
    for one in value:
        ends = [_code(end, "known", path) for end in (one if isinstance(one, list) else [one, one])]
        if len(ends) != 2 or ends[0] > ends[1]:
            raise FeedError(path, None, "known", f"is neither a code nor [first, last]: {one!r}")
        ranges.append((ends[0], ends[1]))
    return tuple(ranges)
