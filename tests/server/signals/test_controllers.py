from __future__ import annotations

import itertools

import pytest

from server.signals.controllers import Controllers, PhaseState
from server.signals.engine_parameters import SignalParameters
from signals.codes import Code, Ours
from tests.support.signal_district import START, events

CYCLE = [
    (0.0, 1, Code.BEGIN_GREEN, 2), (20.0, 1, Code.GREEN_TERMINATION, 2), (20.0, 1, Code.BEGIN_YELLOW, 2),
    (23.0, 1, Code.END_YELLOW, 2), (23.0, 1, Code.BEGIN_RED_CLEARANCE, 2), (25.0, 1, Code.END_RED_CLEARANCE, 2),
]  # fmt: skip


def controllers() -> Controllers:
    return Controllers(3, SignalParameters())


@pytest.mark.parametrize(
    ("second", "state"),
    [(19.9, PhaseState.GREEN), (20.0, PhaseState.YELLOW), (23.0, PhaseState.RED_CLEARANCE), (25.0, PhaseState.RED)],
)
def test_a_phase_shows_what_its_newest_event_says(second: float, state: PhaseState) -> None:
    ours = controllers()
    assert ours.take(events([row for row in CYCLE if row[0] <= second])).tolist() == [1]
    assert ours.now[1].phases[0][:2] == (2, state)
    assert ours.now[0].phases == ()


def test_events_in_any_order_and_in_any_parts_give_the_same_picture() -> None:
    together = controllers()
    together.take(events(CYCLE))
    for order in itertools.permutations(CYCLE[2:]):
        apart = controllers()
        for row in [*CYCLE[:2], *order]:
            apart.take(events([row]))
        assert apart.now == together.now


def test_a_change_is_told_once() -> None:
    ours = controllers()
    ours.take(events(CYCLE))
    assert ours.take(events(CYCLE)).tolist() == []
    assert ours.take(events([(26.0, 1, Code.DETECTOR_ON, 1)])).tolist() == []


def test_a_silent_controller_has_phases_that_nobody_knows_until_it_speaks_again() -> None:
    ours = controllers()
    ours.take(events(CYCLE))
    assert ours.online == 1
    silent = SignalParameters().silent
    assert ours.turn_to(START + 25_000 + silent).tolist() == []
    assert ours.turn_to(START + 25_001 + silent).tolist() == [1]
    assert ours.turn_to(START + 25_002 + silent).tolist() == []
    assert (ours.online, ours.now[1].silent, ours.now[1].phases[0][1]) == (0, True, PhaseState.UNKNOWN)
    assert ours.take(events([(200.0, 1, Code.BEGIN_GREEN, 4)])).tolist() == [1]
    assert [phase[:2] for phase in ours.now[1].phases] == [(2, PhaseState.UNKNOWN), (4, PhaseState.GREEN)]


def test_plan_mode_and_stage_are_the_newest_told() -> None:
    ours = controllers()
    rows = [(9.0, 0, Code.PATTERN_CHANGE, 3), (1.0, 0, Code.PATTERN_CHANGE, 2), (4.0, 0, Ours.CONTROL_MODE, 23)]
    ours.take(events([*rows, (5.0, 0, Ours.STAGE_STARTED, 2), (6.0, 0, 777, 1), (7.0, 0, 200_777, 1)]))
    now = ours.now[0]
    assert (now.plan, now.mode, now.stage, now.stage_since, now.cycle_length) == (3, 23, 2, START + 5000, -1)
    assert now.last_event == START + 9000


def test_phases_beyond_those_followed_are_left_alone() -> None:
    ours = controllers()
    ours.take(events([(0.0, 0, Code.BEGIN_GREEN, 9999), (0.0, 0, Code.BEGIN_GREEN, -1)]))
    assert ours.now[0].phases == ()
