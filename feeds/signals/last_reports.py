"""What controllers last reported, so that states become events: GA/T 1049.2 says how a lamp is, an event when it changed.

The first report of anything is no event, for it may have been so for long; so is one after a silence in which more may have happened.
"""

from __future__ import annotations

from typing import NamedTuple


class MemoryParameters(NamedTuple):
    """When a report is news."""

    silence_ms: int = 300_000
    """lamps not reported for longer have been through changes that nobody saw: no cycle in use is longer"""
    same_start_ms: int = 2_000
    """two reports of one stage whose starts differ by no more are of one service: stamps and lengths have a resolution of 1 s"""


class LastReports:
    """The last report of every signal group, stage and plan. One for each source; it belongs to whoever decodes that source."""

    def __init__(self, parameters: MemoryParameters | None = None) -> None:
        self._parameters = parameters or MemoryParameters()
        self._lamps: dict[tuple[int, int], tuple[int, int]] = {}
        self._stages: dict[int, tuple[int, int]] = {}
        self._plans: dict[int, int] = {}

    def lamp_changed(self, device: int, group: int, lamp: int, time: int) -> bool | None:
        """Whether a report of a signal group's lamp is a change; None when it is older than the last one."""
        last, at = self._lamps.get((device, group), (lamp, time))
        if time < at:
            return None
        self._lamps[device, group] = (lamp, time)
        return lamp != last and time - at <= self._parameters.silence_ms

    def stage_began(self, device: int, stage: int, start: int) -> bool:
        """Whether a stage reported to run since `start` is one not reported before."""
        last = self._stages.get(device)
        if last is not None and (start < last[1] or (last[0] == stage and start - last[1] <= self._parameters.same_start_ms)):
            return False
        self._stages[device] = (stage, start)
        return True

    def plan_changed(self, device: int, plan: int) -> bool:
        """Whether a plan is another than the one last reported; the first one is."""
        if self._plans.get(device) == plan:
            return False
        self._plans[device] = plan
        return True
