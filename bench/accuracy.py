"""Arrival predictions on recorded days: ours from raw positions beside every baseline on the same positions.

Baselines of the same run see what ours sees (transit.baselines). Those "with perfect stop detection" (bench.exact_baselines) are
told every true arrival instead. Ours predicts more calls (before the first stop, the next trip of the block), which are
harder; "same calls" are those that both predicted at the same instant. Where a data set has earlier days, ours and the means
of days have learned from them; nothing knows the test day. Of several dates in one recording, means know the earlier ones.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console

from bench.exact_baselines import constant_delay, mean_profile
from bench.recorded import (
    NYC,
    SIM,
    WMATA,
    Columns,
    DataSet,
    absent,
    chosen,
    command,
    compile_data,
    data_folder,
    find_folder,
    has_command,
    read_columns,
    replay,
)
from bench.rows import Row
from feeds.recording_scores import ScoreReader
from transit.accuracy import Predictions, Score, score_tables
from transit.accuracy_tables import ArrivalTable, PredictionTable, take_predictions
from transit.baselines import NAMES
from transit.kernels.columns import I64
from transit.network import Network

EVERY = 60.0
BUCKETS = {"120-300": "2–5 min", "300-600": "5–10 min", "600-1200": "10–20 min", "1200-1800": "20–30 min"}
TITLES = {name: name.replace("_", " ") for name in NAMES} | {"blend_62_38": "blend 62/38"}
EXACT_DELAY, EXACT_MEAN = "timetable deviation, perfect stop detection", "mean of days, exact inputs"
AIM = 0.85
"""of the best baseline's error, at these horizons; elsewhere merely below it"""
AIMED = {WMATA.name: ("300-600", "600-1200"), NYC.name: ("300-600", "600-1200"), SIM.name: ("120-300", "300-600", "600-1200")}
WANTED = {"coverage": 0.8, "availability": 0.97, "ghosts": 0.01, "count-ups": 0.2}
RULED = {SIM.name: (0.96, 0.93)}
"""shares wanted in MBTA bins and by the Transit score, where learned from earlier days"""


class Told(NamedTuple):
    """What was predicted of one recording, and what came of it."""

    ours: PredictionTable
    rivals: Mapping[str, PredictionTable]
    """by title"""
    truth: ArrivalTable
    timezone: str


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows: MAE by time to the true arrival, shares by both public rulers, wobble as the SD of a call's predicted time."""
    console = Console(stderr=True)
    for data in (WMATA,) if smoke else (WMATA, NYC, SIM):
        if find_folder(data) is None:
            yield absent(data)
            continue
        with tempfile.TemporaryDirectory(prefix="baimai-bench-") as folder, console.status(data.name) as status:
            network, file = compile_data(data, Path(folder))
            for step in _replays(data, file, Path(folder), smoke):
                status.update(f"{data.name}: {step}")
            told, said = _read(data, network, Path(folder)), (Path(folder) / "said").read_text(encoding="utf-8")
            status.update(f"{data.name}: scoring")
            yield from compare(data.name, told)
        yield f"{data.name}: {said}"


def _replays(data: DataSet, network: Path, work: Path, smoke: bool) -> Iterator[str]:
    """Leaves ours.csv, a file for each baseline and said in `work`; yields what it is about to do."""
    arrivals = read_arrivals(data)
    options: list[str | Path] = ["--until", str(float(arrivals["arrival_unix"].min()) + 3600.0)] if smoke else []
    learned = "nothing learned from earlier days"
    if data.earlier_positions:
        yield "replaying earlier days"
        replay(data, network, ["--stop-events", work / "earlier.csv"], data.earlier_positions)
        options += ["--baseline-history", work / "earlier.csv"]
        if has_command("learn", "--positions") and has_command("replay", "--history"):
            yield "learning from earlier days"
            positions = data_folder() / data.name / data.earlier_positions
            command("learn", "--network", network, "--positions", positions, "-o", work / "history.npz")
            options += ["--history", work / "history.npz"]
            learned = "learned from earlier days"
    yield "replaying"
    options += ["--every", str(EVERY), "--predictions", work / "ours.csv", "--baselines", work / "baselines"]
    said = replay(data, network, options)
    (work / "said").write_text(f"{learned}; {said}", encoding="utf-8")


