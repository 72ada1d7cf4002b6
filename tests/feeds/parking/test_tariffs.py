"""The reader of tariff files: what its own documentation shows is read, every fault is one sentence that names its place."""

from __future__ import annotations

import textwrap

import pytest

import feeds.parking.tariffs as module
from feeds.errors import FeedError
from feeds.parking.tariffs import read_tariffs
from parking.pricing import price, total
from parking.records import Interval
from parking.tariffs import Vehicle

SHOWN = textwrap.dedent("    [[tariffs]]" + (module.__doc__ or "").partition("    [[tariffs]]")[2].partition("A file with")[0])
MORNING = 1_772_413_200  # 2026-03-02 09:00 in Shanghai
TINY = '{"tariffs": [{"id": "a", "name": "A", "bands": [{"name": "all", "steps": [{"fen": %s}]}]}]}'


def test_the_file_in_the_documentation_is_read_and_prices_a_stay() -> None:
    (tariff,) = read_tariffs(SHOWN.encode(), "tariffs.toml")
    stay = Interval(MORNING, MORNING + 5_400)
    assert total(price(tariff, stay, "Asia/Shanghai")) == 700
    assert total(price(tariff, stay, "Asia/Shanghai", Vehicle.NEV)) == 0


def test_json_says_the_same() -> None:
    (tariff,) = read_tariffs((TINY % 300).encode(), "tariffs.JSON")
    assert tariff.bands[0].steps[0].fen == 300


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("t.json", (TINY % '"3"').encode(), "t.json, tariffs/0/bands/0/steps/0/fen: Expected int, got str"),
        ("t.json", (TINY % -3).encode(), "t.json, tariffs/0/bands/0/steps/0: is negative (tariff 'a')"),
        ("t.json", b'{"tarifs": []}', "t.json: Object contains unknown field tarifs"),
        ("t.json", b"{", "t.json: cannot be read: input data was truncated"),
        ("t.toml", b"a = \nb = 1\n", "t.toml, line 1: cannot be read: invalid value"),
        ("t.toml", b"\xff", "t.toml: is not UTF-8 text"),
        ("t.json", b'{"tariffs": [{"id": "", "name": "A", "bands": []}]}', "t.json, tariffs/0/id: is empty (tariff '')"),
        ("t.toml", SHOWN.encode() * 2, "t.toml, tariffs/1/id: 'centre' is used twice"),
    ],
)
def test_a_fault_is_one_sentence(name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(FeedError) as refused:
        read_tariffs(content, name)
    assert str(refused.value) == sentence
