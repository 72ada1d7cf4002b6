"""The immutable picture of one instant: what City.step publishes and every reader — HTTP, WebSocket, board, file — sees."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from transit.changed_calls import NO_CALLS
from transit.changes_in_force import NOTHING_IN_FORCE, ChangesInForce
from transit.headway import HeadwayPicture
from transit.kernels.columns import I32, ArrivalColumns, EventColumns, MatchColumns, Records
from transit.network import Network
from transit.supervision import SupervisionPicture


@dataclass(frozen=True)
class Snapshot:
    """Arrays are copies nobody writes any more."""

    number: int
    """counts steps from 1."""
    now: float
    """epoch s it is true for."""
    network: Network
    vehicles: Records
    """[V] columns.VEHICLE"""
    vehicle_ids: Sequence[str]
    """[≥ V] append-only: index → id."""
    arrivals: ArrivalColumns
    """sorted by stop, then arrival; only calls ahead of `now`."""
    arrival_start: I32
    """[S + 1] rows of each stop in `arrivals`."""
    last_received: float
    """epoch s when the newest position of all came; NaN before the first. Old → the feed is down, and boards say so."""
    matches: MatchColumns
    """positions of this step."""
    events: EventColumns
    """stop events of this step."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """positions so far by state word, plus `vehicles_in_service`, `vehicles_assigned`, …"""
    changes: ChangesInForce = NOTHING_IN_FORCE
    """service changes; `arrivals` has no call that they take away"""
    skipped: ArrivalColumns = NO_CALLS
    """passings of stops that their vehicle skips, sorted likewise"""
    headways: HeadwayPicture | None = None
    supervision: SupervisionPicture | None = None
    """None where no engine made the snapshot"""
