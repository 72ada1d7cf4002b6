from __future__ import annotations

import copy
import dataclasses

import numpy as np
import pytest

from tests.support.lines import DAY, days_of, events_of, vehicle
from tests.support.ride import Fix, positions
from tests.support.streets import STRAIGHT, Line, place_on, streets
from transit.fleet import Fleet, copy_records
from transit.history import History
from transit.kernels.prediction_columns import RunningTimes
from transit.learner import Learner
from transit.learning_parameters import LearningParameters
from transit.network import Network
from transit.parameters import MatchingParameters, PredictionParameters
from transit.tracker import Tracker

PAR, Q = LearningParameters(), PredictionParameters()
EIGHT = 8 * 3600
STARTS = [EIGHT + 1200 * k for k in range(12)]
STOPS = [0.0, 750.0, 1500.0, 2250.0, 3000.0]
NETWORK = streets(
    Line(STRAIGHT, STOPS, STARTS),
    Line(STRAIGHT, [0.0, 700.0, 1400.0, 2900.0], [EIGHT + 600, EIGHT + 1800], route=1),
    Line([(x, y + 500.0) for x, y in STRAIGHT], STOPS, STARTS, route=2),
)
"""two lines on one road and one on the next; their timetables say 8 m/s"""
SLOW, FAST = 5.0, 12.0
"""m/s that buses really drive before and beyond 1,500 m"""


def seconds_to(metres: float) -> float:
    return min(metres, 1500.0) / SLOW + max(metres - 1500.0, 0.0) / FAST


def metres_after(seconds: float) -> float:
    return seconds * SLOW if seconds * SLOW <= 1500.0 else 1500.0 + (seconds - 1500.0 / SLOW) * FAST


def rides(line: Line, first_trip: int, seed: int = 1) -> list[Fix]:
    """What the buses of a line report, 3 m off and every 15 s, each trip a bus of its own."""
    random, fixes = np.random.default_rng(seed), []
    for k, start in enumerate(line.starts):
        for seconds in np.arange(-45.0, seconds_to(3000.0) + 60.0, 15.0):
            x, y = place_on(line, min(metres_after(max(0.0, seconds)), 3000.0))
            dx, dy = random.normal(0.0, 3.0, 2)
            fixes.append(Fix(start + float(seconds), x + dx, y + dy, f"bus {first_trip + k}", f"T{first_trip + k}", f"R{line.route}"))
    return sorted(fixes, key=lambda fix: fix.clock)


def taught(network: Network, fixes: list[Fix], history: History | None = None) -> Learner:
    learner, tracker = Learner(network, Q, PAR, history), Tracker(network, Fleet(), MatchingParameters())
    for fix in fixes:
        now = DAY + fix.clock + 1.0
        before = copy_records(tracker.fleet.columns.vehicles)
        _, events = tracker.observe(now, positions([fix]))
        learner.learn(before, tracker.fleet.columns.vehicles, events, tracker.days)
        learner.refresh(now, tracker.days)
    learner.refresh(now + PAR.refresh, tracker.days)
    return learner


def hops(running: RunningTimes, trip: int, count: int) -> list[float]:
    """s from arriving at one stop to arriving at the next."""
    row = int(running.profile[trip])
    differences: list[float] = np.diff(running.arrive[row : row + count]).tolist()
    return differences


LINE = Line(STRAIGHT, STOPS, STARTS)
LEARNED = taught(NETWORK, rides(LINE, 0))


def test_true_times_that_the_timetable_does_not_know_are_learned() -> None:
    wrong = hops(Learner(NETWORK, Q, PAR).running, 4, 5)
    assert wrong == pytest.approx([93.75] * 4, abs=1.0)
    right = hops(LEARNED.running, 4, 5)
    truth = [750.0 / SLOW] * 2 + [750.0 / FAST] * 2
    assert abs(right[1] - truth[1]) < 5.0
    assert all(abs(r - t) < 0.45 * abs(w - t) for r, w, t in zip(right, wrong, truth))


def test_what_one_route_learned_of_a_road_another_route_on_it_knows() -> None:
    first = len(STARTS)
    truth = np.diff([seconds_to(stop) for stop in (0.0, 700.0, 1400.0, 2900.0)])
    wrong, right = hops(Learner(NETWORK, Q, PAR).running, first, 4), hops(LEARNED.running, first, 4)
    assert all(abs(r - t) < 0.5 * abs(w - t) for r, w, t in zip(right, wrong, truth))


