"""Where recorded positions are placed, beside their labels: NYC (raw, no ids), the simulated city (exact truth), WMATA.

NYC: OneBusAway's labels, corrected by hand; the labelled distance along the block less where the labelled trip begins on it
(the median difference to the snapped position laid on that trip's shape) is the labelled distance along the trip.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.recorded import (
    NYC,
    SIM,
    WMATA,
    Columns,
    absent,
    chosen,
    compile_data,
    data_folder,
    find_folder,
    read_columns,
    replay,
)
from bench.rows import Row
from transit.geometry import to_local
from transit.kernels.columns import F64, I64
from transit.network import Network

NEAR = 60.0
"""m within which a place is right"""
TERMINAL = 60.0
"""m from the ends of a trip within which the simulated truth may be laying over"""
WAITING = 30.0
"""m along a trip within which the simulated bus has yet to leave its first stop"""
SUPERSEDED = ("late", "duplicate")
"""states of positions that came after a newer one, or again: they say nothing of now and are not placed"""
MATCHES = ("vehicle_id", "timestamp_unix", "route_id", "direction_id", "trip_id", "shape_dist_m", "cross_track_m", "state")
Mask = NDArray[np.bool_]


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in shares and metres."""
    for data, rows in ((WMATA, wmata_rows),) if smoke else ((NYC, nyc_rows), (SIM, sim_rows), (WMATA, wmata_rows)):
        if find_folder(data) is None:
            yield absent(data)
            continue
        with tempfile.TemporaryDirectory() as folder:
            network, file = compile_data(data, Path(folder))
            out = Path(folder) / "matches.csv"
            said = replay(data, file, ["--matches", out])
            yield from rows(network, read_columns(out, MATCHES))
        yield f"{data.name}: {said}"


def nyc_rows(network: Network, matches: Columns) -> Iterator[Row]:
    """Shares of labelled positions that are placed as labelled."""
    names = (
        "vehicle_id", "timestamp_unix", "label_phase", "label_trip_id", "service_date", "label_distance_along_block_m",
        "label_snapped_lat", "label_snapped_lon",
    )
    labels = read_columns(data_folder() / NYC.name / "dev/labels.csv.gz", names)
    for name in names[5:]:
        labels[name] = numbers(labels[name])
    labels, matches = joined(labels, matches)
    shown = matches["state"] == "in_service"
    trip = trips_of(network, labels["label_trip_id"])
    running = (labels["label_phase"] == "IN_PROGRESS") & (trip >= 0)
    place = np.full(len(trip), np.nan)
    runs = np.char.add(np.char.add(labels["vehicle_id"], labels["service_date"]), labels["label_trip_id"])
    for run_id in np.unique(runs[running]):
        rows = np.flatnonzero(running & (runs == run_id))
        part = chosen(labels, rows)
        along = part["label_distance_along_block_m"]
        snapped = lay(network, trip[rows], part["label_snapped_lat"], part["label_snapped_lon"])
        place[rows] = along - np.median(along - snapped)
    same = matches["direction_id"] == network.patterns.direction[network.trips.pattern[trip]]
    right = shown & same & (np.abs(matches["shape_dist_m"] - place) <= NEAR)
    yield Row("NYC: in progress, right direction within 60 m", share(right, running), 0.95, "wanted at least", "share", True)
    yield Row("NYC: of those shown in service while in progress", share(right, running & shown), 0.95, "wanted at least", "share", True)
    for word in ("DEADHEAD", "LAYOVER", "AT_BASE"):
        idle = np.char.startswith(labels["label_phase"], word)
        yield Row(f"NYC: {word.lower()} shown in service", share(shown, idle), 0.05, "wanted at most", "share", False)


