"""Vendor tables: built in, declared as TOML and JSON, and every fault of a declared one in a sentence."""

from __future__ import annotations

import json

import numpy as np
import pytest

from feeds.errors import FeedError
from feeds.signals.counters import SignalCounters
from feeds.signals.vendor_codes import FOREIGN, GAT1049, GBT20999, OPENATC, VENDORS, parse_vendor_codes
from signals.codes import Code, Mode, Ours
from signals.kernels.columns import EventColumns

TOML = """
name = "example"
own_modes = true
hourly_volumes = false
known = [[300, 320], 400]
[modes]
"5" = 21
"6" = "感应"
"8" = -1
[events]
"316" = 100009
"""


def codes(*values: int) -> EventColumns:
    code = np.array(values, np.int32)
    return EventColumns(np.arange(len(code), dtype=np.int64), np.zeros(len(code), "i4"), code, np.zeros(len(code), "i4"))


def test_the_enumerations_we_read_are_known() -> None:
    counters = SignalCounters()
    GAT1049.apply(codes(*Code, *Ours), counters)
    assert counters.unknown_codes == {}


def test_gat1049_modes_are_kept_and_others_counted() -> None:
    counters = SignalCounters()
    assert [GAT1049.mode(sent, counters) for sent in ("33", "00", "24", "auto?")] == [33, 0, 24, -1]
    assert counters.unknown_modes == {"24": 1, "auto?": 1}


def test_a_vendors_own_number_is_never_taken_for_a_gat1049_mode() -> None:
    counters = SignalCounters()
    assert [OPENATC.mode(sent, counters) for sent in ("5", "6", "9", "21")] == [Mode.FIXED, Mode.ACTUATED, Mode.ADAPTIVE, FOREIGN + 21]
    assert counters.unknown_modes == {"21": 1}
    assert [GBT20999.mode(sent, counters) for sent in ("11", "14", "22", "33")] == [21, 23, 22, 11]
    assert sorted(VENDORS) == ["gat1049", "gbt20999", "maxtime", "openatc", "siemens"]


def test_a_declared_table_is_toml_or_json() -> None:
    table = parse_vendor_codes(TOML.encode(), "v.toml")
    modes, events = {"5": 21, "6": 22, "8": -1}, {"316": 100009}
    truths = {"own_modes": True, "hourly_volumes": False}
    as_json = {"name": "example", **truths, "known": [[300, 320], 400], "modes": modes, "events": events}
    assert parse_vendor_codes(json.dumps(as_json).encode(), "v.json") == table
    assert not table.hourly_volumes
    counters = SignalCounters()
    assert table.apply(codes(316, 310, 400, 401), counters).code.tolist() == [100009, 310, 400, 401]
    assert [table.mode(sent, counters) for sent in ("5", "6", "8", "23")] == [21, 22, -1, FOREIGN + 23]
    assert (counters.unknown_codes, counters.unknown_modes) == ({"401": 1}, {"23": 1})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "v, name: is missing"),
        ("name = 1", "v, name: is missing"),
        ("name = ", "v: is neither TOML nor JSON"),
        ('name = "a"\nmodess = 1', "v, modess: is no field of a vendor's table"),
        ('name = "a"\nmodes = 1', "v, modes: is no table"),
        ('name = "a"\n[modes]\n5 = 77', "v, modes.5: is no control mode of GA/T 1049.2: 77"),
        ('name = "a"\n[modes]\n5 = true', "v, modes.5: is no control mode of GA/T 1049.2: True"),
        ('name = "a"\n[events]\nx = 1', "v, events: is no event code: 'x'"),
        ('name = "a"\n[events]\n5 = -1', "v, events: is no event code: -1"),
        ('name = "a"\nknown = 5', "v, known: is no list"),
        ('name = "a"\nknown = [[5, 1]]', r"v, known: is neither a code nor \[first, last\]: \[5, 1\]"),
        ('name = "a"\nown_modes = 1', "v, own_modes: is neither true nor false"),
    ],
)
def test_what_is_wrong_with_a_declared_table_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(FeedError, match=f"^{sentence}"):
        parse_vendor_codes(text.encode(), "v")