def test_a_road_that_nobody_drove_keeps_its_timetable() -> None:
    other = len(STARTS) + 2
    assert hops(LEARNED.running, other, 5) == pytest.approx(hops(Learner(NETWORK, Q, PAR).running, other, 5), abs=0.1)


def test_links_and_stays_that_were_measured_differ_from_the_timetables_and_the_others_do_not() -> None:
    before, links = Learner(NETWORK, Q, PAR).typical, LEARNED.links
    mine = links.pieces.link[links.pieces.start[0] : links.pieces.start[1]]
    assert np.all(LEARNED.typical[mine[2:8]] > 1.7 * before[mine[2:8]])
    assert np.all(LEARNED.typical[mine[8:15]] < 1.05 * before[mine[8:15]])
    stays = len(links) + np.arange(1, 4)
    assert np.all(LEARNED.typical[stays] < 0.7 * before[stays])
    other = np.unique(links.pieces.link[links.pieces.start[2] :])
    np.testing.assert_allclose(LEARNED.typical[other], before[other], rtol=1e-5)


def test_the_next_day_begins_with_what_the_last_one_taught() -> None:
    next_day = Learner(NETWORK, Q, PAR, LEARNED.history)
    next_day.refresh(DAY + 86_400.0 + EIGHT, days_of(NETWORK))
    assert hops(next_day.running, 2, 5) == pytest.approx(hops(LEARNED.running, 2, 5), abs=1.0)


def test_learning_twice_as_much_brings_it_nearer() -> None:
    again = taught(NETWORK, rides(LINE, 0, seed=2), copy.deepcopy(LEARNED.history))
    truth = [750.0 / SLOW] * 2 + [750.0 / FAST] * 2
    off = [sum(abs(a - b) for a, b in zip(hops(learner.running, 4, 5), truth)) for learner in (LEARNED, again)]
    assert off[1] < off[0]


def test_what_is_typical_is_made_anew_once_in_a_while_only() -> None:
    learner, days = Learner(NETWORK, Q, PAR), days_of(NETWORK)
    begin = DAY + EIGHT
    learner.refresh(begin, days)
    learner.history.columns.starts[:], learner.history.columns.start_delay[:] = 100.0, 5000.0
    learner.refresh(begin + PAR.refresh - 1.0, days)
    assert not learner.start_delay.any()
    learner.refresh(begin + PAR.refresh, days)
    assert learner.start_delay == pytest.approx(5000.0 / 100.0, abs=1.0)


def test_a_road_that_no_regular_trip_passes_takes_as_long_as_its_trips_say() -> None:
    network = streets(Line(STRAIGHT, STOPS, STARTS), Line([(0, 900), (3000, 900)], STOPS, [EIGHT], route=1, services=[1]))
    learner = Learner(network, Q, PAR)
    learner.refresh(DAY + EIGHT, days_of(network))
    links = learner.links
    for p in (0, 1):
        mine = np.unique(links.pieces.link[links.pieces.start[p] : links.pieces.start[p + 1]])
        drive = float(np.sum(learner.typical[mine]))
        stays = [float(learner.typical[len(links) + stop]) for stop in network.patterns.stop[5 * p + 1 : 5 * p + 4]]
        assert all(stay > 0.0 for stay in stays)
        assert drive + sum(stays) == pytest.approx(375.0, rel=0.1)


def test_measurements_of_any_number_of_vehicles_find_room() -> None:
    learner, days, fleet = Learner(NETWORK, Q, PAR), days_of(NETWORK), 3000
    before = np.repeat(vehicle(NETWORK, 0, 300.0, DAY + EIGHT + 60.0), fleet)
    after = before.copy()
    after["timestamp"] += 120.0
    after["progress"] = 1350.0
    told, count = learner.learn(before, after, events_of(), days)
    assert count > 4096
    assert count % fleet == 0
    np.testing.assert_array_equal(told.vehicle[:count], np.repeat(np.arange(fleet), count // fleet))
    assert learner.history.columns.weight.sum() == pytest.approx(told.share[:count].sum(), rel=1e-3)
    assert set(after["piece_time"].tolist()) == {after["piece_time"][0]}


def test_a_network_without_any_trip_today_can_be_learned_on_too() -> None:
    network = dataclasses.replace(NETWORK, calendar=NETWORK.calendar._replace(active=np.zeros_like(NETWORK.calendar.active)))
    learner = Learner(network, Q, PAR)
    learner.refresh(DAY + EIGHT, days_of(network))
    assert np.all(learner.typical[: len(learner.links)] > 0.0)
