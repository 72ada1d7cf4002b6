from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import naive_headways
from tests.support.naive_headways import NaiveLine, NaiveSlot
from transit.kernels.columns import ArrivalColumns
from transit.kernels.headway_columns import NEXT, CallScratch, HeadwaySums, Passings, PlannedHeadways, VehicleHeadways
from transit.kernels.headways import hold_even, hold_to_headway, next_calls, observe, plan, vehicle_headways
from transit.model import Source
from transit.supervision_parameters import HeadwayParameters

Q = HeadwayParameters()
T0 = 1.7e9


def new_sums(slots: int) -> HeadwaySums:
    nan = np.full(slots, np.nan)
    zeros = [np.zeros(slots) for _ in range(3)]
    return HeadwaySums(nan, nan.copy(), np.full(slots, -1, np.int32), zeros[0], zeros[1], zeros[2], np.full(slots, -np.inf))


def new_passings(first: list[int], vehicles: int = 40) -> Passings:
    return Passings(np.array(first, np.int32), np.full(vehicles, -1, np.int32))


def tell(
    sums: HeadwaySums, slot_of: list[int], told: list[tuple[int, float, int]], blind: float = -np.inf, passings: Passings | None = None
) -> int:
    """Departures as (pattern stop, time, vehicle), one step; without `passings` each pattern stop is its pattern's first."""
    place, at, vehicle = (np.array(column) for column in zip(*told))
    order = np.argsort(at, kind="stable")
    slots = np.array(slot_of, np.int32)
    passings = passings or new_passings(list(range(len(slot_of))))
    columns = vehicle.astype(np.int32), place.astype(np.int32)
    return int(observe(order, at.astype(float), *columns, slots, passings, blind, Q, sums))


STEPS = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(0, 3), st.floats(-400.0, 2500.0), st.integers(0, 3)), min_size=1, max_size=4),
        st.sampled_from([60.0, 900.0, 9000.0]), st.booleans(),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_sums_are_those_of_all_departures_remembered(steps: list[tuple[list[tuple[int, float, int]], float, bool]]) -> None:
    slot_of, first, sums, ignored = [0, 1, 0, -1], [0, 0, 2, 2], new_sums(2), 0
    naive = [NaiveSlot(Q.memory, Q.longest, Q.again) for _ in range(2)]
    line, passings = NaiveLine([naive[0], naive[1], naive[0], None], first), new_passings(first)
    now, blind = T0, -np.inf
    for told, passes, silent in steps:
        now += passes
        blind = now if silent else blind
        rows = [(place, now + offset, vehicle) for place, offset, vehicle in told]
        ignored += tell(sums, slot_of, rows, blind, passings)
        for place, at, vehicle in sorted(rows, key=lambda row: row[1]):
            line.leave(place, at, vehicle, blind)
    assert ignored == sum(one.ignored for one in naive)
    for k, one in enumerate(naive):
        assert (sums.number[k], sums.total[k], sums.squares[k]) == pytest.approx(one.sums(), rel=1e-6, abs=1e-3)
        if one.departures:
            assert sums.last[k] == one.departures[-1]
            assert sums.vehicle[k] == one.newest


def test_buses_every_ten_minutes_keep_riders_waiting_five_and_bunched_pairs_ten() -> None:
    even, pairs = new_sums(1), new_sums(1)
    for n in range(12):
        tell(even, [0], [(0, T0 + 600.0 * n, n)])
        tell(pairs, [0], [(0, T0 + 1200.0 * n, 2 * n), (0, T0 + 1200.0 * n, 2 * n + 1)])
    assert even.squares[0] / (2 * even.total[0]) == pytest.approx(300.0)
    assert pairs.squares[0] / (2 * pairs.total[0]) == pytest.approx(600.0)


def test_a_bus_that_passed_unseen_makes_its_headways_unknown_and_no_double_one() -> None:
    sums, passings = new_sums(2), new_passings([0, 0, 0])
    for n in range(4):
        seen = [(0, T0 + 600.0 * n, n), (1, T0 + 600.0 * n + 60.0, n)]
        tell(sums, [0, 1, -1], seen[1:] if n == 1 else seen, passings=passings)
    assert sums.number[0] == pytest.approx(1.0)  # between the third and the fourth
    assert sums.total[0] == pytest.approx(600.0)
    assert sums.total[1] / sums.number[1] == pytest.approx(600.0)


