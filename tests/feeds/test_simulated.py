"""The district as a whole: one seed, one town, the same bytes however time is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.simulated import District
from feeds.simulated_equipment import Reports, join

AT = 1_792_022_400.0 + 8 * 3600  # a weekday, 08:00 in Shanghai
TOWN = District(1)


def same(a: Reports, b: Reports) -> bool:
    return all(x.dtype == y.dtype and x.tobytes() == y.tobytes() for x, y in zip(a, b))


def test_a_seed_gives_the_same_feed_and_the_same_positions() -> None:
    one, other = District(7), District(7)
    assert one.gtfs_tables() == other.gtfs_tables()
    one.start(AT)
    other.start(AT)
    assert same(one.advance(AT + 60), other.advance(AT + 60))


def test_another_seed_is_another_town_and_another_start_another_day() -> None:
    other = District(2)
    assert other.gtfs_tables()["stops.txt"] != TOWN.gtfs_tables()["stops.txt"]
    TOWN.start(AT)
    first = TOWN.advance(AT + 60)
    TOWN.start(AT + 7 * 86_400)
    assert not np.array_equal(first.lat[:50], TOWN.advance(AT + 7 * 86_400 + 60).lat[:50])


@settings(max_examples=12, deadline=None)
@given(st.lists(st.floats(0.0, 45.0), min_size=1, max_size=12))
def test_positions_do_not_depend_on_how_often_they_are_asked_for(steps: list[float]) -> None:
    end = AT + sum(steps)
    TOWN.start(AT)
    whole = TOWN.advance(end)
    TOWN.start(AT)
    parts, now = [], AT
    for step in steps:
        now += step
        parts.append(TOWN.advance(now))
    parts.append(TOWN.advance(end))
    assert same(whole, join(parts))


def test_positions_come_in_order_of_receipt_and_never_before_their_time() -> None:
    TOWN.start(AT)
    reports = TOWN.advance(AT + 300)
    assert len(reports.vehicle) > 500
    assert (np.diff(reports.received) >= 0).all()
    assert (reports.received > reports.timestamp).all()
    assert reports.received[-1] <= AT + 300


def test_a_time_that_has_passed_returns_nothing_again() -> None:
    TOWN.start(AT)
    TOWN.advance(AT + 30)
    assert len(TOWN.advance(AT + 30).vehicle) == 0
    assert len(TOWN.advance(AT + 10).vehicle) == 0


def test_advance_before_start_is_a_programming_error() -> None:
    with pytest.raises(AttributeError):
        District(1).advance(AT)


def test_columns_and_records_say_the_same() -> None:
    TOWN.start(AT)
    reports = TOWN.advance(AT + 40)
    columns, records = TOWN.columns(reports), TOWN.records(reports)
    text = columns.text.tobytes()
    assert len(records) == len(columns.lat) > 50
    for i, record in enumerate(records):
        for name, at, length in (
            ("vehicle_id", columns.vehicle_at, columns.vehicle_length),
            ("trip_id", columns.trip_at, columns.trip_length),
            ("route_id", columns.route_at, columns.route_length),
        ):
            assert text[at[i] : at[i] + length[i]].decode() == record.get(name, "")
        assert record["lat"] == columns.lat[i]
        assert ("speed_mps" in record) == (not np.isnan(columns.speed[i]))


def test_a_start_in_the_small_hours_has_buses_on_the_streets() -> None:
    TOWN.start(AT - 5 * 3600)  # 03:00: still yesterday's service day
    moving = np.zeros(len(TOWN.vehicle_ids), np.bool_)
    for second in range(0, 240, 20):
        TOWN.advance(AT - 5 * 3600 + second)
        moving |= TOWN.truth().speed > 2
    assert moving.sum() >= 10
