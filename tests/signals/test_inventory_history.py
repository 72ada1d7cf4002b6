"""The inventory of any date, as it is known now and as it was known then."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.inventory import Inventory
from signals.inventory_history import ALL_KINDS, Action, Import, InventoryHistory, Later
from signals.inventory_spans import FOREVER, ids_of, rows_at, spans_now, spans_of
from signals.inventory_tables import Kind
from tests.support.inventories import crossings, full, plain
from tests.support.naive_inventory_history import NaiveHistory

DAYS = 12
IMPORTS = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from("abc"), st.sampled_from([21, 22, 23])), st.integers(0, DAYS - 1),
        st.none() | st.integers(1, 6), st.booleans(),
    ),
    min_size=1, max_size=7,
)  # fmt: skip


def modes(inventory: Inventory) -> dict[str, int]:
    return dict(zip(inventory.intersection_ids, inventory.declared_mode.tolist()))


def told(valid_from: int, recorded: int, valid_to: int | None = None) -> Import:
    return Import(valid_from, recorded, "李工", "每月核对", "list.csv", valid_to)


@settings(max_examples=100, deadline=None)
@given(IMPORTS)
def test_every_day_is_as_its_twin_has_it_whenever_one_asks(imports: list[tuple[dict[str, int], int, int | None, bool]]) -> None:
    history, naive = InventoryHistory(), NaiveHistory(DAYS + 8, "abc")
    for number, (stated, start, length, complete) in enumerate(imports):
        end = None if length is None else start + length
        kinds = ALL_KINDS if complete else frozenset[Kind]()
        history = history.record(crossings(stated), told(start, 100 + number, end), kinds).history
        naive.record(stated, start, end, complete)
    for number in range(len(imports) + 1):
        known_at = 99 + number
        spans = spans_of(history, known_at)
        for day in range(DAYS + 8):
            wanted = naive.at(day, number)
            assert modes(history.at(day, known_at)) == wanted, (day, number)
            rows = rows_at(spans, day)
            assert dict(zip(ids_of(spans, rows), spans.declared_mode[rows].tolist())) == wanted
    assert modes(history.at(5)) == modes(history.at(5, 10_000))


def test_a_correction_back_in_time_is_known_now_and_was_not_then() -> None:
    march, april, may = 3, 4, 5
    history = InventoryHistory().record(crossings({"a": 21}), told(march, march)).history
    history = history.record(crossings({"a": 23}), told(may, may)).history
    done = history.record(crossings({"a": 22}), told(april, 9))
    assert modes(done.history.at(april)) == {"a": 22}
    assert modes(done.history.at(april, known_at=8)) == {"a": 21}
    assert modes(done.history.at(may)) == {"a": 23}, "a change already known of later stays"
    assert done.later == (Later(Kind.INTERSECTION, "a", may),)
    assert modes(done.history.at(2)) == {}
    assert done.history.instants(march, may).tolist() == [march, april]
    assert done.history.instants(march, may, known_at=8).tolist() == [march]


def test_of_several_imports_of_one_day_the_last_holds_and_all_are_kept() -> None:
    history = InventoryHistory()
    for recorded, mode in ((10, 21), (10, 22), (11, 23)):
        history = history.record(crossings({"a": mode}), told(0, recorded)).history
    assert modes(history.at(0)) == {"a": 23}
    assert modes(history.at(0, known_at=10)) == {"a": 22}
    assert len(history.imports) == 3
    assert spans_of(history).end.tolist() == [FOREVER]


def test_counts_say_what_an_import_did_and_repeating_it_does_nothing() -> None:
    first = InventoryHistory().record(full(), told(0, 0))
    assert first.counts[Kind.INTERSECTION, Action.ADDED] == 3
    again = first.history.record(full(), told(1, 1))
    assert again.counts == {}
    assert plain(again.history.at(1)) == plain(full())
    fewer = dataclasses.replace(
        full(), camera_ids=["e1"], camera_approach=np.array([0], np.int32), camera_intersection=np.array([0], np.int32),
        camera_seen=np.array([1.8e9]), grade=np.array([11, 21, 0], np.int8),
    )  # fmt: skip
    third = again.history.record(fewer, told(2, 2))
    assert third.counts == {
        (Kind.INTERSECTION, Action.CHANGED): 1, (Kind.CAMERA, Action.CLOSED): 2, (Kind.CAMERA, Action.SEEN): 1,
    }  # fmt: skip
    assert third.history.at(2).camera_seen.tolist() == [1.8e9]
    assert third.history.at(1).camera_ids == ["e1", "e2", "e3"]
    earlier = dataclasses.replace(fewer, camera_seen=np.array([np.nan]))
    assert third.history.record(earlier, told(3, 3)).history.at(3).camera_seen.tolist() == [1.8e9]


def test_a_reference_to_an_item_that_is_closed_is_unknown() -> None:
    history = InventoryHistory().record(full(), told(0, 0)).history
    one = crossings({"x2": 21})
    history = history.record(one, told(1, 1), {Kind.INTERSECTION}).history
    now = history.at(1)
    assert now.intersection_ids == ["x2"]
    assert now.approach_intersection.tolist() == [-1, -1, 0]
    assert now.camera_intersection.tolist() == [-1, 0, -1]


def test_an_import_told_before_the_last_or_that_ends_before_it_begins_is_an_error() -> None:
    history = InventoryHistory().record(full(), told(0, 10)).history
    with pytest.raises(ValueError, match="cannot follow one recorded at 10"):
        history.record(full(), told(0, 9))
    with pytest.raises(ValueError, match="cannot end at 5"):
        history.record(full(), told(5, 11, 5))


def test_the_spans_of_one_inventory_are_always() -> None:
    spans = spans_now(crossings({"a": 22}, grade=31))
    assert rows_at(spans, -(10**17)).tolist() == rows_at(spans, 10**17).tolist() == [0]
    assert spans.grade.tolist() == [31]
