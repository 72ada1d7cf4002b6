from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drives import random_town
from tests.support.lines import DAY, vehicle
from tests.support.naive_traversals import Fix, NaiveDrive, Told
from tests.support.streets import STRAIGHT, Line, streets
from transit.fleet import copy_records
from transit.kernels.columns import F32, Records
from transit.kernels.prediction_columns import Measurements
from transit.kernels.traversals import traverse
from transit.learning_parameters import LearningParameters
from transit.links import Links, find_links
from transit.model import State
from transit.network import Network

PAR = LearningParameters()
EIGHT = DAY + 8 * 3600
NETWORK = streets(Line(STRAIGHT, [0, 700, 1500, 2100, 3000]))
LINKS = find_links(NETWORK)


def typical_of(network: Network, links: Links, seed: int) -> F32:
    random = np.random.default_rng(seed)
    dwells = random.uniform(0.0, 30.0, len(network.stop_ids))
    return np.concatenate((links.length / random.uniform(3.0, 12.0, len(links)), dwells)).astype(np.float32)


TYPICAL = typical_of(NETWORK, LINKS, 1)


def room(count: int) -> Measurements:
    integers, numbers = (np.empty(count, np.int32) for _ in range(2)), (np.empty(count, np.float32) for _ in range(3))
    element, of_vehicle = integers
    actual, expected, share = numbers
    return Measurements(element, of_vehicle, np.empty(count), actual, expected, share, np.full(count, 9, np.uint8))


class Driver:
    """Moves records from fix to fix, and says what was told."""

    def __init__(
        self, bus: Records, network: Network = NETWORK, links: Links = LINKS, typical: F32 = TYPICAL, par: LearningParameters = PAR
    ) -> None:
        self.bus, self._network, self._links, self._typical, self._par = bus, network, links, typical, par
        self.room = room(4096)

    def see(self, fixes: list[Fix], **fields: float) -> list[Told]:
        """The next fix of each vehicle."""
        before = copy_records(self.bus)
        self.bus["timestamp"], self.bus["progress"] = [fix.time for fix in fixes], [fix.progress for fix in fixes]
        for name, value in fields.items():
            self.bus[name] = value
        return self.told(self.ask(before))

    def told(self, count: int) -> list[Told]:
        assert count >= 0
        rows = zip(*(column[:count].tolist() for column in self.room[:-1]))
        assert not self.room.passing[:count].any()
        return [Told(element, time, actual, expected, share) for element, _, time, actual, expected, share in rows]

    def ask(self, before: Records) -> int:
        network, links = self._network, self._links
        return int(
            traverse(
                before, self.bus, network.patterns, network.trips, links.pieces, links.length, self._typical, self._par, self.room
            )
        )

    def drive(self, fixes: list[Fix]) -> list[Told]:
        return [told for fix in fixes for told in self.see([fix])]


def same(got: list[Told], want: list[Told]) -> None:
    assert [(one.element, one.time) for one in got] == [(one.element, one.time) for one in want]
    for one, other in zip(got, want):
        np.testing.assert_allclose(one[2:], other[2:], rtol=2e-3, atol=0.05)


@st.composite
def drives(draw: st.DrawFn, length: float) -> list[Fix]:
    """Fixes that stand, crawl, race, and are silent now and then."""
    time, progress = EIGHT, draw(st.floats(0.0, 0.5)) * length
    fixes = [Fix(time, float(np.float32(progress)))]
    for _ in range(draw(st.integers(1, 25))):
        time += draw(st.sampled_from([1.0, 5.0, 20.0, 30.0, 149.0, 151.0]))
        progress = min(progress + draw(st.sampled_from([0.0, 0.0, 8.0, 60.0, 333.3, 1000.0])), length)
        fixes.append(Fix(time, float(np.float32(progress))))
    return fixes


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_drive_says_what_the_ledger_says(data: st.DataObject) -> None:
    seed = data.draw(st.integers(0, 300))
    network, _ = random_town(seed)
    timepoint = np.random.default_rng(seed).integers(0, 2, len(network.trips.timepoint)).astype(np.uint8)
    network = dataclasses.replace(network, trips=network.trips._replace(timepoint=timepoint))
    links = find_links(network)
    typical = typical_of(network, links, seed)
    trip = data.draw(st.integers(0, len(network.trips.pattern) - 1))
    p = int(network.trips.pattern[trip])
    fixes = data.draw(drives(float(network.shapes.length[p])))
    if data.draw(st.booleans()):
        trip = -1
    driver = Driver(vehicle(network, trip, fixes[0].progress, fixes[0].time, pattern=p, service_day=DAY), network, links, typical)
    twin = NaiveDrive(network, links, typical.tolist(), PAR, p, trip, DAY)
    for before, after in pairwise(fixes):
        same(driver.see([after]), twin.move(before, after))


@settings(max_examples=100, deadline=None)
@given(fixes=drives(3000.0))
def test_no_second_is_lost_or_told_twice(fixes: list[Fix]) -> None:
    everything = PAR._replace(terminal=-100.0, least_part=0.0, longest_gap=1e9)
    fixes = [fixes[0]._replace(progress=0.0), *fixes[1:]]
    driver = Driver(vehicle(NETWORK, 0, 0.0, fixes[0].time), par=everything)
    told = driver.drive(fixes[1:])
    zones = [one for one in told if one.element >= len(LINKS)]
    by_stop = {int(NETWORK.patterns.stop[LINKS.pieces.stop[i]]): i for i in range(len(LINKS.pieces.end)) if LINKS.pieces.stop[i] >= 0}
    through = 0.0
    for one in zones:
        i = by_stop[one.element - len(LINKS)]
        begin = float(LINKS.pieces.end[i - 1]) if i else 0.0
        through += (float(LINKS.pieces.end[i]) - begin) * float(TYPICAL[LINKS.pieces.link[i]] / LINKS.length[LINKS.pieces.link[i]])
    took = fixes[-1].time - fixes[0].time
    accounted = sum(one.actual for one in told) + through + float(driver.bus["piece_time"][0])
    faster = any(one.actual == 0.0 for one in zones)
    assert accounted >= took - 0.1 if faster else accounted == pytest.approx(took, abs=0.1)