def sim_rows(network: Network, matches: Columns) -> Iterator[Row]:
    """Route, direction and progress against the simulator's truth, of vehicles with and without ids."""
    truth = read_columns(
        data_folder() / SIM.name / "test/positions.csv.gz", ("vehicle_id", "timestamp_unix", "trip_id", "shape_dist_m")
    )
    sent = read_columns(data_folder() / SIM.name / SIM.positions, ("vehicle_id", "timestamp_unix", "trip_id", "lat", "lon"))
    truth, matches = joined(truth, matches)
    position, matches = joined(sent, matches)
    truth, _ = joined(truth, matches)
    names_trips = np.isin(position["vehicle_id"], np.unique(sent["vehicle_id"][sent["trip_id"] != ""]))
    trip = trips_of(network, truth["trip_id"])
    length = network.shapes.length[network.trips.pattern[trip]]
    running = (trip >= 0) & (truth["shape_dist_m"] > TERMINAL) & (truth["shape_dist_m"] < length - TERMINAL)
    pattern = network.trips.pattern[trip]
    route = np.array(list(network.route_ids))[network.patterns.route[pattern]]
    same = (matches["route_id"] == route) & (matches["direction_id"] == network.patterns.direction[pattern])
    shown, new = matches["state"] == "in_service", ~np.isin(matches["state"], SUPERSEDED)
    yet = (trip >= 0) & (truth["shape_dist_m"] < WAITING)
    for word, these in (("with trip ids", names_trips), ("without", ~names_trips)):
        rows = running & these
        placed = np.flatnonzero(rows & shown & same)
        error = np.abs(matches["shape_dist_m"] - truth["shape_dist_m"])[placed]
        part = chosen(position, placed)
        nearest = np.abs(lay(network, trip[placed], part["lat"], part["lon"]) - truth["shape_dist_m"][placed])
        right = shown & same
        yield Row(f"sim {word}: on the right route and direction", share(right, rows & new), 0.98, "wanted at least", "share", True)
        yield Row(f"sim {word}: … of all, late ones too", share(right, rows), 0.95, "wanted at least", "share", True)
        yield Row(f"sim {word}: shown on a wrong one", share(shown & ~same, rows), 0.001, "wanted at most", "share", False)
        wrong = share(shown & ~same, yet & these)
        yield Row(f"sim {word}: waiting, shown on a wrong one", wrong, 0.001, "wanted at most", "share", False)
        for name, q in (("median", 50), ("95th percentile", 95)):
            ours, baseline = float(np.percentile(error, q)), float(np.percentile(nearest, q))
            yield Row(f"sim {word}: {name} of |error along|", ours, baseline, "nearest place on the true trip's shape", "m", False)
    yield Row("sim: waiting at the first stop, shown in service", share(shown, yet), 0.05, "wanted at most", "share", False)
    yield Row("sim: off every trip, shown in service", share(shown, trip < 0), 0.05, "wanted at most", "share", False)


def wmata_rows(network: Network, matches: Columns) -> Iterator[Row]:
    """What became of a feed with trip ids; the agency snaps its positions, so cross-track says little of us."""
    sent = read_columns(data_folder() / WMATA.name / WMATA.positions, ("vehicle_id", "timestamp_unix", "trip_id"))
    sent, matches = joined(sent, matches)
    same = sent["trip_id"] == matches["trip_id"]
    every = np.ones(len(same), bool)
    shown = matches["state"] == "in_service"
    yield Row("WMATA: in service or waiting on the trip sent", share(same, every), 0.95, "wanted at least", "share", True)
    yield Row("WMATA: in service on another trip", share(shown & ~same, every), 0.02, "wanted at most", "share", False)
    for name, q in (("median", 50), ("95th percentile", 95)):
        cross = float(np.nanpercentile(matches["cross_track_m"][shown], q))
        yield Row(f"WMATA: {name} across the shape", cross, NEAR, "wanted at most", "m", False)


def joined(one: Columns, matches: Columns) -> tuple[Columns, Columns]:
    """The rows that both have, of a vehicle at a second, in the same order; of repeated ones the first."""
    keys, other_keys = (
        np.char.add(np.char.add(columns["vehicle_id"], " "), columns["timestamp_unix"].astype(np.int64).astype(str))
        for columns in (one, matches)
    )
    _, first, second = np.intersect1d(keys, other_keys, return_indices=True)
    return chosen(one, first), chosen(matches, second)


def trips_of(network: Network, ids: NDArray[Any]) -> I64:
    """Trip index of each id, -1 unknown."""
    names, where = np.unique(ids, return_inverse=True)
    return np.array([network.trip_index.get(str(name), -1) for name in names], np.int64)[where]


def lay(network: Network, trip: I64, lat: F64, lon: F64) -> F64:
    """Metres along each trip's full shape of the place nearest to a position."""
    x, y = to_local(lat, lon, network.origin_lat, network.origin_lon)
    out = np.full(len(trip), np.nan)
    for pattern in np.unique(network.trips.pattern[trip]):
        rows = np.flatnonzero(network.trips.pattern[trip] == pattern)
        points = slice(network.shape_start[pattern], network.shape_start[pattern + 1])
        px, py = to_local(
            network.shape_lat[points].astype(float), network.shape_lon[points].astype(float), network.origin_lat, network.origin_lon
        )
        dx, dy = np.diff(px), np.diff(py)
        chord = np.maximum(np.hypot(dx, dy), 1e-6)
        begin = np.concatenate(([0.0], np.cumsum(chord)))
        scale = float(network.shapes.length[pattern]) / begin[-1]
        for part in np.array_split(rows, len(rows) // 1000 + 1):
            rx, ry = x[part, None] - px[:-1], y[part, None] - py[:-1]
            along = np.clip((rx * dx + ry * dy) / chord, 0.0, chord)
            best = np.argmin((rx - along * dx / chord) ** 2 + (ry - along * dy / chord) ** 2, axis=1)
            out[part] = (begin[best] + along[np.arange(len(part)), best]) * scale
    return out


def numbers(texts: NDArray[Any]) -> F64:
    """Numbers of a column that was read as text."""
    return np.array([float(text) if text else np.nan for text in texts])


def share(rows: Mask, of: Mask) -> float:
    """Of the rows `of`, how many are also `rows`."""
    return float(rows[of].mean()) if of.any() else float("nan")
