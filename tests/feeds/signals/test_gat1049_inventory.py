"""Intersections as a signal system lists them."""

from __future__ import annotations

from pathlib import Path

import pytest

from feeds.errors import FeedError
from feeds.signals.counters import SignalCounters
from feeds.signals.gat1049_inventory import read_crosses
from feeds.signals.inventory_files import read_inventory
from tests.support.gat1049 import CONTROLLER, CROSS, OTHER, STATE, message

CROSSES = f"""
<CrossParam>
  <CrossID>{CROSS}</CrossID><CrossName>双山大街-唐王山路</CrossName><Feature>14</Feature><Grade>11</Grade>
  <DetNoList><DetNo>1</DetNo><DetNo>2</DetNo></DetNoList><LaneNoList><LaneNo>1</LaneNo></LaneNoList>
  <Longitude>117.53</Longitude><Latitude>36.71</Latitude>
</CrossParam>
<CrossParam><CrossID>{OTHER}</CrossID><CrossName>双山大街-铁道北路</CrossName><Grade>99</Grade></CrossParam>
<CrossParam><CrossID>37018180000103</CrossID><Grade>22</Grade></CrossParam>
<CrossParam><CrossID>{CROSS}</CrossID></CrossParam>"""
CONTROLLERS = f"""
<SignalController>
  <SignalControlerID>{CONTROLLER}</SignalControlerID><Supplier>某厂</Supplier>
  <CrossIDList><CrossID>{CROSS}</CrossID><CrossID>{OTHER}</CrossID></CrossIDList>
</SignalController>"""


def test_a_signal_systems_own_list_is_an_inventory(tmp_path: Path) -> None:
    (tmp_path / "crosses.xml").write_text(message(CROSSES, kind="RESPONSE") + message(CONTROLLERS, kind="RESPONSE"), encoding="utf-8")
    counters, heard = SignalCounters(), list[int]()
    inventory = read_inventory(tmp_path / "crosses.xml", counters=counters, progress=heard.append)
    assert inventory.intersection_ids == (CROSS, OTHER, "37018180000103")
    assert (inventory.device_ids, inventory.device.tolist()) == ((CONTROLLER,), [0, 0, -1])
    assert inventory.grade.tolist() == [11, 0, 22]
    assert inventory.names == ("双山大街-唐王山路", "双山大街-铁道北路", "")
    assert (inventory.lat[0], inventory.lon[0], heard) == (36.71, 117.53, [4])
    assert counters.refused == {"intersection_id_duplicate": 1}
    assert counters.left_unknown == {"grade_unknown_word": 1}
    assert str(counters.examples[0]).startswith(f"{tmp_path / 'crosses.xml'}, CrossParam 2, grade: ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (message(STATE), "x.xml, CrossParam: is not in any message"),
        ("<Message>", "x.xml: is not XML"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><Message/>", "x.xml: declares a document type"),
        ("", "x.xml: is empty"),
    ],
)
def test_a_file_that_is_none_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(FeedError, match=f"^{sentence}"):
        read_crosses(text.encode(), "x.xml")


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"none.xml: does not exist"):
        read_inventory(tmp_path / "none.xml")
