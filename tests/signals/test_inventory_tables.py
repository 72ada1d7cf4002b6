"""An inventory as tables, and back."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from signals.inventory_tables import Kind, Pool, Refusal, flatten, unflatten
from tests.support.inventories import crossings, full, plain


def test_every_column_of_an_inventory_comes_back() -> None:
    pool, whole = Pool(), full()
    assert all(len(values) for values in plain(whole).values()), "a new column is filled here, or it may be lost unseen"
    tables, refused = flatten(whole, pool)
    assert refused == ()
    assert plain(unflatten(tables, pool)) == plain(whole)


def test_columns_left_out_are_unknown() -> None:
    pool = Pool()
    bare = dataclasses.replace(crossings({"x": 22}), declared_mode=np.zeros(0, np.int32), lat=np.zeros(0), approach_ids=["a"])
    back = unflatten(flatten(bare, pool)[0], pool)
    assert back.declared_mode.tolist() == [-1]
    assert np.isnan(back.lat).all()
    assert back.approach_intersection.tolist() == [-1]
    assert np.isnan(back.approach_bearing).all()


def test_items_without_an_id_or_with_one_there_was_before_are_refused_and_named() -> None:
    pool = Pool()
    whole = full()
    doubtful = dataclasses.replace(
        whole, intersection_ids=["x1", "x1", ""], detector_device=np.array([0, 0, -1], np.int32),
        detector_channel=np.array([1, 1, 7], np.int32),
    )  # fmt: skip
    tables, refused = flatten(doubtful, pool)
    assert set(refused) == {
        Refusal(Kind.INTERSECTION, "x1", "duplicate_id"),
        Refusal(Kind.INTERSECTION, "", "no_id"),
        Refusal(Kind.DETECTOR, "c1:1", "duplicate_id"),
        Refusal(Kind.DETECTOR, ":7", "no_id"),
    }
    back = unflatten(tables, pool)
    assert back.intersection_ids == ["x1"]
    assert back.grade.tolist() == [11]
    assert back.detector_distance.tolist() == [60.0]


def test_a_column_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="intersection grade: 2 rows for 1 items"):
        flatten(dataclasses.replace(crossings({"x": 22}), grade=np.array([11, 12], np.int8)), Pool())
