from __future__ import annotations

import numpy as np
import pytest

from parking.forecast import Forecaster, Slot
from parking.forecast_memory import recall, remember
from tests.parking.test_forecast import day, play


def test_what_was_learned_outlives_a_restart_and_another_list_of_lots() -> None:
    rng = np.random.default_rng(8)
    old = Forecaster(np.full(3, 1e4))
    play(old, [day(rng, lots=3), day(rng, lots=3)])
    old.observe(Slot(0, 2, 0, 0), *(np.zeros(3) for _ in range(3)))
    new = Forecaster(np.full(3, 1e4))
    assert np.isnan(new.rates(0)[0]).all()
    assert recall(new, ["c", "a", "new"], remember(old, ["a", "b", "c"])) == 2
    np.testing.assert_array_equal(new.sums[:, :, 0], old.sums[:, :, 2])
    assert new.sums[:, :, 2].sum() == 0.0
    np.testing.assert_array_equal(new.bounds, old.bounds)
    new.observe(Slot(90, 2, 0, 0), *(np.ones(3) for _ in range(3)))
    assert np.isfinite(new.forecast().mid).all()  # the new lot leans on the others


def test_what_was_kept_for_other_horizons_is_refused() -> None:
    kept = remember(Forecaster(np.ones(1), horizons=(900,)), ["a"])
    with pytest.raises(ValueError, match="other slots, day types or horizons"):
        recall(Forecaster(np.ones(1)), ["a"], kept)
