"""The tracker: batches in, matches and events out, the same however a recording is cut into batches."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.gtfs import compile_network
from feeds.simulated import District
from tests.support.drives import random_fixes, random_town
from tests.support.lines import DAY
from tests.support.ride import Fix, Ride, along, positions, standing
from tests.support.streets import STRAIGHT, Line, evenly, streets
from tests.support.tiny_city import tiny_network
from transit.fleet import Fleet
from transit.kernels.columns import PositionColumns
from transit.model import State
from transit.network import Network
from transit.parameters import MatchingParameters
from transit.tracker import Tracker, rounds

EIGHT = 8 * 3600
ROAD = Line(STRAIGHT, evenly(3000, 7), starts=[EIGHT, EIGHT + 900])
BACK = Line(list(STRAIGHT)[::-1], evenly(3000, 7), starts=[EIGHT + 600], direction=1)
Cuts = list[int]


@given(st.lists(st.integers(-1, 5), max_size=40))
def test_rounds_hold_each_position_once_in_order_and_each_vehicle_at_most_once(vehicles: list[int]) -> None:
    parts = rounds(np.array(vehicles, np.int32), 6)
    assert sorted(row for part in parts for row in part.tolist()) == list(range(len(vehicles)))
    for part in parts:
        known = [vehicles[row] for row in part.tolist() if vehicles[row] >= 0]
        assert len(set(known)) == len(known)
        assert part.tolist() == sorted(part.tolist())
    for v in set(vehicles) - {-1}:
        in_order = [row for part in parts for row in part.tolist() if vehicles[row] == v]
        assert in_order == sorted(in_order)


def outcome(network: Network, fixes: list[Fix], cuts: Cuts) -> tuple[list[str], dict[int, list[str]], str]:
    """(what became of each position, events by vehicle, the vehicles at the end), batches ending where `cuts` say."""
    tracker = Tracker(network, Fleet())
    seen: list[str] = []
    told: dict[int, list[str]] = {}
    for first, end in pairwise(sorted({0, len(fixes), *(cut % (len(fixes) + 1) for cut in cuts)})):
        part = fixes[first:end]
        matches, events = tracker.observe(DAY + part[-1].clock + part[-1].delay, positions(part))
        seen += [repr(row) for row in zip(*(column.tolist() for column in matches))]
        for v, *event in zip(*(column.tolist() for column in events)):
            told.setdefault(v, []).append(repr(event))
    return seen, told, repr(tracker.fleet.columns.vehicles.tolist())


@settings(max_examples=40)
@given(seed=st.integers(0, 100_000), cuts=st.lists(st.integers(0, 500), max_size=40))
def test_the_outcome_does_not_depend_on_how_a_recording_is_cut_into_batches(seed: int, cuts: Cuts) -> None:
    """Where two buses without ids could both be on one run, the first asked has it: so there is one such bus here."""
    network, lines = random_town(seed)
    others = [fix._replace(vehicle="with ids " + fix.vehicle) for fix in random_fixes(lines, seed + 1, 2, 15, ids=("trip",))]
    fixes = sorted(random_fixes(lines, seed, 1, 15) + others, key=lambda fix: fix.clock + fix.delay)
    one_by_one = outcome(network, fixes, list(range(len(fixes))))
    assert outcome(network, fixes, cuts) == one_by_one


def test_a_whole_recording_in_one_batch_is_tracked_by_its_own_clock() -> None:
    """Runs of every hour of the morning are named though all positions come at once."""
    line = Line(STRAIGHT, evenly(3000, 7), starts=[EIGHT + 3600 * hour for hour in range(4)])
    fixes = [fix for hour in range(4) for fix in along(line, 0, 3100, EIGHT + 3600 * hour, interval=20)]
    seen = Ride(streets(line)).see_batch(fixes)
    assert [one.trip for one in seen if one.state == "in_service" and one.trip >= 0] == sorted(
        one.trip for one in seen if one.state == "in_service" and one.trip >= 0
    )
    assert {one.trip for one in seen} == {-1, 0, 1, 2, 3}


def test_of_two_buses_that_could_be_on_one_run_one_has_it_however_they_are_batched() -> None:
    line = Line(STRAIGHT, evenly(3000, 7))
    first, second = (along(line, 0, 1600, EIGHT + 60 * k, vehicle=f"bus {k}") for k in range(2))
    fixes = sorted(first + second, key=lambda fix: fix.clock)
    for batch in (1, 7, len(fixes)):
        tracked = Ride(streets(line))
        tracked.see_all(fixes, batch)
        assert sorted(int(tracked.record(v)["trip"]) for v in range(2)) == [-1, 0]


def test_an_empty_batch_changes_nothing() -> None:
    tracker = Tracker(streets(ROAD), Fleet())
    tracker.observe(DAY + EIGHT, positions(standing((0.0, 0.0), EIGHT, 0, trip="T0")))
    before = repr(tracker.fleet.columns.vehicles.tolist())
    empty = positions([Fix(0, 0, 0)])
    matches, events = tracker.observe(DAY + EIGHT + 70, PositionColumns(empty.text, *(column[:0] for column in empty[1:])))
    assert len(matches.state) == len(events.vehicle) == 0
    assert repr(tracker.fleet.columns.vehicles.tolist()) == before


def test_vehicles_interleaved_in_one_batch_are_tracked_as_each_is_alone() -> None:
    back = Line(list(STRAIGHT)[::-1], evenly(3000, 7), starts=[EIGHT], direction=1)
    network = streets(Line(STRAIGHT, evenly(3000, 7)), back)
    east, west = along(ROAD, 0, 2900, EIGHT, vehicle="e", trip="T0"), along(back, 0, 2900, EIGHT, vehicle="w", trip="T1")
    seen = Ride(network).see_batch([fix for pair in zip(east, west) for fix in pair])
    assert {one.pattern for one in seen[0::2]} == {0}
    assert repr(seen[0::2]) == repr(Ride(network).see_all(east, 1))
    assert repr(seen[1::2]) == repr(Ride(network).see_all(west, 1))


def test_times_in_the_past_present_and_future_share_a_tracker() -> None:
    tracked = Ride(streets(ROAD))
    assert tracked.see(*along(ROAD, 100, 500, EIGHT, trip="T0")).state == "in_service"
    assert tracked.see(*along(ROAD, 100, 500, EIGHT + 6 * 86_400, trip="T0")).trip == 0
    assert tracked.see(Fix(EIGHT, 900.0, 0.0, trip="T0")).state == "late"


class Truth(NamedTuple):
    fixes: list[Fix]
    progress: list[float]


def drive(network: Network, trip: int, seed: int) -> Truth:
    """A bus on the trip: its own speed from stop to stop, stays at stops, an interval of its own, noise of 8 m a side."""
    random = np.random.default_rng(seed)
    trips, p = network.trips, int(network.trips.pattern[trip])
    rows = slice(int(trips.start[trip]), int(trips.start[trip + 1]))
    stops = network.patterns.distance[network.patterns.stop_start[p] : network.patterns.stop_start[p + 1]]
    clock, times, places = float(trips.departure[rows][0]) + random.uniform(-60, 240), [], []
    for k, stop in enumerate(stops.tolist()):
        stay = 60.0 if k == 0 else random.uniform(5, 40) if k + 1 < len(stops) else 5.0
        times += [clock, clock + stay]
        places += [stop, stop]
        if k + 1 < len(stops):
            scheduled = float(trips.arrival[rows][k + 1] - trips.departure[rows][k])
            clock += stay + scheduled * random.uniform(0.8, 1.3)
    moments = np.arange(times[0], times[-1], random.uniform(3.0, 30.0))
    progress = np.interp(moments, times, places)
    segments = network.shapes.segments[network.shapes.segment_start[p] : network.shapes.segment_start[p + 1]]
    fixes = []
    for moment, along_it in zip(moments.tolist(), progress.tolist()):
        x, y, dx, dy, _, begins, stretch, _ = segments[np.searchsorted(segments[:, 5], along_it, "right") - 1].tolist()
        chord = (along_it - begins) / stretch
        noise_x, noise_y = random.normal(0.0, 8.0, 2)
        fixes.append(Fix(moment, x + chord * dx + noise_x, y + chord * dy + noise_y, trip=network.trip_ids[trip]))
    return Truth(fixes, progress.tolist())


WEEKDAY_TRIPS = ("1E-0700", "1W-0715", "2-0720", "3-0710", "2-0740", "1E-0745")


@settings(max_examples=40)
@given(trip_id=st.sampled_from(WEEKDAY_TRIPS), seed=st.integers(0, 100_000))
def test_a_bus_driving_a_trip_with_noise_is_followed(trip_id: str, seed: int) -> None:
    network = tiny_network()
    truth = drive(network, network.trip_index[trip_id], seed)
    tracked = Ride(network)
    seen = [tracked.see(fix) for fix in truth.fixes]
    known = [(one.progress, true) for one, true in zip(seen, truth.progress) if not math.isnan(one.progress)]
    assert len(known) >= 0.95 * len(seen)
    under_way = [(progress, true) for progress, true in known if true > 60.0]  # at a loop's terminal its end may be meant first
    back = [was - now for (was, _), (now, _) in pairwise(under_way) if now < was]
    assert all(metres >= MatchingParameters().correction for metres in back)  # it never decreases but to correct a whole mistake
    assert np.mean([abs(progress - true) <= 60.0 for progress, true in under_way]) >= 0.95
    assert {one.state for one in seen} <= {"in_service", "layover", "outlier"}
    times = [time for *_, arrival, departure in tracked.events for time in (arrival, departure) if not math.isnan(time)]
    assert all(later > earlier for earlier, later in pairwise(times))
    stops = [stop for _, stop, *_ in tracked.events]
    assert stops == sorted(set(stops))
    assert len(stops) >= 3  # of five: a first stop is told once it was left, a last one once the bus came to rest there


def test_the_simulated_district_is_followed_as_its_truth_says() -> None:
    at = 1_792_022_400.0 + 8 * 3600  # a weekday, 08:00 in Shanghai
    district = District(1)
    network, _ = compile_network(district.gtfs_tables())
    district.start(at)
    reports = district.advance(at + 900)
    matches, _ = Tracker(network, Fleet()).observe(at + 900, district.columns(reports))
    used = (matches.state == State.IN_SERVICE) & (matches.pattern >= 0)
    driving = used & (reports.run >= 0) & (reports.timestamp > at + 300)
    trip = np.array([network.trip_index[one] for one in district.trip_ids], np.int32)
    true_pattern = network.trips.pattern[trip[district.timetable.run_trip[reports.run[driving]]]]
    route, direction = network.patterns.route, network.patterns.direction
    right = route[matches.pattern[driving]] == route[true_pattern]
    right &= direction[matches.pattern[driving]] == direction[true_pattern]
    assert driving.sum() > 1500
    assert right.mean() > 0.99
    assert (np.abs(matches.progress[driving] - reports.distance[driving])[right] <= 60.0).mean() >= 0.95
    away = reports.run < 0
    assert (used & away).sum() <= 0.05 * away.sum()
