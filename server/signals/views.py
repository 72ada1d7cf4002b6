"""Intersections as readers see them: snapshot in, JSON-ready values out. Unknown is null; coordinates are WGS-84 unless `crs` says."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from server.signals.controllers import ControllerNow, PhaseState
from server.signals.snapshot import SignalSnapshot
from server.views import Crs, places
from signals.clock_offsets import ClockReport
from signals.codes import NOT_IN_CONTROL, Mode
from signals.finding import Finding
from signals.inventory import Inventory
from signals.model import DetectorType, Rung, Verdict
from transit.local_time import rfc3339

Json = dict[str, Any]
_STATES = [state.word for state in PhaseState]
_COORDINATION = {0: "free", 1: "in_step", 2: "transition", 3: "transition", 4: "transition"}
_CONTROLLER = {0: "offline", 1: "online", 2: "error"}
_NO_FLASH = 1
"""event 173, parameter: 1 is the unit status "no flash"""


class Stamps:
    """Times of one agency: epoch ms to RFC 3339, -1 to null."""

    def __init__(self, timezone: str) -> None:
        self._timezone = timezone

    def of(self, milliseconds: int) -> str | None:
        """Whole seconds, cut."""
        return None if milliseconds < 0 else rfc3339(milliseconds / 1000, self._timezone)


def number(value: float, digits: int = 3) -> float | None:
    """A figure for the wire: NaN is null."""
    return None if not math.isfinite(value) else round(float(value), digits)


def intersection_rows(snapshot: SignalSnapshot, rows: Sequence[int], stamps: Stamps, crs: Crs) -> list[Json]:
    """Intersections in brief."""
    inventory = snapshot.inventory
    chosen = np.asarray(rows, np.int64)
    lats, lons = places(inventory.lat[chosen], inventory.lon[chosen], crs) if len(rows) else ([], [])
    return [_brief(snapshot, row, stamps) | {"lat": _degree(lat), "lon": _degree(lon)} for row, lat, lon in zip(rows, lats, lons)]


def _degree(value: float) -> float | None:
    return None if math.isnan(value) else value


def _brief(snapshot: SignalSnapshot, row: int, stamps: Stamps) -> Json:
    inventory, finding = snapshot.inventory, snapshot.findings[row]
    device = int(inventory.device[row])
    now = snapshot.controllers[device] if device >= 0 else ControllerNow()
    mode = now.mode if now.mode != Mode.UNKNOWN else finding.mode if finding is not None else -1
    return {
        "id": inventory.intersection_ids[row],
        "device_id": inventory.device_ids[device] if device >= 0 else None,
        "name": (inventory.names[row] or None) if inventory.names else None,
        "grade": int(inventory.grade[row]) or None,
        **standing(finding),
        "declared_mode": _known(int(inventory.declared_mode[row])),
        "mode": _known(mode),
        "mode_name": mode_name(mode),
        "plan": _known(now.plan),
        "heard": not now.silent,
        "observable_share": None if finding is None else number(finding.observable_share),
        "last_event_at": stamps.of(now.last_event),
        "judged_at": None if finding is None else stamps.of(finding.end),
    }


def standing(finding: Finding | None) -> Json:
    """Rung and verdict; an intersection not judged yet is listed, and may be anything."""
    if finding is None:
        return {"rung": Rung.LISTED.word, "possible_rung": Rung.EFFECTIVE.word, "verdict": Verdict.UNKNOWN.word}
    return {"rung": finding.proved.word, "possible_rung": finding.possible.word, "verdict": finding.verdict.word}


def mode_name(mode: int) -> str | None:
    """The GA/T 1049.2 mode in words; a vendor's own number has none."""
    try:
        return None if mode == Mode.UNKNOWN else Mode(mode).name.lower()
    except ValueError:
        return None


