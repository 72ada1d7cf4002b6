"""What was learned of buses at signals, as bytes that outlive a restart: delays by crossing and hour, and times to the lines.

An uncompressed .npz. Its figures belong to crossings, which follow from one timetable and one inventory: with others they are
not taken over, because a line that is driven another way meets other queues.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import Any

import numpy as np

from server.signals.approaches import Crossings
from server.signals.bus_delay import BusDelay
from server.signals.priority_approaching import Approaching

FORMAT = 1


def learned_to_bytes(delays: BusDelay, approaching: Approaching) -> bytes:
    """Everything both have learned."""
    file = io.BytesIO()
    columns: dict[str, Any] = {**delays.sums(), **approaching.sums()}
    np.savez(file, mark=np.frombuffer(_mark(delays.crossings).encode(), np.uint8), **columns)
    return file.getvalue()


def recall(data: bytes, delays: BusDelay, approaching: Approaching) -> str | None:
    """Takes over what `learned_to_bytes` wrote; a sentence says why when nothing was taken."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            kept = {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        return f"what was learned of buses at signals cannot be read: {error}"
    mark = kept.pop("mark", np.zeros(0, np.uint8))
    if mark.dtype != np.uint8 or mark.tobytes().decode(errors="replace") != _mark(delays.crossings):
        return "what was learned of buses at signals is of another timetable or inventory"
    wanted = {**delays.sums(), **approaching.sums()}
    for name, column in wanted.items():
        if name not in kept or kept[name].shape != column.shape or kept[name].dtype != column.dtype:
            return f"what was learned of buses at signals lacks {name}"
    for name, column in wanted.items():
        column[...] = kept[name]
    return None


def _mark(crossings: Crossings) -> str:
    """Format and digest of what figures belong to."""
    digest = hashlib.blake2b(digest_size=16)
    for column in (crossings.pattern, crossings.intersection, crossings.approach, crossings.distance, crossings.zone):
        digest.update(np.ascontiguousarray(column).tobytes() + b"|")
    return f"{FORMAT}:{digest.hexdigest()}"
