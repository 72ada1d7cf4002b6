from __future__ import annotations

import json

import pytest

from signals.measures_report import arrival_type, duration, ratio, report
from tests.signals.test_measures import STREET, T0, cycles, measured
from tests.support.signal_streets import inventory_of


def test_a_ratio_of_nothing_is_none_and_of_something_is_divided_once() -> None:
    assert ratio(0, 0) == {"value": None, "numerator": 0, "denominator": 0}
    assert ratio(1, 3) == {"value": 1 / 3, "numerator": 1, "denominator": 3}
    assert duration([0, 0, -1, -1]) == {"mean_s": None, "min_s": None, "max_s": None, "sum_s": 0.0, "n": 0}
    assert duration([2, 3000, 1000, 2000])["mean_s"] == 1.5


@pytest.mark.parametrize(("platoon", "kind"), [(None, None), (0.0, 1), (0.5, 1), (0.51, 2), (1.0, 3), (1.5, 4), (2.0, 5), (2.01, 6)])
def test_arrival_types_are_those_of_hcm(platoon: float | None, kind: int | None) -> None:
    assert arrival_type(platoon) == kind


def test_rows_are_json_and_splits_cycles_and_utilisation_come_out() -> None:
    told = [*cycles(20), *((90.0 * k + 3.0, 82, 2) for k in range(20)), *((90.0 * k + 3.5, 81, 2) for k in range(20))]
    rows = report(measured(told), 1800, inventory_of(STREET))
    (row,) = json.loads(json.dumps(rows))
    assert (row["device_id"], row["phase"], row["start_unix"], row["bin_seconds"]) == ("D0", 1, T0 // 1000, 1800)
    assert (row["split"]["mean_s"], row["cycle"]["mean_s"], row["green"]["mean_s"]) == (35.0, 90.0, 30.0)
    assert row["green_utilisation"]["detections_per_s"][:3] == [0.0, 0.5, 0.0]
    assert len(row["green_utilisation"]["detections"]) == 15
    assert row["approaches"][0]["approach_id"] == "A0"
    assert row["served_volume_to_capacity"] == {"value": pytest.approx(20 * 1.9 / 600), "numerator": 38.0, "denominator": 600.0}
    assert row["terminations"]["unknown"]["value"] == 1.0  # nothing says why greens ended


def test_longer_bins_are_reported_from_sums_not_from_ratios() -> None:
    told = [*cycles(20), *((5.0 + 90.0 * k, 82, 1) for k in range(10)), *((950.0 + k, 82, 1) for k in range(2))]
    tables = measured(told)
    shares = [row["arrivals_on_green"]["value"] for row in report(tables, 900, inventory_of(STREET))]
    (whole,) = report(tables, 1800, inventory_of(STREET))
    assert shares == [1.0, 0.0]
    assert whole["arrivals_on_green"]["value"] == 10 / 12


def test_bins_that_were_not_measured_cannot_be_reported() -> None:
    with pytest.raises(ValueError, match="600 s"):
        report(measured(cycles(2)), 600, inventory_of(STREET))
