"""What an import changed, in the words of people."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from signals.inventory_changes import FieldChange, changes_of
from signals.inventory_history import Action, Import, InventoryHistory
from signals.inventory_tables import Kind
from tests.support.inventories import crossings, full


def test_changes_name_item_field_before_and_after() -> None:
    history = InventoryHistory().record(full(), Import(10, 20, "李工", "建账")).history
    moved = dataclasses.replace(
        full(), device=np.array([1, 0, -1], np.int32), grade=np.array([11, 0, 0], np.int8),
        detector_lane=["l1", "l2", "l3"], detector_channel=np.array([1, 2, 9], np.int32),
    )  # fmt: skip
    history = history.record(moved, Import(11, 21, "王工", "换机")).history
    found = {(one.kind, one.id): one for one in changes_of(history, 1)}
    assert found[Kind.INTERSECTION, "x1"].fields == (FieldChange("device", "c1", "c2"),)
    assert found[Kind.INTERSECTION, "x2"].fields == (FieldChange("grade", 22, None),)
    assert found[Kind.DETECTOR, "c1:2"].fields == (FieldChange("lane", None, "l2"),)
    closed, added = found[Kind.DETECTOR, "c2:1"], found[Kind.DETECTOR, "c2:9"]
    assert closed.action is Action.CLOSED
    assert FieldChange("phases", "4", None) in closed.fields
    assert added.action is Action.ADDED
    assert FieldChange("channel", None, 9) in added.fields
    assert {one.valid_from for one in found.values()} == {11}
    assert {history.imports[one.number].who for one in found.values()} == {"王工"}
    assert len(found) == 5


def test_every_item_of_the_first_import_is_added_and_an_import_that_is_not_there_is_an_error() -> None:
    history = InventoryHistory().record(full(), Import(10, 20, "李工", "建账")).history
    assert {one.action for one in changes_of(history, 0)} == {Action.ADDED}
    assert sum(1 for _ in changes_of(history, 0)) == 2 + 3 + 3 + 3 + 3
    with pytest.raises(IndexError):
        list(changes_of(history, 1))


def test_a_correction_with_an_end_shows_both_of_its_sides() -> None:
    history = InventoryHistory().record(crossings({"a": 21}), Import(0, 0, "", "")).history
    history = history.record(crossings({"a": 22, "b": 23}), Import(5, 9, "", "", valid_to=7)).history
    found = [(one.id, one.action, one.valid_from) for one in changes_of(history, 1) if one.kind is Kind.INTERSECTION]
    assert found == [
        ("a", Action.CHANGED, 5), ("b", Action.ADDED, 5), ("a", Action.CHANGED, 7), ("b", Action.CLOSED, 7),
    ]  # fmt: skip
