"""A small inventory: what its detectors say of lanes and phases."""

from __future__ import annotations

import numpy as np

from signals.inventory import Inventory


def inventory(detectors: list[tuple[int, str, tuple[int, ...]]], approaches: list[int], intersections: int = 1) -> Inventory:
    """Detectors as (approach, lane, phases); the intersection of each approach."""
    unknown = np.full(intersections, -1, np.int32)
    starts = np.cumsum([0, *(len(phases) for _, _, phases in detectors)])
    return Inventory(
        device_ids=["d"], intersection_ids=[f"j{k}" for k in range(intersections)], device=unknown,
        grade=np.zeros(intersections, np.int8), declared_mode=unknown, lat=np.zeros(intersections), lon=np.zeros(intersections),
        approach_ids=[f"a{k}" for k in range(len(approaches))], approach_intersection=np.array(approaches, np.int32),
        detector_approach=np.array([a for a, _, _ in detectors], np.int32), detector_lane=[lane for _, lane, _ in detectors],
        detector_phase_start=starts.astype(np.int32),
        detector_phase=np.array([phase for _, _, phases in detectors for phase in phases], np.int32),
    )  # fmt: skip
