"""Formulas against figures that others published."""

from __future__ import annotations

import numpy as np
import pytest

from signals.delay import (
    PRETIMED,
    Service,
    actuated_factor,
    control_delay,
    level_of_service,
    pedestrian_green,
    webster_cycle,
    webster_delay,
)  # fmt: skip

# HCM 7th ed., chapter 31, example problem 1 (5th Avenue and 12th Street): cycle and phases of exhibit 31-79, flows of 31-76, saturation
# flows of 31-77, control delays and levels of 31-81. Through lane groups only: the left turns there are opposed.
CYCLE, PASSAGE, LOST = 101.8, 2.0, 4.0
EXAMPLE_1 = [
    # flow, saturation, phase s, longest green s, published delay, published level
    (239.0, 1643.0, 34.0, 30.0, 29.9, "C"),
    (185.0, 1201.0, 34.0, 30.0, 30.6, "C"),
    (337.0, 1643.0, 34.0, 30.0, 35.5, "D"),
    (287.0, 1398.0, 34.0, 30.0, 36.2, "D"),
    (870.0, 1683.0, 54.0, 50.0, 72.0, "F"),
    (863.0, 1648.0, 54.0, 50.0, 76.7, "F"),
    (513.0, 1683.0, 57.6, 50.0, 17.0, "B"),
    (497.0, 1630.0, 57.6, 50.0, 17.1, "B"),
]


@pytest.mark.parametrize(("flow", "saturation", "phase", "longest", "delay", "level"), EXAMPLE_1)
def test_hcm_example_problem_1(flow: float, saturation: float, phase: float, longest: float, delay: float, level: str) -> None:
    green = phase - LOST
    x = flow / (saturation * green / CYCLE)
    factor = actuated_factor(PASSAGE, flow / (saturation * longest / CYCLE))
    found = control_delay(flow, saturation, green, CYCLE, factor=factor)
    # published flows and saturation flows are whole numbers, phases have one decimal
    assert found.total == pytest.approx(delay, abs=0.6 if x > 1 else 0.3)
    assert Service(int(level_of_service(found.total, x))).name == level


def test_hcm_pretimed_example_and_its_delay() -> None:
    """HCM 7th ed., chapter 31, exhibit 31-7: C = 60 s, greens 29.3 and 22.7 s; delays reckoned by hand from eq. 19-19, 19-26."""
    found = control_delay([855.0, 475.0, 665.0, 475.0], 1900.0, [29.3, 29.3, 22.7, 22.7], 60.0)
    assert found.uniform == pytest.approx([14.28, 10.47, 17.84, 15.46], abs=0.01)
    assert found.incremental == pytest.approx([15.75, 2.02, 19.57, 4.73], abs=0.06)
    assert np.array_equal(found.queue, np.zeros(4))


def test_uniform_delay_of_a_textbook() -> None:
    """Roess, Prassas & McShane, Traffic Engineering (also NPTEL, Signalized Intersection Delay Models): 1,000 of 2,800 veh/h, C = 90 s,
    g/C = 0.55: 14.2 s/veh of uniform delay."""
    assert control_delay(1000.0, 2800.0, 49.5, 90.0).uniform == pytest.approx(14.2, abs=0.05)


@pytest.mark.parametrize(
    ("lost", "ratios", "cycle"),
    [(16.0, (500 / 1600, 300 / 1600), 58.0), (12.0, (1000 / 2500, 900 / 3000), 76.7)],
)  # published examination questions on Webster's cycle: 58 s and 77 s
def test_websters_cycle(lost: float, ratios: tuple[float, float], cycle: float) -> None:
    assert webster_cycle(lost, sum(ratios)) == pytest.approx(cycle, abs=0.05)


def test_websters_delay_term_by_term() -> None:
    """Reckoned by hand: 600 veh/h, s = 1,800, g = 24, C = 60: x = 0.8333, q = 0.16667/s."""
    even, random = 60 * 0.6**2 / (2 * (1 - 1 / 3)), 0.694444 / (2 * 0.1666667 * 0.1666667)
    third = 0.65 * (60 / 0.0277778) ** (1 / 3) * 0.8333333**4
    assert (even, random) == pytest.approx((16.2, 12.5), abs=1e-4)
    assert webster_delay(600.0, 1800.0, 24.0, 60.0) == pytest.approx(even + random - third, rel=1e-5)


