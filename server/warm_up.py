"""Runs every compiled function that readers and inputs will call, once, before the first snapshot is shown.

With a warm cache of numba this takes milliseconds; on a fresh installation it is where the compiling happens, in the engine's
thread, instead of in the event loop at somebody's first request. Loading a compiled function from the cache costs some too.
"""

from __future__ import annotations

from collections.abc import Iterable

from feeds.gtfs_rt import decode_positions as decode_feed
from feeds.gtfs_rt_write import encode_vehicle_positions
from feeds.positions_json import decode_positions as decode_json
from server.published import Encoder
from transit.snapshot import Snapshot

_POSITION = b'{"vehicle_id":"1","timestamp_unix":1,"lat":1.5,"lon":1.5}'
_BODIES = (b"[%s]" % _POSITION, b"%s\n%s\n" % (_POSITION, _POSITION))


def warm_up(snapshot: Snapshot, encoders: Iterable[Encoder]) -> None:
    """Decode and encode something of every kind; what comes out is thrown away."""
    for encode in encoders:
        encode(snapshot)
    decode_feed(encode_vehicle_positions(snapshot), snapshot.now)
    for body in _BODIES:
        decode_json(body, snapshot.now)
