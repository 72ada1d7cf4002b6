"""The columns and records that kernels take: name, dtype, shape and unit of each.

Lengths: n positions, V vehicles, P patterns, S stops, T trips, G segments, Q pattern stops, R arrival rows.
"Pattern stop" is the k-th stop of a pattern, numbered through all patterns: `pattern_stop_start[p] + k`.
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

I8 = NDArray[np.int8]
U8 = NDArray[np.uint8]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Record = Any
"""One row of Records."""
Records = NDArray[Any]
"""A numpy structured array; a field is `records["field"]` (all) or `records[i]["field"]` (one), jitted or not."""


class PositionColumns(NamedTuple):
    """A batch of decoded VehiclePositions in order of receipt. Ids are spans of UTF-8 bytes in `text`; length 0 is unknown."""

    text: U8
    vehicle_at: I32
    vehicle_length: I32
    trip_at: I32
    trip_length: I32
    route_at: I32
    route_length: I32
    timestamp: F64
    """epoch s of the fix; NaN when the source gave none."""
    received: F64
    """epoch s when it reached us; decides the order."""
    lat: F64
    """WGS-84 degrees; NaN when there was no fix."""
    lon: F64
    bearing: F32
    """degrees clockwise from north, NaN unknown."""
    speed: F32
    """m/s, NaN unknown."""


class ReportColumns(NamedTuple):
    """A batch of positions with its ids resolved and its coordinates in the local plane. All [n], in order of receipt."""

    vehicle: I32
    """fleet row; -1 without a usable id"""
    trip: I32
    """trip index; -1 none sent, -2 an id the network does not know"""
    route: I32
    """likewise"""
    timestamp: F64
    received: F64
    x: F32
    """m; NaN when there was no plausible fix"""
    y: F32
    bearing: F32
    speed: F32


class WorkColumns(NamedTuple):
    """What one stage of a step hands to the next. All [n]."""

    heading: F32
    """[n, 2] unit vector (east, north) the vehicle heads along; (0, 0) unknown or standing"""
    since: F64
    """epoch s of the vehicle's fix before this one on the same trip, NaN when there is none to interpolate from"""
    passed: F32
    """m, its progress then"""


class DayColumns(NamedTuple):
    """The service days around now, in date order: [D], [D, services]."""

    start: F64
    active: U8


class IdTable(NamedTuple):
    """Open-addressing table from id bytes to index; the bytes themselves are kept and compared, a hash alone never decides."""

    slots: I32
    """[2^b] index + 1, 0 is free; at most half full."""
    hashes: U64
    """[count] hash of each id."""
    starts: I64
    """[count + 1] where each id begins in text."""
    text: U8


class ShapeColumns(NamedTuple):
    """Patterns as simplified polylines in local metres (x east, y north of the network's origin)."""

    segment_start: I32
    """[P + 1] first segment of each pattern."""
    segments: F32
    """[G, 8] x, y, unit dx, unit dy, chord length m, progress at its start m, true metres per chord metre, heading degrees."""
    length: F32
    """[P] metres."""


SEGMENT_COLUMNS = (0, 1, 2, 3, 4, 5, 6, 7)
SEGMENT_X, SEGMENT_Y, SEGMENT_DX, SEGMENT_DY, SEGMENT_CHORD, SEGMENT_PROGRESS, SEGMENT_STRETCH, SEGMENT_HEADING = SEGMENT_COLUMNS


class GridColumns(NamedTuple):
    """Spatial index: which segments pass each square cell of the local plane."""

    x0: float
    y0: float
    cell: float
    """m, side of a cell."""
    columns: int
    rows: int
    start: I32
    """[columns * rows + 1] row-major (y outer)."""
    segment: I32
    pattern_of_segment: I32
    """[G]"""


class PatternColumns(NamedTuple):
    """The stops of each pattern."""

    stop_start: I32
    """[P + 1] first pattern stop of each pattern."""
    stop: I32
    """[Q] stop index."""
    sequence: I32
    """[Q] GTFS stop_sequence."""
    distance: F32
    """[Q] metres along the shape, non-decreasing within a pattern."""
    route: I32
    """[P]"""
    direction: I8
    """[P] GTFS direction_id, -1 unknown."""
    headsign: I32
    """[P] index into the network's headsigns."""


class TripColumns(NamedTuple):
    """Trips and their stop times. Row of trip t at its k-th stop: `start[t] + k`."""

    pattern: I32
    service: I32
    block: I32
    """-1 when the feed gives none."""
    headsign: I32
    start: I64
    """[T + 1]"""
    arrival: I32
    """s since noon minus 12 h of the service day; may pass 86,400; non-decreasing within a trip."""
    departure: I32
    timepoint: U8
    """1: the bus waits here for its time (GTFS timepoint = 1 as the feed states it)."""
    template: U8
    """[T] 1: only a running-time template of a frequency-based line (frequencies.txt, exact_times = 0), never a scheduled run."""


class BlockColumns(NamedTuple):
    """Trips of each block in order of first departure, whatever their service (ask which run today)."""

    start: I32
    """[B + 1]"""
    trip: I32
    position_of_trip: I32
    """[T] index of a trip in `trip` itself (not within its block), -1 without a block."""


class FrequencyColumns(NamedTuple):
    """frequencies.txt with exact_times = 0 (headway-operated); exact ones are expanded into trips at compile time."""

    trip: I32
    start: I32
    end: I32
    headway: I32
    """s"""


