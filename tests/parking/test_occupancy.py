"""Two counts side by side, drift, clamps, nights, freshness, parts, history."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.model import SpaceKind
from parking.occupancy import BOTH, DERIVED, NEITHER, PARTS, REPORTED, Occupancy, OccupancyParameters, Zone

NOW, HOUR, DAY = 1_772_409_600, 3600, 86_400
PAR = OccupancyParameters()


def one(capacity: int = 100, **fields: float) -> Occupancy:
    return Occupancy([Zone("L1", "L1", capacity, **fields)])  # type: ignore[arg-type]


def level(occupancy: Occupancy, now: int) -> float:
    return float(occupancy.picture(now).occupied[0])


def test_unknown_until_something_is_known_and_again_when_all_are_silent() -> None:
    counts = one()
    counts.passed("L1", [(NOW, 1)])
    picture = counts.picture(NOW)
    assert (picture.source[0], math.isnan(picture.occupied[0]), math.isnan(picture.free[0])) == (NEITHER, True, True)
    counts.report("L1", 30, NOW + 10)
    assert counts.picture(NOW + 10).source[0] == BOTH
    assert counts.picture(NOW + 11 + PAR.report_fresh_s).source[0] == DERIVED
    later = NOW + 1 + PAR.gate_fresh_s
    assert math.isnan(level(counts, later))
    counts.heartbeat("L1", later)
    assert (level(counts, later), counts.picture(later).source[0]) == (30, DERIVED)
    only = one()
    only.report("L1", 5, NOW)
    assert (only.picture(NOW).source[0], only.picture(NOW + 60).age[0]) == (REPORTED, 60)


def test_a_report_resets_the_derived_count_and_passages_go_on_from_its_own_time() -> None:
    counts = one()
    counts.anchor("L1", 10, NOW)
    counts.passed("L1", [(NOW + 60, 1), (NOW + 120, 1), (NOW + 180, 1)])
    assert level(counts, NOW + 180) == 13
    counts.report("L1", 20, NOW + 120)  # of before the third
    assert level(counts, NOW + 200) == 21
    counts.passed("L1", [(NOW + 100, -1), (NOW + 210, -1)])  # the first is in the report already
    assert level(counts, NOW + 210) == 20
    assert counts.counted["late_passages"] == 1
    picture = counts.picture(NOW + 210)
    assert (picture.derived[0], picture.reported[0]) == (20, 20)
    counts.report("L1", 90, NOW + 60)
    assert (level(counts, NOW + 220), counts.counted["old_reports"]) == (20, 1)


def test_the_drift_is_learned_from_resets_and_grows_with_time() -> None:
    counts = one()
    counts.report("L1", 50, NOW)
    assert math.isnan(counts.picture(NOW).uncertainty[0])
    counts.report("L1", 53, NOW + HOUR)
    assert counts.picture(NOW + HOUR).uncertainty[0] == 0.0
    assert counts.picture(NOW + 5 * HOUR).uncertainty[0] == pytest.approx(6.0)
    for k in range(2, 100):
        counts.report("L1", 53, NOW + k * HOUR)
    assert counts.picture(NOW + 100 * HOUR).uncertainty[0] < 0.5


@pytest.mark.parametrize(("told", "kept"), [(-3, 0), (500, 105), (math.nan, None)])
def test_impossible_reports_are_clamped_or_left_out_and_counted(told: float, kept: float | None) -> None:
    counts = one()
    counts.report("L1", told, NOW)
    assert counts.counted["impossible_reports"] == 1
    assert math.isnan(level(counts, NOW)) if kept is None else level(counts, NOW) == kept


def test_the_count_stays_between_nothing_and_a_little_more_than_full() -> None:
    counts = one(10)
    counts.anchor("L1", 1, NOW)
    counts.passed("L1", [(NOW + k, -1) for k in range(3)])
    assert (level(counts, NOW + 3), counts.counted["below_zero"]) == (0, 2)
    counts.passed("L1", [(NOW + 10 + k, 1) for k in range(13)])
    assert (level(counts, NOW + 30), counts.counted["above_capacity"]) == (11, 2)
    assert counts.picture(NOW + 30).free[0] == 0


def test_what_is_reserved_and_not_there_yet_is_not_free() -> None:
    counts = one(10)
    counts.report("L1", 6, NOW)
    assert counts.picture(NOW, np.array([3.0])).free.tolist() == [1.0]
    assert counts.picture(NOW, np.array([9.0])).free.tolist() == [0.0]


def test_nights_draw_a_zone_without_sensors_to_its_usual_low() -> None:
    counts = one(night=4.0)
    counts.passed("L1", [(NOW + k, 1) for k in range(20)] + [(NOW + HOUR + k, -1) for k in range(18)])
    assert math.isnan(level(counts, NOW + 2 * HOUR))
    counts.close_night(NOW + 2 * HOUR)
    assert level(counts, NOW + 2 * HOUR) == 6  # its low, before all came, was 4
    # every tenth exit is missed: without nights the error would grow by one a day
    for day in range(1, 8):
        start = NOW + day * DAY
        counts.passed("L1", [(start + k, 1) for k in range(10)] + [(start + HOUR + k, -1) for k in range(9)])
        counts.close_night(start + 2 * HOUR)
    assert level(counts, NOW + 7 * DAY + 2 * HOUR) == 5
    assert counts.counted["nights"] == 8


def test_how_low_nights_fall_is_learned_where_reports_come() -> None:
    counts = one()
    for day in range(3):
        start = NOW + day * DAY
        counts.report("L1", 12, start)
        counts.close_night(start + HOUR)
        counts.passed("L1", [(start + 2 * HOUR + k, 1) for k in range(5)])
    assert counts.night[0] == 12
    assert counts.counted["nights"] == 0


def test_a_lot_known_by_its_zones_alone_is_their_sum() -> None:
    zones = [Zone("L1", "L1", 10), Zone("A", "L1", 6, SpaceKind.GENERAL), Zone("C", "L1", 4, SpaceKind.CHARGING)]
    counts = Occupancy(zones)
    counts.report("A", 5, NOW)
    assert math.isnan(level(counts, NOW))
    counts.report("C", 1, NOW + 60)
    picture = counts.picture(NOW + 60)
    assert (picture.occupied.tolist(), picture.free.tolist(), picture.source[0]) == ([6, 5, 1], [4, 1, 3], PARTS)
    assert picture.age[0] == 60
    counts.report("L1", 7, NOW + 90)
    assert (level(counts, NOW + 90), counts.picture(NOW + 90).source[0]) == (7, REPORTED)


def test_slots_give_levels_and_flows_and_the_history_is_a_ring() -> None:
    counts = Occupancy([Zone("G", "G", 50), Zone("S", "S", 50)], PAR._replace(kept=3))
    counts.anchor("G", 10, NOW)
    counts.report("S", 20, NOW)
    counts.close_slot(NOW)
    for k, said in enumerate((23, 21, 21), 1):
        end = NOW + 300 * k
        counts.passed("G", [(end - 10, 1), (end - 5, 1), (end - 4, -1)])
        counts.report("S", said, end)
        slot = counts.close_slot(end)
        assert slot.level.tolist() == [10 + k, said]
        assert (slot.arrivals[0], slot.departures[0]) == (2, 1)
    assert (slot.arrivals[1], slot.departures[1]) == (0, 0)
    assert counts.levels().tolist() == [[11, 23], [12, 21], [13, 21]]
    counts.passed("G", [(NOW - HOUR, 1)])  # told hours late: it counts, but is no arrival of now
    slot = counts.close_slot(NOW + 1200)
    assert (slot.level[0], slot.arrivals[0]) == (14, 0)
    assert math.isnan(counts.close_slot(NOW + 10 * HOUR).level[1])


def test_the_change_of_the_level_stands_for_flows_where_no_barrier_speaks() -> None:
    counts = one()
    counts.report("L1", 20, NOW)
    first = counts.close_slot(NOW)
    assert np.isnan(first.arrivals[0])
    counts.report("L1", 23, NOW + 300)
    up = counts.close_slot(NOW + 300)
    counts.report("L1", 21, NOW + 600)
    down = counts.close_slot(NOW + 600)
    assert (up.arrivals[0], up.departures[0], down.arrivals[0], down.departures[0]) == (3, 0, 0, 2)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([1, -1]), st.integers(1, 300), st.integers(0, 200), st.booleans()), max_size=30))
def test_with_true_reports_the_count_is_the_truth_however_late_passages_are_told(
    happened: list[tuple[int, int, int, bool]],
) -> None:
    """A report after each time whose passages were all told gives the truth, and keeps it through passages told late."""
    counts, now, truth = one(1000), NOW, 100
    told: list[tuple[int, int, int]] = []
    counts.report("L1", truth, now)
    for step, wait, late, reports in happened:
        now += wait
        truth += step
        told.append((now + late, now, step))
        if reports:
            for due, at, moved in sorted(told):
                if due <= now:
                    counts.passed("L1", [(at, moved)])
            told = [entry for entry in told if entry[0] > now]
            counts.report("L1", truth, now)
            assert level(counts, now) == truth
    for _, at, moved in sorted(told):
        counts.passed("L1", [(at, moved)])
    assert level(counts, now) == truth


def test_zones_that_do_not_exist_are_key_errors() -> None:
    for call in (lambda c: c.passed("X", [(NOW, 1)]), lambda c: c.report("X", 1, NOW), lambda c: c.heartbeat("X", NOW)):
        with pytest.raises(KeyError):
            call(one())
