"""Event codes and control modes.

Events below 100 000 are the Indiana Traffic Signal Hi Resolution Data Logger Enumerations (Purdue, 2012 and later additions);
`Ours` are what GA/T 1049.2 says and that enumeration has no code for. A code that is in neither is kept in the stream and counted.
"""

from __future__ import annotations

from enum import IntEnum


class Code(IntEnum):
    """Indiana codes that the measures and verdicts read; the parameter is the phase unless said otherwise."""

    PHASE_ON = 0
    BEGIN_GREEN = 1
    MIN_COMPLETE = 3
    GAP_OUT = 4
    MAX_OUT = 5
    FORCE_OFF = 6
    GREEN_TERMINATION = 7
    BEGIN_YELLOW = 8
    END_YELLOW = 9
    BEGIN_RED_CLEARANCE = 10
    END_RED_CLEARANCE = 11
    PHASE_INACTIVE = 12
    PHASE_SKIPPED = 14
    BEGIN_WALK = 21
    BEGIN_PED_CLEARANCE = 22
    BEGIN_DONT_WALK = 23
    BARRIER = 31
    CALL_REGISTERED = 43
    CALL_DROPPED = 44
    PED_CALL = 45
    DETECTOR_OFF = 81
    """parameter: channel, as for all detector codes"""
    DETECTOR_ON = 82
    DETECTOR_RESTORED = 83
    DETECTOR_FAULT = 84
    DETECTOR_WATCHDOG = 85
    DETECTOR_OPEN_LOOP = 86
    DETECTOR_SHORTED = 87
    DETECTOR_EXCESSIVE = 88
    PED_DETECTOR_OFF = 89
    PED_DETECTOR_ON = 90
    PREEMPT_CALL_ON = 102
    PREEMPT_CALL_OFF = 104
    PREEMPT_ENTRY = 105
    PREEMPT_EXIT = 111
    PRIORITY_CHECK_IN = 112
    PRIORITY_CHECK_OUT = 115
    PATTERN_CHANGE = 131
    """parameter: pattern; 0 unknown, 254 free, 255 flash"""
    CYCLE_LENGTH = 132
    """parameter: s"""
    COORD_CYCLE_STATE = 150
    """0 free, 1 in step, 2, 3, 4 in transition"""
    UNIT_FLASH = 173
    MANUAL_CONTROL = 178
    CLOCK_UPDATED = 181
    POWER_FAILED = 182
    POWER_RESTORED = 184


class Ours(IntEnum):
    """What GA/T 1049.2 reports and the Indiana enumeration has no code for."""

    CONTROLLER_STATE = 100_001
    """CrossState; parameter: 0 offline, 1 online, 2 error"""
    CONTROL_MODE = 100_002
    """CrossModePlan.ControlMode; parameter: the GA/T number, see `Mode`"""
    STAGE_STARTED = 100_005
    """CrossStage.CurStageNo at CurStageStartTime; parameter: the stage"""
    STAGE_ENDED = 100_006
    """CrossStage.LastStageLen; parameter: s, of the stage that ended at this time"""
    CONTROLLER_ERROR = 100_007
    """SignalControllerError; parameter: 1 lamp, 2 power, 3 clock, 4 run, 5 plan, 9 other"""
    CYCLE_ADJUSTED = 100_008
    """CrossCycle.AdjustFlag; parameter: the flag; 1: the cycle was stretched or cut to get into step"""
    CYCLE_ENDED = 100_009
    """CrossCycle.LastCycleLen; parameter: s; time: the end of that cycle. The greatest code, so that in one instant it comes after the
    stages and the flag of the cycle it ends"""


class Mode(IntEnum):
    """GA/T 1049.2 control modes. A vendor's own numbers are kept as they are and counted."""

    UNKNOWN = -1
    AUTONOMOUS = 0
    LOCAL_MANUAL = 1
    LAMPS_OFF = 11
    ALL_RED = 12
    FLASH = 13
    FIXED = 21
    ACTUATED = 22
    ADAPTIVE = 23
    LINE_FIXED = 31
    LINE_ACTUATED = 32
    LINE_ADAPTIVE = 33
    AREA = 41
    """area coordination: may be fixed plans or adaptive, so it is declared only in the lenient reading"""
    MANUAL = 51
    STAGE_LOCKED = 52
    PLAN_LOCKED = 53


DECLARED_REAL_TIME = frozenset({Mode.ACTUATED, Mode.ADAPTIVE, Mode.LINE_ACTUATED, Mode.LINE_ADAPTIVE})
"""modes that say the timing answers traffic"""
PERHAPS_REAL_TIME = frozenset({Mode.AREA})
"""modes that may"""
NOT_IN_CONTROL = frozenset(
    {Mode.LOCAL_MANUAL, Mode.LAMPS_OFF, Mode.ALL_RED, Mode.FLASH, Mode.MANUAL, Mode.STAGE_LOCKED, Mode.PLAN_LOCKED}
)
"""modes in which no timing runs by itself"""
