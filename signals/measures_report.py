"""Measures for people and interfaces: rows of ratios, each divided once, out of sums, with numerator and denominator beside it.

A ratio whose denominator is nothing is None, never 0 or infinite. What was not observed is None; what was observed and did not
happen is 0. Names are those of HCM (7th ed., ch. 19) and of the ATSPM measures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from signals.inventory import Inventory
from signals.kernels.measures_columns import AGE, AGES, GROUP_ROW, Rows, blank
from signals.measures_parameters import MeasureParameters
from signals.measures_tables import DTYPES, MeasureTables, join_tables

Json = dict[str, Any]
Plain = dict[str, Any]
ARRIVAL_TYPES = ((0.50, 1), (0.85, 2), (1.15, 3), (1.50, 4), (2.00, 5))
"""HCM exhibit 19-13: greatest platoon ratio of each arrival type; above: 6"""
SATURATION_HEADWAY = 1.9
"""s/veh: HCM's base saturation flow of 1,900 veh/h/lane"""


def report(tables: MeasureTables, bin_seconds: int, inventory: Inventory, parameters: MeasureParameters | None = None) -> list[Json]:
    """One JSON-ready row for each (device, phase, bin of `bin_seconds`), in order of bin, device, phase.

    Raises ValueError when `bin_seconds` is no multiple of the bins in which was measured.
    """
    q = parameters or MeasureParameters()
    bin_ms = 1000 * bin_seconds
    if bin_ms <= 0 or bin_ms % q.bin:
        raise ValueError(f"bins of {bin_seconds} s are no multiple of the {q.bin // 1000} s in which was measured")
    joined = join_tables([tables], bin_ms)
    states, requests = ({_key(row): row for row in _plain(rows)} for rows in (joined.states, joined.requests))
    devices = {(row["bin"], row["device"]): row for row in _plain(joined.devices)}
    groups: dict[tuple[int, int, int], list[Plain]] = {}
    for row in _plain(joined.groups):
        groups.setdefault(_key(row), []).append(row)
    no_state, _, no_request, _, no_device = (_plain(blank(dtype, 1))[0] for dtype in DTYPES)  # type: ignore[arg-type]
    return [
        _row(key, bin_ms, states.get(key, no_state), requests.get(key, no_request), groups.get(key, []),
             devices.get(key[:2], no_device), inventory, q)
        for key in sorted({*states, *requests})
    ]  # fmt: skip


def ratio(numerator: float, denominator: float) -> Json:
    """`{"value", "numerator", "denominator"}`; the value is None when there is nothing to divide by."""
    value = numerator / denominator if denominator else None
    return {"value": value, "numerator": numerator, "denominator": denominator}


def duration(sums: Sequence[int]) -> Json:
    """`{"mean_s", "min_s", "max_s", "sum_s", "n"}` of (n, sum, min, max) in ms; all but sum and n None without any."""
    n, total, least, most = sums
    if n == 0:
        return {"mean_s": None, "min_s": None, "max_s": None, "sum_s": 0.0, "n": 0}
    return {"mean_s": total / n / 1000.0, "min_s": least / 1000.0, "max_s": most / 1000.0, "sum_s": total / 1000.0, "n": n}


def arrival_type(platoon_ratio: float | None) -> int | None:
    """HCM arrival type 1 (very poor progression) … 6 (exceptional)."""
    if platoon_ratio is None:
        return None
    return next((kind for most, kind in ARRIVAL_TYPES if platoon_ratio <= most), 6)


def _key(row: Plain) -> tuple[int, int, int]:
    return row["bin"], row["device"], row["phase"]


def _plain(rows: Rows) -> list[Plain]:
    """Rows as dictionaries of Python's own numbers."""
    names = rows.dtype.names or ()
    return [dict(zip(names, row)) for row in zip(*(rows[name].tolist() for name in names))]


def _sum(groups: list[Plain]) -> Plain:
    """Lane groups of one phase in one."""
    total = _plain(blank(GROUP_ROW, 1))[0]
    for row in groups:
        for name, value in row.items():
            total[name] = [a + b for a, b in zip(total[name], value)] if name == "age_hits" else total[name] + value
    return total


