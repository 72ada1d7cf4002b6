"""A History to and from one .npz file that is known by places and ids, not by the numbers of one network.

Links are stored with the road samples they run along, so they find themselves again in a later timetable by geometry: a line
whose path changed gets nothing from the road it left. Dwells go by stop id, hops by the ids of both stops and their way, what
belongs to patterns by route, direction, ends and number of stops. Only hours that were measured are stored. Nothing is pickled.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from transit.errors import HistoryFormatError
from transit.geometry import to_local, to_wgs84
from transit.history import DAY_TYPES, HOURS, History
from transit.intervals import MIDDLES
from transit.kernels.columns import F32, F64, I64
from transit.kernels.intervals import BINS
from transit.kernels.links import SAME_WAY, join_roads
from transit.kernels.prediction_columns import HistoryColumns
from transit.links import HOP_STEP, REACH, STEP, Links
from transit.network import Network
from transit.strings import Strings

FORMAT = 1
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, KeyError, IndexError, TypeError, AttributeError, OSError,
    OverflowError, MemoryError, RuntimeError,
)  # fmt: skip
"""What numpy, zipfile and json raise on bytes that are not theirs."""
_SEPARATOR = "\x1f"
Arrays = dict[str, NDArray[Any]]


def history_to_bytes(history: History, network: Network, links: Links) -> bytes:
    """The bytes of the file."""
    known = history.columns
    lat, lon = to_wgs84(links.points[:, 0], links.points[:, 1], network.origin_lat, network.origin_lon)
    stops, hops, patterns = list(network.stop_ids), _hop_keys(network, links), _pattern_keys(network)
    cells = np.flatnonzero(known.weight.reshape(-1) > 0)
    arrays: Arrays = {
        "point_lat": lat, "point_lon": lon, "point_heading": links.points[:, 2:], "link_of_point": links.link_of_point,
        "link_length": links.length, "cell": cells.astype(np.int64), "cell_weight": known.weight.reshape(-1)[cells],
        "cell_seconds": known.seconds.reshape(-1)[cells], "errors": history.errors,
    }  # fmt: skip
    arrays |= {name: getattr(known, name) for name in HistoryColumns._fields[2:]}
    for name, keys in (("stops", stops), ("hops", hops), ("patterns", patterns)):
        packed = Strings.of(keys)
        arrays |= {f"{name}.starts": packed.starts, f"{name}.text": packed.text}
    meta = {"format": FORMAT, "days": history.days, "last": history.last}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, meta=np.frombuffer(json.dumps(meta).encode(), np.uint8), **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def load_history(path: Path | str, network: Network, links: Links) -> History:
    """What a file knows of this network. Raises HistoryFormatError for anything but a whole file, FileNotFoundError for none."""
    with Path(path).open("rb") as file:
        return read_history(file, str(path), network, links)


def read_history(file: BinaryIO, name: str, network: Network, links: Links) -> History:
    """Likewise from a stream; `name` is what errors call it."""
    if not zipfile.is_zipfile(file):
        raise HistoryFormatError(name, "is not a history file")
    file.seek(0)
    try:
        with np.load(file, allow_pickle=False) as found:
            meta = json.loads(found["meta"].tobytes())
            if meta.get("format") != FORMAT:
                raise HistoryFormatError(name, f"has format {meta.get('format')}, this program reads {FORMAT}")
            arrays = {key: found[key] for key in found.files}
            history = _placed(arrays, network, links)
    except _DAMAGE as error:
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise HistoryFormatError(name, f"is not a history file or is damaged ({reason})") from None
    history.days, history.last = int(meta["days"]), meta["last"]
    return history


def _placed(arrays: Arrays, network: Network, links: Links) -> History:
    """The sums of a file on the links, stops, hops and patterns of a network."""
    old_links, old_stops = len(arrays["link_length"]), len(arrays["stops.starts"]) - 1
    table = (old_links + old_stops, DAY_TYPES, HOURS)
    weight, seconds = np.zeros((2, *table), np.float32)
    weight.reshape(-1)[arrays["cell"]], seconds.reshape(-1)[arrays["cell"]] = arrays["cell_weight"], arrays["cell_seconds"]
    if arrays["errors"].shape != (2, len(MIDDLES), BINS) or len(arrays["passes"]) != len(arrays["squares"]) != table[0]:
        raise ValueError("its tables do not fit together")
    history = History.empty(len(links), len(network.stop_ids), links.hops, len(network.patterns.route))
    known = history.columns
    old, new, share = _links_again(arrays, network, links)
    longer = arrays["link_length"][old] / links.length[new]
    for column, source, part in (
        (known.weight, weight, share * longer), (known.seconds, seconds, share),
        (known.squares, arrays["squares"], share), (known.passes, arrays["passes"], share * longer),
    ):
        found = source[old] * part.reshape(-1, *[1] * (source.ndim - 1)).astype(np.float32)
        first = np.flatnonzero(np.diff(new, prepend=-1))
        if len(first):
            column[new[first]] = np.add.reduceat(found, first, axis=0)
    at, found = _ids_again(arrays, "stops", list(network.stop_ids))
    for column, source in (
        (known.weight, weight), (known.seconds, seconds), (known.squares, arrays["squares"]), (known.passes, arrays["passes"]),
    ):
        column[len(links) + at] = source[old_links + found]
    for name, keys, columns in (
        ("hops", _hop_keys(network, links), ("hop_actual", "hop_expected")),
        ("patterns", _pattern_keys(network), ("start_delay", "starts", "early", "waited", "gap_seconds", "gaps")),
    ):
        at, found = _ids_again(arrays, name, keys)
        for column_name in columns:
            getattr(known, column_name)[at] = arrays[column_name][found]
    known.lateness[:], known.dwells[:], history.errors[:] = arrays["lateness"], arrays["dwells"], arrays["errors"]
    return history


def _links_again(arrays: Arrays, network: Network, links: Links) -> tuple[I64, I64, F64]:
    """(link of the file, link of the network, share of the former on the latter) where they are one road; in order of the second."""
    x, y = to_local(arrays["point_lat"], arrays["point_lon"], network.origin_lat, network.origin_lon)
    before: F32 = np.column_stack((x, y, arrays["point_heading"])).astype(np.float32)
    road = np.empty(len(before) + len(links.points), np.int32)
    join_roads(np.concatenate((before, links.points)), len(before), REACH, SAME_WAY, road)
    road = road[len(before) :]
    same = road < len(before)
    old, new = arrays["link_of_point"][road[same]].astype(np.int64), links.link_of_point[same].astype(np.int64)
    many = len(arrays["link_length"])
    pairs, counts = np.unique(new * many + old, return_counts=True)
    whole = np.maximum(arrays["link_length"][pairs % many], 1.0)
    return pairs % many, pairs // many, np.minimum(counts * STEP / whole, 1.0)


def _ids_again(arrays: Arrays, name: str, keys: list[str]) -> tuple[I64, I64]:
    """(place in `keys`, place in the file) of what both have."""
    stored = {key: place for place, key in enumerate(Strings(arrays[f"{name}.starts"], arrays[f"{name}.text"]))}
    found = [(place, stored[key]) for place, key in enumerate(keys) if key in stored]
    both = np.array(found, np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _hop_keys(network: Network, links: Links) -> list[str]:
    """Of each hop: the ids of its stops and its way; the first stop of patterns has no stop before it."""
    patterns, ids = network.patterns, list(network.stop_ids)
    keys = [""] * links.hops
    firsts = set(patterns.stop_start[:-1].tolist())
    for q, hop in enumerate(links.hop_of.tolist()):
        way = 0 if q in firsts else round(float(patterns.distance[q] - patterns.distance[q - 1]) / HOP_STEP)
        keys[hop] = _SEPARATOR.join(("" if q in firsts else ids[patterns.stop[q - 1]], ids[patterns.stop[q]], str(way)))
    return keys


def _pattern_keys(network: Network) -> list[str]:
    patterns, stops, routes = network.patterns, list(network.stop_ids), list(network.route_ids)
    ends = zip(patterns.stop_start[:-1].tolist(), patterns.stop_start[1:].tolist())
    return [
        _SEPARATOR.join((routes[route], str(way), stops[patterns.stop[first]], stops[patterns.stop[end - 1]], str(end - first)))
        for (first, end), route, way in zip(ends, patterns.route.tolist(), patterns.direction.tolist())
    ]
