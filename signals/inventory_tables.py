"""An inventory as five tables whose items are known by their ids, so that two of them can be compared; and back.

Texts (ids, names, lanes, phases) are numbers in one growing pool, 0 is "". A reference to an item is the code of its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from signals.inventory import Inventory
from signals.kernels.columns import I32

Table = dict[str, NDArray[Any]]


class Kind(IntEnum):
    """What the items of a table are."""

    CONTROLLER = 0
    INTERSECTION = 1
    APPROACH = 2
    DETECTOR = 3
    CAMERA = 4

    @property
    def word(self) -> str:
        """The wire word: `controller`, `intersection`, …"""
        return self.name.lower()


SCHEMA: dict[Kind, dict[str, DTypeLike]] = {
    Kind.CONTROLLER: {},
    Kind.INTERSECTION: {
        "device": np.int32, "grade": np.int8, "declared_mode": np.int32, "lat": np.float64, "lon": np.float64, "name": np.int32,
    },
    Kind.APPROACH: {"intersection": np.int32, "lat": np.float64, "lon": np.float64, "bearing": np.float64},
    Kind.DETECTOR: {
        "device": np.int32, "channel": np.int32, "approach": np.int32, "lane": np.int32, "type": np.uint8, "distance": np.float64,
        "phases": np.int32,
    },
    Kind.CAMERA: {"approach": np.int32, "intersection": np.int32, "seen": np.float64},
}  # fmt: skip
"""columns of each table beside `key`, the code of the item's id"""
TEXTS = frozenset({"device", "name", "intersection", "approach", "lane", "phases"})
"""columns that hold codes of the pool"""
_DETECTOR_KEY = "\x1f"
"""stands between controller and channel in a detector's key"""


class Refusal(NamedTuple):
    """An item that an inventory holds and a history cannot: told to whoever imports it."""

    kind: Kind
    id: str
    reason: str
    """`no_id` or `duplicate_id`"""


class Pool:
    """Texts by number. It only grows, so a reader's codes stay good."""

    def __init__(self, texts: Iterable[str] = ("",)) -> None:
        self.texts = list(texts)
        self._codes = {text: code for code, text in enumerate(self.texts)}

    def codes(self, texts: Iterable[str]) -> I32:
        """The number of each text; new ones get the next."""
        known, found = self._codes, []
        for text in texts:
            code = known.get(text)
            if code is None:
                code = known[text] = len(self.texts)
                self.texts.append(text)
            found.append(code)
        return np.array(found, np.int32)

    def take(self, codes: I32) -> list[str]:
        """The texts of codes."""
        return list(map(self.texts.__getitem__, codes.tolist()))


def flatten(inventory: Inventory, pool: Pool) -> tuple[dict[Kind, Table], tuple[Refusal, ...]]:
    """The tables of an inventory, each in order of key, and what had no id or one that was there before.

    Raises ValueError where a column has neither no rows nor as many as there are items.
    """
    ids: dict[Kind, I32] = {
        Kind.CONTROLLER: pool.codes(inventory.device_ids),
        Kind.INTERSECTION: pool.codes(inventory.intersection_ids),
        Kind.APPROACH: pool.codes(inventory.approach_ids),
    }
    devices = _named(ids[Kind.CONTROLLER], inventory.detector_device)
    keys = (f"{name}{_DETECTOR_KEY}{channel}" for name, channel in zip(pool.take(devices), inventory.detector_channel.tolist()))
    ids[Kind.DETECTOR] = pool.codes(keys)
    ids[Kind.CAMERA] = pool.codes(inventory.camera_ids)
    tables: dict[Kind, Table] = {}
    refused: list[Refusal] = []
    for kind, columns in _columns(inventory, pool, ids).items():
        table = {"key": ids[kind]} | {
            name: _filled(columns[name], len(ids[kind]), dtype, f"{kind.word} {name}") for name, dtype in SCHEMA[kind].items()
        }
        tables[kind] = _without_doubtful(kind, table, pool, refused)
    return tables, tuple(refused)


def unflatten(tables: dict[Kind, Table], pool: Pool) -> Inventory:
    """The inventory of tables. A reference to an item that is not there is unknown (-1)."""
    rows = {kind: _rows(tables[kind]["key"], len(pool.texts)) for kind in Kind}
    crossing, approach, detector, camera = (tables[kind] for kind in list(Kind)[1:])
    names = pool.take(crossing["name"]) if crossing["name"].any() else ()
    start, phase = _phases(detector["phases"], pool)
    return Inventory(
        device_ids=pool.take(tables[Kind.CONTROLLER]["key"]),
        intersection_ids=pool.take(crossing["key"]),
        device=rows[Kind.CONTROLLER][crossing["device"]],
        grade=crossing["grade"], declared_mode=crossing["declared_mode"], lat=crossing["lat"], lon=crossing["lon"], names=names,
        approach_ids=pool.take(approach["key"]),
        approach_intersection=rows[Kind.INTERSECTION][approach["intersection"]],
        approach_lat=approach["lat"], approach_lon=approach["lon"], approach_bearing=approach["bearing"],
        detector_device=rows[Kind.CONTROLLER][detector["device"]],
        detector_channel=detector["channel"],
        detector_approach=rows[Kind.APPROACH][detector["approach"]],
        detector_lane=pool.take(detector["lane"]), detector_type=detector["type"], detector_distance=detector["distance"],
        detector_phase_start=start, detector_phase=phase,
        camera_ids=pool.take(camera["key"]),
        camera_approach=rows[Kind.APPROACH][camera["approach"]],
        camera_intersection=rows[Kind.INTERSECTION][camera["intersection"]],
        camera_seen=camera["seen"],
    )  # fmt: skip


