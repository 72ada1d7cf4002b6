"""Streets to walk on, in `parking/streets.csv` (or `.csv.gz`) of the data directory; without them searches go by straight distance."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import structlog

from feeds.errors import FeedError
from feeds.parking.streets import read_streets
from parking.streets import StreetGraph, build_streets, walks_from

FOLDER = "parking"
FILES = ("streets.csv", "streets.csv.gz")


def read_streets_of(folder: Path) -> StreetGraph | None:
    """None where there are none that can be used; why, the log says."""
    path = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if path is None:
        return None
    log = structlog.get_logger()
    try:
        streets, counters = read_streets(path.name, unpacked(path))
        graph = build_streets(streets)
        walks_from(graph, float(graph.lat[0]), float(graph.lon[0]), 100.0, 100.0)  # compiled before anybody waits for it
    except (FeedError, OSError, ValueError) as wrong:
        log.error("parking_streets_unusable", file=str(path), reason=str(wrong))
        return None
    log.info("parking_streets", nodes=len(graph.lat), refused=counters.refused_total)
    return graph


def unpacked(path: Path) -> bytes:
    """Content of a file, of its only part where it is gzip. Raises OSError, FeedError."""
    data = path.read_bytes()
    if not path.name.endswith(".gz"):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        raise FeedError(str(path), None, None, "is no gzip file, or is cut off") from None
