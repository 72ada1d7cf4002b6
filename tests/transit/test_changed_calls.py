from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.support.board_scenes import MIDNIGHT, A, B, C, D, at, call, network, snapshot, vehicle
from transit.changed_calls import NO_CALLS, join_arrivals, take_out
from transit.changes import Period
from transit.changes_in_force import NOTHING_IN_FORCE, ChangesInForce
from transit.kernels.columns import ArrivalColumns
from transit.snapshot import Snapshot

NOW = at("08:00")


def picture(trips: list[int]) -> Snapshot:
    """A vehicle a trip of line 11 (-1 unknown), due at every stop."""
    calls = [call(stop, k, trip, stop, NOW + 60 * k + 100 * stop) for k, trip in enumerate(trips) for stop in (A, B, C, D)]
    return snapshot(NOW, [vehicle(NOW, 0.0, trip) for trip in trips], calls)


def rows(columns: ArrivalColumns) -> list[tuple[int, int]]:
    """(vehicle, pattern stop)"""
    return list(zip(columns.vehicle.tolist(), columns.pattern_stop.tolist()))


def test_nothing_changed_is_the_same_columns() -> None:
    shot = picture([3])
    for changes in (NOTHING_IN_FORCE, ChangesInForce({(4, MIDNIGHT): True}), ChangesInForce({(3, MIDNIGHT + 86_400): True})):
        parts = take_out(shot.arrivals, shot.arrival_start, changes)
        assert parts.arrivals is shot.arrivals
        assert (len(parts.skipped.vehicle), parts.cancelled_vehicles) == (0, 0)


def test_a_cancelled_run_has_no_calls_and_a_skipped_stop_is_set_aside() -> None:
    shot = picture([3, 4, -1])
    changes = ChangesInForce(
        {(3, MIDNIGHT): True}, frozenset({(4, MIDNIGHT, B)}), {C: (Period(NOW + 300, NOW + 10_000),)}
    )  # fmt: skip
    parts = take_out(shot.arrivals, shot.arrival_start, changes)
    assert sorted(rows(parts.arrivals)) == [(1, A), (1, C), (1, D), (2, A), (2, B), (2, D)]
    assert rows(parts.skipped) == [(1, B), (2, C)]
    assert parts.cancelled_vehicles == 1


@given(
    st.lists(st.integers(-1, 20), max_size=6), st.sets(st.integers(0, 20)), st.sets(st.tuples(st.integers(0, 20), st.integers(0, 3))),
    st.sets(st.integers(0, 3)),
)  # fmt: skip
def test_rows_are_split_whole_and_stay_sorted(
    trips: list[int], cancelled: set[int], skipped: set[tuple[int, int]], closed: set[int]
) -> None:
    shot = picture(trips)
    changes = ChangesInForce(
        {(trip, MIDNIGHT): False for trip in cancelled}, frozenset((trip, MIDNIGHT, place) for trip, place in skipped),
        {place: (Period(),) for place in closed},
    )  # fmt: skip
    parts = take_out(shot.arrivals, shot.arrival_start, changes)
    wanted: dict[bool, list[tuple[int, int]]] = {False: [], True: []}
    for k, place in rows(shot.arrivals):
        if trips[k] not in cancelled:
            wanted[place in closed or (trips[k], place) in skipped].append((k, place))
    assert rows(parts.arrivals) == wanted[False]
    assert rows(parts.skipped) == wanted[True]
    stops = network().patterns.stop[parts.arrivals.pattern_stop]
    assert parts.start.tolist() == np.searchsorted(stops, np.arange(5)).tolist()


def test_joined_columns_are_the_rows_of_both() -> None:
    shot = picture([3])
    assert len(join_arrivals(shot.arrivals, NO_CALLS).vehicle) == 4
    assert [column.dtype for column in join_arrivals(NO_CALLS, shot.arrivals)] == [column.dtype for column in shot.arrivals]
