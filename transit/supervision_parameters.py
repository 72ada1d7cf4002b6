"""Constants of headways, holding advice and supervision, each with its unit and reason; `transit.parameters` has the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class HeadwayParameters(NamedTuple):
    """Measuring headways, and advising to hold. Read by kernels."""

    memory: float = 3600.0
    """s over which observed and planned headways fade: four to six buses of an ordinary line, so that one bus is no verdict"""
    longest: float = 7200.0
    """s between two departures above which there is no headway but a break of service"""
    max_age: float = 1200.0
    """s since the departure that ended it after which a headway says nothing about now (TransitClock: 20 min)"""
    again: float = 120.0
    """s within which the same vehicle leaving the same stop again is the same departure told twice"""
    least_number: float = 1.5
    """(fading) headways below which mean, variation and waiting times of a stop are unknown: two, one of them 40 min old"""
    least_span: float = 1.5
    """planned headways that those seen must cover together: soon after a start only short ones can have been seen"""
    window: float = 1800.0
    """s before and after now whose planned gaps give the planned headway; as boards have it (BoardParameters.headway_window)"""
    control_share: float = 0.5
    """of a pattern's stops that may be timepoints and still be places to hold at; more says that its times are exact, no more"""
    advise_ahead: float = 90.0
    """s before its arrival at a control stop from which a bus is advised: three reports of the usual 30 s"""
    most_hold: float = 180.0
    """s a bus is held at most: riders on board pay for it (in the seeded line of tests/support/bunching_line.py 180 s gives nearly
    all of the gain of no limit)"""
    most_hold_share: float = 0.5
    """of the planned headway that it is held at most, so that a bus every 4 min is not held for 3"""
    most_spacing: float = 1.75
    """planned headways between two predicted buses behind above which one between them may be unknown, and no hold is made for what
    comes after it: on sim_city/test, where 30 % of the buses name no trip, a quarter of all advice came from such holes"""
    least_hold: float = 30.0
    """s below which a hold is not worth saying: about what arrivals at the next stop are off by"""


@dataclass(frozen=True, slots=True)
class SupervisionParameters:
    """When a supervisor is told, and when an alert is over."""

    bunched: float = 0.25
    """share of the smallest planned headway about now below which two buses are bunched: riders see one bus"""
    least_planned: float = 120.0
    """s planned below which buses are meant to run together, and are not told as bunched (a short working just ahead of a through
    bus)"""
    bunched_over: float = 0.4
    """share above which they no longer are; apart from `bunched`, so that an alert does not flap"""
    gap: float = 2.0
    """times the largest planned headway about now above which there is a gap: a whole bus is missing"""
    gap_over: float = 1.6
    """times below which it is closed again"""
    wide_gap: float = 3.0
    """times above which a gap is severe: two buses are missing"""
    least_gap: float = 300.0
    """s a gap has at least beyond the planned headway: on a bus every 3 min, two missing are no event"""
    confirm: float = 60.0
    """s a condition must last before it is an alert: two reports of the usual 30 s, so that one late fix is none"""
    clear: float = 60.0
    """s it must be gone before the alert is closed, likewise"""
    told_change: float = 0.2
    """share by which the headway of an open alert must change to be told anew"""
    stuck_after: float = 480.0
    """s within 60 m, away from any terminal, after which a bus is stuck (TransitClock: no progress in 8 min)"""
    stuck_terminal: float = 200.0
    """m around any first or last stop where standing is layover (MatchingParameters.layover): a bus that begins its next trip may
    still be held to be on the one before"""
    silent: float = 120.0
    """s without a fix after which nothing is said of a vehicle's standing (BoardParameters.feed_silent_after)"""
    off_route_after: float = 120.0
    """s off its shape after which a bus is told of by itself"""
    off_route_silent: float = 300.0
    """s without a fix after which an off-route vehicle is not told of any more (MatchingParameters.max_age)"""
    detour_vehicles: int = 2
    """different vehicles off route on one span, none through between them, that make a detour candidate: one is a driver"""
    detour_severe: int = 3
    """vehicles that make it severe"""
    detour_window: float = 3600.0
    """s since the last of them after which it is over unseen: four buses of a 15-minute line would have come"""
    detour_away: float = 60.0
    """s off the shape that a way around takes at least; shorter is a hole in the GPS"""
    detour_span: float = 150.0
    """m of the shape that it leaves out at least: a block; the matching calls 75 m off route"""
    detour_slack: float = 400.0
    """m by which the places where vehicles left one span may differ: 30 s of driving between two reports"""
    detour_open: float = 1200.0
    """s off the shape after which a vehicle will not come back to it (MatchingParameters.rejoin): it has gone elsewhere"""
    most_excursions: int = 200
    """ways around remembered at most, the newest: bounds the memory; a city has a handful an hour"""
    most_open: int = 2000
    """alerts open or pending at most; what comes beyond is counted as dropped"""
    most_closed: int = 500
    """closed alerts remembered"""
    closed_after: float = 14_400.0
    """s a closed alert is remembered: half a shift"""
