"""States, sources and evidence: the small closed vocabularies that columns carry as numbers and readers see as words."""
from __future__ import annotations

from enum import IntEnum


class State(IntEnum):
    """What became of a position, and so what its vehicle is doing. Only IN_SERVICE is shown as a bus on its way."""

    IN_SERVICE = 0
    LAYOVER = 1
    """waits at a terminal, before a first or between two trips"""
    DEADHEAD = 2
    """moves, but on no trip: its own feed says so, or it follows no pattern"""
    PARKED = 3
    """has not moved for long, away from any terminal it serves"""
    OFF_ROUTE = 4
    """has a trip, but is farther from its shape than any bus on it would be"""
    AMBIGUOUS = 5
    """moves along patterns that cannot be told apart yet"""
    NO_FIX = 6
    """no coordinates, impossible ones, or no time"""
    DUPLICATE = 7
    """the same fix again"""
    LATE = 8
    """older than one already used"""
    STALE = 9
    """too old on receipt to say where the bus is"""
    OUTLIER = 10
    """a jump no vehicle could have made; it is not used unless the next ones confirm it"""
    FUTURE = 11
    """dated ahead of its receipt by more than a clock's error"""

    @property
    def word(self) -> str:
        """The wire word: `in_service`, `off_route`, …"""
        return self.name.lower()


class Source(IntEnum):
    """Where a predicted time comes from. Never mixed: a schedule is not a live prediction."""

    LIVE = 0
    LAYOVER = 1
    """a tracked vehicle that has yet to begin the trip"""
    SCHEDULE = 2
    HEADWAY = 3

    @property
    def word(self) -> str:
        """The wire word: `live`, `layover`, `schedule`, `headway`."""
        return self.name.lower()


class Evidence(IntEnum):
    """Why a vehicle is held to be on its pattern."""

    NONE = 0
    REPORTED = 1
    """its feed named the trip"""
    CONTINUED = 2
    """the block went on from the trip before"""
    INFERRED = 3
    """its trail fits one route and direction, and no other"""