def _row(
    key: tuple[int, int, int], bin_ms: int, state: Plain, request: Plain, groups: list[Plain], device: Plain,
    inventory: Inventory, q: MeasureParameters,
) -> Json:  # fmt: skip
    start, d, phase = key
    known = state["green_ms"] + state["yellow_ms"] + state["red_ms"]
    seen = device["observed_ms"] > 0
    total = _sum(groups)
    ends = request["ends"]
    told = request["gap_outs"] + request["max_outs"] + request["force_offs"]
    return {
        "start_unix": start // 1000, "bin_seconds": bin_ms // 1000, "device_id": inventory.device_ids[d], "phase": phase,
        "observable_share": ratio(device["observed_ms"], bin_ms),
        "has_data": device["sub_bins"] == bin_ms // q.sub_bin if bin_ms % q.sub_bin == 0 else None,
        "state_s": {
            "green": state["green_ms"] / 1000.0, "yellow": state["yellow_ms"] / 1000.0, "red": state["red_ms"] / 1000.0,
            "unknown": (bin_ms - known) / 1000.0,
        },
        "green_ratio": ratio(state["green_ms"], known),
        "green": duration(state["green"]), "green_and_yellow": duration(state["service"]),
        "red_clearance": duration(state["clearance"]), "split": _split(state), "cycle": duration(state["cycle"]),
        "lost_yellows": state["lost_yellow"], "invalid_intervals": state["invalid"],
        "terminations": {
            "gap_out": ratio(request["gap_outs"], ends), "max_out": ratio(request["max_outs"], ends),
            "force_off": ratio(request["force_offs"], ends), "unknown": ratio(max(ends - told, 0), ends),
        },
        "phase_wait": duration(request["wait"]) | {
            "skips": request["skips"], "dropped_for_preemption": request["waits_dropped"], "calls": request["calls"],
        },
        "pedestrian_delay": duration(request["ped"]) | {"walks": request["walks"], "actuations": request["ped_calls"]},
        **(_lane_group(total, state, known, seen) if groups else {"arrivals": None}),
        "green_utilisation": _utilisation(total, state) if any(row["lanes"] for row in groups) else None,
        "approaches": [
            {"approach_id": inventory.approach_ids[row["approach"]] if 0 <= row["approach"] < len(inventory.approach_ids) else None}
            | _lane_group(row, state, known, seen) for row in groups
        ],
    }  # fmt: skip


def _split(state: Plain) -> Json:
    """Split in HCM's sense: green, yellow and red clearance; None where sources tell no end of red clearance (11)."""
    n, cleared = state["service"][0], state["clearance"][0]
    if n == 0 or cleared == 0:
        return {"mean_s": None, "n": 0}
    return {"mean_s": (state["service"][1] / n + state["clearance"][1] / cleared) / 1000.0, "n": min(n, cleared)}


def _lane_group(row: Plain, state: Plain, known_ms: int, seen: bool) -> Json:
    """Arrivals, progression, delay, split failures and stop-line detections of a lane group, or of a phase's together."""
    green, yellow, red = (row[name] for name in ("green", "yellow", "red"))
    known = green + yellow + red
    green_ms, lanes = state["green_ms"], row["lanes"]
    # R_p = (arrivals on green / arrivals) / (green / cycle), in one division
    platoon = ratio(green * known_ms, known * green_ms)
    delay = row["delay_ms"] / 1000.0
    hits = row["stop_green"] + row["stop_yellow"]
    return {
        "arrivals": {"green": green, "yellow": yellow, "red": red, "unknown": row["unknown"]} if seen else None,
        "arrivals_on_green": ratio(green, known), "arrivals_on_yellow": ratio(yellow, known), "arrivals_on_red": ratio(red, known),
        "arrivals_unknown": ratio(row["unknown"], known + row["unknown"]),
        "platoon_ratio": platoon, "arrival_type": arrival_type(platoon["value"]),
        "approach_delay_lower_bound_s": ratio(delay, row["delay_n"]),
        "split_failures": ratio(row["failures"], row["judged"]) | {"cycles_not_judged": row["not_judged"]},
        "green_occupancy_ratio": ratio(row["occupied_green_ms"], row["judged_green_ms"]),
        "red_occupancy_ratio_5s": ratio(row["occupied_red_ms"], 5000 * row["judged"]),
        "stop_line_detections": {name: row[f"stop_{name}"] for name in ("green", "yellow", "red", "unknown")} if lanes else None,
        "served_volume_to_capacity": ratio(hits * SATURATION_HEADWAY, lanes * green_ms / 1000.0) if lanes else None,
    }  # fmt: skip


def _utilisation(row: Plain, state: Plain) -> Json:
    """Stop-line detections per second of green by its age, in classes of AGE ms; a class no green reached is None."""
    hits, ms = row["age_hits"], state["age_ms"]
    rates = [1000.0 * h / m if m > 0 else None for h, m in zip(hits, ms)]
    last = max((j for j in range(AGES) if rates[j] is not None), default=-1)
    return {
        "class_s": AGE / 1000.0, "detections_per_s": rates[: last + 1], "detections": hits[: last + 1],
        "green_s": [m / 1000.0 for m in ms[: last + 1]],
    }  # fmt: skip
