"""The columns of headways. A slot is where riders of one line wait: (route, direction, stop, how often the pattern was here before).

Lengths: K slots, Q pattern stops, V vehicles, R predicted calls. Variants of a route and direction that share a stop share its
slot; a loop that serves a stop twice has two. The last stop of a pattern has no slot (-1): nobody waits there.
"""

from __future__ import annotations

from typing import NamedTuple

from transit.kernels.columns import F32, F64, I32, U8

NEXT = 6
"""predicted calls of a slot that are looked at: a bus, the one before it and the four behind that a hold is reckoned with"""


class HeadwaySums(NamedTuple):
    """What was observed at each slot: fading sums over its headways h, as of its last departure. 52 bytes a slot. All [K]."""

    last: F64
    """epoch s of the last departure; NaN before the first"""
    before: F64
    """epoch s of the departure before it; NaN when the two make no headway"""
    vehicle: I32
    """that left last, -1 none"""
    number: F64
    """Σ w"""
    total: F64
    """Σ w h, s"""
    squares: F64
    """Σ w h², s²"""
    missed: F64
    """epoch s before which a bus passed that was only seen beyond: the headways it ended and began are unknown; -inf none"""


class PlannedHeadways(NamedTuple):
    """What the timetable says of each slot about now. All [K], s; NaN where nothing is planned."""

    typical: F32
    """median planned gap"""
    least: F32
    most: F32
    total: F64
    """Σ w h of the gaps lately, faded like the observed ones"""
    squares: F64
    """Σ w h²"""


class CallScratch(NamedTuple):
    """The next predicted calls of each slot, and the next of each vehicle, as rows of ArrivalColumns."""

    number: I32
    """[K]"""
    row: I32
    """[K, NEXT]"""
    first: I32
    """[V] the vehicle's next call, -1 none"""


class Passings(NamedTuple):
    """Who passed where last: what tells that a passing was missed."""

    first: I32
    """[Q] the first pattern stop of the pattern"""
    place: I32
    """[V] pattern stop of the vehicle's newest event, -1 none"""


class VehicleHeadways(NamedTuple):
    """The headway of each vehicle at its next call: to the bus before it there, left or predicted. All [V]."""

    pattern_stop: I32
    """-1: it has no next call at a slot, and all else is unknown"""
    leader: I32
    """-1 unknown"""
    headway: F32
    """s; NaN without a leader"""
    before: F64
    """epoch s the leader left or will leave"""
    arrival: F64
    """epoch s of its own arrival there"""
    departure: F64
    live: U8
    """1: under way; 0: it has yet to begin its trip"""
    hold: F32
    """s to hold there by the rule of Berrebi et al., bounded; NaN where nothing is advised"""
    hold_simple: F32
    """s by the simple rule: planned headway less time since the bus before, bounded likewise"""
