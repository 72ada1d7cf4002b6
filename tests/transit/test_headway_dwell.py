from __future__ import annotations

import numpy as np
import pytest

from tests.support.tiny_city import tiny_network
from transit.headway_dwell import DwellParameters, HeadwayDwell
from transit.headway_slots import find_slots
from transit.kernels.columns import ArrivalColumns, EventColumns
from transit.model import Source

NETWORK = tiny_network()
SLOT = find_slots(NETWORK, 1.0).of_pattern_stop
PLACE = int(NETWORK.patterns.stop_start[0]) + 1
TYPICAL = np.full(len(NETWORK.patterns.stop), 20.0, np.float32)


def passing(times: list[tuple[float, float]], place: int = PLACE) -> EventColumns:
    """(arrival, departure) of one bus after the other at a place."""
    count = len(times)
    arrival, departure = (np.array(column, np.float64) for column in zip(*times))
    return EventColumns(
        np.arange(count, dtype=np.int32), np.full(count, -1, np.int32), np.full(count, place, np.int32), arrival, departure,
        np.zeros(count, np.float32),
    )


def calls(rows: list[tuple[int, int, float]], source: Source = Source.LIVE) -> ArrivalColumns:
    """(vehicle, pattern stop, arrival), 15 s of stay."""
    vehicle, place, arrival = (np.array(column) for column in zip(*rows))
    nothing = np.full(len(rows), np.nan)
    return ArrivalColumns(
        vehicle.astype(np.int32), place.astype(np.int32), np.full(len(rows), -1, np.int32), nothing, arrival.astype(np.float64),
        arrival + 15.0, np.full(len(rows), source, np.uint8), nothing, nothing,
    )


def dwells_by(slope: float, count: int = 4000, seed: int = 1) -> HeadwayDwell:
    """Taught by buses whose dwell follows their headway so."""
    rng = np.random.default_rng(seed)
    learned = HeadwayDwell(NETWORK, np.zeros(2))
    clock, rows = 0.0, []
    for headway in 600.0 * rng.uniform(0.4, 1.6, count):
        stay = 20.0 * (1.0 + slope * (headway / 600.0 - 1.0)) + rng.normal(0, 3)
        rows.append((clock + headway, clock + headway + stay))
        clock = rows[-1][1]
    learned.learn(passing(rows), TYPICAL)
    return learned


@pytest.mark.parametrize("slope", [0.0, 0.3, 0.8])
def test_the_slope_is_learned_from_buses_that_come_early_and_late(slope: float) -> None:
    assert dwells_by(slope).slope == pytest.approx(slope, abs=0.1)


def test_knowing_nothing_the_slope_is_the_belief_and_nobody_has_a_ratio() -> None:
    learned = HeadwayDwell(NETWORK, np.zeros(2))
    assert learned.slope == pytest.approx(DwellParameters().slope)
    learned.foresee(calls([(0, PLACE, 100.0)]), 0.0, 2)
    np.testing.assert_array_equal(learned.ratio, [0.0, 0.0])


def test_the_next_bus_counts_from_the_last_that_left_and_the_one_after_it_from_that() -> None:
    learned = dwells_by(0.3)
    left, mean = float(learned._left[SLOT[PLACE]]), float(learned._mean[SLOT[PLACE]])
    now = left + 100.0
    first, second = left + 1.5 * mean, left + 1.5 * mean + 15.0 + 0.5 * mean
    learned.foresee(calls([(2, PLACE, first), (4, PLACE, second)]), first - 300.0, 6)
    np.testing.assert_allclose(learned.ratio, [0.0, 0.0, 0.5, 0.0, -0.5, 0.0], atol=1e-3)
    learned.foresee(calls([(2, PLACE, now + 2000.0)]), now, 3)
    assert learned.ratio[2] == 0.0  # too far ahead to say


def test_buses_that_wait_at_terminals_and_breaks_in_service_say_nothing() -> None:
    learned = dwells_by(0.3)
    left = float(learned._left[SLOT[PLACE]])
    learned.foresee(calls([(0, PLACE, left + 700.0)], Source.LAYOVER), left, 1)
    assert learned.ratio[0] == 0.0
    before = learned.sums.copy()
    learned.learn(passing([(left + 9000.0, left + 9300.0)]), TYPICAL)
    np.testing.assert_array_equal(learned.sums, before)


def test_the_last_stop_of_a_line_is_nobodys() -> None:
    learned = dwells_by(0.3)
    last = int(NETWORK.patterns.stop_start[1]) - 1
    learned.learn(passing([(1.0, 2.0)], last), TYPICAL)
    learned.foresee(calls([(0, last, 100.0)]), 0.0, 1)
    assert learned.ratio[0] == 0.0
