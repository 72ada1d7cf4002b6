"""The inventory as it stands at one date: controllers, intersections, approaches, detectors and e-police points as columns.

Rows of one kind are numbered from 0 and referred to by number. One controller may hold several intersections. What an inventory was
on an earlier date is `signals.inventory_history`'s matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from signals.kernels.columns import F64, I8, I32, U8


def _i32() -> I32:
    return np.zeros(0, np.int32)


def _f64() -> F64:
    return np.zeros(0, np.float64)


def _u8() -> U8:
    return np.zeros(0, np.uint8)


@dataclass(frozen=True)
class Inventory:
    """All rows of one date. Unknown: -1 in rows and numbers, NaN in coordinates and distances, "" in texts, 0 in grades and types."""

    device_ids: Sequence[str]
    """[D] controllers"""
    intersection_ids: Sequence[str]
    """[J]"""
    device: I32
    """[J] the intersection's controller; -1: it has no signal controller known to us"""
    grade: I8
    """[J] `signals.model.Grade`"""
    declared_mode: I32
    """[J] GA/T 1049.2 control mode that the list declares; -1 unknown"""
    lat: F64
    """[J] WGS-84 degrees"""
    lon: F64
    names: Sequence[str] = ()
    """[J] or empty"""
    approach_ids: Sequence[str] = ()
    """[A]"""
    approach_intersection: I32 = field(default_factory=_i32)
    """[A]"""
    approach_lat: F64 = field(default_factory=_f64)
    """[A] the stop line"""
    approach_lon: F64 = field(default_factory=_f64)
    approach_bearing: F64 = field(default_factory=_f64)
    """[A] degrees from north in which vehicles drive towards the intersection"""
    detector_device: I32 = field(default_factory=_i32)
    """[K]"""
    detector_channel: I32 = field(default_factory=_i32)
    """[K] unique within its controller"""
    detector_approach: I32 = field(default_factory=_i32)
    """[K]"""
    detector_lane: Sequence[str] = ()
    """[K]"""
    detector_type: U8 = field(default_factory=_u8)
    """[K] `signals.model.DetectorType`"""
    detector_distance: F64 = field(default_factory=_f64)
    """[K] m upstream of the stop line"""
    detector_phase_start: I32 = field(default_factory=lambda: np.zeros(1, np.int32))
    """[K+1] the phases that detector k calls are `detector_phase[detector_phase_start[k]:detector_phase_start[k + 1]]`"""
    detector_phase: I32 = field(default_factory=_i32)
    camera_ids: Sequence[str] = ()
    """[E] e-police points (电子警察)"""
    camera_approach: I32 = field(default_factory=_i32)
    """[E] -1: the approach is not known"""
    camera_intersection: I32 = field(default_factory=_i32)
    """[E]"""
    camera_seen: F64 = field(default_factory=_f64)
    """[E] epoch s when it was last known to work; NaN never"""

    @cached_property
    def device_index(self) -> dict[str, int]:
        """Row of each controller."""
        return {name: row for row, name in enumerate(self.device_ids)}

    @cached_property
    def intersection_index(self) -> dict[str, int]:
        """Row of each intersection."""
        return {name: row for row, name in enumerate(self.intersection_ids)}

    @cached_property
    def approach_index(self) -> dict[str, int]:
        """Row of each approach."""
        return {name: row for row, name in enumerate(self.approach_ids)}

    def phases_of(self, detector: int) -> I32:
        """Phases that a detector calls."""
        return self.detector_phase[self.detector_phase_start[detector] : self.detector_phase_start[detector + 1]]
