"""Lists of intersections: an inventory is one, costs are one, and wrong rows are left out with their line."""

from __future__ import annotations

import io

import numpy as np
import pytest

from feeds.errors import FeedError
from feeds.signals.siting_inputs import read_intersections


def test_an_inventory_is_a_list_and_its_modes_say_what_is_equipped() -> None:
    text = "device_id,intersection_id,grade,declared_mode,lat,lon\nd1,A,11,23,36.7,117.5\nd1,B,99,21,,\nd2,C,,41,36.8,117.6\n"
    table, counters = read_intersections(io.BytesIO(text.encode()))
    assert (table.ids, counters.accepted) == (("A", "B", "C"), 3)
    assert table.grade.tolist() == [11, 0, 0]
    assert table.equipped == (True, False, False)
    assert np.isnan(table.lat).tolist() == [False, True, False]
    assert np.isnan(table.gain).all()


def test_gains_delays_costs_names_and_equipment_are_read() -> None:
    text = (
        "intersection_id,name,gain_s,bus_delay_person_s,cost,equipped,declared_mode\n"
        "A,百脉泉街,4.5,900,20,0,23\nB,,,,,1,\nC,,0,0,,,\n"
    )
    table, _ = read_intersections(io.BytesIO(text.encode()))
    assert table.names == ("百脉泉街", "", "")
    assert table.equipped == (False, True, False)
    assert table.gain.tolist()[::2] == [4.5, 0.0]
    assert np.isnan(table.gain[1])
    assert (table.bus_delay[0], table.cost[0]) == (900.0, 20.0)


def test_wrong_rows_are_counted_with_their_line() -> None:
    text = "intersection_id,cost\nA,5\n,5\nA,6\nB,0\nC,\nD,dear\nE,2\n"
    table, counters = read_intersections(io.BytesIO(text.encode()), costs=True)
    assert (table.ids, table.cost.tolist()) == (("A", "E"), [5.0, 2.0])
    assert counters.refused == {
        "cost_not_a_number": 1, "intersection_id_missing": 1, "intersection_id_repeated": 1, "cost_impossible": 2,
    }  # fmt: skip
    assert "-, line 4, intersection_id: A came before" in [str(one) for one in counters.examples]


@pytest.mark.parametrize(
    ("text", "costs", "sentence"),
    [
        ("tls_id,lat,lon\n1,2,3\n", False, "-, line 1, intersection_id: the column is missing"),
        ("intersection_id\nA\n", True, "-, line 1, cost: the column is missing"),
        ("intersection_id,cost\nA,\n", True, "-: has no usable intersection"),
    ],
)
def test_a_file_that_cannot_be_used_ends_with_one_sentence(text: str, costs: bool, sentence: str) -> None:
    with pytest.raises(FeedError) as wrong:
        read_intersections(io.BytesIO(text.encode()), costs)
    assert str(wrong.value) == sentence
