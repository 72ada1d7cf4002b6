"""The ladder: what is proved and what is possible, rung by rung, with every unknown in between."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.signals.simulated import SimulatedSignals
from feeds.signals.simulated_sites import Control, Site
from signals.codes import Code, Mode, Ours
from signals.events import in_order, join_batches, no_events
from signals.finding import Finding
from signals.kernels.columns import EventColumns
from signals.ladder import climb, declared, findings, judge
from signals.model import Rung, Verdict
from signals.services import records
from signals.verdict import weigh
from signals.verdict_parameters import VerdictParameters

START, HOUR = 1_772_409_600_000, 3_600_000
END = START + 2 * HOUR
Q = VerdictParameters()
ADAPTIVE = Site("x", Control.ACTUATED, declared_mode=Mode.ACTUATED)


def told(site: Site, *more: tuple[int, int, int], **others: object) -> Finding:
    """The finding of one site; `more` events (ms since START, code, parameter)."""
    signals = SimulatedSignals(8, START, [site])
    extra = EventColumns(
        np.array([START + at for at, _, _ in more], np.int64), np.zeros(len(more), np.int32),
        np.array([code for _, code, _ in more], np.int32), np.array([value for _, _, value in more], np.int32),
    )  # fmt: skip
    return judge(signals.inventory, join_batches([signals.advance(END), extra]), START, END, **others)[0]  # type: ignore[arg-type]


def rungs(finding: Finding) -> tuple[Rung, Rung]:
    return finding.proved, finding.possible


@given(st.lists(st.sampled_from((True, False, None)), min_size=5, max_size=5))
def test_unknown_is_between_no_and_yes(answers: list[bool | None]) -> None:
    proved, possible = climb(answers)
    filled = [climb([choice.pop(0) if answer is None else answer for answer in answers])[0] for choice in _choices(answers)]
    assert (proved, possible) == (min(filled), max(filled))


def _choices(answers: list[bool | None]) -> list[list[bool]]:
    return [list(choice) for choice in product((True, False), repeat=answers.count(None))]


def test_an_adaptive_junction_stands_on_healthy_and_perhaps_higher() -> None:
    assert rungs(told(ADAPTIVE)) == (Rung.HEALTHY, Rung.EFFECTIVE)
    assert rungs(told(ADAPTIVE, effect={0: True})) == (Rung.EFFECTIVE, Rung.EFFECTIVE)
    assert rungs(told(ADAPTIVE, effect={0: False})) == (Rung.HEALTHY, Rung.HEALTHY)
    assert rungs(told(ADAPTIVE, effect={0: None})) == (Rung.HEALTHY, Rung.EFFECTIVE)


def test_health_is_given_or_seen_or_unknown() -> None:
    assert rungs(told(ADAPTIVE, health={0: 0.5})) == (Rung.ADAPTING, Rung.ADAPTING)
    assert rungs(told(ADAPTIVE, health={})) == (Rung.ADAPTING, Rung.EFFECTIVE)
    assert rungs(told(ADAPTIVE, health={0: 1.0})) == (Rung.HEALTHY, Rung.EFFECTIVE)
    assert told(replace(ADAPTIVE, dead_lanes=4)).evidence["healthy"] is False


def test_a_jitter_that_claims_to_adapt_is_declared_and_no_more() -> None:
    found = told(Site("x", Control.JITTER, declared_mode=Mode.ADAPTIVE))
    assert rungs(found) == (Rung.DECLARED, Rung.DECLARED)
    assert found.verdict == Verdict.NOT_ADAPTING


@pytest.mark.parametrize(("mode", "possible"), [(Mode.AREA, Rung.EFFECTIVE), (Mode.UNKNOWN, Rung.EFFECTIVE), (Mode.FIXED, Rung.ONLINE)])
def test_a_mode_that_says_too_little_stops_the_climb_and_evidence_says_so(mode: Mode, possible: Rung) -> None:
    found = told(replace(ADAPTIVE, declared_mode=mode))
    assert rungs(found) == (Rung.ONLINE, possible)
    assert found.verdict == Verdict.ADAPTING
    assert found.evidence["adapting_undeclared"] is True


def test_the_mode_reported_outranks_the_mode_listed() -> None:
    found = told(replace(ADAPTIVE, declared_mode=Mode.FIXED), (0, Ours.CONTROL_MODE, Mode.ADAPTIVE))
    assert (found.mode, found.proved) == (Mode.ADAPTIVE, Rung.HEALTHY)
    assert declared(24) is None  # a vendor's number


def test_off_line_manual_and_lost_messages() -> None:
    assert rungs(told(replace(ADAPTIVE, offline=((0.0, 0.2),), reports_state=True))) == (Rung.LISTED, Rung.LISTED)
    assert rungs(told(replace(ADAPTIVE, lost=0.08))) == (Rung.LISTED, Rung.LISTED)
    manual = told(ADAPTIVE, (0, Code.MANUAL_CONTROL, 1), (HOUR // 2, Code.MANUAL_CONTROL, 0))
    assert rungs(manual) == (Rung.ADAPTING, Rung.ADAPTING)


def test_what_is_not_observed_is_unknown() -> None:
    found = told(replace(ADAPTIVE, lost=0.3))
    assert (found.verdict, found.evidence["unknown_because"]) == (Verdict.UNKNOWN, "not_observed")
    assert found.observable_share < 0.8
    assert found.evidence["p"] is None


def test_states_alone_leave_it_open_whether_all_came() -> None:
    signals = SimulatedSignals(8, START, [ADAPTIVE])
    states = EventColumns(
        np.array([START]), np.zeros(1, np.int32), np.array([Ours.CONTROL_MODE], np.int32), np.array([Mode.ACTUATED], np.int32)
    )
    found = judge(signals.inventory, states, START, END)[0]
    assert (found.proved, found.possible, found.verdict) == (Rung.LISTED, Rung.EFFECTIVE, Verdict.UNKNOWN)


def test_intersections_without_controller_and_controllers_of_several() -> None:
    signals = SimulatedSignals(8, START, [ADAPTIVE])
    inventory = replace(
        signals.inventory, intersection_ids=["a", "b", "c"], device=np.array([0, -1, 0], np.int32), grade=np.zeros(3, np.int8),
        declared_mode=np.array([22, 21, 21], np.int32), lat=np.zeros(3), lon=np.zeros(3),
    )  # fmt: skip
    first, none, third = judge(inventory, signals.advance(END), START, END)
    assert (first.proved, first.verdict) == (Rung.HEALTHY, Verdict.ADAPTING)
    assert (none.proved, none.possible, none.evidence["unknown_because"]) == (Rung.LISTED, Rung.LISTED, "no_controller")
    assert math.isnan(none.observable_share)
    assert (third.proved, third.evidence["adapting_undeclared"]) == (Rung.ONLINE, True)


def test_weighing_one_by_one_gives_what_judging_all_gives() -> None:
    kinds = (Control.JITTER, Control.SPLIT, Control.FIXED)
    sites = [replace(ADAPTIVE, device_id=f"x{k}", control=kind) for k, kind in enumerate(kinds)]
    signals = SimulatedSignals(8, START, sites)
    events = in_order(signals.advance(END))
    single = {one.device: weigh(one, Q) for one in records(events, signals.inventory, START, END, Q)}
    assert findings(signals.inventory, single, START, END, Q) == judge(signals.inventory, events, START, END)


def test_a_window_must_begin_before_it_ends() -> None:
    signals = SimulatedSignals(8, START, [ADAPTIVE])
    with pytest.raises(ValueError, match="begins before it ends"):
        judge(signals.inventory, no_events(), END, END)