def _read(data: DataSet, network: Network, work: Path) -> Told:
    """The predictions in `work` and those with perfect stop detection, in one numbering with the truth."""
    reader = ScoreReader(skip_first=not data.scores_first_stops)
    ours, _ = reader.read_predictions(work / "ours.csv")
    rivals = {TITLES[name]: reader.read_predictions(work / "baselines" / f"{name}.csv")[0] for name in NAMES}
    arrivals = read_arrivals(data)
    last = float(ours.sampled.max(initial=-np.inf))
    exact = {EXACT_DELAY: constant_delay(network, arrivals, EVERY)}
    if data.earlier_arrivals:
        exact[EXACT_MEAN] = mean_profile(network, arrivals, read_arrivals(data, data.earlier_arrivals), EVERY)
    rivals |= {name: _coded(reader, told, last) for name, told in exact.items()}
    truth, _ = reader.read_arrivals(data_folder() / data.name / data.arrivals)
    return Told(ours, rivals, truth, network.timezone)


def read_arrivals(data: DataSet, file: str = "") -> Columns:
    """The observed arrivals of a data set (or those in another file of it) that count."""
    names = ["vehicle_id", "trip_id", "stop_id", "stop_sequence", "arrival_unix", *(["service_date"] if file else [])]
    columns = read_columns(data_folder() / data.name / (file or data.arrivals), names)
    counted = ~np.isnan(columns["arrival_unix"])
    if not data.scores_first_stops and not file:
        counted &= columns["stop_sequence"] != 1
    return chosen(columns, counted)


def _coded(reader: ScoreReader, told: Predictions, last: float) -> PredictionTable:
    """Predictions up to epoch s `last` in the numbering of a reader."""
    kept = np.flatnonzero(told.sampled <= last)
    vehicle, trip, stop = (
        codes.codes(np.asarray(ids)[kept].tolist())
        for codes, ids in ((reader.vehicles, told.vehicle), (reader.trips, told.trip), (reader.stops, told.stop))
    )
    unknown, blank = np.full(len(kept), -1, np.int32), np.full(len(kept), np.nan)
    return PredictionTable(vehicle, trip, stop, unknown, unknown, told.sampled[kept], told.arrival[kept], blank, blank)


def compare(name: str, told: Told) -> Iterator[Row | str]:
    """Ours against each rival, on all calls that each makes and on those that both make; then against the best of them."""
    ours = score_tables(told.ours, told.truth, told.timezone)
    scored: dict[str, Score] = {}
    near: dict[str, tuple[Score, Score]] = {}
    for rival, table in told.rivals.items():
        if not len(table.arrival):
            yield f"{name}: {rival} predicts nothing: no earlier day is known"
            continue
        scored[rival] = score_tables(table, told.truth, told.timezone)
        mine, theirs = (score_tables(part, told.truth, told.timezone) for part in same_calls(told.ours, table))
        near[rival] = mine, theirs
        yield from rows_of(f"{name}, all calls", ours, scored[rival], rival)
        yield from rows_of(f"{name}, same calls", mine, theirs, rival)
        yield f"{name}: {ours.scored:,} calls of ours scored, {scored[rival].scored:,} of {rival}, {mine.scored:,} the same"
    yield from best_rows(name, ours, scored, near)
    yield from quality_rows(name, ours)