def test_webster_is_about_a_tenth_below_the_sum_of_its_first_two_terms() -> None:
    """Webster 1958: the third term is 5 to 15 % of the mean delay, so 0.9 of the first two nearly does."""
    for flow in (400.0, 500.0, 600.0):
        x = flow / 720.0
        first = 60 * 0.6**2 / (2 * (1 - 0.4 * x)) + x * x / (2 * flow / 3600 * (1 - x))
        assert 0.85 < float(webster_delay(flow, 1800.0, 24.0, 60.0)) / first < 0.97


def test_outside_its_domain_a_formula_knows_nothing() -> None:
    assert np.isnan(webster_delay([720.0, 900.0, 0.0, -1.0, np.nan], 1800.0, 24.0, 60.0)).all()
    assert np.isnan(webster_cycle(12.0, [1.0, 1.2, -0.1, np.nan])).all()
    assert np.isnan(control_delay([-1.0, np.nan, 100.0, 100.0], [1800.0, 1800.0, np.nan, 0.0], 24.0, 60.0).total).all()
    assert np.isnan(control_delay(100.0, 1800.0, [0.0, 61.0], 60.0).total).all()
    assert np.isfinite(control_delay([0.0, 720.0, 3000.0], 1800.0, 24.0, 60.0).total).all()
    with pytest.raises(ValueError, match="period"):
        control_delay(100.0, 1800.0, 24.0, 60.0, period=0.0)


def test_over_capacity_the_queue_that_grows_is_the_delay() -> None:
    """X = 1.5 for an hour: the deterministic queue gives T(X - 1)/2 = 900 s a vehicle, and d2 tends to it from above."""
    found = control_delay(1080.0, 1800.0, 24.0, 60.0, period=1.0)
    assert 900.0 < found.incremental < 910.0


def test_a_queue_from_before_costs_its_share() -> None:
    """10 veh before 600 veh/h at a capacity of 720: gone after 5 min; area 10 · 5 min / 2 + (0 - 10²) / 2c, over 150 veh."""
    found = control_delay(600.0, 1800.0, 24.0, 60.0, queue=10.0)
    assert found.queue == pytest.approx(3600 / 150 * (10 * (10 / 120) / 2 - 100 / (2 * 720)))
    over = control_delay(900.0, 1800.0, 24.0, 60.0, queue=10.0)
    assert over.queue == pytest.approx(3600 / 225 * (0.25 * 10 + (55.0**2 - 45.0**2 - 100) / (2 * 720)) , rel=1e-9)


def test_progression_is_nothing_for_random_arrivals_and_helps_platoons_in_green() -> None:
    plain = control_delay(500.0, 1800.0, 24.0, 60.0).uniform
    assert control_delay(500.0, 1800.0, 24.0, 60.0, on_green=0.4).uniform == pytest.approx(plain)
    assert control_delay(500.0, 1800.0, 24.0, 60.0, on_green=0.7).uniform < plain
    assert control_delay(500.0, 1800.0, 24.0, 60.0, on_green=0.1).uniform > plain


def test_factor_of_actuated_phases_stays_between_its_ends() -> None:
    assert actuated_factor(2.0, [0.2, 0.5, 2.0]) == pytest.approx([0.04, 0.04, PRETIMED], abs=0.001)
    assert actuated_factor(3.0, 0.75) == pytest.approx(0.108 + (1 - 0.216) * 0.25, abs=0.001)


def test_levels_of_service() -> None:
    levels = level_of_service([10.0, 10.1, 20.0, 35.0, 55.0, 80.0, 80.1, np.nan, -1.0])
    assert "".join(Service(int(level)).name[0] for level in levels) == "ABBCDEFUU"
    assert level_of_service(5.0, 1.01) == Service.F
    assert level_of_service(5.0, np.nan) == Service.UNKNOWN


def test_shapes_are_those_of_the_inputs() -> None:
    assert control_delay(np.full((2, 3), 500.0), 1800.0, 24.0, [60.0, 70.0, 80.0]).total.shape == (2, 3)
    assert webster_delay(500.0, 1800.0, 24.0, 60.0).shape == ()
    assert pedestrian_green([0.0, 21.0]) == pytest.approx([7.0, 28.0])
