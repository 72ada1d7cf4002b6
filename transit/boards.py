"""Composes a stop board from a snapshot: the fallback ladder, decided line by line.

prediction → waiting for departure → headway → scheduled → first and last bus → last bus gone → no service → no data.
Sources never mix: what no fresh vehicle stands for is told by the clock, not in minutes. Pure: the clock is the snapshot's, and
what must be remembered comes in and goes out as a BoardMemory.
"""

from __future__ import annotations

from transit.board_calls import live_calls
from transit.board_content import BoardContent, BoardStatus, Call, CallState, LineState, LineStatus, Notice
from transit.board_memory import BoardMemory, remember
from transit.board_schedule import Situation, changed_calls, scheduled_calls, situation
from transit.changed_departures import with_changes
from transit.departures import LineTimetable, StopTimetable, stop_timetable
from transit.model import Source
from transit.parameters import BoardParameters
from transit.snapshot import Snapshot

_NO_SERVICE = {LineState.NO_SERVICE, LineState.AFTER_LAST, LineState.CANCELLED, LineState.SKIPPED}


def compose(
    snapshot: Snapshot,
    stop: int,
    memory: BoardMemory,
    parameters: BoardParameters,
    shared: Situation | None = None,
) -> tuple[BoardContent, BoardMemory]:
    """The board of stop index `stop` at the snapshot's instant, and what to remember for the next.

    `shared` saves recomputing `situation(snapshot, parameters)` for every stop.
    """
    now = snapshot.now
    shared = shared or situation(snapshot, parameters)
    base, changed = memory.timetable, memory.changed
    if base is None or not base.serves(snapshot.network, now):
        base = stop_timetable(snapshot.network, stop, now)
    if changed is None or changed.base is not base or changed.changes is not snapshot.changes:
        changed = with_changes(base, snapshot.changes)
    timetable = changed.timetable
    live, current = live_calls(snapshot, stop, timetable, memory.shown, parameters)
    by_line: dict[object, list[Call]] = {}
    arrivals: list[Call] = []
    for call in live:
        (by_line.setdefault(call.line, []) if call.boarding else arrivals).append(call)
    feed_down = Notice.FEED_DOWN in shared.notices
    lines = []
    for one in timetable.lines:
        calls = by_line.pop(one.line, [])
        calls += scheduled_calls(snapshot, one, calls, shared, parameters)
        status = _line_status(one, calls, timetable, now, feed_down, parameters)
        off = changed_calls(snapshot, one.line, changed.departures.get(one.line, ()), parameters)
        lines.append(_with_changed(status, off, changed.closed_now(one.line, now)))
    # what is left: vehicles on lines that the timetable does not have here
    lines += [LineStatus(rest[0].line, _live_state(rest[0]), tuple(rest), *[None] * 5) for rest in by_line.values()]
    every = sorted([*arrivals, *(call for line in lines for call in line.calls)], key=_order)[: parameters.rows]
    content = BoardContent(
        snapshot.network, snapshot.vehicle_ids, stop, now, now + parameters.expires_after,
        _status(lines, every), tuple(every), tuple(lines), shared.notices, timetable.terminus,
        snapshot.changes.alerts_at(stop, now),
    )  # fmt: skip
    return content, BoardMemory(base, changed, remember(memory.shown, current, now, parameters))


def _order(call: Call) -> tuple[float, int, int, int]:
    return call.time, call.line.route, call.pattern_stop, call.vehicle


def _live_state(call: Call) -> LineState:
    return LineState.LIVE if call.source is Source.LIVE else LineState.WAITING_DEPARTURE


def _line_status(
    one: LineTimetable, calls: list[Call], timetable: StopTimetable, now: float, feed_down: bool, parameters: BoardParameters
) -> LineStatus:
    calls.sort(key=_order)
    operation = one.operation(now, timetable.today)
    first, last = (operation.first, operation.last) if operation else (None, None)
    scheduled = next((call for call in calls if not call.live), None)
    following, origin = (scheduled.time, scheduled.origin_departure) if scheduled else one.following(now)
    if any(call.source is Source.LIVE for call in calls):
        state = LineState.LIVE
    elif calls and calls[0].live:
        state = LineState.WAITING_DEPARTURE
    elif operation is None:
        state = LineState.NO_SERVICE if timetable.covered else LineState.NO_DATA
    elif now < operation.first:
        state = LineState.BEFORE_FIRST
    elif now > operation.last and scheduled is None:
        state = LineState.AFTER_LAST
    elif one.operated_by_headway(now):
        state = LineState.HEADWAY
    else:
        state = LineState.SCHEDULED if origin is None or feed_down else LineState.WAITING_DEPARTURE
    headway = one.headway(now, parameters.headway_window)
    return LineStatus(one.line, state, tuple(calls), first, last, headway, following, origin)


def _with_changed(status: LineStatus, off: list[Call], closed: bool) -> LineStatus:
    """The line with its calls that do not take place, and told by them where no other word would do."""
    state = status.state
    if closed and not any(call.live for call in status.calls):
        state = LineState.SKIPPED
    elif off and state in (LineState.AFTER_LAST, LineState.NO_SERVICE):
        state = LineState.CANCELLED if off[0].state is CallState.CANCELLED else LineState.SKIPPED
    return status._replace(state=state, calls=tuple(sorted([*status.calls, *off], key=_order)))


def _status(lines: list[LineStatus], calls: list[Call]) -> BoardStatus:
    if any(call.live for call in calls):
        return BoardStatus.LIVE
    states = {line.state for line in lines}
    if states <= {LineState.NO_DATA}:
        return BoardStatus.NO_DATA
    return BoardStatus.NO_SERVICE if states <= _NO_SERVICE else BoardStatus.SCHEDULE_ONLY
