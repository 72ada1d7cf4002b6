"""Objects of GA/T 1049.2 as events and counts, whatever form they came in: one function an object.

Field names are those of the 2024 edition; what differed before is read too (times of CrossStage, two-character lamps, `CrossPlan`).
Signal groups stand for phases: a lamp that changed is begin green (1), yellow (8) or red (10); dark or flashing is inactive (12).
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping

from feeds.counters import Refusal
from feeds.signals.reports import NAN, Report, Unsound
from feeds.signals.site import plain
from signals.codes import Code, Ours

_STATES = {"offline": 0, "online": 1, "error": 2}
_OLD_LAMPS: Mapping[str, int] = {
    "21": Code.BEGIN_RED_CLEARANCE, "22": Code.BEGIN_YELLOW, "23": Code.BEGIN_GREEN, "33": Code.BEGIN_GREEN,
    "11": Code.PHASE_INACTIVE, "32": Code.PHASE_INACTIVE,
}  # fmt: skip
"""two characters: 21 red, 22 yellow, 23 green, 11 dark, 32 yellow flash, 33 green flash (a green that is about to end)"""
_LIT, _FLASHING = "2", "3"
_LONGEST_INTERVAL = 86_400
"""s; counts over longer are no traffic data"""
_MOST_SATURATION = 1000.0
"""%; demand above ten times capacity is a fault of the counter"""


def cross_state(report: Report) -> None:
    """CrossState: the intersection is on line, off line or at fault."""
    device, word = report.device("CrossID"), report.text("Value")
    if word.lower() not in _STATES:
        raise Unsound("Value", "unknown_word", f"is neither Online, Offline nor Error: {word[:40]!r}")
    report.event(report.time("StateTime"), device, Ours.CONTROLLER_STATE, _STATES[word.lower()])


def cross_mode_plan(report: Report) -> None:
    """CrossModePlan: control mode and plan; a plan already reported is no pattern change."""
    device, sent = report.device("CrossID"), report.text("ControlMode", "Value")
    if not sent:
        raise Unsound("ControlMode", "missing", "is missing")
    plan = report.whole("PlanNo")
    when = report.time("StateTime")
    report.event(when, device, Ours.CONTROL_MODE, report.source.vendor.mode(sent, report.reading.counters))
    if plan >= 0 and report.source.memory.plan_changed(device, plan):
        report.event(when, device, Code.PATTERN_CHANGE, plan)


def cross_cycle(report: Report) -> None:
    """CrossCycle: a cycle began, so the one before it ended; with its length, and whether the new one is stretched or cut."""
    device, length, flag = report.device("CrossID"), report.whole("LastCycleLen"), report.whole("AdjustFlag")
    current = report.whole("CurCycleLen")
    if length < 0:
        raise Unsound("LastCycleLen", "missing", "is missing")
    when = report.time("StartTime")
    if length > 0:  # 0: there was none, the controller has just begun
        report.event(when, device, Ours.CYCLE_ENDED, length)
    if flag >= 0:
        report.event(when, device, Ours.CYCLE_ADJUSTED, flag)
    if current > 0:
        report.event(when, device, Code.CYCLE_LENGTH, current)


def cross_stage(report: Report) -> None:
    """CrossStage: a stage began, and the one before it ended. Without a start, that is the report's time less what has run of it."""
    device, stage = report.device("CrossID"), report.whole("CurStageNo")
    if stage < 0:
        raise Unsound("CurStageNo", "missing", "is missing")
    ran, last, length = report.whole("CurStageLen"), report.whole("LastStageNo"), report.whole("LastStageLen")
    time, own = report.time("CurStageStartTime")
    if not report.text("CurStageStartTime"):
        time -= max(ran, 0) * 1000
    if not report.source.memory.stage_began(device, stage, time):
        report.ignore("repeated_stage")
        return
    if length > 0 and last != 0:
        report.event((time, own), device, Ours.STAGE_ENDED, length)
    report.event((time, own), device, Ours.STAGE_STARTED, stage)


