"""atspm (extra `bench`) on the same events, and a bin-by-bin comparison with our measures."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from bench.signal_samples import Sample
from signals.kernels.measures_columns import Rows
from signals.measures_tables import MeasureTables
from signals.model import DetectorType

BIN = 900_000
FUNCTIONS = {DetectorType.ADVANCE: "Advance", DetectorType.STOPBAR: "Presence"}
INVALID = """SELECT EndTime AS TimeStamp, DeviceId, EventValue AS Phase FROM timeline WHERE EventClass = 'Phase Wait' AND NOT IsValid"""
Key = tuple[int, int, int]
Figures = dict[Key, tuple[float, ...]]


class Baseline(NamedTuple):
    """What atspm made of a sample."""

    seconds: float
    tables: dict[str, list[dict[str, Any]]]


class Compared(NamedTuple):
    """How many bins of one measure were equal to 1e-6, which were not, and how many were left out, by reason."""

    measure: str
    equal: int
    different: list[tuple[Key, tuple[float, ...], tuple[float, ...]]]
    excluded: Counter[str]


def run_atspm(sample: Sample, by_cycle: bool = False) -> Baseline:
    """Load and aggregate, as a user of atspm would; `by_cycle`: split failures a row a cycle, to compare sums."""
    from atspm import SignalDataProcessor

    shares = {"red_occupancy_threshold": 0.8, "green_occupancy_threshold": 0.8}
    measures: list[tuple[str, dict[str, Any]]] = [
        ("has_data", {"no_data_min": 5, "min_data_points": 3}),
        ("actuations", {}),
        ("arrival_on_green", {"latency_offset_seconds": 0}),
        ("platoon_ratio", {}),
        ("split_failures", {"red_time": 5, "by_approach": True, "by_cycle": by_cycle} | shares),
        ("terminations", {}),
        ("timeline", {"min_duration": 0.0, "cushion_time": 1}),
        ("phase_wait", {"preempt_recovery_seconds": 120}),
        ("ped_delay", {}),
    ]
    raw, listed = _tables(sample)
    begun = time.perf_counter()
    with SignalDataProcessor(
        raw_data=raw, detector_config=listed, bin_size=BIN // 60_000, verbose=0, controller_type="maxtime",
        aggregations=[{"name": name, "params": dict(params)} for name, params in measures],
    ) as processor:  # fmt: skip
        processor.load()
        processor.aggregate()
        seconds = time.perf_counter() - begun
        queries = {name: f"SELECT * FROM {name}" for name, _ in measures if name != "timeline"}
        queries["invalid"] = INVALID
        found = {name: processor.conn.query(query).to_arrow_table().to_pylist() for name, query in queries.items()}
    return Baseline(seconds, found)


def compare(sample: Sample, ours: MeasureTables, theirs: Baseline) -> list[Compared]:
    """Every measure both have. Left out are bins that one of the four defects, or what only one side guesses, touches."""
    doubt = _doubt(ours)
    return [
        _arrivals(ours, theirs, doubt), _platoon(ours, theirs, doubt), _failures(ours, theirs),
        _same("terminations", _terminations(ours), _their_terminations(theirs)),
        _same("detections", _hits(ours.channels), _their_hits(theirs, ours.channels)),
        _same("has_data", _complete(ours), {(*_when(row), 0): (1.0,) for row in theirs.tables["has_data"]}),
        _durations("phase wait", ours, theirs, "wait", doubt), _durations("pedestrian delay", ours, theirs, "ped", doubt),
    ]  # fmt: skip


def _tables(sample: Sample) -> tuple[pa.Table, pa.Table]:
    events, inventory = sample.events, sample.inventory
    raw = pa.table({
        "TimeStamp": pa.array(events.time * 1000, pa.int64()).cast(pa.timestamp("us")), "DeviceId": events.device,
        "EventId": events.code, "Parameter": events.parameter,
    })  # fmt: skip
    used = np.flatnonzero(inventory.detector_type != DetectorType.UNKNOWN)
    listed = pa.table({
        "DeviceId": inventory.detector_device[used], "Phase": inventory.detector_phase[inventory.detector_phase_start[used]],
        "Parameter": inventory.detector_channel[used],
        "Function": [FUNCTIONS[DetectorType(kind)] for kind in inventory.detector_type[used].tolist()],
    })  # fmt: skip
    return raw, listed


def _when(row: dict[str, Any]) -> tuple[int, int]:
    at = np.datetime64(row["TimeStamp"], "ms").astype(np.int64)
    return int(at - at % BIN), int(row["DeviceId"])


def _keyed(rows: Rows) -> dict[Key, Any]:
    return {(int(row["bin"]), int(row["device"]), int(row["phase"])): row for row in rows}


def _doubt(ours: MeasureTables) -> dict[Key, str]:
    """Why a (bin, device, phase) is not comparable: what atspm guesses there and we call unknown."""
    found: dict[Key, str] = {}
    for key, row in _keyed(ours.states).items():
        if row["lost_yellow"]:
            found[key] = found[(key[0] + BIN, *key[1:])] = "defect b: begin of yellow lost, the cycle counts as green"
        elif row["green_ms"] + row["yellow_ms"] + row["red_ms"] < BIN:
            found.setdefault(key, "defect c: state unknown in a part of the bin")
    return found


def _weigh(
    name: str, ours: Mapping[Key, tuple[float, ...]], theirs: Mapping[Key, tuple[float, ...]], why: Callable[[Key], str | None]
) -> Compared:
    """Compare what neither side lacks; `why` says why a bin is left out."""
    result = Compared(name, 0, [], Counter())
    equal = 0
    for key in sorted(set(ours) | set(theirs)):
        reason = why(key)
        if reason is not None:
            result.excluded[reason] += 1
        elif key in ours and key in theirs and np.allclose(ours[key], theirs[key], rtol=1e-6, atol=1e-6):
            equal += 1
        else:
            result.different.append((key, ours.get(key, ()), theirs.get(key, ())))
    return result._replace(equal=equal)


def _same(name: str, ours: Figures, theirs: Figures) -> Compared:
    return _weigh(name, ours, theirs, lambda key: None)


def _arrivals(ours: MeasureTables, theirs: Baseline, doubt: dict[Key, str]) -> Compared:
    mine, none_green, unknown = {}, set(), set()
    for key, row in _keyed(ours.groups).items():
        total = int(row["green"] + row["yellow"] + row["red"])
        if row["unknown"]:
            unknown.add(key)
        elif total and not row["green"]:
            none_green.add(key)
        if total:
            mine[key] = (float(total), row["green"] / total)
    other = {(*_when(r), r["Phase"]): (float(r["Total_Actuations"]), r["Percent_AOG"]) for r in theirs.tables["arrival_on_green"]}

    def why(key: Key) -> str | None:
        if key in unknown or (key not in mine and key in other):
            return "defect c: arrivals before a known state"
        return "defect a: none on green, the bin is missing there" if key in none_green and key not in other else None

    return _weigh("arrivals on green", mine, other, why)


def _platoon(ours: MeasureTables, theirs: Baseline, doubt: dict[Key, str]) -> Compared:
    mine, groups = {}, _keyed(ours.groups)
    for key, row in _keyed(ours.states).items():
        known = int(row["green_ms"] + row["yellow_ms"] + row["red_ms"])
        came = groups.get(key)
        total = int(came["green"] + came["yellow"] + came["red"]) if came is not None else 0
        if came is not None and total and row["green_ms"]:
            mine[key] = (row["green_ms"] / 1000.0, int(came["green"]) * known / (total * int(row["green_ms"])))
    other = {(*_when(r), r["Phase"]): (r["Green_Seconds"], r["Platoon_Ratio"]) for r in theirs.tables["platoon_ratio"]}

    def why(key: Key) -> str | None:
        if key in doubt:
            return doubt[key]
        return "defect a: none on green, the bin is missing there" if key not in other and mine[key][1] == 0.0 else None

    return _weigh("platoon ratio", mine, other, why)


def _failures(ours: MeasureTables, theirs: Baseline) -> Compared:
    mine, not_judged = {}, set()
    for key, row in _keyed(ours.groups).items():
        if row["not_judged"]:
            not_judged.add(key)
        if row["judged"] or row["not_judged"]:
            sums = row["judged_green_ms"] / 1000.0, row["occupied_green_ms"] / 1000.0, row["occupied_red_ms"] / 1000.0
            mine[key] = (float(row["judged"]), float(row["failures"]), *sums)
    other: dict[Key, tuple[float, ...]] = {}
    for r in theirs.tables["split_failures"]:
        key = (*_when(r), int(r["Phase"]))
        green, occupied = r["Green_Time"], r["Green_Time"] * r["Green_Occupancy"]
        so_far = other.get(key, (0.0,) * 5)
        other[key] = tuple(a + b for a, b in zip(so_far, (1.0, float(r["Split_Failure"]), green, occupied, 5.0 * r["Red_Occupancy"])))
    return _weigh("split failures", mine, other, lambda key: "a cycle whose occupancy atspm fills in" if key in not_judged else None)


def _terminations(ours: MeasureTables) -> Figures:
    found = {}
    for key, row in _keyed(ours.requests).items():
        counts = tuple(float(row[name]) for name in ("gap_outs", "max_outs", "force_offs"))
        if any(counts):
            found[key] = counts
    return found


def _their_terminations(theirs: Baseline) -> Figures:
    found: dict[Key, tuple[float, ...]] = {}
    for row in theirs.tables["terminations"]:
        at = ("GapOut", "MaxOut", "ForceOff").index(row["PerformanceMeasure"])
        counts = list(found.get((*_when(row), row["Phase"]), (0.0, 0.0, 0.0)))
        counts[at] += row["Total"]
        found[(*_when(row), row["Phase"])] = tuple(counts)
    return found


def _hits(channels: Rows) -> Figures:
    return {(int(r["bin"]), int(r["device"]), int(r["channel"])): (float(r["hits"]),) for r in channels if r["hits"]}


def _their_hits(theirs: Baseline, channels: Rows) -> Figures:
    listed = set(zip(channels["device"].tolist(), channels["channel"].tolist()))
    rows = theirs.tables["actuations"]
    return {(*_when(r), r["Detector"]): (float(r["Total"]),) for r in rows if (r["DeviceId"], r["Detector"]) in listed}


def _complete(ours: MeasureTables) -> Figures:
    return {(int(r["bin"]), int(r["device"]), 0): (1.0,) for r in ours.devices if r["sub_bins"] == BIN // 300_000}


def _durations(name: str, ours: MeasureTables, theirs: Baseline, field: str, doubt: dict[Key, str]) -> Compared:
    mine = {}
    for key, row in _keyed(ours.requests).items():
        n, total, _, most = row[field].tolist()
        if n:
            mine[key] = (total / n / 1000.0, most / 1000.0) if field == "wait" else (total / n / 1000.0, float(n))
    if field == "wait":
        other = {(*_when(r), r["Phase"]): (r["AvgPhaseWait"], r["MaxPhaseWait"]) for r in theirs.tables["phase_wait"]}
    else:
        other = {(*_when(r), r["Phase"]): (r["AvgPedDelay"], float(r["Samples"])) for r in theirs.tables["ped_delay"]}
    dropped = {(*_when(r), r["Phase"]) for r in theirs.tables["invalid"]} if field == "wait" else set()

    def why(key: Key) -> str | None:
        if key in doubt:
            return doubt[key]
        return "a wait atspm drops because another phase lost an event meanwhile" if key in dropped else None

    return _weigh(name, mine, other, why)
