"""What one core carries at each stage, from the figures of the same run: vehicles that report every 10 s (0.1 Hz).

Stages share a core in a small city and have cores of their own in a large one; the smallest line is the first to need more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from bench.rows import Row

PERIOD = 10.0
"""s between two reports of a vehicle, two questions of a board, two publications of a topic"""


class _Stage(NamedTuple):
    row: str
    """how the name of its row begins"""
    what: str
    carried: Callable[[float], float]
    """from the row's figure to what one core carries"""


def _of_rate(rate: float) -> float:
    return rate * PERIOD


def _of_micros(micros: float) -> float:
    return PERIOD / (micros * 1e-6)


_STAGES = (
    _Stage("locate + track", "vehicles located and tracked", _of_rate),
    _Stage("GTFS-RT bytes to predictions", "vehicles from GTFS-Realtime bytes to predictions", _of_rate),
    _Stage("JSON array to predictions", "vehicles from JSON bytes to predictions", _of_rate),
    _Stage("one position a message", "vehicles that each send their own JSON message, without HTTP", _of_rate),
    _Stage("TripUpdates, a vehicle", "vehicles in TripUpdates written anew", _of_micros),
    _Stage("board: compose and encode", "stops whose boards are made anew", _of_micros),
    _Stage("GET arrivals, prepared (200)", "boards that ask over HTTP", _of_rate),
    _Stage("publication to", "WebSocket readers told of a change", _of_rate),
)


def capacity(rows: Sequence[Row]) -> list[str]:
    """The table, a line a stage that was measured; empty when none was."""
    lines = []
    for stage in _STAGES:
        row = next((one for one in rows if one.name.startswith(stage.row)), None)
        if row is not None and row.ours > 0:
            lines.append(f"{stage.carried(row.ours):>14,.0f}  {stage.what}  ({row.name}: {row.ours:,.4g} {row.unit})")
    return [f"one core, every {PERIOD:g} s:", *lines] if lines else []
