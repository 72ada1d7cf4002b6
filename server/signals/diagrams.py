"""What is drawn of one controller: coordination diagrams, split monitors, measures by bin. Snapshot in, JSON-ready values out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.signals.bins_store import BinsStore
from server.signals.snapshot import SignalSnapshot
from server.signals.views import Stamps
from signals.coordination import Purdue, SplitMonitor, purdue, split_monitor
from signals.inventory import Inventory
from signals.kernels.columns import EventColumns
from signals.measures_parameters import MeasureParameters
from signals.measures_report import report
from signals.measures_tables import chosen, join_tables

Json = dict[str, Any]
BEFORE = 600_000
"""ms read before a diagram's begin, so that its first cycle is whole: twice the longest cycle in use"""
_ARRIVALS = ("unknown", "green", "yellow", "red")
_SHARES = ("arrivals_on_green", "platoon_ratio", "approach_delay_lower_bound_s", "split_failures")
_ENDS = {4: "gap_out", 5: "max_out", 6: "force_off"}


def events_of(snapshot: SignalSnapshot, device: int, start: int, end: int) -> EventColumns:
    """Events of a controller for a diagram of start <= t < end (epoch ms)."""
    return snapshot.window.of_device(device, start - BEFORE, end)


def phases_of(snapshot: SignalSnapshot, device: int) -> list[int]:
    """Phases that a controller was heard of."""
    return [phase for phase, _, _ in snapshot.controllers[device].phases]


def purdue_view(events: EventColumns, inventory: Inventory, device: int, phase: int, q: MeasureParameters, start: int) -> Json:
    """The Purdue coordination diagram from `start` (epoch ms) on; arrays of epoch ms, unknown null."""
    whole: Purdue = purdue(events, inventory, device, phase, q)
    cycles = (whole.end < 0) | (whole.end > start)
    arrivals = whole.arrival >= start
    first = int(np.argmax(cycles)) if cycles.any() else 0
    return {
        "cycles": {
            "red_start_ms": whole.red_start[cycles].tolist(),
            "green_start_ms": _known(whole.green_start[cycles]),
            "yellow_start_ms": _known(whole.yellow_start[cycles]),
            "end_ms": _known(whole.end[cycles]),
        },
        "arrivals": {
            "time_ms": whole.arrival[arrivals].tolist(),
            "cycle": _known(np.where(whole.arrival_cycle >= first, whole.arrival_cycle - first, -1)[arrivals]),
            "since_red_s": _numbers(whole.since_red_s[arrivals]),
            "state": [_ARRIVALS[state] for state in whole.arrival_state[arrivals].tolist()],
        },
    }


def splits_view(events: EventColumns, device: int, phase: int, start: int) -> Json:
    """Services of a phase from `start` (epoch ms) on, as arrays; unknown null."""
    whole: SplitMonitor = split_monitor(events, device, phase)
    kept = whole.start >= start
    return {
        "phase": phase,
        "start_ms": whole.start[kept].tolist(),
        "green_s": _numbers(whole.green_s[kept]),
        "split_s": _numbers(whole.split_s[kept]),
        "termination": [_ENDS.get(one) for one in whole.termination[kept].tolist()],
        "skipped_ms": whole.skipped[whole.skipped >= start].tolist(),
    }


def measure_rows(
    snapshot: SignalSnapshot, store: BinsStore, row: int, start: int, end: int, bin_seconds: int, q: MeasureParameters
) -> list[Json]:
    """Measures of an intersection's phases by bin of start <= t < end (epoch ms), from files and from memory.

    Of a controller that holds several intersections only the phases that this one's detectors call, where they are known.
    """
    inventory, bins = snapshot.inventory, snapshot.bins
    device = int(inventory.device[row])
    parts = [chosen(one, start, end, [device]) for one in bins.tables]
    if start < bins.since:
        parts.append(store.read(start, min(end, bins.since), [inventory.device_ids[device]]))
    rows = report(join_tables(parts, q.bin), bin_seconds, inventory, q)
    mine = _own_phases(inventory, row)
    return rows if mine is None else [one for one in rows if one["phase"] in mine]


def last_rows(snapshot: SignalSnapshot, row: int, q: MeasureParameters) -> list[Json]:
    """The rows of the newest closed bin in memory; none without one."""
    device = int(snapshot.inventory.device[row])
    if device < 0:
        return []
    parts = [chosen(one, snapshot.bins.since, 2**62, [device]) for one in snapshot.bins.tables]
    starts = [int(rows["bin"].max()) for part in parts for rows in part[:3] if len(rows)]
    if not starts:
        return []
    newest = join_tables([chosen(one, max(starts), 2**62) for one in parts], q.bin)
    rows, mine = report(newest, q.bin // 1000, snapshot.inventory, q), _own_phases(snapshot.inventory, row)
    return rows if mine is None else [one for one in rows if one["phase"] in mine]


def figures(rows: list[Json], stamps: Stamps) -> Json | None:
    """The main figures of rows of one bin; None without any."""
    if not rows:
        return None
    return {
        "start": stamps.of(rows[0]["start_unix"] * 1000), "bin_seconds": rows[0]["bin_seconds"],
        "phases": [_figures(one) for one in rows],
    }  # fmt: skip


def _figures(row: Json) -> Json:
    shares = {name: _value(row.get(name)) for name in _SHARES}
    ends = {name: _value(row["terminations"][name]) for name in ("gap_out", "max_out", "force_off")}
    return {"phase": row["phase"], **shares, **ends, "split_s": _mean(row["split"]), "cycle_s": _mean(row["cycle"])}


def _value(ratio: Json | None) -> float | None:
    return None if ratio is None or ratio["value"] is None else round(ratio["value"], 4)


def _mean(duration: Json) -> float | None:
    return None if duration["mean_s"] is None else round(duration["mean_s"], 1)


def _own_phases(inventory: Inventory, row: int) -> set[int] | None:
    """None: all phases of its controller are its own, or nobody knows which are."""
    if int((inventory.device == inventory.device[row]).sum()) < 2:
        return None
    approaches = np.flatnonzero(inventory.approach_intersection == row)
    detectors = np.flatnonzero(np.isin(inventory.detector_approach, approaches)).tolist()
    return {phase for k in detectors for phase in inventory.phases_of(k).tolist()} or None


def _known(values: NDArray[Any]) -> list[int | None]:
    return [None if value < 0 else value for value in values.tolist()]


def _numbers(values: NDArray[Any]) -> list[float | None]:
    return [None if value != value else round(value, 3) for value in values.tolist()]
