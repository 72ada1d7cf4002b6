"""Detectors and e-police points of an inventory whose intersections and approaches are known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from feeds.recording_tables import Source
from feeds.signals.counters import SignalCounters
from feeds.signals.inventory_approaches import Approaches, intersection_of, refuse_intersection
from feeds.signals.inventory_rows import NAN, Progress, Row, Table, read_rows, shown, to_number
from feeds.signals.inventory_words import detector_type_of
from signals.inventory import Inventory
from signals.model import DetectorType

_DETECTORS = Table(
    ("device_id", "channel", "lane_id", "approach_id", "phases", "type", "distance_m", "intersection_id"),
    frozenset(["device_id", "channel"]),
)
_CAMERAS = Table(("camera_id", "intersection_id", "approach_id", "seen_at"), frozenset(["camera_id", "intersection_id"]))
_MOST = float(2**31 - 1)
_FARTHEST = 5000.0
"""m upstream of the stop line; a larger distance is a mistyped one"""
_LATEST = 32_503_680_000.0
"""epoch s, the year 3000; times beyond are none"""


def read_detectors(
    inventory: Inventory, approaches: Approaches, source: Source | None, counters: SignalCounters, progress: Progress | None = None
) -> Inventory:
    """The inventory with its detectors; one whose controller is not known, or whose channel is taken, is left out."""
    if source is None:
        return inventory
    rows: dict[tuple[int, int], tuple[int, str, int, float]] = {}
    phases: list[Sequence[int]] = []
    for row in read_rows(source, _DETECTORS, counters, None, progress):
        device, channel = inventory.device_index.get(row["device_id"], -1), to_number(row["channel"])
        if device < 0:
            row.refuse("device_id", "unknown", f"is no controller of the inventory: {shown(row['device_id'])}")
        elif not (0 <= channel <= _MOST and channel.is_integer()):
            row.refuse("channel", "not_a_channel", f"is no channel number: {shown(row['channel'])}")
        elif (device, int(channel)) in rows:
            row.refuse("channel", "duplicate", f"channel {channel:.0f} of {row['device_id']} stands in an earlier row too")
        else:
            distance = row.number("distance_m", 0.0, _FARTHEST)
            rows[device, int(channel)] = (_approach(row, device, inventory, approaches), row["lane_id"], _type(row), distance)
            phases.append(_phases(row))
    keys = np.array(list(rows), np.int32).reshape(-1, 2)
    approach, lane, kind, distances = zip(*rows.values()) if rows else ((), (), (), ())
    return replace(
        inventory,
        detector_device=keys[:, 0].copy(),
        detector_channel=keys[:, 1].copy(),
        detector_approach=np.array(approach, np.int32),
        detector_lane=lane,
        detector_type=np.array(kind, np.uint8),
        detector_distance=np.array(distances, np.float64),
        detector_phase_start=np.cumsum([0] + [len(one) for one in phases]).astype(np.int32),
        detector_phase=np.array([phase for one in phases for phase in one], np.int32),
    )


def _approach(row: Row, device: int, inventory: Inventory, approaches: Approaches) -> int:
    name, intersection = row["approach_id"], intersection_of(row, inventory)
    if row["intersection_id"] and (intersection < 0 or inventory.device[intersection] != device):
        row.leave_unknown("intersection_id", "unknown", f"is none of the controller's: {shown(row['intersection_id'])}")
        intersection = -1
    at = approaches.of_detector(device, intersection, name) if name else -1
    if name and at < 0:
        row.leave_unknown("approach_id", "unknown", f"is no approach of the intersection: {shown(name)}")
    return at


def _type(row: Row) -> DetectorType:
    kind = detector_type_of(row["type"]) if row["type"] else DetectorType.UNKNOWN
    if kind is None:
        row.leave_unknown("type", "unknown_word", f"is neither advance nor stopbar: {shown(row['type'])}")
    return DetectorType.UNKNOWN if kind is None else kind


def _phases(row: Row) -> Sequence[int]:
    words = [word.strip() for word in row["phases"].split("+")] if row["phases"] else []
    if not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
        row.leave_unknown("phases", "not_numbers", f"is not numbers joined by +: {shown(row['phases'])}")
        return ()
    return sorted({int(word) for word in words})


def read_cameras(
    inventory: Inventory, approaches: Approaches, source: Source | None, counters: SignalCounters, progress: Progress | None = None
) -> Inventory:
    """The inventory with its e-police points; a camera that watches several approaches stands in several rows."""
    if source is None:
        return inventory
    rows: dict[tuple[str, int, int], float] = {}
    for row in read_rows(source, _CAMERAS, counters, None, progress):
        at, name = intersection_of(row, inventory), row["approach_id"]
        approach = approaches.of_intersection(at, name) if name and at >= 0 else -1
        if not row["camera_id"]:
            row.refuse("camera_id", "missing", "is empty")
        elif at < 0:
            refuse_intersection(row)
        elif (row["camera_id"], at, approach) in rows:
            row.refuse("camera_id", "duplicate", f"stands in an earlier row with this approach too: {shown(row['camera_id'])}")
        else:
            if name and approach < 0:
                row.leave_unknown("approach_id", "unknown", f"is no approach of the intersection: {shown(name)}")
            rows[row["camera_id"], at, approach] = _seen(row)
    return replace(
        inventory,
        camera_ids=tuple(camera for camera, _, _ in rows),
        camera_intersection=np.array([at for _, at, _ in rows], np.int32),
        camera_approach=np.array([approach for _, _, approach in rows], np.int32),
        camera_seen=np.array(list(rows.values()), np.float64),
    )


def _seen(row: Row) -> float:
    """Epoch s; RFC 3339 with an offset is read too."""
    cell = row["seen_at"]
    if not cell:
        return NAN
    seen = to_number(cell)
    if math.isnan(seen):
        try:
            when = datetime.fromisoformat(cell)
            seen = when.timestamp() if when.tzinfo is not None else NAN
        except (ValueError, OverflowError):
            pass
    if not 0.0 < seen < _LATEST:
        row.leave_unknown("seen_at", "not_a_time", f"is neither epoch seconds nor an RFC 3339 time: {shown(cell)}")
        return NAN
    return seen
