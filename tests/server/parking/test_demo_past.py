from __future__ import annotations

from pathlib import Path

from feeds.parking.simulated import lots
from feeds.parking.simulated_gates import SimulatedGates, capacities
from feeds.simulated import District
from parking.occupancy import SlotColumns
from server.parking.demo_past import DAYS, write_past
from server.parking.forecasts import Forecasts
from server.parking.street_file import FOLDER, read_streets_of

MORNING = 1795734000
"""Friday 2026-11-27, 07:00 in Shanghai"""


def test_a_demo_begins_with_streets_and_a_forecast_that_has_seen_the_days_before(tmp_path: Path) -> None:
    stalls = capacities((place.lot_id, place.capacity) for _, places in lots() for place in places)
    gates = SimulatedGates(stalls, 1, MORNING, past=DAYS * 86_400)
    write_past(tmp_path, gates, lots(), District(1).streets)
    assert read_streets_of(tmp_path / FOLDER) is not None
    forecasts = Forecasts(tmp_path / FOLDER)
    some = [lot for lot, _ in lots()]
    forecasts.take(some, stalls)
    end = gates.past.ends[-1]
    assert forecasts.of("demo-station", end) == ([], "not_observed_yet")
    level = gates.past.level[-1, [list(gates.lots).index(lot.id) for lot in some]]
    forecasts.observe(end + 300, SlotColumns(level, 0 * level, 0 * level))
    ahead, missing = forecasts.of("demo-station", end + 310)
    assert missing is None
    assert [one.minutes for one in ahead] == [15, 30, 60]
    assert all(one.low <= one.mid <= one.high for one in ahead)
    assert ahead[-1].mid > level[some.index(next(lot for lot in some if lot.id == "demo-station"))], "the morning's rush is known"
