"""Which encoder makes which GTFS-Realtime feed."""
from __future__ import annotations

from server.published import Encoder


def feed_encoders() -> dict[str, Encoder]:
    """Encoders by path."""
    return {}
