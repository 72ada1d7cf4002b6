"""Arrival predictions on recorded days: ours from raw positions, beside constant timetable delay with perfect stop detection.

The baseline is told every true arrival as it happens and predicts each later stop of the trip at its scheduled time plus the
deviation at the last stop reached. Ours sees positions only, and predicts more calls (before the first stop, the next trip of
the block), which are harder; "same calls" are those that both predicted at the same instant.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from bench.recorded import (
    NYC,
    SIM,
    WMATA,
    Columns,
    DataSet,
    absent,
    chosen,
    compile_data,
    data_folder,
    find_folder,
    read_columns,
    replay,
)
from bench.rows import Row
from transit.accuracy import Arrivals, Predictions, Score, score
from transit.kernels.columns import F64
from transit.network import Network

BASELINE = "constant timetable delay"
EVERY = 60.0
BUCKETS = {"120-300": "2–5 min", "300-600": "5–10 min", "600-1200": "10–20 min", "1200-1800": "20–30 min"}


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in seconds of mean absolute error by time to the true arrival, and in shares by both public rulers."""
    for data in (WMATA,) if smoke else (WMATA, NYC, SIM):
        if find_folder(data) is None:
            yield absent(data)
            continue
        with tempfile.TemporaryDirectory() as folder:
            network, file = compile_data(data, Path(folder))
            arrivals = read_arrivals(data)
            until = ["--until", str(float(arrivals["arrival_unix"].min()) + 3600.0)] if smoke else []
            out = Path(folder) / "predictions.csv"
            said = replay(data, file, ["--every", str(EVERY), "--predictions", out, *until])
            ours = read_predictions(out)
        truth = Arrivals(arrivals["vehicle_id"], arrivals["trip_id"], arrivals["stop_id"], arrivals["arrival_unix"])
        baseline = constant_delay(network, arrivals)
        yield from rows_of(data.name, score(ours, truth), score(baseline, truth))
        both = [score(part, truth) for part in same_calls(ours, baseline)]
        yield from rows_of(f"{data.name}, same calls", *both)
        yield f"{data.name}: {said}"


def read_arrivals(data: DataSet) -> Columns:
    """The observed arrivals of a data set that count."""
    names = ("vehicle_id", "trip_id", "stop_id", "stop_sequence", "arrival_unix")
    columns = read_columns(data_folder() / data.name / data.arrivals, names)
    counted = ~np.isnan(columns["arrival_unix"])
    if not data.scores_first_stops:
        counted &= columns["stop_sequence"] != 1
    return chosen(columns, counted)


def read_predictions(path: Path) -> Predictions:
    """Predictions as `baimai replay` wrote them."""
    names = ("vehicle_id", "trip_id", "stop_id", "sampled_at_unix", "predicted_arrival_unix")
    return Predictions(*read_columns(path, names).values())


def rows_of(name: str, ours: Score, baseline: Score) -> Iterator[Row]:
    """The figures of two scores beside each other."""
    for bucket, title in BUCKETS.items():
        yield Row(f"{name}: MAE {title}", ours.mae[bucket].mae, baseline.mae[bucket].mae, BASELINE, "s", False)
    yield Row(f"{name}: in MBTA bins", ours.mbta_all, baseline.mbta_all, BASELINE, "share", True)
    yield Row(f"{name}: Transit score", ours.transit_score, baseline.transit_score, BASELINE, "share", True)
    for lead in ours.availability:
        mine, other = ours.availability[lead], baseline.availability[lead]
        yield Row(f"{name}: predicted {lead // 60} min ahead", min(mine, 1.0), other, BASELINE, "share of arrivals", True)
    yield Row(f"{name}: scored", float(ours.scored), float(baseline.scored), BASELINE, "predictions", True)


def same_calls(one: Predictions, other: Predictions) -> tuple[Predictions, Predictions]:
    """Of both, the predictions of a vehicle, trip and stop at an instant at which both predicted it."""
    keys, dense = [], []
    for name in ("sampled", "vehicle", "trip", "stop"):
        values = np.concatenate([np.asarray(getattr(one, name)), np.asarray(getattr(other, name))])
        dense.append(np.unique(values, return_inverse=True)[1])
    whole = np.unique(np.stack(dense), axis=1, return_inverse=True)[1].ravel()
    count = len(one.sampled)
    for mine, theirs, part in ((whole[:count], whole[count:], one), (whole[count:], whole[:count], other)):
        kept = np.isin(mine, theirs)
        keys.append(Predictions(*(np.asarray(column)[kept] for column in part)))
    return keys[0], keys[1]


def constant_delay(network: Network, arrivals: Columns) -> Predictions:
    """The baseline's predictions at every full minute between a vehicle's first and last arrival on a trip."""
    parts: list[tuple[str, str, list[str], float, F64]] = []
    arrivals = chosen(arrivals, np.lexsort((arrivals["arrival_unix"], arrivals["trip_id"], arrivals["vehicle_id"])))
    same = (arrivals["vehicle_id"][1:] == arrivals["vehicle_id"][:-1]) & (arrivals["trip_id"][1:] == arrivals["trip_id"][:-1])
    bounds = [0, *(np.flatnonzero(~same) + 1).tolist(), len(arrivals["trip_id"])]
    stop_ids = list(network.stop_ids)
    for begin, end in pairwise(bounds):
        trip = network.trip_index.get(str(arrivals["trip_id"][begin]), -1)
        if trip < 0:
            continue
        first = int(network.patterns.stop_start[network.trips.pattern[trip]])
        scheduled = network.trips.arrival[network.trips.start[trip] : network.trips.start[trip + 1]].astype(np.float64)
        sequence = network.patterns.sequence[first : first + len(scheduled)]
        stops = [stop_ids[k] for k in network.patterns.stop[first : first + len(scheduled)]]
        reached, at = arrivals["stop_sequence"][begin:end], arrivals["arrival_unix"][begin:end]
        for now in np.arange(math.ceil(at[0] / EVERY) * EVERY, at[-1], EVERY):
            last = int(np.searchsorted(at, now, "right")) - 1
            k = int(np.searchsorted(sequence, reached[last]))
            times = np.maximum(scheduled[k + 1 :] + at[last] - scheduled[k], now)
            parts.append((str(arrivals["vehicle_id"][begin]), str(arrivals["trip_id"][begin]), stops[k + 1 :], now, times))
    lengths = [len(part[4]) for part in parts]
    return Predictions(
        np.repeat([part[0] for part in parts], lengths), np.repeat([part[1] for part in parts], lengths),
        np.array([stop for part in parts for stop in part[2]]), np.repeat([part[3] for part in parts], lengths),
        np.concatenate([part[4] for part in parts]),
    )