def cross_signal_group_status(report: Report) -> None:
    """CrossSignalGroupStatus: the lamps of an intersection's signal groups; those that changed since the last report are events."""
    device, when = report.device("CrossID"), report.time("LampStatusTime", "StateTime")
    for at, fields in enumerate(report.items("SignalGroupStatusList")):
        one = Report(report.reading, fields, f"{report.where}/SignalGroupStatusList/{at}")
        try:
            group, lamp = one.whole("SignalGroupNo"), _lamp(one.text("LampStatus"))
            if group < 0:
                raise Unsound("SignalGroupNo", "missing", "is missing")
        except Unsound as unsound:
            report.reading.refuse(one.where, unsound)
            continue
        changed = report.source.memory.lamp_changed(device, group, lamp, when[0])
        if changed:
            report.event(when, device, lamp, group)
        elif changed is None:
            report.ignore("late_lamp")


def _lamp(status: str) -> int:
    """The event that says a lamp is like this. Three characters for red, yellow, green: 0 none, 1 dark, 2 lit, 3 flashing."""
    if status in _OLD_LAMPS:
        return _OLD_LAMPS[status]
    if len(status) != 3 or not set(status) <= set("0123"):
        raise Unsound("LampStatus", "unknown_word", f"is no state of lamps: {status[:40]!r}")
    red, yellow, green = status[0], status[1], status[2]
    if red == _LIT:
        return Code.BEGIN_RED_CLEARANCE  # red and yellow together: the end of red, which nobody may pass
    if green in (_LIT, _FLASHING):
        return Code.BEGIN_GREEN
    return Code.BEGIN_YELLOW if yellow == _LIT else Code.PHASE_INACTIVE


def signal_controller_error(report: Report) -> None:
    """SignalControllerError: 1 lamp, 2 power, 3 clock, 4 run, 5 plan, 9 other."""
    device, kind = report.device("SignalControllerID", "SignalControlerID", "CrossID"), report.whole("ErrorType")
    if kind < 0:
        raise Unsound("ErrorType", "missing", "is missing")
    report.event(report.time("OccurTime"), device, Ours.CONTROLLER_ERROR, kind)


def cross_traffic_data(report: Report) -> None:
    """CrossTrafficData: lane counts of an interval. Volume comes as vehicles an hour, unless declared, and is kept as vehicles."""
    end, _ = report.time("EndTime")
    interval = report.whole("Interval")
    if not 0 < interval <= _LONGEST_INTERVAL:
        raise Unsound("Interval", "out_of_range", f"is outside 1 to {_LONGEST_INTERVAL} s: {report.text('Interval')[:40]!r}")
    share = interval / 3600.0 if report.source.vendor.hourly_volumes else 1.0
    _lanes(report, end - interval * 1000, end, lambda lane: lane.number("Volume") * share)


def stage_traffic_data(report: Report) -> None:
    """StageTrafficData: lane counts of one service of a stage."""
    if not report.text("StartTime"):
        raise Unsound("StartTime", "missing", "is missing")
    (start, _), (end, _) = report.time("StartTime"), report.time("EndTime")
    if not 0 < end - start <= _LONGEST_INTERVAL * 1000:
        raise Unsound("EndTime", "out_of_range", "is not after StartTime, or more than a day")
    _lanes(report, start, end, lambda lane: lane.number("VehicleNum"))


def _lanes(report: Report, start: int, end: int, volume_of: Callable[[Report], float]) -> None:
    cross = report.text("CrossID")
    report.device("CrossID")
    for at, fields in enumerate(report.items("DataList")):
        lane = Report(report.reading, fields, f"{report.where}/DataList/{at}")
        try:
            _lane(lane, cross, start, end, volume_of)
        except Unsound as unsound:
            report.reading.refuse(lane.where, unsound)


def _lane(lane: Report, cross: str, start: int, end: int, volume_of: Callable[[Report], float]) -> None:
    name, volume = lane.text("LaneNo"), volume_of(lane)
    approach = lane.source.site.approach_of_lane(cross, name)
    if approach < 0:
        raise Unsound("LaneNo", "unknown", f"no detector of {cross[:40]} is on this lane: {name[:40]!r}")
    if volume < 0.0:
        raise Unsound("Volume", "out_of_range", f"is negative: {volume:g}")
    queues = [length for length in (lane.number("MaxQueueLength"), lane.number("QueueLength")) if length >= 0.0]
    lane.reading.counts.append(
        (
            start,
            end,
            approach,
            volume,
            lane.percent("Occupancy", 100.0),
            queues[0] if queues else NAN,
            lane.percent("Saturation", _MOST_SATURATION),
            zlib.crc32(plain(name).encode()) & 0x7FFFFFFF,
        )
    )


