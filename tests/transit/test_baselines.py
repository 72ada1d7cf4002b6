"""The baselines: each on a bus whose times are known, TransitClock's test vector, and that none knows what comes later."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from feeds.gtfs import compile_network
from feeds.recording import take
from feeds.simulated import District
from server.city import City
from tests.support.lines import DAY, NOON, lines_network, scheduled, vehicle
from transit.baselines import NAMES, BaselineParameters, Baselines, kalman
from transit.batches import join_events
from transit.kernels.columns import ArrivalColumns, EventColumns, PositionColumns, Records
from transit.network import Network

NETWORK = lines_network(patterns=2)
STOPS, TRIP = 6, 3
EIGHT = 1_772_409_600.0
NOTHING = EventColumns(*(np.zeros(0, kind) for kind in ("i4", "i4", "i4", "f8", "f8", "f4")))


def driven(trip: int, begin: float, drives: list[float], dwell: float = 10.0, bus: int = 0, network: Network = NETWORK) -> EventColumns:
    """The stop events of a bus that leaves its first stop at epoch s `begin` and takes so long from stop to stop."""
    first = int(network.patterns.stop_start[network.trips.pattern[trip]])
    arrivals, departures, now = [np.nan], [begin], begin
    for drive in drives:
        arrivals.append(now + drive)
        now += drive + dwell
        departures.append(now)
    count = len(arrivals)
    return EventColumns(
        np.full(count, bus, np.int32), np.full(count, trip, np.int32), np.arange(first, first + count, dtype=np.int32),
        np.array(arrivals), np.array(departures), np.zeros(count, np.float32),
    )


def halfway(trip: int, k: int, now: float) -> Records:
    """A bus halfway between its stops k and k + 1, on the move."""
    place = NETWORK.patterns.distance[NETWORK.patterns.stop_start[NETWORK.trips.pattern[trip]] :]
    return vehicle(NETWORK, trip, float(place[k] + place[k + 1]) / 2.0, now, speed=8.0)


def times(told: ArrivalColumns) -> list[float]:
    return [round(float(at), 3) for at in told.arrival]


def hops_after(trip: int, k: int) -> tuple[float, list[float]]:
    """(half the scheduled drive from stop k on, the scheduled times from arrival to arrival beyond)."""
    row = int(NETWORK.trips.start[trip])
    arrival, departure = NETWORK.trips.arrival[row : row + STOPS], NETWORK.trips.departure[row : row + STOPS]
    return float(arrival[k + 1] - departure[k]) / 2.0, np.diff(arrival[k + 1 :]).astype(float).tolist()


def test_the_deviation_of_the_timetable_stays_as_it_is_between_two_stops() -> None:
    now = scheduled(NETWORK, TRIP, 2) + 500.0
    told = Baselines(NETWORK).step(halfway(TRIP, 2, now), NOTHING, now)["timetable_deviation"]
    first, rest = hops_after(TRIP, 2)
    assert times(told) == pytest.approx([now + first + sum(rest[:k]) for k in range(len(rest) + 1)], abs=1e-2)
    assert told.pattern_stop.tolist() == [3, 4, 5]
    assert told.trip.tolist() == [TRIP] * 3


def test_constant_speed_is_that_of_the_last_ten_minutes_of_this_run() -> None:
    baselines = Baselines(NETWORK)
    place = NETWORK.patterns.distance[:STOPS].astype(float)
    for k in range(16):
        bus = vehicle(NETWORK, TRIP, 20.0 * k if k < 6 else 100.0 + 90.0 * (k - 5), NOON + 60.0 * k)
        told = baselines.step(bus, NOTHING, NOON + 60.0 * k)["constant_speed"]
    speed = 90.0 / 60.0
    ahead = place[place > float(bus["progress"][0])]
    wanted = NOON + 900.0 + (ahead - float(bus["progress"][0])) / speed
    assert times(told) == pytest.approx(wanted[wanted <= NOON + 4500.0].tolist(), abs=1e-2)


def test_constant_speed_begins_with_the_mean_speed_of_the_timetable_and_forgets_the_run_before() -> None:
    baselines = Baselines(NETWORK)
    for k in range(5):
        baselines.step(vehicle(NETWORK, TRIP, 300.0 * k, NOON + 60.0 * k), NOTHING, NOON + 60.0 * k)
    told = baselines.step(vehicle(NETWORK, TRIP + 1, 0.5, NOON + 300.0, speed=5.0), NOTHING, NOON + 300.0)["constant_speed"]
    place = NETWORK.patterns.distance[:STOPS].astype(float)
    row = NETWORK.trips.start[TRIP + 1]
    speed = place[-1] / float(NETWORK.trips.arrival[row + STOPS - 1] - NETWORK.trips.departure[row])
    assert times(told) == pytest.approx((NOON + 300.0 + (place[1:] - 0.5) / speed).tolist(), abs=1e-2)


def test_the_mean_of_days_is_that_of_earlier_days_and_unknown_without_any() -> None:
    baselines, now = Baselines(NETWORK), scheduled(NETWORK, TRIP, 2) + 30.0
    assert not len(baselines.step(halfway(TRIP, 2, now), NOTHING, now)["mean_of_days"].arrival)
    assert baselines.unpredicted["mean_of_days"] == 3
    for back, drives in ((2, [50.0, 60.0, 70.0, 80.0, 90.0]), (1, [50.0, 80.0, 90.0, 100.0, 110.0])):
        baselines.remember(driven(TRIP, now - back * 86_400.0, drives))
    baselines.remember(driven(TRIP, now, [500.0] * 5))
    told = baselines.step(halfway(TRIP, 2, now), NOTHING, now)["mean_of_days"]
    assert times(told) == pytest.approx([now + 40.0, now + 40.0 + 100.0, now + 40.0 + 100.0 + 110.0], abs=1e-2)


def test_the_last_bus_of_today_serves_where_one_came_and_the_timetable_elsewhere() -> None:
    now = scheduled(NETWORK, TRIP, 2) + 30.0
    baselines = Baselines(NETWORK)
    told = baselines.step(halfway(TRIP, 2, now), driven(TRIP - 1, now - 600.0, [50.0, 60.0, 70.0, 80.0]), now)["last_bus"]
    last = hops_after(TRIP, 2)[1][1]
    assert times(told) == pytest.approx([now + 35.0, now + 35.0 + 90.0, now + 35.0 + 90.0 + last], abs=1e-2)


def test_the_first_hop_is_the_timetables_for_what_was_seen_of_it_holds_the_layover() -> None:
    now = scheduled(NETWORK, TRIP, 0) + 30.0
    baselines = Baselines(NETWORK)
    baselines.remember(driven(TRIP, now - 86_400.0, [900.0, 60.0, 60.0, 60.0, 60.0]))
    told = baselines.step(halfway(TRIP, 0, now), driven(TRIP - 1, now - 1200.0, [900.0, 60.0, 60.0, 60.0]), now)
    first = hops_after(TRIP, 0)[0]
    assert times(told["mean_of_days"])[:2] == pytest.approx([now + first, now + first + 70.0], abs=1e-2)
    assert times(told["last_bus"])[:2] == pytest.approx([now + first, now + first + 70.0], abs=1e-2)


def test_the_timetables_first_hop_makes_no_prediction_out_of_nothing_known() -> None:
    now = scheduled(NETWORK, TRIP, 0) + 30.0
    baselines = Baselines(NETWORK)
    seen = driven(TRIP, now - 86_400.0, [60.0] * 5)
    baselines.remember(EventColumns(*(column[2:] for column in seen)))
    assert not len(baselines.step(halfway(TRIP, 0, now), NOTHING, now)["mean_of_days"].arrival)
    assert len(baselines.step(halfway(TRIP, 2, now), NOTHING, now)["mean_of_days"].arrival) == 3


def test_the_filter_hears_no_hop_of_no_time_or_more_than_twenty_minutes() -> None:
    now = scheduled(NETWORK, TRIP, 2) + 30.0
    for last, days, wanted in ((1300.0, (70.0, 80.0), 75.0), (0.5, (70.0, 80.0), 75.0), (100.0, (1300.0, 80.0), 690.0)):
        baselines = Baselines(NETWORK)
        for back, drive in zip((2, 1), days):
            baselines.remember(driven(TRIP, now - back * 86_400.0, [50.0, 60.0, drive]))
        told = baselines.step(halfway(TRIP, 2, now), driven(TRIP - 1, now - 2000.0, [50.0, 60.0, last]), now)["blend_62_38"]
        assert times(told)[0] == pytest.approx(now + wanted / 2.0, abs=1e-2)


def test_the_filter_gives_transitclocks_test_vector() -> None:
    predicted, error = kalman(np.array([[380.0, 420.0, 400.0]]), np.array([300.0]), np.array([72.40]))
    assert predicted[0] == pytest.approx(355.976, abs=1e-3)
    assert error[0] == pytest.approx(149.270, abs=1e-3)
    gain = (355.976 - 300.0) / 100.0
    assert gain == pytest.approx(0.559762, abs=1e-5)


@pytest.mark.parametrize("spread", [0.01, 1.0, 1000.0])
def test_the_filter_settles_at_62_to_38_whatever_the_data(spread: float) -> None:
    days, error = np.array([[-spread, 0.0, spread]]), np.array([1e-4])
    for _ in range(12):
        predicted, error = kalman(days, np.array([1.0]), error)
    assert predicted[0] == pytest.approx(1.0 - 0.618, abs=2e-3)


def test_days_without_any_spread_leave_the_filter_at_their_mean() -> None:
    error = np.array([1e-4])
    for _ in range(2):
        predicted, error = kalman(np.array([[40.0, 40.0, np.nan]]), np.array([90.0]), error)
        assert predicted.tolist() == [40.0]


def test_the_blend_takes_means_then_the_last_bus_then_the_timetable() -> None:
    now = scheduled(NETWORK, TRIP, 2) + 30.0
    baselines = Baselines(NETWORK, BaselineParameters(least_days=2))
    baselines.remember(driven(TRIP, now - 2 * 86_400.0, [50.0, 60.0, 70.0, 80.0]))
    baselines.remember(driven(TRIP, now - 86_400.0, [50.0, 60.0, 80.0]))
    told = baselines.step(halfway(TRIP, 2, now), driven(TRIP - 1, now - 600.0, [50.0, 60.0, 100.0, 300.0, 70.0]), now)["blend_62_38"]
    gain = (1e-4 + 25.0) / (1e-4 + 50.0)
    first = (gain * 75.0 + (1.0 - gain) * 100.0) / 2.0
    assert times(told) == pytest.approx([now + first, now + first + 90.0, now + first + 90.0 + 80.0], abs=1e-2)


def told_by(network: Network, recorded: PositionColumns, history: EventColumns) -> list[tuple[float, dict[str, ArrivalColumns]]]:
    """Every baseline's predictions at each minute of the recording."""
    city, baselines, row, told = City(network), Baselines(network), 0, []
    baselines.remember(history)
    for now in np.arange(EIGHT + 60.0, recorded.received[-1], 60.0).tolist():
        end = int(np.searchsorted(recorded.received, now, "right"))
        snapshot = city.step(now, [take(recorded, slice(row, end))])
        row = end
        told.append((now, baselines.step(snapshot.vehicles, snapshot.events, now)))
    return told