@settings(max_examples=100, deadline=None)
@given(pace=st.floats(0.7, 3.0), cuts=st.lists(st.floats(0.0, 1.0), max_size=30), seed=st.integers(0, 100))
def test_however_a_steady_drive_is_cut_into_fixes_it_says_the_same(pace: float, cuts: list[float], seed: int) -> None:
    typical = typical_of(NETWORK, LINKS, seed)
    par = PAR._replace(longest_gap=1e9)
    twin = NaiveDrive(NETWORK, LINKS, typical.tolist(), par, 0, 0, DAY)

    def at(progress: float) -> Fix:
        metres = [(piece, min(piece.end, progress) - piece.begin) for piece in twin.pieces]
        return Fix(EIGHT + pace * sum(twin.takes(piece, m) for piece, m in metres if m > 0.0), progress)

    whole = Driver(vehicle(NETWORK, 0, 0.0, EIGHT), typical=typical, par=par).see([at(3000.0)])
    parts = sorted({float(np.float32(3000.0 * cut)) for cut in cuts} | {3000.0})
    told = Driver(vehicle(NETWORK, 0, 0.0, EIGHT), typical=typical, par=par).drive([at(progress) for progress in parts])
    assert [one.element for one in told] == [one.element for one in whole]
    for one, other in zip(told, whole):
        np.testing.assert_allclose([one.actual, one.expected, one.share], other[2:], rtol=0.01, atol=0.1)
    for one in whole:
        if one.element < len(LINKS):
            assert one.actual == pytest.approx(pace * one.expected, rel=0.01)


@pytest.mark.parametrize("share", [0, 1, 3, 8])
def test_when_there_was_too_little_room_the_same_may_be_asked_again(share: int) -> None:
    fleet = np.concatenate([vehicle(NETWORK, 0, 400.0 * v, EIGHT) for v in range(4)])
    driver, again = Driver(fleet.copy()), Driver(fleet.copy())
    for step in (1, 2, 3):
        fixes = [Fix(EIGHT + 60.0 * step, 400.0 * v + 350.0 * step) for v in range(4)]
        want = driver.see(fixes)
        before = copy_records(again.bus)
        again.room = room(share)
        again.bus["timestamp"], again.bus["progress"] = [fix.time for fix in fixes], [fix.progress for fix in fixes]
        assert again.ask(before) == (-1 if share < len(want) else len(want))
        again.room = room(64)
        assert again.told(again.ask(before)) == want
        for name in ("piece", "piece_time", "piece_metres"):
            assert again.bus[name].tolist() == driver.bus[name].tolist()


def test_waiting_at_a_terminal_says_nothing_of_the_road() -> None:
    driver = Driver(vehicle(NETWORK, 0, 0.0, EIGHT))
    told = driver.drive([Fix(EIGHT + 120.0, 5.0), Fix(EIGHT + 240.0, 10.0), Fix(EIGHT + 250.0, 100.0), Fix(EIGHT + 260.0, 300.0)])
    assert all(one.actual < 30.0 for one in told)
    driver = Driver(vehicle(NETWORK, 0, 2975.0, EIGHT))
    assert driver.drive([Fix(EIGHT + 100.0, 2990.0), Fix(EIGHT + 200.0, 3000.0), Fix(EIGHT + 300.0, 3000.0)]) == []


@pytest.mark.parametrize(("late", "timepoint", "told"), [(-60.0, 1, False), (60.0, 1, True), (-60.0, 0, True)])
def test_a_bus_that_may_have_waited_for_its_time_says_nothing_of_the_dwell(late: float, timepoint: int, told: bool) -> None:
    marked = np.zeros_like(NETWORK.trips.timepoint)
    marked[2] = timepoint
    network = dataclasses.replace(NETWORK, trips=NETWORK.trips._replace(timepoint=marked))
    leaves = DAY + float(network.trips.departure[2]) + late
    driver = Driver(vehicle(network, 0, 1400.0, leaves - 60.0), network)
    said = driver.drive([Fix(leaves - 40.0, 1500.0), Fix(leaves, 1520.0)])
    assert any(one.element == len(LINKS) + 2 for one in said) == told
    assert any(one.element < len(LINKS) for one in driver.see([Fix(leaves + 60.0, 2050.0)]))


@pytest.mark.parametrize(
    ("seconds", "fields"),
    [(60.0, {"state": State.LAYOVER}), (60.0, {"trip": -1}), (60.0, {"pattern": -1}), (151.0, {}), (np.nan, {})],
    ids=["at a terminal", "another trip", "off its pattern", "after a silence", "at no time"],
)
def test_what_is_no_running_on_one_trip_says_nothing_and_begins_anew(seconds: float, fields: dict[str, float]) -> None:
    driver = Driver(vehicle(NETWORK, 0, 800.0, EIGHT))
    assert driver.see([Fix(EIGHT + seconds, 1400.0)], **fields) == []
    assert driver.bus["piece"][0] == -1
