"""What every controller is doing now: phases, stage, plan, mode. The newest word counts, whatever order words come in.

Phase states follow the Indiana enumeration: green from 1, yellow from 8, red clearance from 10, red from 9, 11 or 12. A controller that
has been silent for long has phases that nobody knows. One writer; what it hands out is immutable.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from server.signals.engine_parameters import SignalParameters
from signals.codes import Code, Ours
from signals.events import in_order
from signals.kernels.columns import I32, I64, U8, EventColumns


class PhaseState(IntEnum):
    """What a phase shows."""

    UNKNOWN = 0
    RED = 1
    GREEN = 2
    YELLOW = 3
    RED_CLEARANCE = 4

    @property
    def word(self) -> str:
        """The wire word."""
        return self.name.lower()


class ControllerNow(NamedTuple):
    """One controller at the moment. Unknown: -1; times are epoch ms."""

    phases: tuple[tuple[int, int, int], ...] = ()
    """(phase, PhaseState, since) of every phase heard of"""
    stage: int = -1
    stage_since: int = -1
    mode: int = -1
    """GA/T 1049.2 control mode as reported"""
    plan: int = -1
    cycle_length: int = -1
    """s, of the plan"""
    last_cycle: int = -1
    """s, as it was"""
    coordination: int = -1
    """event 150: 0 free, 1 in step, 2 to 4 in transition"""
    flash: int = -1
    """event 173: 1 no flash; others flash"""
    manual: int = -1
    """event 178: 1 manual control"""
    state: int = -1
    """CrossState: 0 offline, 1 online, 2 error"""
    last_event: int = -1
    silent: bool = True


NEVER = ControllerNow()
_SHOWS = {
    Code.BEGIN_GREEN: PhaseState.GREEN, Code.BEGIN_YELLOW: PhaseState.YELLOW, Code.END_YELLOW: PhaseState.RED,
    Code.BEGIN_RED_CLEARANCE: PhaseState.RED_CLEARANCE, Code.END_RED_CLEARANCE: PhaseState.RED,
    Code.PHASE_INACTIVE: PhaseState.RED,
}  # fmt: skip
_SCALARS = {
    Ours.STAGE_STARTED: "stage", Ours.CONTROL_MODE: "mode", Code.PATTERN_CHANGE: "plan", Code.CYCLE_LENGTH: "cycle_length",
    Ours.CYCLE_ENDED: "last_cycle", Code.COORD_CYCLE_STATE: "coordination", Code.UNIT_FLASH: "flash", Code.MANUAL_CONTROL: "manual",
    Ours.CONTROLLER_STATE: "state",
}  # fmt: skip
_OURS_BASE = 100_000
"""our codes lie above the Indiana ones"""


def _look_up(table: dict[int, int]) -> U8:
    """[512] what a code (ours from 256 on) stands for; 0: nothing."""
    found = np.zeros(512, np.uint8)
    for code, value in table.items():
        found[code if code < _OURS_BASE else code - _OURS_BASE + 256] = value
    return found


_SHOWN = _look_up({int(code): int(state) for code, state in _SHOWS.items()})
_SCALAR = _look_up({int(code): k + 1 for k, code in enumerate(_SCALARS)})


class Controllers:
    """Of `count` controllers."""

    def __init__(self, count: int, parameters: SignalParameters) -> None:
        self._silent_after, self._most = parameters.silent, parameters.most_phases
        self._state = np.zeros((count, self._most + 1), np.uint8)
        self._since = np.full((count, self._most + 1), -1, np.int64)
        self._value = np.full((count, len(_SCALARS)), -1, np.int32)
        self._told = np.full((count, len(_SCALARS)), -1, np.int64)
        self.last_event = np.full(count, -1, np.int64)
        self._silent = np.ones(count, np.bool_)
        self.now: list[ControllerNow] = [NEVER] * count
        """of each controller; replaced, never changed"""

    def take(self, events: EventColumns) -> I32:
        """Take in events. → controllers whose picture changed, rising."""
        if not len(events.time):
            return np.zeros(0, np.int32)
        newest = self.last_event.copy()
        np.maximum.at(newest, events.device, events.time)
        heard = np.flatnonzero(newest > self.last_event)
        back = heard[self._silent[heard]]
        self.last_event = newest
        self._silent[back] = False
        place = np.where(events.code < _OURS_BASE, np.minimum(events.code, 255), events.code - _OURS_BASE + 256)
        place = np.where((place >= 0) & (place < 512), place, 255)
        changed = [back.astype(np.int32), self._take_phases(events, _SHOWN[place]), self._take_scalars(events, _SCALAR[place])]
        return self._show(np.unique(np.concatenate(changed)))

    def turn_to(self, now: int) -> I32:
        """Whoever has been silent for too long has unknown phases. → whom that befell just now."""
        gone = np.flatnonzero(~self._silent & (self.last_event < now - self._silent_after))
        self._silent[gone] = True
        self._state[gone] = np.where(self._since[gone] >= 0, PhaseState.UNKNOWN, self._state[gone])
        return self._show(gone.astype(np.int32))

    @property
    def online(self) -> int:
        """Controllers that speak."""
        return int((~self._silent).sum())

    def _take_phases(self, events: EventColumns, shown: U8) -> I32:
        rows = np.flatnonzero((shown > 0) & (events.parameter >= 0) & (events.parameter <= self._most))
        if not len(rows):
            return np.zeros(0, np.int32)
        one = in_order(EventColumns(events.time[rows], events.device[rows], events.code[rows], events.parameter[rows]))
        fresh = one.time >= self._since[one.device, one.parameter]
        device, phase = one.device[fresh], one.parameter[fresh]
        before = self._since[device, phase]
        self._state[device, phase] = _SHOWN[one.code[fresh]]  # of an index that occurs twice the last stays
        self._since[device, phase] = one.time[fresh]
        changed: I32 = device[self._since[device, phase] != before]
        return changed

    def _take_scalars(self, events: EventColumns, which: U8) -> I32:
        rows = np.flatnonzero(which > 0)
        rows = rows[np.argsort(events.time[rows], kind="stable")]
        device, kind = events.device[rows], which[rows].astype(np.int64) - 1
        fresh = events.time[rows] >= self._told[device, kind]
        rows, device, kind = rows[fresh], device[fresh], kind[fresh]
        before = self._value[device, kind]
        self._value[device, kind] = events.parameter[rows]
        self._told[device, kind] = events.time[rows]
        changed: I32 = device[self._value[device, kind] != before]
        return changed

    def _show(self, devices: I32) -> I32:
        for device in devices.tolist():
            self.now[device] = self._picture(device)
        return devices

    def _picture(self, device: int) -> ControllerNow:
        since: I64 = self._since[device]
        phases = np.flatnonzero(since >= 0)
        told = zip(phases.tolist(), self._state[device, phases].tolist(), since[phases].tolist())
        named = dict(zip(_SCALARS.values(), self._value[device].tolist()))
        return ControllerNow(
            phases=tuple(told), stage_since=int(self._told[device, 0]), last_event=int(self.last_event[device]),
            silent=bool(self._silent[device]), **named,
        )  # fmt: skip
