"""The measures' contract: the defects of peers have their right answers, and nothing depends on how a stream comes in."""

from __future__ import annotations

import numpy as np
import pytest

from signals.measures import Measures
from signals.measures_parameters import MeasureParameters
from signals.measures_report import report
from signals.measures_tables import MeasureTables
from tests.support.naive_measures import Detector
from tests.support.signal_streets import columns, inventory_of

BIN = 900_000
Q = MeasureParameters()
T0 = 1_772_409_600_000
"""2026-03-02 08:00 +08:00, the begin of a bin"""
STREET = [Detector(1, (1,), 0, False, 0), Detector(2, (1,), 0, True, 0)]
Told = list[tuple[float, int, int]]


def cycles(count: int, begun: float = 0.0, length: float = 90.0, green: float = 30.0, lost: frozenset[int] = frozenset()) -> Told:
    """(s, code, phase 1): green, 3 s yellow, red; the yellows of the cycles in `lost` are not told, and something always is."""
    told: Told = [(begun + 10.0 * k, 31, 1) for k in range(int(count * length / 10))]
    for k in range(count):
        at = begun + k * length
        told += [(at, 1, 1), (at + green + 3.0, 9, 1), (at + green + 3.0, 10, 1), (at + green + 5.0, 11, 1)]
        told += [] if k in lost else [(at + green, 8, 1)]
    return told


def measured(told: Told, q: MeasureParameters = Q) -> MeasureTables:
    measures = Measures(inventory_of(STREET, q=q), q)
    measures.feed(columns([(T0 + round(1000 * t), 0, c, v) for t, c, v in told]), T0 + 86_400_000)
    measures.finish()
    return measures.take()


