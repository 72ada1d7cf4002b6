"""Headways, alerts and holding advice as readers see them: JSON-ready values out of a snapshot. Unknown is None.

Everything here follows from positions, arrivals and the timetable, which are open to all; so this is, too. Who must not be
known (coaches, school buses) is on no pattern of the network and never appears.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from server.vehicle_table import route_view
from transit.alert_book import Alert
from transit.board_text import LANGUAGES
from transit.departures import destination
from transit.headway import HeadwayPicture, Waiting
from transit.local_time import rfc3339
from transit.model import State
from transit.network import Network
from transit.snapshot import Snapshot
from transit.supervision import Hold
from transit.supervision_text import alert_text, hold_text, stop_after

Json = dict[str, Any]
RULE = {
    "name": "berrebi_2015",
    "formula": "hold = max over i = 0..3 of (N_i - L) / (i + 2) - (D - L), within 0 and 180 s and half the planned headway",
    "where": "L: the bus before left; N_i: the i-th bus behind is to come; D: this bus could leave. At first stops and timepoints",
}
_NEXT = 4
"""calls told of one line at one stop"""
_MARK_STEP = 15.0
"""s by which a hold must change to be published anew"""


def supervision_view(snapshot: Snapshot) -> Json:
    """Open alerts, the gravest first, and holds, the longest first."""
    picture = snapshot.supervision
    if picture is None:
        return {"alerts": [], "holding": []}
    return {
        "alerts": [alert_view(snapshot, alert) for alert in picture.current],
        "holding": [hold_view(snapshot, hold) for hold in picture.holds],
    }


def supervision_mark(snapshot: Snapshot) -> Hashable:
    """What it says, apart from seconds of holds."""
    picture = snapshot.supervision
    if picture is None:
        return ()
    holds = tuple((hold.vehicle, hold.pattern_stop, round(hold.hold / _MARK_STEP)) for hold in picture.holds)
    return tuple((alert.id, alert.updated) for alert in picture.current), holds


def closed_alerts(snapshot: Snapshot, limit: int) -> list[Json]:
    """Alerts that are over, the newest first."""
    closed = snapshot.supervision.closed if snapshot.supervision is not None else ()
    return [alert_view(snapshot, alert) for alert in closed[::-1][:limit]]


def alert_view(snapshot: Snapshot, alert: Alert) -> Json:
    """One alert, open or closed."""
    network, one, zone = snapshot.network, alert.condition, snapshot.network.timezone
    until = stop_after(network, one.pattern, one.span[1]) if one.span is not None else -1
    return {
        "id": alert.id,
        "kind": one.kind,
        "severity": one.severity,
        "state": "open" if alert.closed is None else "closed",
        **_line(network, one.pattern),
        "vehicles": [snapshot.vehicle_ids[vehicle] for vehicle in one.vehicles],
        "stop": _stop(network, one.pattern_stop),
        "until_stop": _stop(network, until),
        "span_m": None if one.span is None else [round(metres) for metres in one.span],
        "since": rfc3339(one.since, zone),
        "opened_at": rfc3339(alert.opened, zone),
        "updated_at": rfc3339(alert.updated, zone),
        "closed_at": None if alert.closed is None else rfc3339(alert.closed, zone),
        "planned_headway_s": _whole(one.planned_headway),
        "headway_s": _whole(one.headway),
        "text": {language: alert_text(one, network, snapshot.vehicle_ids, language) for language in LANGUAGES},
    }


def hold_view(snapshot: Snapshot, hold: Hold) -> Json:
    """Advice for one bus."""
    network, zone = snapshot.network, snapshot.network.timezone
    name, until, seconds = snapshot.vehicle_ids[hold.vehicle], hold.ready + hold.hold, 5 * round(hold.hold / 5.0)
    return {
        "vehicle_id": name,
        **_line(network, int(network.pattern_of_pattern_stop[hold.pattern_stop])),
        "stop": _stop(network, hold.pattern_stop),
        "hold_s": seconds,
        "simple_rule_hold_s": 5 * round(hold.hold_simple / 5.0),
        "depart_at": rfc3339(until, zone),
        "arrival": rfc3339(hold.arrival, zone),
        "bus_before_left": rfc3339(hold.before, zone),
        "planned_headway_s": round(hold.planned_headway),
        "text": {one: hold_text(network, hold.pattern_stop, name, seconds, until, one) for one in LANGUAGES},
    }


def line_rows(snapshot: Snapshot, route: int | None = None) -> list[Json]:
    """Each line with headways, worst excess wait first; lines without any go last."""
    picture = snapshot.headways
    if picture is None:
        return []
    slots, network = picture.slots, snapshot.network
    vehicles = snapshot.vehicles
    on = vehicles["pattern"][(vehicles["state"] == State.IN_SERVICE) & (vehicles["pattern"] >= 0)]
    buses = np.bincount(slots.line_of_pattern[on], minlength=len(slots.line_route))
    rows = []
    for line, waiting in enumerate(picture.waiting_of_lines):
        mine = np.flatnonzero(slots.line == line)
        if len(mine) == 0 or (route is not None and slots.line_route[line] != route):
            continue
        typical = picture.planned.typical[mine]
        planned = float(np.median(typical[~np.isnan(typical)])) if (~np.isnan(typical)).any() else None
        pattern = int(network.pattern_of_pattern_stop[slots.pattern_stop[mine[0]]])
        rows.append(
            {**_line(network, pattern), "vehicles": int(buses[line]), "planned_headway_s": _whole(planned), **_waiting(waiting)}
        )
    return sorted(rows, key=lambda row: (row["ewt_s"] is None, -(row["ewt_s"] or 0), -row["vehicles"]))


def chosen_slots(picture: HeadwayPicture, route: int | None, stop: int | None) -> list[int]:
    """Slots of a route and a stop, worst excess wait first; of all, those where something is known."""
    slots = picture.slots
    chosen = ~np.isnan(picture.sums.last) if route is None and stop is None else np.ones(len(slots), bool)
    if route is not None:
        chosen &= slots.line_route[slots.line] == route
    if stop is not None:
        chosen &= slots.stop == stop
    found = np.flatnonzero(chosen)
    worst = np.nan_to_num(picture.excess[found], nan=-np.inf)
    return found[np.argsort(-worst, kind="stable")].tolist()  # type: ignore[no-any-return]


def stop_rows(snapshot: Snapshot, slots: Sequence[int]) -> list[Json]:
    """One line at one stop each."""
    return [] if snapshot.headways is None else [_stop_row(snapshot, snapshot.headways, slot) for slot in slots]


def _stop_row(snapshot: Snapshot, picture: HeadwayPicture, slot: int) -> Json:
    network, zone = snapshot.network, snapshot.network.timezone
    place = int(picture.slots.pattern_stop[slot])
    last, coming = picture.last(slot), picture.coming(slot)[:_NEXT]
    times = [time for _, time in coming]
    return {
        **_line(network, int(network.pattern_of_pattern_stop[place])),
        "stop": _stop(network, place),
        "planned_headway_s": _whole(picture.planned_headway(slot)),
        "last_departure": None if last is None else rfc3339(last, zone),
        "observed_headway_s": _whole(picture.observed(slot)),
        "live_headway_s": round(times[0] - last) if times and last is not None and times[0] > last else None,
        "predicted_headways_s": [round(after - before) for before, after in pairwise(times)],
        "next": [{"vehicle_id": snapshot.vehicle_ids[vehicle], "departure": rfc3339(time, zone)} for vehicle, time in coming],
        **_waiting(picture.waiting(slot)),
    }


def _waiting(waiting: Waiting) -> Json:
    return {
        "headways": round(waiting.number, 1),
        "mean_headway_s": _whole(waiting.mean),
        "cv": None if waiting.variation is None else round(waiting.variation, 2),
        "awt_s": _whole(waiting.actual),
        "swt_s": _whole(waiting.scheduled),
        "ewt_s": _whole(waiting.excess),
    }


def _line(network: Network, pattern: int) -> Json:
    direction = int(network.patterns.direction[pattern])
    return {
        "route": route_view(network, int(network.patterns.route[pattern])),
        "direction_id": direction if direction >= 0 else None,
        "headsign": destination(network, int(network.patterns.headsign[pattern]), pattern),
    }


def _stop(network: Network, place: int) -> Json | None:
    if place < 0:
        return None
    stop = int(network.patterns.stop[place])
    return {"id": network.stop_ids[stop], "name": network.stop_names[stop], "stop_sequence": int(network.patterns.sequence[place])}


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
