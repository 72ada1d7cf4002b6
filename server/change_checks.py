"""Checks a change of the bureau against the timetable, and makes definite what it leaves open: which day's run, until when."""

from __future__ import annotations

import datetime
from typing import NoReturn
from zoneinfo import ZoneInfo

from server.change_schemas import Announce, CancelTrip, Change, CloseStop, SkipStop, TakeDetour
from server.problems import ProblemException
from transit.changes import Detour, SkippedStop, TripRun
from transit.changes_in_force import Run, find_place, find_runs
from transit.changes_places import covered_stops, pattern_stops_at, route_patterns
from transit.network import Network
from transit.service_day import service_day, service_days

_WORDS = {
    "unknown_trip": "there is no such trip in the timetable",
    "headway_trip": "is operated by headway and has no runs; or start_time is missing or no departure of it",
    "trip_not_on_that_day": "does not run on that date",
    "trip_not_on_these_days": "does not run from yesterday to tomorrow; give a date",
    "unknown_stop": "there is no such stop in the timetable",
    "unknown_route": "there is no such route in the timetable",
    "no_such_direction": "the route has no trips in that direction",
    "stop_not_on_route": "the stop is not on that route and direction",
    "stop_not_on_trip": "the trip does not call there",
    "ambiguous_stop": "the trip calls there more than once; give stop_sequence",
    "detour_not_on_route": "no stops of the route lie between these two",
}
_FIELD = {"unknown_stop": "stop_id", "unknown_route": "route_id", "no_such_direction": "direction_id"}


def settle(change: Change, network: Network, now: float) -> Change:
    """The change with its date and end. Raises a 422 problem that names the field."""
    if isinstance(change, CancelTrip | SkipStop):
        return _settle_run(change, network, now)
    if isinstance(change, CloseStop):
        direction = -1 if change.direction_id is None else change.direction_id
        _known(pattern_stops_at(network, change.stop_id, change.route_id or "", direction), "stop_id")
    elif isinstance(change, TakeDetour):
        direction = -1 if change.direction_id is None else change.direction_id
        detour = Detour(change.route_id, direction, change.from_stop_id or "", change.to_stop_id or "")
        wrong = next((field for field in ("from_stop_id", "to_stop_id")
                      if (stop := getattr(change, field)) is not None and stop not in network.stop_index), None)
        if wrong is not None:
            _refuse("unknown_stop", wrong)
        _known(covered_stops(network, detour), "from_stop_id")
    else:
        assert isinstance(change, Announce)
        for k, stop_id in enumerate(change.stop_ids):
            if stop_id not in network.stop_index:
                _refuse("unknown_stop", f"stop_ids/{k}")
        for k, route_id in enumerate(change.route_ids):
            if isinstance(route_patterns(network, route_id, -1), str):
                _refuse("unknown_route", f"route_ids/{k}")
    return change


def _settle_run(change: CancelTrip | SkipStop, network: Network, now: float) -> Change:
    run = TripRun(change.trip_id, change.date, change.start_time or "")
    days = service_days(network, now) if change.date is None else (service_day(network, change.date),)
    found = find_runs(network, run, days, now)
    if isinstance(found, str):
        _refuse(found, "date" if found == "trip_not_on_that_day" else "trip_id")
    if isinstance(change, SkipStop):
        if change.stop_id not in network.stop_index:
            _refuse("unknown_stop", "stop_id")
        sequence = -1 if change.stop_sequence is None else change.stop_sequence
        place = find_place(network, found[0][0], SkippedStop(run, sequence, change.stop_id))
        if isinstance(place, str):
            _refuse(place, "stop_id")
    date = next(day.date for day in days if day.start == found[0][1])
    return change.model_copy(update={"date": date, "ends_at": change.ends_at or _end(network, found[0])})


def _end(network: Network, run: Run) -> datetime.datetime:
    trips = network.trips
    end = run[1] + float(trips.arrival[trips.start[run[0] + 1] - 1])
    return datetime.datetime.fromtimestamp(end, ZoneInfo(network.timezone))


def _known(found: list[int] | str, field: str) -> None:
    if isinstance(found, str):
        _refuse(found, _FIELD.get(found, field))


def _refuse(reason: str, field: str) -> NoReturn:
    detail = _WORDS[reason]
    raise ProblemException(422, reason, f"{field}: {detail}", [{"pointer": f"/body/{field}", "detail": detail}])