def signal_now(snapshot: SignalSnapshot, row: int, stamps: Stamps) -> Json:
    """What the controller shows at the moment."""
    device = int(snapshot.inventory.device[row])
    now = snapshot.controllers[device] if device >= 0 else ControllerNow()
    mode = now.mode
    return {
        "heard": not now.silent,
        "phases": [
            {"phase": phase, "state": _STATES[state], "since": stamps.of(since), "since_ms": since}
            for phase, state, since in now.phases
        ],
        "stage": None if now.stage < 0 or now.silent else {"stage": now.stage, "since": stamps.of(now.stage_since)},
        "plan": _known(now.plan),
        "mode": _known(mode),
        "mode_name": mode_name(mode),
        "in_control": None if mode == Mode.UNKNOWN else mode not in NOT_IN_CONTROL,
        "cycle_length_s": _known(now.cycle_length),
        "last_cycle_s": _known(now.last_cycle),
        "coordination": _COORDINATION.get(now.coordination),
        "flash": None if now.flash < 0 else now.flash != _NO_FLASH,
        "manual": None if now.manual < 0 else now.manual == 1,
        "controller": _CONTROLLER.get(now.state),
        "last_event_at": stamps.of(now.last_event),
    }


def evidence_view(finding: Finding | None, stamps: Stamps) -> Json:
    """The window a verdict was made from, and its figures."""
    if finding is None:
        return {"window": None, "evidence": {}}
    told = {name: number(value, 6) if isinstance(value, float) else value for name, value in finding.evidence.items()}
    return {"window": {"from": stamps.of(finding.start), "to": stamps.of(finding.end)}, "evidence": told}


def clock_view(clock: ClockReport | None) -> Json | None:
    """How far a controller's clock is off ours, and what is done about it; None without a controller."""
    if clock is None:
        return None
    return {
        "offset_ms": number(clock.offset_ms, 0), "drift_ppm": number(clock.drift_ppm, 1), "applied_ms": clock.applied_ms,
        "jumps": clock.jumps,
    }  # fmt: skip


def equipment_view(inventory: Inventory, row: int, stamps: Stamps, crs: Crs) -> list[Json]:
    """Approaches of an intersection with their detectors and e-police points."""
    approaches = np.flatnonzero(inventory.approach_intersection == row).tolist()
    lats, lons = places(inventory.approach_lat[approaches], inventory.approach_lon[approaches], crs) if approaches else ([], [])
    return [
        {
            "id": inventory.approach_ids[approach],
            "lat": _degree(lat),
            "lon": _degree(lon),
            "bearing": number(float(inventory.approach_bearing[approach]), 1),
            "detectors": [_detector(inventory, k) for k in np.flatnonzero(inventory.detector_approach == approach).tolist()],
            "cameras": [_camera(inventory, k, stamps) for k in np.flatnonzero(inventory.camera_approach == approach).tolist()],
        }
        for approach, lat, lon in zip(approaches, lats, lons)
    ]


def _detector(inventory: Inventory, row: int) -> Json:
    kind = DetectorType(int(inventory.detector_type[row]))
    return {
        "channel": int(inventory.detector_channel[row]),
        "lane_id": inventory.detector_lane[row] or None,
        "type": None if kind is DetectorType.UNKNOWN else kind.name.lower(),
        "distance_m": number(float(inventory.detector_distance[row]), 1),
        "phases": inventory.phases_of(row).tolist(),
    }


def _camera(inventory: Inventory, row: int, stamps: Stamps) -> Json:
    seen = float(inventory.camera_seen[row])
    return {"id": inventory.camera_ids[row], "seen_at": None if math.isnan(seen) else stamps.of(int(seen * 1000))}


def tally(rows: Iterable[int], findings: Sequence[Finding | None]) -> Json:
    """How many of these intersections stand on each rung, and have each verdict."""
    rungs: dict[str, int] = {rung.word: 0 for rung in Rung}
    verdicts: dict[str, int] = {verdict.word: 0 for verdict in Verdict}
    count = 0
    for row in rows:
        told: Mapping[str, str] = standing(findings[row])
        rungs[told["rung"]] += 1
        verdicts[told["verdict"]] += 1
        count += 1
    return {"intersections": count, "rungs": rungs, "verdicts": verdicts}


def _known(value: int) -> int | None:
    return None if value < 0 else value
