"""Small inventories for tests of signals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from signals.inventory import Inventory


def crossings(modes: Mapping[str, int], grade: int = 11) -> Inventory:
    """Intersections by id with their declared modes; each has a controller of its own, `c-` and its id."""
    many = len(modes)
    return Inventory(
        device_ids=[f"c-{name}" for name in modes],
        intersection_ids=list(modes),
        device=np.arange(many, dtype=np.int32),
        grade=np.full(many, grade, np.int8),
        declared_mode=np.array(list(modes.values()), np.int32),
        lat=np.full(many, 30.5),
        lon=np.full(many, 114.3),
    )


def graded(grades: Sequence[int], modes: Sequence[int] | None = None) -> Inventory:
    """Intersections `0`, `1`, … of these grades."""
    many = len(grades)
    return Inventory(
        device_ids=[],
        intersection_ids=[str(k) for k in range(many)],
        device=np.full(many, -1, np.int32),
        grade=np.array(grades, np.int8),
        declared_mode=np.array([-1] * many if modes is None else modes, np.int32),
        lat=np.full(many, np.nan),
        lon=np.full(many, np.nan),
    )


def full() -> Inventory:
    """Every column filled, with unknown values in most."""
    return Inventory(
        device_ids=["c1", "c2"],
        intersection_ids=["x1", "x2", "x3"],
        device=np.array([0, 0, -1], np.int32),
        grade=np.array([11, 22, 0], np.int8),
        declared_mode=np.array([23, 21, -1], np.int32),
        lat=np.array([30.5, 30.6, np.nan]),
        lon=np.array([114.3, 114.4, np.nan]),
        names=["中山路 – 解放路", "", "第三路口"],
        approach_ids=["a1", "a2", "a3"],
        approach_intersection=np.array([0, 0, 1], np.int32),
        approach_lat=np.array([30.1, 30.2, np.nan]),
        approach_lon=np.array([114.1, 114.2, np.nan]),
        approach_bearing=np.array([90.0, 270.0, np.nan]),
        detector_device=np.array([0, 0, 1], np.int32),
        detector_channel=np.array([1, 2, 1], np.int32),
        detector_approach=np.array([0, -1, 2], np.int32),
        detector_lane=["l1", "", "l3"],
        detector_type=np.array([1, 2, 0], np.uint8),
        detector_distance=np.array([60.0, 0.5, np.nan]),
        detector_phase_start=np.array([0, 2, 2, 3], np.int32),
        detector_phase=np.array([2, 6, 4], np.int32),
        camera_ids=["e1", "e2", "e3"],
        camera_approach=np.array([0, -1, -1], np.int32),
        camera_intersection=np.array([0, 1, -1], np.int32),
        camera_seen=np.array([1.7e9, np.nan, 1.6e9]),
    )


def plain(inventory: Inventory) -> dict[str, list[object]]:
    """Every field as a list, NaN as None, so that two can be compared."""
    found = {}
    for name in Inventory.__dataclass_fields__:
        values = list(np.asarray(getattr(inventory, name)).tolist())
        found[name] = [None if value != value else value for value in values]
    return found
