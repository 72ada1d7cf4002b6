from __future__ import annotations

import numpy as np
import pytest

from feeds.parking.simulated import lots
from feeds.parking.simulated_gates import Faults, SimulatedGates, Told, capacities, misread, new_plate
from feeds.parking.simulated_habits import HABITS, level
from parking.model import PlateColor
from parking.occupancy import Occupancy, Zone
from parking.plates import read

MIDNIGHT = 1795708800
"""Friday 2026-11-27, 00:00 in Shanghai"""
STALLS = capacities((place.lot_id, place.capacity) for _, places in lots() for place in places)
FAULTLESS = Faults(0.0, 0.0, 0.0, 0.0)


def told(gates: SimulatedGates, until: float, step: float) -> Told:
    found, at = gates.opening(), float(MIDNIGHT)
    while at < until:
        at = min(until, at + step)
        more = gates.advance(at)
        found = Told(found.events + more.events, found.reports + more.reports)
    return found


def test_the_same_seed_tells_the_same_however_time_is_cut() -> None:
    runs = [told(SimulatedGates(STALLS, 7, MIDNIGHT), MIDNIGHT + 12 * 3600, step) for step in (1.7, 60.0, 43_200.0)]
    other = told(SimulatedGates(STALLS, 8, MIDNIGHT), MIDNIGHT + 12 * 3600, 600)
    ids = [sorted(one["id"] + one["at"] for one in run.events) for run in (*runs, other)]
    assert ids[0] == ids[1] == ids[2]
    assert ids[0] != ids[3]


def test_the_past_adds_up_and_ends_where_the_present_begins() -> None:
    start = MIDNIGHT + 7 * 3600 + 100
    gates = SimulatedGates(STALLS, 7, start, past=2 * 86_400)
    past = gates.past
    assert past.level.shape == past.came.shape == past.left.shape == (2 * 288, len(gates.lots))
    assert past.ends[-1] == start // 300 * 300
    assert (np.diff(past.level, axis=0) == (past.came - past.left)[1:]).all()
    assert [report["occupied"] for report in gates.opening().reports] == list(gates.inside().values())


@pytest.mark.parametrize("lot", sorted(HABITS))
def test_levels_follow_the_habits_and_never_exceed_the_stalls(lot: str) -> None:
    gates = SimulatedGates(STALLS, 3, MIDNIGHT)
    off = []
    for hour in range(1, 25):
        gates.advance(MIDNIGHT + hour * 3600)
        inside = gates.inside()[lot]
        assert 0 <= inside <= STALLS[lot]
        off.append(inside / STALLS[lot] - level(HABITS[lot], MIDNIGHT + hour * 3600))
    assert np.abs(off).mean() < 0.12


def test_counting_its_passages_without_faults_gives_who_is_inside() -> None:
    gates = SimulatedGates(STALLS, 5, MIDNIGHT, FAULTLESS)
    counts = Occupancy([Zone(lot, lot, stalls) for lot, stalls in STALLS.items()])
    for report in gates.opening().reports:
        counts.report(report["lot_id"], report["occupied"], MIDNIGHT)
    for event in gates.advance(MIDNIGHT + 10 * 3600).events:
        counts.passed(event["lot_id"], [(MIDNIGHT + 1, 1 if event["direction"] == "entry" else -1)])
    picture = counts.picture(MIDNIGHT + 3600)
    for lot, row in counts.rows.items():
        if HABITS[lot].gated:
            assert picture.derived[row] == gates.inside()[lot]


def test_faults_are_there_and_few() -> None:
    events = told(SimulatedGates(STALLS, 1, MIDNIGHT), MIDNIGHT + 86_400, 3600).events
    entered = {(one["lot_id"], one["plate"]["text"]) for one in events if one["direction"] == "entry" and "plate" in one}
    left = [one for one in events if one["direction"] == "exit" and "plate" in one]
    strange = [one for one in left if (one["lot_id"], one["plate"]["text"]) not in entered]
    unread, repeated = sum("plate" not in one for one in events), len(events) - len({one["id"] for one in events})
    assert 0 < len(strange) < 0.06 * len(events)
    assert 0 < unread < 0.04 * len(events)
    assert 0 < repeated < 0.03 * len(events)


def test_who_is_expected_comes_and_goes_when_told() -> None:
    gates = SimulatedGates(STALLS, 2, MIDNIGHT)
    gates.expect("demo-market", "鲁A12345", "blue", MIDNIGHT + 600, MIDNIGHT + 1800)
    gates.expect("nowhere", "鲁A12345", "blue", MIDNIGHT, MIDNIGHT + 60)
    events = [one for one in gates.advance(MIDNIGHT + 3600).events if one.get("plate", {}).get("text") == "鲁A12345"]
    assert [(one["direction"], one["at"][11:16]) for one in events] == [("entry", "00:10"), ("exit", "00:30")]


def test_roadside_sensors_count_and_have_no_barrier() -> None:
    found = told(SimulatedGates(STALLS, 2, MIDNIGHT), MIDNIGHT + 1800, 10)
    assert all(one["lot_id"] != "demo-square" for one in found.events)
    assert sum(one["lot_id"] == "demo-square" for one in found.reports) == 31


def test_every_plate_is_one_and_a_misread_one_differs_by_its_last_sign() -> None:
    generator = np.random.default_rng(1)
    for _ in range(500):
        text, color = new_plate(generator)
        assert read(text, PlateColor(color)).text == text
        other = misread(text, generator)
        assert other != text
        assert other[:-1] == text[:-1]