class CalendarColumns(NamedTuple):
    """Which service runs on which date, calendar.txt and calendar_dates.txt merged."""

    first_date: int
    """proleptic ordinal (datetime.date.toordinal) of column 0."""
    active: U8
    """[services, days]"""


class ArrivalColumns(NamedTuple):
    """Predicted calls: one row a vehicle and stop ahead of it."""

    vehicle: I32
    pattern_stop: I32
    trip: I32
    """-1 when the route and position are known but the run is not."""
    service_day: F64
    """epoch s of noon minus 12 h of the trip's service day; NaN without a trip."""
    arrival: F64
    """epoch s"""
    departure: F64
    source: U8
    """model.Source"""
    p10: F64
    """epoch s before which it arrives one time in ten; NaN when nothing tells the spread"""
    p90: F64
    """epoch s after which it arrives one time in ten"""


class EventColumns(NamedTuple):
    """Stop events: interpolated passings of stops."""

    vehicle: I32
    trip: I32
    pattern_stop: I32
    arrival: F64
    departure: F64
    uncertainty: F32
    """s, half of the bracket the arrival fell in."""


class MatchColumns(NamedTuple):
    """Where each position of a batch was placed; one row a position, in the same order."""

    vehicle: I32
    """-1 when the position has no vehicle id."""
    state: U8
    """model.State"""
    pattern: I32
    """-1 none"""
    trip: I32
    progress: F32
    """m along the shape; NaN when not on a pattern."""
    cross_track: F32
    """m from the shape; NaN likewise."""


VEHICLE = np.dtype(
    [
        ("heard", "f8"),  # epoch s of the newest fix received with a plausible time, NaN before the first
        ("timestamp", "f8"),  # epoch s of the fix that progress, cross_track and speed refer to
        ("moved", "f8"),  # epoch s when it last was seen away from its anchor: long ago means standing still
        ("service_day", "f8"),  # epoch s of noon minus 12 h of the trip's service day, NaN without a trip
        ("left", "f8"),  # epoch s when it was last seen in service on last_pattern, NaN never
        ("event_time", "f8"),  # epoch s of its newest stop event; events are strictly increasing
        ("pending_arrival", "f8"),  # epoch s it arrived at the stop it stands at, NaN when at none
        ("log_pace", "f4"),  # log of actual over scheduled running time lately, 0 = as scheduled
        ("pace_weight", "f4"),  # how much evidence log_pace has, scheduled seconds; 0 = none
        ("x", "f4"),  # local metres of the newest fix
        ("y", "f4"),
        ("east", "f4"),  # unit vector it last was seen heading along (sent by the vehicle, or from its motion);
        ("north", "f4"),  # (0, 0) unknown
        ("speed", "f4"),  # m/s along the pattern, filtered; NaN when not on one
        ("progress", "f4"),  # m along the pattern's shape, never driven back by noise; NaN when not on one
        ("cross_track", "f4"),  # m from the shape
        ("anchor_x", "f4"),
        ("anchor_y", "f4"),
        ("piece_time", "f4"),  # s it has spent in `piece`
        ("piece_metres", "f4"),  # m of it that it was seen to cover
        ("begun", "f4"),  # m, progress at which it was first placed on this trip
        ("pattern", "i4"),  # -1 none
        ("trip", "i4"),  # -1 unknown
        ("route", "i4"),  # what the feed says of its route: index, -1 nothing, -2 an id the network does not know
        ("last_trip", "i4"),  # the trip it was on last, -1 none: its block goes on from there
        ("last_pattern", "i4"),  # the pattern it was last in service on, -1 none
        ("ahead", "i4"),  # pattern stop where the search for stop events goes on; a hint, never trusted unchecked
        ("piece", "i4"),  # piece of its pattern's path that it is in, -1 unknown
        ("misses", "i4"),  # fixes in a row that could not be placed
        ("trail_count", "i2"),
        ("pending_bracket", "u2"),  # tenths of a second between the fixes that pending_arrival fell between
        ("hypotheses", "u1"),  # how many are alive
        ("state", "u1"),  # model.State of the vehicle
        ("evidence", "u1"),  # model.Evidence: why it is on this pattern
        ("reports_trips", "u1"),  # 1: it has sent a trip id before, so sending none is a statement
        ("asked", "u1"),  # 1: the timetable was asked for the run since it was placed on this pattern
        ("finished", "u1"),  # 1: it drove last_trip to its end, so to go on naming that run means nothing
        ("strayed", "u1"),  # 1: it has been moving off every pattern since it last was in service or at a terminal
    ],
    align=True,
)
HYPOTHESES = 4
HYPOTHESIS = np.dtype(
    [
        ("progress", "f4"),  # m
        ("speed", "f4"),  # m/s
        ("variance", "f4"),  # m^2, of progress
        ("cost", "f4"),  # negative log likelihood above the best one's
        ("cross_track", "f4"),  # m
        ("segment", "i4"),  # where its last fix was projected
    ],
    align=True,
)
TRAIL = 16
TRAIL_POINT = np.dtype([("timestamp", "f8"), ("x", "f4"), ("y", "f4"), ("east", "f4"), ("north", "f4")], align=True)


class FleetColumns(NamedTuple):
    """Everything the engine knows of its vehicles: one row each, under 1 KB a row."""

    vehicles: Records
    """[V] VEHICLE"""
    hypotheses: Records
    """[V, HYPOTHESES] HYPOTHESIS, the likeliest first"""
    trail: Records
    """[V, TRAIL] TRAIL_POINT, oldest first: the evidence for assigning a vehicle that is on no pattern"""