def test_a_bin_with_arrivals_but_none_on_green_has_a_row_that_says_zero() -> None:
    told = cycles(10) + [(90.0 * k + 60.0, 82, 1) for k in range(10)]
    (row,) = (one for one in report(measured(told), 900, inventory_of(STREET)) if one["start_unix"] == T0 // 1000)
    assert row["arrivals"] == {"green": 0, "yellow": 0, "red": 10, "unknown": 0}
    assert row["arrivals_on_green"] == {"value": 0.0, "numerator": 0, "denominator": 10}
    assert row["platoon_ratio"]["value"] == 0.0
    assert row["arrival_type"] == 1


def test_a_lost_begin_of_yellow_does_not_make_the_cycle_green() -> None:
    states = measured(cycles(10, lost=frozenset([4]))).states[0]
    assert states["green_ms"] == 9 * 30_000 + 33_000  # to the end of its yellow, the first word of its end
    assert states["green"].tolist() == [9, 270_000, 30_000, 30_000]
    assert (states["lost_yellow"], states["cycle"][0], states["yellow_ms"]) == (1, 9, 27_000)


def test_without_end_of_yellow_red_begins_with_the_first_of_10_and_11() -> None:
    for first in (10, 11):
        told = [one for one in cycles(10, lost=frozenset([4])) if not (one[1] in (9, 10) and one[1] < first)]
        states = measured(told).states[0]
        assert states["green_ms"] == 9 * 30_000 + (33_000 if first == 10 else 35_000)


def test_arrivals_before_the_first_known_state_are_unknown_and_part_of_no_ratio() -> None:
    told: Told = [(0.0, 31, 1), (5.0, 82, 1), (6.0, 82, 1), *cycles(5, begun=10.0), (20.0, 82, 1), (80.0, 82, 1)]
    (row,) = report(measured(told), 900, inventory_of(STREET))
    assert row["arrivals"] == {"green": 1, "yellow": 0, "red": 1, "unknown": 2}
    assert row["arrivals_on_green"]["value"] == 0.5
    assert row["state_s"]["unknown"] > 10.0


def test_the_platoon_ratio_is_divided_once_and_never_infinite() -> None:
    """UDOT divides percentages that were rounded to whole numbers, and by 0 % of green."""
    told = cycles(10) + [(90.0 * k + 10.0, 82, 1) for k in range(10)] + [(90.0 * k + 50.0, 82, 1) for k in range(7)]
    (row,) = report(measured(told), 900, inventory_of(STREET))
    known = row["green_ratio"]["denominator"]
    assert row["platoon_ratio"]["value"] == pytest.approx((10 / 17) / (300_000 / known), rel=1e-12)
    red: Told = [(10.0 * k, 31, 1) for k in range(60)] + [(0.0, 10, 1), (100.0, 82, 1)]
    (row,) = report(measured(red), 900, inventory_of(STREET))
    assert (row["platoon_ratio"]["value"], row["arrival_type"], row["arrivals_on_red"]["value"]) == (None, None, 1.0)


def test_no_cycle_or_arrival_is_lost_at_the_edges_of_short_bins() -> None:
    """With 5-minute bins and cycles of 150 s UDOT's arrivals on red drop half of the data."""
    told = cycles(12, length=150.0) + [(7.0 * k, 82, 1) for k in range(250)]
    tables = measured(told, Q._replace(bin=300_000))
    assert tables.states["cycle"][:, 0].sum() == 11
    assert sum(tables.groups[name].sum() for name in ("green", "yellow", "red", "unknown")) == 250
    assert tables.groups["unknown"].sum() == 0


def test_delay_is_what_arrivals_on_red_wait_for_green_over_all_arrivals_of_the_cycle() -> None:
    told = cycles(10) + [(90.0 * k + offset, 82, 1) for k in range(10) for offset in (10.0, 31.0, 60.0)]
    (row,) = report(measured(told), 900, inventory_of(STREET))
    assert row["approach_delay_lower_bound_s"] == {"value": pytest.approx(10.0), "numerator": 9 * 30.0, "denominator": 27}


def test_a_full_green_and_a_full_begin_of_red_are_a_split_failure() -> None:
    told = [*cycles(10), (1.0, 81, 2)]
    for k in range(1, 10):
        on, off = 90.0 * k, 90.0 * k + (45.0 if k % 3 == 0 else 32.0)
        told += [(on, 82, 2), (off, 81, 2)]
    (row,) = report(measured(told), 900, inventory_of(STREET))
    assert row["split_failures"] == {"value": pytest.approx(3 / 9), "numerator": 3, "denominator": 9, "cycles_not_judged": 1}
    assert row["green_occupancy_ratio"]["value"] == 1.0


def test_detectors_of_an_approach_are_judged_together() -> None:
    street = [Detector(2, (1,), 0, True, 0), Detector(3, (1,), 0, True, 0)]
    told = [*cycles(4), (1.0, 81, 2), (1.0, 81, 3)]
    for k in range(1, 4):  # neither is on for 80 % of green or of the first seconds of red; one of them always is
        told += [(90.0 * k, 82, 2), (90.0 * k + 16.0, 81, 2), (90.0 * k + 15.0, 82, 3), (90.0 * k + 45.0, 81, 3)]
    measures = Measures(inventory_of(street), Q)
    measures.feed(columns([(T0 + round(1000 * t), 0, c, v) for t, c, v in told]), T0 + BIN)
    measures.finish()
    assert measures.take().groups["failures"].sum() == 3


def test_a_silence_makes_states_and_detectors_unknown_from_its_begin() -> None:
    told = [one for one in cycles(10) if not 301.0 < one[0] < 600.0] + [(290.0, 82, 2)]
    tables = measured(told)
    (row,) = report(tables, 900, inventory_of(STREET))
    assert row["state_s"] == {"green": 210.0, "yellow": 18.0, "red": 332.0, "unknown": 340.0}
    assert row["observable_share"] == {"value": pytest.approx(590 / 900), "numerator": 590_000, "denominator": BIN}
    assert row["has_data"] is False
    assert tables.channels[tables.channels["channel"] == 2]["known_ms"].tolist() == [10_000]


def test_a_clock_update_makes_what_it_touches_unknown() -> None:
    whole, touched = measured(cycles(10)), measured([*cycles(10), (100.0, 181, 0)])
    assert whole.states["green"][0][0] - touched.states["green"][0][0] == 1
    assert whole.states["cycle"][0][0] - touched.states["cycle"][0][0] == 1


def test_an_observed_bin_without_arrivals_says_zero_and_an_unobserved_one_is_not_there() -> None:
    told = cycles(10) + cycles(10, begun=2700.0)
    rows = report(measured(told), 900, inventory_of(STREET))
    assert [row["start_unix"] - T0 // 1000 for row in rows] == [0, 2700]
    assert all(row["arrivals"] == {"green": 0, "yellow": 0, "red": 0, "unknown": 0} for row in rows)
    assert all(row["arrivals_on_green"]["value"] is None for row in rows)


def test_what_lies_at_or_after_the_watermark_waits() -> None:
    measures = Measures(inventory_of(STREET), Q)
    measures.feed(columns([(T0 + 5000, 0, 8, 1), (T0, 0, 1, 1), (T0 + 8000, 0, 10, 1)]), T0 + 5000)
    assert measures.waiting == 2
    measures.feed(columns([(T0 + 5000, 0, 82, 1), (T0 + 4999, 0, 82, 1), (T0 + 9000, 7, 82, 1), (T0 + 10**9, 0, 82, 1)]), T0 + 9000)
    assert (measures.waiting, measures.refused) == (0, {"late": 1, "ahead": 1, "unknown_device": 1})
    measures.finish()
    groups = measures.take().groups
    assert (groups["green"].sum(), groups["yellow"].sum()) == (0, 1)


def test_rows_are_handed_out_once_and_only_when_their_bin_ended_by_then() -> None:
    measures = Measures(inventory_of(STREET), Q)
    measures.feed(columns([(T0 + round(1000 * t), 0, c, v) for t, c, v in cycles(30)]), T0 + 2_700_000)
    assert set(measures.take(T0 + BIN).states["bin"].tolist()) == {T0}
    assert set(measures.take().states["bin"].tolist()) == {T0 + BIN}
    assert len(measures.take().states) == 0
    measures.finish()
    assert set(measures.take().states["bin"].tolist()) == {T0 + 2 * BIN}


def test_more_devices_and_phases_than_a_buffer_holds() -> None:
    events = [(T0 + 1000 * k, d, 1 + 9 * (k % 2), p) for k in range(4) for d in range(60) for p in range(1, 33)]
    measures = Measures(inventory_of(STREET, 60), Q)
    measures.feed(columns(events), T0 + BIN)
    measures.finish()
    tables = measures.take()
    assert (len(tables.states), len(tables.requests), len(tables.devices)) == (60 * 32, 60 * 32, 60)
    assert np.unique(tables.states["green_ms"]).tolist() == [2000]


def test_a_bin_must_divide_a_day() -> None:
    with pytest.raises(ValueError, match="7000000 ms"):
        Measures(inventory_of(STREET), Q._replace(bin=7_000_000))