def test_a_departure_without_a_time_or_a_slot_changes_nothing() -> None:
    sums = new_sums(1)
    assert tell(sums, [0, -1], [(0, math.nan, 1), (1, T0, 2)]) == 0
    assert np.isnan(sums.last[0])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.floats(-9000.0, 9000.0), max_size=40), min_size=1, max_size=4))
def test_planned_headways_are_those_of_the_gaps(offsets: list[list[float]]) -> None:
    times = [sorted(T0 + offset for offset in one) for one in offsets]
    start = np.concatenate(([0], np.cumsum([len(one) for one in times]))).astype(np.int64)
    count = len(times)
    singles = [np.zeros(count, np.float32) for _ in range(3)]
    out = PlannedHeadways(singles[0], singles[1], singles[2], np.zeros(count), np.zeros(count))
    plan(T0, start, np.array([at for one in times for at in one], float), Q, out)
    for k, one in enumerate(times):
        expected = naive_headways.planned(one, T0, Q.memory, Q.longest, Q.window)
        assert [float(column[k]) for column in out] == pytest.approx(expected, rel=1e-4, abs=1e-2, nan_ok=True)


@settings(max_examples=100, deadline=None)
@given(st.floats(0.0, 900.0), st.lists(st.floats(0.0, 3000.0), max_size=6), st.floats(0.0, 300.0))
def test_a_hold_by_berrebi_shares_out_the_widest_gap_behind(since: float, behind: list[float], most: float) -> None:
    ordered = sorted(T0 + since + offset for offset in behind)
    found = hold_even(T0, T0 + since, np.array([*ordered, 0.0]), len(ordered), most)
    assert found == pytest.approx(naive_headways.hold_even(T0, T0 + since, ordered, most))


def test_holds_by_hand() -> None:
    assert hold_even(0.0, 100.0, np.array([600.0]), 1, 999.0) == 200.0  # half way between the two
    assert hold_even(0.0, 100.0, np.array([300.0, 1500.0]), 2, 999.0) == 400.0  # the gap behind the next is wider: a third of 1500
    assert hold_even(0.0, 400.0, np.array([600.0]), 1, 999.0) == 0.0
    assert hold_even(0.0, 100.0, np.zeros(0), 0, 999.0) == 0.0
    assert hold_to_headway(0.0, 100.0, 600.0, 180.0) == 180.0
    assert hold_to_headway(0.0, 700.0, 600.0, 180.0) == 0.0


def calls(*rows: tuple[int, int, float]) -> ArrivalColumns:
    """Predicted calls (vehicle, pattern stop, s from now), dwelling 10 s, in order of stop and time."""
    vehicle, place, arrival = (np.array(column) for column in zip(*rows))
    nan = np.full(len(rows), np.nan)
    return ArrivalColumns(
        vehicle.astype(np.int32), place.astype(np.int32), np.full(len(rows), -1, np.int32), nan, T0 + arrival,
        T0 + arrival + 10.0, np.full(len(rows), Source.LIVE, np.uint8), nan, nan,
    )  # fmt: skip


def empty_headways(count: int) -> VehicleHeadways:
    integers, singles = [np.zeros(count, np.int32) for _ in range(2)], [np.zeros(count, np.float32) for _ in range(3)]
    doubles = [np.full(count, np.nan) for _ in range(3)]
    return VehicleHeadways(
        integers[0], integers[1], singles[0], doubles[0], doubles[1], doubles[2], np.zeros(count, np.uint8), singles[1], singles[2]
    )


def vehicles_of(arrivals: ArrivalColumns, sums: HeadwaySums, typical: float = 600.0, control: int = 1) -> VehicleHeadways:
    count = int(arrivals.vehicle.max()) + 1
    scratch = CallScratch(np.zeros(1, np.int32), np.zeros((1, NEXT), np.int32), np.empty(count, np.int32))
    gap = np.full(1, typical, np.float32)
    planned = PlannedHeadways(gap, gap, gap, np.zeros(1), np.zeros(1))
    out = empty_headways(count)
    slot_of = np.array([0, -1], np.int32)
    next_calls(arrivals, slot_of, scratch)
    vehicle_headways(T0, arrivals, slot_of, np.array([control, 0], np.uint8), sums, planned, scratch, Q, out)
    return out


