from __future__ import annotations

import numpy as np
import pytest

from parking.occupancy import Occupancy, Zone
from parking.occupancy_memory import recall, remember

NOW = 1_772_409_600


def test_counts_outlive_a_restart_and_another_list_of_car_parks() -> None:
    old = Occupancy([Zone("a", "a", 50), Zone("b", "b", 50), Zone("gone", "gone", 9)])
    old.count("a", 10, NOW)
    old.passed("a", [(NOW + 60, 1), (NOW + 70, 1)])
    old.report("b", 20, NOW + 30)
    new = Occupancy([Zone("new", "new", 5), Zone("b", "b", 50), Zone("a", "a", 50)])
    assert recall(new, remember(old)) == 2
    picture = new.picture(NOW + 100)
    np.testing.assert_array_equal(picture.occupied, [np.nan, 20.0, 12.0])
    assert (new.told("b"), new.told("a"), picture.reported[1]) == ((NOW + 30, -np.inf), (-np.inf, NOW), 20.0)
    new.passed("a", [(NOW - 60, 1), (NOW + 90, -1)])  # the first was there when people counted
    assert new.derived_all()[2] == 11.0


def test_what_was_not_kept_by_it_is_refused() -> None:
    with pytest.raises(KeyError):
        recall(Occupancy([Zone("a", "a", 5)]), {"ids": np.array(["a"])})
