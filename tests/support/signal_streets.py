"""Small inventories and random event streams that tests of the measures share."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from signals.inventory import Inventory
from signals.kernels.columns import EventColumns
from signals.measures_parameters import MeasureParameters
from signals.model import DetectorType
from tests.support.naive_measures import Detector

Q = MeasureParameters(bin=60_000)
T0 = 1_772_463_120_000
"""2026-03-02 22:52 +08:00: silences of 300 s are allowed, from 23:00 on 900 s"""
SMALL = [
    Detector(1, (1,), 0, False, 4317), Detector(2, (1,), 0, True, 0), Detector(3, (1,), 0, True, 0),
    Detector(4, (2, 1), 1, False, 0), Detector(5, (2,), 1, True, 0),
]  # fmt: skip


def inventory_of(detectors: list[Detector], devices: int = 1, q: MeasureParameters = Q) -> Inventory:
    """Every device has the same detectors; distances are such that `shift` comes out."""
    approaches = max((one.approach for one in detectors), default=-1) + 1
    all_of = [(d, one) for d in range(devices) for one in detectors]
    kinds = [DetectorType.STOPBAR if one.stopbar else DetectorType.ADVANCE for _, one in all_of]
    return Inventory(
        device_ids=[f"D{d}" for d in range(devices)],
        intersection_ids=[f"J{d}" for d in range(devices)],
        device=np.arange(devices, dtype=np.int32),
        grade=np.full(devices, 11, np.int8),
        declared_mode=np.full(devices, 22, np.int32),
        lat=np.full(devices, 36.7), lon=np.full(devices, 117.5),
        approach_ids=[f"A{a}" for a in range(approaches * devices)],
        approach_intersection=np.repeat(np.arange(devices, dtype=np.int32), approaches),
        detector_device=np.array([d for d, _ in all_of], np.int32),
        detector_channel=np.array([one.channel for _, one in all_of], np.int32),
        detector_approach=np.array([d * approaches + one.approach for d, one in all_of], np.int32),
        detector_lane=[f"{d}-{one.channel}" for d, one in all_of],
        detector_type=np.array(kinds, np.uint8),
        detector_distance=np.array([one.shift * q.approach_speed / 1000.0 for _, one in all_of]),
        detector_phase_start=np.concatenate(([0], np.cumsum([len(one.phases) for _, one in all_of]))).astype(np.int32),
        detector_phase=np.array([p for _, one in all_of for p in one.phases], np.int32),
    )  # fmt: skip


def columns(events: list[tuple[int, int, int, int]]) -> EventColumns:
    """(time, device, code, parameter) as columns, in the order given."""
    rows: Any = np.array(events, np.int64).reshape(-1, 4)
    return EventColumns(rows[:, 0].copy(), *(rows[:, k].astype(np.int32) for k in (1, 2, 3)))


STEPS = st.sampled_from([0, 0, 0, 100, 700, 1900, 2100, 3000, 4317, 5000, 7000, 11_000, 26_000, 61_000, 130_000, 310_000, 950_000])
PHASE_EVENTS = st.tuples(st.sampled_from([1, 1, 1, 7, 8, 8, 9, 10, 10, 11, 12]), st.integers(1, 3))
DETECTOR_EVENTS = st.tuples(st.sampled_from([81, 82, 82]), st.integers(1, 6))
OTHER_EVENTS = st.sampled_from([(181, 0), (182, 0), (184, 0), (31, 1), (150, 1), (316, 75), (60_000, 3)])
REQUESTS = st.tuples(st.sampled_from([4, 5, 6, 21, 22, 23, 43, 43, 44, 45, 90, 90]), st.integers(1, 2))
PRIORITY = st.sampled_from([(102, 1), (104, 1), (105, 1), (111, 1), (113, 1), (132, 40), (132, 0)])
FAULTS = st.tuples(st.sampled_from([83, 84, 85, 86, 87, 88]), st.integers(1, 3))
EVERYTHING = (PHASE_EVENTS, PHASE_EVENTS, DETECTOR_EVENTS, DETECTOR_EVENTS, OTHER_EVENTS, REQUESTS, PRIORITY, FAULTS)
GOOD_CYCLE = [(0, 1, 1), (14_000, 8, 1), (3_000, 10, 1), (1_000, 11, 1), (1_500, 1, 2), (9_000, 8, 2), (3_000, 9, 2), (0, 10, 2)]


@st.composite
def streams(draw: st.DrawFn, kinds: tuple[Any, ...] = (PHASE_EVENTS, DETECTOR_EVENTS, DETECTOR_EVENTS, OTHER_EVENTS), devices: int = 1,
            most: int = 60) -> list[tuple[int, int, int, int]]:  # fmt: skip
    """Random events, now and then an orderly cycle among them, so that rare successions come up as well as ordinary ones."""
    time, found = T0, []
    for _ in range(draw(st.integers(1, most))):
        device = draw(st.integers(0, devices - 1))
        if draw(st.integers(0, 5)) == 0:
            for step, code, phase in GOOD_CYCLE:
                time += step
                found.append((time, device, code, phase))
                if draw(st.booleans()):
                    found.append((time + draw(st.integers(0, 3000)), device, *draw(DETECTOR_EVENTS)))
        time += draw(STEPS)
        found.append((time, device, *draw(st.one_of(*kinds))))
    return found
