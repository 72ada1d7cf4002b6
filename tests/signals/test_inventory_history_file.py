"""The inventory's history as a file."""

from __future__ import annotations

import contextlib
import io
import random

import numpy as np
import pytest

from signals.errors import HistoryFileError
from signals.inventory_history import Import, InventoryHistory
from signals.inventory_history_file import inventory_history_from_bytes, inventory_history_to_bytes, packed_json
from signals.state_history import StateHistory
from signals.state_history_file import state_history_to_bytes
from tests.support.inventories import crossings, full, plain


def history() -> InventoryHistory:
    first = InventoryHistory().record(full(), Import(0, 10, "李工", "建账", "a.csv")).history
    return first.record(crossings({"x2": 22, "x9": 23}), Import(5, 11, "", "", valid_to=9)).history


def test_a_history_comes_back_whole_and_goes_on() -> None:
    one = history()
    data = inventory_history_to_bytes(one)
    back = inventory_history_from_bytes(data, "inventory.npz")
    assert back.imports == one.imports
    assert inventory_history_to_bytes(back) == data
    for time in (-1, 0, 5, 9):
        assert plain(back.at(time)) == plain(one.at(time))
    more = Import(12, 12, "", "")
    assert plain(back.record(full(), more).history.at(12)) == plain(one.record(full(), more).history.at(12))


def altered(**arrays: np.ndarray) -> bytes:
    with np.load(io.BytesIO(inventory_history_to_bytes(history()))) as found:
        columns = {name: found[name] for name in found.files} | arrays
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **columns)
    return buffer.getvalue()


def changed(name: str, first: int) -> bytes:
    """The file with another number in the first row of a column."""
    with np.load(io.BytesIO(inventory_history_to_bytes(history()))) as found:
        column = found[name].copy()
    column[0] = first
    return altered(**{name: column})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is not a history of the inventory or is damaged"),
        (b"PK\x03\x04 no zip", "is not a history of the inventory or is damaged"),
        (state_history_to_bytes(StateHistory()), "x.npz: is not a history of the inventory$"),
        (altered(meta=packed_json({"kind": "inventory", "format": 99})), "has format 99, this program reads 1"),
        (changed("approach.key", 10**6), "rows of approach do not fit together"),
        (changed("intersection.name", -1), "rows of intersection do not fit together"),
        (changed("camera.number", 7), "rows of camera do not fit together"),
        (changed("controller.action", 9), "rows of controller do not fit together"),
        (changed("detector.valid_from", 10**6), "rows of detector do not fit together"),
        (altered(**{"controller.action": np.zeros(1, np.uint8)}), "the columns of controller have different lengths"),
    ],
)
def test_other_bytes_are_refused_with_a_sentence(data: bytes, reason: str) -> None:
    with pytest.raises(HistoryFileError, match=reason) as error:
        inventory_history_from_bytes(data, "x.npz")
    assert "\n" not in str(error.value)


def test_damaged_bytes_are_refused_or_read_but_never_crash() -> None:
    data, rng = inventory_history_to_bytes(history()), random.Random(1)
    for _ in range(200):
        broken = bytearray(data)
        for _ in range(rng.randint(1, 4)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        with contextlib.suppress(HistoryFileError):
            inventory_history_from_bytes(bytes(broken[: rng.randint(len(data) // 2, len(data))]), "x").at(5)