OBJECTS: Mapping[str, Callable[[Report], None]] = {
    "CrossState": cross_state,
    "CrossModePlan": cross_mode_plan,
    "CrossPlan": cross_mode_plan,
    "CrossControlMode": cross_mode_plan,
    "CrossCtrlInfo": cross_mode_plan,
    "CrossCycle": cross_cycle,
    "CrossStage": cross_stage,
    "CrossSignalGroupStatus": cross_signal_group_status,
    "SignalControllerError": signal_controller_error,
    "SignalControlerError": signal_controller_error,
    "CrossTrafficData": cross_traffic_data,
    "StageTrafficData": stage_traffic_data,
}
"""what is read, by its element's name; the 2013 edition spells Controler"""


def read_report(read: Callable[[Report], None], report: Report) -> None:
    """Read one object; what is wrong with it is counted."""
    try:
        read(report)
        report.reading.counters.accepted += 1
    except Unsound as unsound:
        report.reading.refuse(report.where, unsound)


def read_plain_state(report: Report) -> None:
    """`{"cross_id", "at", "online", "mode_std", "mode", "plan_no", "cycle_s"}`: what is there of it."""
    device = report.device("cross_id", "intersection_id", "device_id")
    if report.fields.get("at") in (None, ""):
        raise Unsound("at", "missing", "is missing")
    when, online, sent = report.time("at"), report.fields.get("online"), report.text("mode")
    plan, cycle = report.whole("plan_no"), report.whole("cycle_s")
    if online is not None and not isinstance(online, bool):
        raise Unsound("online", "not_a_truth", f"is neither true nor false: {str(online)[:40]!r}")
    if online is not None:
        report.event(when, device, Ours.CONTROLLER_STATE, int(online))
    if sent:
        report.event(when, device, Ours.CONTROL_MODE, _mode(report, sent))
    if plan >= 0 and report.source.memory.plan_changed(device, plan):
        report.event(when, device, Code.PATTERN_CHANGE, plan)
    if cycle > 0:
        report.event(when, device, Code.CYCLE_LENGTH, cycle)


def _mode(report: Report, sent: str) -> int:
    """The mode in the numbering that `mode_std` names, else in the source's own."""
    standard = report.text("mode_std")
    if not standard:
        return report.source.vendor.mode(sent, report.reading.counters)
    word = "".join(c for c in standard.lower() if c.isalnum())
    name = next((name for name in report.source.vendors if word.startswith("".join(c for c in name.lower() if c.isalnum()))), None)
    if name is None:
        report.reading.counters.count_mode(f"{standard}:{sent}")
        return -1
    return report.source.vendors[name].mode(sent, report.reading.counters)


def read_plain_count(report: Report) -> None:
    """`{"approach_id", "start", "end", "volume", "occupancy" (0–1), "queue_m", "saturation" (1 is capacity)}` (+ `cross_id`)."""
    name = report.text("approach_id")
    approach = report.source.site.approach_of(name, report.text("cross_id", "intersection_id"))
    if approach < 0:
        raise Unsound("approach_id", "unknown", f"is no approach of the inventory: {name[:40]!r}")
    for field in ("start", "end"):
        if report.fields.get(field) in (None, ""):
            raise Unsound(field, "missing", "is missing")
    (start, _), (end, _) = report.time("start"), report.time("end")
    if not 0 < end - start <= _LONGEST_INTERVAL * 1000:
        raise Unsound("end", "out_of_range", "is not after start, or more than a day")
    volume, occupancy = _figure(report, "volume", math.inf), _figure(report, "occupancy", 1.0)
    queue, saturation = _figure(report, "queue_m", math.inf), _figure(report, "saturation", _MOST_SATURATION / 100.0)
    report.reading.counts.append((start, end, approach, volume, occupancy, queue, saturation, 0))


def _figure(report: Report, name: str, most: float) -> float:
    value = report.number(name)
    if math.isnan(value) or 0.0 <= value <= most:
        return value
    if name == "volume":
        raise Unsound(name, "out_of_range", f"is negative: {value:g}")
    reason = f"{name}_out_of_range"
    report.reading.counters.leave_unknown(reason, Refusal(f"{report.where}/{name}", "", reason, f"is outside 0 to {most:g}: {value:g}"))
    return NAN