def item_name(kind: Kind, key: str) -> str:
    """The id that people know an item by: a detector's is `controller:channel`."""
    return key.replace(_DETECTOR_KEY, ":") if kind is Kind.DETECTOR else key


def empty_table(kind: Kind) -> Table:
    """No items."""
    return {"key": np.zeros(0, np.int32)} | {name: np.zeros(0, dtype) for name, dtype in SCHEMA[kind].items()}


def _columns(inventory: Inventory, pool: Pool, ids: dict[Kind, I32]) -> dict[Kind, dict[str, NDArray[Any]]]:
    one = inventory
    device, crossing, approach = (ids[kind] for kind in (Kind.CONTROLLER, Kind.INTERSECTION, Kind.APPROACH))
    phases = pool.codes(_phase_texts(one))
    return {
        Kind.CONTROLLER: {},
        Kind.INTERSECTION: {
            "device": _named(device, one.device), "grade": one.grade, "declared_mode": one.declared_mode,
            "lat": one.lat, "lon": one.lon, "name": pool.codes(one.names),
        },
        Kind.APPROACH: {
            "intersection": _named(crossing, one.approach_intersection),
            "lat": one.approach_lat, "lon": one.approach_lon, "bearing": one.approach_bearing,
        },
        Kind.DETECTOR: {
            "device": _named(device, one.detector_device), "channel": one.detector_channel,
            "approach": _named(approach, one.detector_approach), "lane": pool.codes(one.detector_lane),
            "type": one.detector_type, "distance": one.detector_distance, "phases": phases,
        },
        Kind.CAMERA: {
            "approach": _named(approach, one.camera_approach),
            "intersection": _named(crossing, one.camera_intersection), "seen": one.camera_seen,
        },
    }  # fmt: skip


def _named(codes: I32, rows: I32) -> I32:
    """The code of the item in each row; 0 where none is."""
    return np.append(codes, np.int32(0))[rows]


def _filled(column: NDArray[Any], items: int, dtype: DTypeLike, name: str) -> NDArray[Any]:
    """A column that is left out is unknown throughout."""
    if len(column) == items:
        return column.astype(dtype)
    if len(column):
        raise ValueError(f"{name}: {len(column)} rows for {items} items")
    missing = np.nan if np.dtype(dtype).kind == "f" else -1 if name.endswith("declared_mode") else 0
    return np.full(items, missing, dtype)


def _without_doubtful(kind: Kind, table: Table, pool: Pool, refused: list[Refusal]) -> Table:
    """In order of key; of items with one id the first is kept."""
    key = table["key"]
    order = np.argsort(key, kind="stable")
    again = np.zeros(len(key), bool)
    again[order[1:]] = key[order[1:]] == key[order[:-1]]
    nameless = key == 0
    if kind is Kind.DETECTOR:
        nameless = table["device"] == 0
    refused.extend(
        Refusal(kind, item_name(kind, pool.texts[key[row]]), "no_id" if nameless[row] else "duplicate_id")
        for row in np.flatnonzero(again | nameless).tolist()
    )
    kept = order[~(again | nameless)[order]]
    return {name: column[kept] for name, column in table.items()}


def _rows(keys: I32, texts: int) -> I32:
    """The row of each code, -1 where no item has it."""
    rows = np.full(texts, -1, np.int32)
    rows[keys] = np.arange(len(keys), dtype=np.int32)
    rows[0] = -1
    return rows


def _phase_texts(inventory: Inventory) -> list[str]:
    """`2+6` for each detector; "" where none is known."""
    start, phase = inventory.detector_phase_start.tolist(), inventory.detector_phase.tolist()
    if len(start) != len(inventory.detector_channel) + 1:
        return [""] * len(inventory.detector_channel)
    return ["+".join(map(str, phase[a:b])) for a, b in pairwise(start)]


def _phases(codes: I32, pool: Pool) -> tuple[I32, I32]:
    """(start [K+1], phases) of detectors."""
    different, which = np.unique(codes, return_inverse=True)
    lists: Sequence[list[int]] = [[int(one) for one in text.split("+") if one] for text in pool.take(different.astype(np.int32))]
    length = np.array([len(one) for one in lists], np.int32)
    start = np.zeros(len(codes) + 1, np.int32)
    np.cumsum(length[which] if len(codes) else [], out=start[1:])
    return start, np.array([phase for one in which.tolist() for phase in lists[one]], np.int32)
