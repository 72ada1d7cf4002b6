"""The inventory from files: intersections with their controllers, approaches, detectors, e-police points.

Tables are CSV, gzipped CSV, Parquet or GeoJSON. What is wrong with a row is counted by reason, with sentences that name file, line
and field: a row that cannot be placed is left out, a field that cannot be read is unknown. An intersection stays with all it has left.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from feeds.recording_tables import Source
from feeds.signals.counters import SignalCounters
from feeds.signals.inventory_approaches import read_approaches
from feeds.signals.inventory_parts import read_cameras, read_detectors
from feeds.signals.inventory_rows import Progress, Row, Table, read_rows, shown
from feeds.signals.inventory_words import grade_of, grade_of_roads, mode_of
from signals.codes import Mode
from signals.inventory import Inventory
from signals.model import Grade

_INTERSECTIONS = Table(
    ("device_id", "intersection_id", "grade", "declared_mode", "lat", "lon", "name", "approach_classes"),
    frozenset(["device_id", "intersection_id"]),
)
_MODES = frozenset(Mode)


def read_inventory(
    inventory: Source,
    detectors: Source | None = None,
    approaches: Source | None = None,
    cameras: Source | None = None,
    *,
    counters: SignalCounters | None = None,
    renamed: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Inventory:
    """Read an inventory; `counters`, if given, takes what was accepted (rows of all tables), refused and left unknown.

    inventory: `device_id,intersection_id,grade,declared_mode,lat,lon` (+ `name`, `approach_classes`: the road classes that meet,
    for intersections without a grade), or a `.xml` of GA/T 1049.2. One controller may hold several: its id stands in several rows.
    detectors: `device_id,channel,lane_id,approach_id,phases,type,distance_m` (+ `intersection_id`).
    approaches: `approach_id,intersection_id,lat,lon,bearing`; None: those that detectors name.
    cameras: `camera_id,intersection_id,approach_id,seen_at` (epoch s or RFC 3339).
    renamed: which column of the intersections' table stands for a name, e.g. `{"intersection_id": "tls_id"}`.
    progress: told how many more rows were read, every few thousand.
    Raises FeedError when a table as a whole cannot be used.
    """
    counters = SignalCounters() if counters is None else counters
    whole = _read_intersections(inventory, counters, renamed, progress)
    listed = read_approaches(whole, approaches, counters, progress)
    whole = read_detectors(whole, listed, detectors, counters, progress)
    whole = read_cameras(listed.into(whole), listed, cameras, counters, progress)
    counters.accepted += len(whole.intersection_ids) + len(whole.detector_device) + len(whole.camera_ids)
    counters.accepted += len(whole.approach_ids) if approaches is not None else 0
    return whole


def _read_intersections(
    source: Source, counters: SignalCounters, renamed: Mapping[str, str] | None, progress: Progress | None
) -> Inventory:
    devices: dict[str, int] = {}
    intersections: dict[str, tuple[int, Grade, int, float, float, str]] = {}
    for row in read_rows(source, _INTERSECTIONS, counters, renamed, progress):
        name, device = row["intersection_id"], row["device_id"]
        if not name:
            row.refuse("intersection_id", "missing", "is empty")
        elif name in intersections:
            row.refuse("intersection_id", "duplicate", f"stands in an earlier row too: {shown(name)}")
        else:
            at = devices.setdefault(device, len(devices)) if device else -1
            intersections[name] = (at, _grade(row), _mode(row), *row.position(), row["name"])
    columns = tuple(zip(*intersections.values())) if intersections else ((),) * 6
    return Inventory(
        tuple(devices),
        tuple(intersections),
        np.array(columns[0], np.int32),
        np.array(columns[1], np.int8),
        np.array(columns[2], np.int32),
        np.array(columns[3], np.float64),
        np.array(columns[4], np.float64),
        columns[5] if any(columns[5]) else (),
    )


def _grade(row: Row) -> Grade:
    cell = row["grade"]
    if not cell:
        return grade_of_roads(row["approach_classes"])
    grade = grade_of(cell)
    if grade is None:
        row.leave_unknown("grade", "unknown_word", f"is no grade of GA/T 1049.2: {shown(cell)}")
    return Grade.UNKNOWN if grade is None else grade


def _mode(row: Row) -> int:
    cell = row["declared_mode"]
    mode = mode_of(cell) if cell else -1
    if mode is None:
        row.leave_unknown("declared_mode", "unknown_word", f"is no control mode: {shown(cell)}")
        return -1
    if mode not in _MODES:
        row.note_mode(cell)
    return mode