def rows_of(name: str, ours: Score, baseline: Score, rival: str) -> Iterator[Row]:
    """The figures of two scores beside each other, where both have them."""
    figures = [(f"MAE {title}", ours.mae[bucket].mae, baseline.mae[bucket].mae, "s", False) for bucket, title in BUCKETS.items()]
    figures += [
        ("in MBTA bins", ours.mbta_all, baseline.mbta_all, "share", True),
        ("Transit score", ours.transit_score, baseline.transit_score, "share", True),
        ("wobble", ours.whole.wobble, baseline.whole.wobble, "s", False),
    ]
    for figure, one, other, unit, higher in figures:
        if math.isfinite(one) and math.isfinite(other):
            yield Row(f"{name}: {figure}, {rival}", one, other, rival, unit, higher)


def best_rows(name: str, ours: Score, scored: Mapping[str, Score], near: Mapping[str, tuple[Score, Score]]) -> Iterator[Row | str]:
    """Ours beside the best baseline of each bucket, on all calls that each makes, and whether it is as far below as it should be."""
    for bucket, title in BUCKETS.items():
        known = {rival: one.mae[bucket].mae for rival, one in scored.items() if math.isfinite(one.mae[bucket].mae)}
        if not known or not math.isfinite(ours.mae[bucket].mae):
            continue
        best = min(known, key=lambda rival: known[rival])
        yield Row(f"{name}, best baseline: MAE {title}", ours.mae[bucket].mae, known[best], best, "s", False)
        ratios = {rival: mine.mae[bucket].mae / theirs.mae[bucket].mae for rival, (mine, theirs) in near.items()}
        worst = max((rival for rival in ratios if math.isfinite(ratios[rival])), key=lambda rival: ratios[rival])
        limit = AIM if bucket in AIMED[name] else 1.0
        verdict = "yes" if ours.mae[bucket].mae < limit * known[best] and ratios[worst] < limit else "NO"
        yield (
            f"{name} {title}: best baseline {best}, {known[best]:.1f} s; ours {ours.mae[bucket].mae:.1f} s, "
            f"{ours.mae[bucket].mae / known[best]:.0%} of it; on same calls at most {ratios[worst]:.0%} ({worst}); "
            f"below {limit:.0%}: {verdict}"
        )


def quality_rows(name: str, ours: Score) -> Iterator[Row]:
    """What no baseline has, beside what is wanted: intervals that hold, calls foreseen, few ghosts, times that stand still."""
    figures = [("80 % interval holds", ours.coverage, "coverage", True)]
    figures += [(f"80 % interval holds {title}", ours.mae[bucket].coverage, "coverage", True) for bucket, title in BUCKETS.items()]
    figures += [(f"predicted {lead // 60} min ahead", share, "availability", True) for lead, share in ours.availability.items()]
    figures += [("ghosts", ours.whole.ghosts, "ghosts", False), ("shown count-ups a call", ours.whole.count_ups, "count-ups", False)]
    for title, value, kind, higher in figures:
        if math.isfinite(value):
            beside = "wanted" if kind == "coverage" else "wanted at least" if higher else "wanted at most"
            yield Row(f"{name}: {title}", value, WANTED[kind], beside, "a call" if kind == "count-ups" else "share", higher)
    for title, value, wanted in zip(("in MBTA bins", "Transit score"), (ours.mbta_all, ours.transit_score), RULED.get(name, ())):
        yield Row(f"{name}: {title}", value, wanted, "wanted at least", "share", True)


def same_calls(one: PredictionTable, other: PredictionTable) -> tuple[PredictionTable, PredictionTable]:
    """Of both, the predictions of a vehicle, trip and stop at an instant at which both predicted it."""
    count = len(one.arrival)
    key: I64 = np.zeros(count + len(other.arrival), np.int64)
    for name in ("sampled", "vehicle", "trip", "stop"):
        values = np.concatenate((getattr(one, name), getattr(other, name)))
        dense = np.unique(values, return_inverse=True)[1].ravel()
        key = key * (int(dense.max(initial=0)) + 1) + dense
    return (
        take_predictions(one, np.flatnonzero(np.isin(key[:count], key[count:]))),
        take_predictions(other, np.flatnonzero(np.isin(key[count:], key[:count]))),
    )
