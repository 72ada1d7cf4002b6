"""The columns that the prediction kernels share: running times, paces, places and the scratch rows of predicted calls.

Lengths as in `columns`; D service days. "Profile": the typical times of a trip at its stops, whatever they were learned from.
"""

from __future__ import annotations

from typing import NamedTuple

from transit.kernels.columns import F32, F64, I32, I64, U8


class RunningTimes(NamedTuple):
    """Typical times of each trip at its stops; the k-th stop of trip t is row `profile[t] + k`. Trips may share a profile."""

    profile: I64
    """[T]"""
    arrive: F32
    """s since any zero of the profile's own; only differences count."""
    leave: F32
    """likewise; arrive[k] <= leave[k] <= arrive[k + 1]"""


class PatternPace(NamedTuple):
    """How long all vehicles of a pattern took lately against their profiles, fading sums. All [P]."""

    actual: F64
    """s"""
    typical: F64
    """s"""
    updated: F64
    """epoch s the sums were faded to."""


class PatternTrips(NamedTuple):
    """Trips of each pattern in order of first departure: Network.trips_of_pattern."""

    start: I32
    trip: I32


class DayColumns(NamedTuple):
    """The service days around now, in date order."""

    start: F64
    """[D] epoch s of noon minus 12 h."""
    active: U8
    """[D, services]"""


class Places(NamedTuple):
    """Where each vehicle under way stands in a profile. All [V]."""

    profile: I32
    """the trip whose profile serves: its own, or the nearest one scheduled; -1 when the vehicle is not under way"""
    ahead: I32
    """the first pattern stop still to predict: the one it stands at, else the first one beyond it"""
    time: F64
    """s after the profile's zero"""


class Runs(NamedTuple):
    """Scratch: a run is a vehicle on a trip, its calls are rows `row[i]` up to `row[i + 1]` at consecutive pattern stops."""

    vehicle: I32
    trip: I32
    pattern_stop: I32
    """the first call's"""
    row: I64
    """[runs + 1]"""
    service_day: F64
    source: U8
    arrival: F32
    """[rows] s after now"""
    departure: F32
    """likewise; a departure may lie beyond the horizon"""


class OrderScratch(NamedTuple):
    """Scratch of ordering R calls by stop and time."""

    slices: I64
    """[slices + 1]"""
    cursor: I32
    """[S]"""
    run_of: I32
    """[R]"""
    by_time: I64
    """[R]"""
    order: I64
    """[R] the answer: rows by stop, then arrival, then vehicle"""
