"""The objective: what gains, their absence and bus delay become."""

from __future__ import annotations

import numpy as np
import pytest

from signals.siting_objective import SECONDS, TRIPS, Measured, SitingError, SitingParameters, make_objective


def test_without_any_gain_the_unit_is_trips_and_every_share_the_typical_one() -> None:
    found = make_objective(3)
    assert (found.unit, found.scale) == (TRIPS, 1.0)
    assert found.share.tolist() == [0.15] * 3
    assert found.assumed.tolist() == [1, 1, 1]


def test_equal_gains_give_the_curve_of_the_reference_in_seconds() -> None:
    found = make_objective(2, Measured(np.array([6.0, 6.0])))
    assert found.unit == SECONDS
    assert found.share.tolist() == pytest.approx([0.15, 0.15])
    assert found.scale * found.share[0] == pytest.approx(6.0 * 0.15 / 0.1625, rel=1e-3)


def test_what_small_gains_save_is_nearly_their_sum() -> None:
    found = make_objective(5, Measured(np.array([0.01, 0.02, 10.0, 10.0, 10.0])))
    assert found.scale * (1 - (1 - found.share[0]) * (1 - found.share[1])) == pytest.approx(0.03, rel=1e-3)


def test_an_unknown_gain_stands_for_the_median_and_is_marked() -> None:
    found = make_objective(4, Measured(np.array([2.0, np.nan, 4.0, 9.0])))
    assert found.assumed.tolist() == [0, 1, 0, 0]
    assert found.share[1] == pytest.approx(found.share[2])
    given = make_objective(4, Measured(np.array([2.0, np.nan, 4.0, 9.0])), SitingParameters(assumed_gain=2.0))
    assert given.share[1] == pytest.approx(given.share[0])


def test_no_gain_and_harm_count_as_nothing() -> None:
    found = make_objective(3, Measured(np.array([0.0, -5.0, 3.0])))
    assert found.share.tolist() == pytest.approx([0.0, 0.0, 0.15])
    assert make_objective(2, Measured(np.zeros(2))).share.tolist() == [0.0, 0.0]


def test_bus_delay_adds_its_share_and_unknown_adds_nothing() -> None:
    found = make_objective(3, Measured(np.ones(3), np.array([1000.0, np.nan, -3.0])))
    assert found.extra.tolist() == pytest.approx([120.0, 0.0, 0.0])
    assert found.without_bus.tolist() == [0, 1, 0]


def test_bus_seconds_and_trips_without_seconds_are_not_added() -> None:
    measured = Measured(None, np.array([10.0, 20.0]))
    with pytest.raises(SitingError, match="give gains, or a gain to assume"):
        make_objective(2, measured)
    assert make_objective(2, measured, SitingParameters(assumed_gain=5.0)).unit == SECONDS


def test_daily_gains_are_averaged_over_the_days_that_know_them() -> None:
    measured = Measured(np.array([[2.0, np.nan, np.nan], [4.0, 3.0, np.nan]]))
    found = make_objective(3, measured)
    assert found.share[0] == pytest.approx(found.share[1])
    assert found.assumed.tolist() == [0, 0, 1]
    only = make_objective(3, measured.on_days(np.array([0, 0])))
    assert only.assumed.tolist() == [0, 1, 1]
    assert Measured(np.ones(3)).on_days(np.array([0])).gain is not None
