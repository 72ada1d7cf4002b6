"""Rungs, verdicts, grades and detector types: the closed vocabularies that columns carry as numbers and readers see as words."""

from __future__ import annotations

from enum import IntEnum


class Rung(IntEnum):
    """The ladder of evidence; an intersection stands on the highest rung that it and all rungs below hold."""

    LISTED = 0
    """it is in the inventory"""
    ONLINE = 1
    """its controller is on line, and at least 95 % of the messages expected in the window came"""
    DECLARED = 2
    """its control mode says it answers traffic (the plan's official ratio counts this)"""
    ADAPTING = 3
    """its timing is shown to follow the traffic: significant after control of false discoveries"""
    HEALTHY = 4
    """detectors alive, not in manual, lock, flash or transition"""
    EFFECTIVE = 5
    """delay and split failures no worse than on its own comparable days without"""

    @property
    def word(self) -> str:
        """The wire word: `listed`, `online`, …"""
        return self.name.lower()


class Verdict(IntEnum):
    """Whether the timing answers the traffic, as far as the evidence of a window tells."""

    UNKNOWN = 0
    """too little was seen to say"""
    NOT_ADAPTING = 1
    ADAPTING = 2

    @property
    def word(self) -> str:
        """The wire word: `unknown`, `not_adapting`, `adapting`."""
        return self.name.lower()


class Grade(IntEnum):
    """Road classes that meet at an intersection: GA/T 1049.2 `CrossParam.Grade`."""

    UNKNOWN = 0
    MAIN_MAIN = 11
    """主-主"""
    MAIN_SECONDARY = 12
    """主-次"""
    MAIN_BRANCH = 13
    """主-支"""
    SECONDARY_SECONDARY = 21
    """次-次"""
    SECONDARY_BRANCH = 22
    """次-支"""
    BRANCH_BRANCH = 31
    """支-支"""


class DetectorType(IntEnum):
    """Where a vehicle detector lies."""

    UNKNOWN = 0
    ADVANCE = 1
    """upstream of the queue that usually stands; tells arrivals and gaps"""
    STOPBAR = 2
    """at the stop line; tells occupancy"""
