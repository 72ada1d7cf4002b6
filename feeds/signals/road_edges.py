"""Street networks as tables of directed edges (CSV, gzipped CSV, Parquet): `edge_id,from_node,to_node,road_class,…`.

`length_m` and `speed_mps` give driving times. `to_signal` says whether the edge ends at a signal: 0 or empty no, 1 yes — the
intersection is then called as its node — and anything else is the id of the intersection, which may hold several nodes. `wkt`
(LINESTRING of lon lat, WGS-84) gives an intersection its place. Edges without a node, a length or a speed are left out and counted.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa

from feeds.counters import Counters
from feeds.errors import BadEncoding, FeedError
from feeds.recording_cells import blank_rows, read_numbers, strike
from feeds.recording_tables import Block, Columns, Source, name_of, read_blocks
from signals.kernels.columns import I32
from signals.road_graph import RoadGraph, road_class
from transit.accuracy_tables import Codes

IDS = ("from_node", "to_node", "road_class", "to_signal", "wkt")
COLUMNS = Columns((*IDS, "length_m", "speed_mps"), frozenset(["from_node", "to_node", "length_m", "speed_mps"]), frozenset(IDS))
_END = re.compile(r"([-+0-9.eE]+)\s+([-+0-9.eE]+)\s*\)\s*$")


def read_road_edges(source: Source) -> tuple[RoadGraph, Counters]:
    """The network of one file. Raises FeedError (see feeds.recording_tables), also when no edge can be used."""
    counters, name = Counters(), name_of(source)
    nodes, classes, signals, shapes = Codes(), Codes(), Codes(), Codes()
    parts: list[list[Any]] = []
    for block in read_blocks(source, COLUMNS, counters):
        keep = ~blank_rows(block)
        ids = [id_codes(block, one, codes, name) for one, codes in zip(IDS, (nodes, nodes, classes, signals, shapes))]
        length, speed = (read_numbers(block, one, keep, counters) for one in COLUMNS.names[len(IDS) :])
        for column, missing in (("from_node", ids[0] < 0), ("to_node", ids[1] < 0)):
            for row in np.flatnonzero(keep & missing).tolist():
                strike(row, column, "missing", "is empty", block.where, keep, counters)
        for column, value, able in (("length_m", length, length >= 0), ("speed_mps", speed, speed > 0)):
            for row in np.flatnonzero(keep & ~able).tolist():
                kind, detail = ("missing", "is empty") if np.isnan(value[row]) else ("impossible", f"is {value[row]:g}")
                strike(row, column, kind, detail, block.where, keep, counters)
        kept: list[Any] = [*ids, length, speed]
        parts.append([column[keep] for column in kept])
    if not sum(len(part[0]) for part in parts):
        raise FeedError(name, None, None, "has no usable edge")
    columns = [np.concatenate(column) for column in zip(*parts)]
    counters.accepted = len(columns[0])
    return _graph(columns, nodes, classes, signals, shapes), counters


def id_codes(block: Block, column: str, codes: Codes, name: str) -> I32:
    """[rows] a column of ids as codes, -1 empty or absent. Raises BadEncoding where it is no UTF-8 text."""
    array = block.columns.get(column)
    if array is None:
        return np.full(block.rows, -1, np.int32)
    try:
        words = [str(word).strip() for word in array.dictionary.to_pylist()]
    except (UnicodeDecodeError, pa.ArrowInvalid):
        raise BadEncoding(name, f"the column {column} is not UTF-8 text") from None
    of_word = np.append(codes.codes(words), np.int32(-1)).astype(np.int32)
    found: I32 = of_word[array.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)]
    return found


def _graph(columns: list[Any], nodes: Codes, classes: Codes, signals: Codes, shapes: Codes) -> RoadGraph:
    start, end, word, flag, shape, length, speed = columns
    count = len(nodes.ids)
    signal_of, ids, index = np.full(count, -1, np.int32), list[str](), dict[str, int]()
    sums = np.zeros((3, len(start) + 1))
    for e in np.flatnonzero(flag >= 0).tolist():
        said = signals.ids[flag[e]]
        if said in ("0", "0.0", "false"):
            continue
        one = nodes.ids[end[e]] if said in ("1", "1.0", "true") else said
        j = index.setdefault(one, len(ids))
        if j == len(ids):
            ids.append(one)
        signal_of[end[e]] = j
        place = _last_point(shapes.ids[shape[e]]) if shape[e] >= 0 else None
        if place is not None:
            sums[:, j] += (1.0, *place)
    seen = np.where(sums[0] > 0, sums[0], np.nan)[: len(ids)]
    lat, lon = sums[1, : len(ids)] / seen, sums[2, : len(ids)] / seen
    kinds = np.array([*(road_class(one) for one in classes.ids), 0], np.int8)[word]
    return RoadGraph(tuple(nodes.ids), start, end, length, speed, kinds, signal_of, tuple(ids), lat, lon)


def _last_point(wkt: str) -> tuple[float, float] | None:
    """(lat, lon) of the end of a LINESTRING; None where that is none."""
    found = _END.search(wkt)
    if found is None or not wkt.upper().startswith("LINESTRING"):
        return None
    try:
        lon, lat = float(found[1]), float(found[2])
    except ValueError:
        return None
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None
