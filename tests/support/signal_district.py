"""A small inventory of signals, and events written by hand."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from signals.inventory import Inventory
from signals.kernels.columns import EventColumns

START = 1_777_248_000_000
"""epoch ms: 2026-04-27 08:00 in Shanghai, a Monday"""


def inventory(devices: int = 3) -> Inventory:
    """Controllers D0, D1, …; D0 holds two intersections J0a and J0b, every other one J1, J2, …

    Each has one approach of its own with an advance detector on channel 1 and a stop bar detector on channel 2, both calling phase 2.
    """
    names = ["J0a", "J0b", *(f"J{k}" for k in range(1, devices))]
    device = np.array([0, 0, *range(1, devices)], np.int32)
    count = len(names)
    approaches = np.arange(count, dtype=np.int32)
    of_detector = np.repeat(approaches, 2)
    channels = np.tile(np.array([1, 2], np.int32), count)
    channels[2:4] += 2  # J0b shares its controller with J0a
    return Inventory(
        device_ids=[f"D{k}" for k in range(devices)], intersection_ids=names, device=device,
        grade=np.full(count, 11, np.int8), declared_mode=np.full(count, 22, np.int32),
        lat=36.7 + 0.001 * np.arange(count), lon=117.5 + 0.001 * np.arange(count), names=[f"{name} 路口" for name in names],
        approach_ids=[f"{name}-E" for name in names], approach_intersection=approaches,
        approach_lat=36.7 + 0.001 * np.arange(count), approach_lon=117.5 + 0.001 * np.arange(count),
        approach_bearing=np.full(count, 90.0),
        detector_device=device[of_detector], detector_channel=channels, detector_approach=of_detector,
        detector_lane=["1"] * (2 * count), detector_type=np.tile(np.array([1, 2], np.uint8), count),
        detector_distance=np.tile([60.0, 0.0], count), detector_phase_start=np.arange(2 * count + 1, dtype=np.int32),
        detector_phase=np.full(2 * count, 2, np.int32),
    )  # fmt: skip


def events(rows: Iterable[tuple[float, int, int, int]]) -> EventColumns:
    """Of (seconds after START, device, code, parameter)."""
    time, device, code, parameter = zip(*rows)
    return EventColumns(
        START + np.rint(np.array(time) * 1000).astype(np.int64), np.array(device, np.int32), np.array(code, np.int32),
        np.array(parameter, np.int32),
    )  # fmt: skip