def test_the_headway_of_a_bus_is_to_the_one_that_left_or_the_one_predicted_before_it() -> None:
    sums = new_sums(1)
    tell(sums, [0], [(0, T0 - 200.0, 3)])
    found = vehicles_of(calls((0, 0, 50.0), (1, 0, 500.0), (0, 1, 90.0), (2, 1, 30.0)), sums)
    assert found.leader.tolist() == [3, 0, -1]
    assert found.headway[:2].tolist() == [260.0, 450.0]
    assert found.pattern_stop.tolist() == [0, 0, -1]  # bus 2 only comes to the last stop
    assert found.hold[0] == pytest.approx((500.0 + 200.0) / 2 - 260.0)
    assert found.hold_simple[0] == 180.0  # 340 s are missing, more than is ever held
    assert np.isnan(found.hold[1])  # it is too far away to be told


PLACES = [0, 1, 0, 1, -1]
"""slots of pattern stops: two variants of one line, and a last stop"""
CALLS = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 4), st.integers(0, 2500).map(float), st.integers(0, 200).map(float)),
    min_size=1, max_size=25, unique_by=(lambda row: row[2], lambda row: row[:2]),
)  # fmt: skip
LEFT = st.tuples(st.integers(0, 7), st.integers(-3000, 0).map(float), st.sampled_from([-9000.0, -500.0, 0.0]))


@settings(max_examples=200, deadline=None)
@given(CALLS, st.dictionaries(st.integers(0, 1), LEFT), st.lists(st.sampled_from([300.0, 900.0, math.nan]), min_size=2, max_size=2))
def test_headways_and_holds_are_those_of_the_twin(
    rows: list[tuple[int, int, float, float]], left: dict[int, tuple[int, float, float]], typical: list[float]
) -> None:
    rows.sort(key=lambda row: row[2])  # of each slot in order of arrival, as arrivals of one stop are
    sums = new_sums(2)
    for slot, (vehicle, departed, missed) in left.items():
        sums.vehicle[slot], sums.last[slot], sums.missed[slot] = vehicle, T0 + departed, T0 + missed
    control = [1, 0, 0, 1, 0]
    arrivals = calls(*[row[:3] for row in rows])
    arrivals.departure[:] = T0 + np.array([row[2] + row[3] for row in rows])
    gap, unused = np.array(typical, np.float32), np.zeros(2)
    found = empty_headways(8)
    scratch = CallScratch(np.zeros(2, np.int32), np.zeros((2, NEXT), np.int32), np.empty(8, np.int32))
    next_calls(arrivals, np.array(PLACES, np.int32), scratch)
    planned = PlannedHeadways(gap, gap, gap, unused, unused)
    vehicle_headways(T0, arrivals, np.array(PLACES, np.int32), np.array(control, np.uint8), sums, planned, scratch, Q, found)
    naive = [naive_headways.NaiveCall(v, place, at, at + stays) for v, place, at, stays in rows]
    expected = naive_headways.next_headways(naive, PLACES, [bool(one) for one in control], left, typical, Q)
    assert {v: int(found.leader[v]) for v in range(8) if found.leader[v] >= 0} == {v: one.leader for v, one in expected.items()}
    for v, one in expected.items():
        assert found.headway[v] == pytest.approx(one.headway, abs=0.01)
        for column, value in ((found.hold, one.hold), (found.hold_simple, one.hold_simple)):
            assert column[v] == pytest.approx(math.nan if value is None else value, abs=0.01, nan_ok=True)


@pytest.mark.parametrize(("typical", "control"), [(math.nan, 1), (600.0, 0)])
def test_nobody_is_held_without_a_planned_headway_or_away_from_a_control_stop(typical: float, control: int) -> None:
    sums = new_sums(1)
    tell(sums, [0], [(0, T0 - 200.0, 3)])
    found = vehicles_of(calls((0, 0, 50.0), (1, 0, 500.0)), sums, typical, control)
    assert found.headway[0] == 260.0
    assert np.isnan(found.hold[0])
    assert np.isnan(found.hold_simple[0])


def test_an_unknown_leader_is_no_headway() -> None:
    found = vehicles_of(calls((0, 0, 50.0)), new_sums(1))
    assert found.leader[0] == -1
    assert np.isnan(found.headway[0])
