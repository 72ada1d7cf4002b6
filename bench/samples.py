"""GTFS-Realtime samples of real agencies: every protobuf file decoded, beside the protobuf library's own reading of it."""

from __future__ import annotations

from collections.abc import Iterator

from google.transit import gtfs_realtime_pb2

from bench.recorded import data_folder
from bench.rows import Row
from feeds.gtfs_rt import decode_positions


def run(smoke: bool = False) -> Iterator[Row | str]:
    """A row a file: positions decoded by us and by the library; notes say what was ignored or refused, by reason."""
    folder = data_folder() / "gtfsrt_samples"
    files = sorted(folder.rglob("*.pb"))
    if not files:
        yield f"gtfsrt_samples skipped: there is no {folder}"
    for path in files:
        raw = path.read_bytes()
        positions, counters = decode_positions(raw, 0.0)
        feed = gtfs_realtime_pb2.FeedMessage.FromString(raw)
        theirs = sum(entity.HasField("vehicle") and entity.vehicle.HasField("position") for entity in feed.entity)
        name = f"{path.parent.name}/{path.name}"
        yield Row(f"{name}: positions", len(positions.lat), theirs, "protobuf library", "positions", True)
        yield f"{name}: ignored {counters.ignored or 'nothing'}, refused {counters.refused or 'nothing'}"
