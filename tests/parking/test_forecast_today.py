from __future__ import annotations

import numpy as np
import pytest

from parking.forecast_parameters import ForecastParameters
from parking.forecast_today import Today

PAR = ForecastParameters()


def profile(slot: float) -> float:
    """A rush of an hour or so, 100 vehicles a slot at its peak."""
    return float(100.0 * np.exp(-(((slot - 100) / 12.0) ** 2)))


def seen(shift: float, scale: float, until: int) -> Today:
    """After watching from slot 80 on a day whose rush is `shift` slots later than the profile's, and `scale` times as strong."""
    today = Today(PAR)
    for slot in range(80, until):
        today.fade(PAR.slot_s)
        today.observe(scale * profile(slot - shift), np.array([profile(slot + one) for one in today.shifts]))
    return today


@pytest.mark.parametrize(("shift", "scale"), [(0, 1.0), (2, 1.0), (-2, 1.3), (4, 0.8)])
def test_it_tells_a_late_rush_from_a_strong_one(shift: int, scale: float) -> None:
    today = seen(shift, scale, 112)
    weight, ratio = today.weights()
    assert weight.sum() == pytest.approx(1.0)
    assert float(weight @ today.shifts) == pytest.approx(-shift, abs=0.3 + 0.3 * abs(shift))  # it leans on no shift
    assert float(weight @ ratio) == pytest.approx(scale, abs=0.12)


def test_before_anything_is_seen_today_is_as_usual() -> None:
    weight, ratio = Today(PAR).weights()
    assert weight @ Today(PAR).shifts == pytest.approx(0.0)
    assert ratio.tolist() == [1.0] * len(weight)
    assert weight.max() == weight[len(weight) // 2]


def test_it_forgets() -> None:
    today = seen(4, 2.0, 112)
    today.fade(10 * PAR.shift_memory_s)
    weight, ratio = today.weights()
    assert abs(float(weight @ today.shifts)) < 0.1
    assert float(weight @ ratio) == pytest.approx(1.0, abs=0.01)
    assert today.recent < 1e-9