def test_predictions_at_an_instant_are_unchanged_when_all_input_after_it_is_removed() -> None:
    district = District(7)
    network, _ = compile_network(district.gtfs_tables())
    district.start(EIGHT)
    recorded = district.columns(district.advance(EIGHT + 1500.0))
    recorded = take(recorded, np.argsort(recorded.received, kind="stable"))
    drives = [90.0] * (int(network.patterns.stop_start[network.trips.pattern[0] + 1]) - 1)
    earlier, later = (driven(0, EIGHT + days * 86_400.0, drives, network=network) for days in (-1, 1))
    whole = told_by(network, recorded, join_events([earlier, driven(0, EIGHT + 600.0, drives, bus=1, network=network), later]))
    cut = EIGHT + 900.0
    kept = take(recorded, slice(0, int(np.searchsorted(recorded.received, cut, "right"))))
    for (now, one), (_, other) in zip(whole, told_by(network, kept, earlier)):
        assert now <= cut
        for name in NAMES:
            for column, same in zip(one[name], other[name]):
                np.testing.assert_array_equal(column, same, err_msg=f"{name} at {now}")
    assert all(len(one[name].arrival) for _, one in whole[12:] for name in ("constant_speed", "timetable_deviation", "last_bus"))


def test_events_may_come_in_any_number_of_parts_before_a_prediction() -> None:
    now = scheduled(NETWORK, TRIP, 2) + 30.0
    events = driven(TRIP - 1, now - 600.0, [50.0, 60.0, 70.0, 80.0])
    one, other = Baselines(NETWORK), Baselines(NETWORK)
    for k in range(len(events.vehicle)):
        one.observe(EventColumns(*(column[k : k + 1] for column in events)))
        one.observe(NOTHING)
    parted, whole = one.predict(halfway(TRIP, 2, now), now), other.step(halfway(TRIP, 2, now), events, now)
    assert times(parted["last_bus"]) == times(whole["last_bus"])
    assert len(parted["last_bus"].arrival) == 3


def test_a_day_dated_today_tells_nothing() -> None:
    now = scheduled(NETWORK, TRIP, 2) + 30.0
    baselines = Baselines(NETWORK)
    baselines.remember(driven(TRIP, DAY + 5 * 3600.0, [60.0] * 5))
    assert not len(baselines.step(halfway(TRIP, 2, now), NOTHING, now)["mean_of_days"].arrival)
    tomorrow = now + datetime.timedelta(days=1).total_seconds()
    bus = halfway(TRIP, 2, tomorrow)
    assert len(baselines.step(bus, NOTHING, tomorrow)["mean_of_days"].arrival) == 3
