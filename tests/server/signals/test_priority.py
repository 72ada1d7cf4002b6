"""The engine of priority requests over whole drives: a late bus asks, is told of sparingly, and passes in its window."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import numpy as np
import pytest

from server.city import City
from server.signals.priority import Priority, PriorityNow
from server.signals.priority_eta import Etas
from server.signals.priority_views import request_view
from signals.priority import PriorityParameters, PriorityRequest, RequestState, Why
from tests.server.signals.test_approaches_passed import EIGHT, INVENTORY, LINE, NETWORK
from tests.support.lines import DAY
from tests.support.ride import Fix, along, standing
from tests.support.signal_sites import drives, inventory_of

LATE = 200


def told(fixes: Sequence[Fix], until: float | None = None, **changes: float) -> tuple[list[PriorityRequest], PriorityNow]:
    """Every record in order, and the last picture."""
    priority, records = Priority(NETWORK, INVENTORY, PriorityParameters()._replace(**changes)), []
    for snapshot in drives(City(NETWORK), fixes, until=until):
        now = priority.step(snapshot.now, snapshot)
        records += now.changes
    return records, now


def test_a_late_bus_asks_once_a_line_and_passes_in_its_window() -> None:
    records, now = told(along(LINE, 0, 2900, EIGHT + LATE, 5, trip="T0"), late=120.0)
    first = [one for one in records if one.ask.intersection == 0]
    assert first[0].state == RequestState.REQUESTED
    assert first[-1].state == RequestState.SERVED
    assert first[-1].passed / 1e3 - DAY == pytest.approx(EIGHT + LATE + 1000 / 8, abs=2)
    assert len(first) <= 8
    assert all(one.ask.stops_before <= 1 for one in records)
    assert {one.ask.vehicle_id for one in records} == {"bus"}
    assert now.requests == ()
    assert now.counts["requested"] == 2
    assert now.accuracy[30.0].judged == 2


def test_a_bus_on_time_asks_nothing() -> None:
    assert told(along(LINE, 0, 2900, EIGHT, 5, trip="T0"))[0] == []


def test_no_request_while_two_stops_lie_before_the_line() -> None:
    fixes = along(LINE, 0, 2900, EIGHT + LATE, 5, trip="T0")
    records, _ = told(fixes, ahead=1e4)
    second = next(one for one in records if one.ask.intersection == 1)
    assert second.created / 1e3 - DAY >= EIGHT + LATE + (400 - 30) / 8


def test_a_bus_that_falls_silent_or_leaves_its_line_is_withdrawn() -> None:
    fixes = along(LINE, 0, 800, EIGHT + LATE, 5, trip="T0")
    records, now = told(fixes, until=fixes[-1].clock + 120)
    assert (records[-1].state, records[-1].why) == (RequestState.CANCELLED, Why.STALE)
    assert now.requests == ()
    astray = [Fix(fixes[-1].clock + 5 * k, 800, 50.0 * k, trip="T0") for k in range(1, 12)]
    records, _ = told([*fixes, *astray])
    assert (records[-1].state, records[-1].why) == (RequestState.CANCELLED, Why.OFF_TRIP)


def test_a_bus_held_at_the_light_floods_nobody() -> None:
    fixes = along(LINE, 0, 980, EIGHT + LATE, 5, trip="T0")
    fixes += standing((980, 0), fixes[-1].clock + 5, 90, 5, trip="T0")
    fixes += along(LINE, 984, 1300, fixes[-1].clock + 1, 5, trip="T0")
    records = [one for one in told(fixes)[0] if one.ask.intersection == 0]
    assert records[-1].state in (RequestState.SERVED, RequestState.MISSED)
    assert len(records) <= 16


def test_a_view_says_all_and_unknown_is_none() -> None:
    records, _ = told(along(LINE, 0, 900, EIGHT + LATE, 5, trip="T0"))
    priority = Priority(NETWORK, INVENTORY)
    view = priority.view(records[0])
    json.dumps(view, allow_nan=False)
    assert view["advice_only"] is True
    assert (view["intersection_id"], view["approach_id"], view["route_id"], view["trip_id"]) == ("J0", "A0", "R0", "T0")
    assert (view["occupancy"], view["headway_s"], view["passed"], view["why"]) == (None, None, None, None)
    assert view["arrival_ms"]["earliest"] <= view["arrival_ms"]["likely"] <= view["arrival_ms"]["latest"]
    assert view["arrival"]["likely"].endswith("+08:00")
    assert view["lateness_s"] == pytest.approx(LATE, abs=15)
    assert view["text"] == {"zh": "建议优先，晚点3分钟", "en": "priority advised, 3 min late"}
    wide = records[0]._replace(ask=records[0].ask._replace(headway=900.0, planned_headway=600.0, lateness=math.nan, approach=-1))
    assert request_view(wide, INVENTORY, "Asia/Shanghai")["text"]["zh"] == "建议优先，与前车间隔比计划长5分钟"
    assert priority.view(wide)["approach_id"] is None


def test_at_lists_the_requests_of_one_intersection_and_an_empty_inventory_asks_nothing() -> None:
    fixes = along(LINE, 0, 900, EIGHT + LATE, 5, trip="T0")
    _, now = told(fixes, until=fixes[-1].clock)
    assert [one.ask.intersection for one in now.requests] == [0]
    assert now.at(0) == now.requests
    assert now.at(1) == ()
    priority = Priority(NETWORK, INVENTORY)
    picture = priority.picture(now)
    json.dumps(picture, allow_nan=False)
    assert [one["request_id"] for one in picture["requests"]] == [one.request_id for one in now.requests]
    assert priority.picture(now, 1)["requests"] == []
    assert [one["ahead_s"] for one in picture["eta_accuracy"]] == [30.0, 60.0]
    assert picture["records"]["requested"] == 1
    nothing = Priority(NETWORK, inventory_of([], []))
    for snapshot in drives(City(NETWORK), fixes):
        assert nothing.step(snapshot.now, snapshot).requests == ()


def test_the_same_positions_make_the_same_records() -> None:
    fixes = along(LINE, 0, 1200, EIGHT + LATE, 5, trip="T0")
    assert repr(told(fixes)[0]) == repr(told(fixes)[0])


def test_a_city_without_a_bus_has_an_empty_picture() -> None:
    city, priority = City(NETWORK), Priority(NETWORK, INVENTORY)
    for second in range(2):
        snapshot = city.step(DAY + EIGHT + second, [])
        picture = priority.picture(priority.step(snapshot.now, snapshot))
        assert (picture["requests"], picture["closed"], picture["records"]) == ([], [], {})
        assert picture["eta_accuracy"][0]["bias_s"] is None


def test_the_rows_that_are_looked_at_are_those_the_rule_for_one_bus_chooses() -> None:
    random, count, q = np.random.default_rng(3), 400, PriorityParameters()
    priority = Priority(NETWORK, INVENTORY)
    lateness, headway, planned = (random.choice([np.nan, 0, 30, 90, 120, 250, 500, 900], count) for _ in range(3))
    likely, zero = random.uniform(0, 120, count), np.zeros(count, np.int32)
    etas = Etas(
        np.arange(count, dtype=np.int32), zero, likely - 9, likely, likely + 9, zero, zero.astype(np.uint8), likely * np.nan, lateness,
        headway.astype(np.float32), planned.astype(np.float32),
    )
    rows, _ = priority._chosen(0.0, etas)
    blank = told(along(LINE, 0, 900, EIGHT + LATE, 5, trip="T0"))[0][0].ask
    expected = [
        k for k in range(count)
        if blank._replace(lateness=lateness[k], headway=headway[k], planned_headway=planned[k]).deserves(q)
        and q.least_ahead <= likely[k] <= q.ahead
    ]  # fmt: skip
    assert rows.tolist() == expected
    assert 20 < len(expected) < count
