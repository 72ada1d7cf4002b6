"""The simulated signals: the same however time is cut, physically sound, and true to their kind of control."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.signals.simulated import SimulatedSignals, mixed_sites
from feeds.signals.simulated_sites import Control, Plan, Site, state_of, tables_of
from signals.codes import Code, Ours
from signals.events import join_batches
from signals.kernels.columns import EventColumns

START = 1_772_409_600_000
HOUR = 3_600_000


def greens(events: EventColumns, phase: int) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends of a phase's greens, s since START."""
    starts = events.time[(events.code == Code.BEGIN_GREEN) & (events.parameter == phase)]
    ends = events.time[(events.code == Code.BEGIN_YELLOW) & (events.parameter == phase)]
    count = min(len(starts), len(ends))
    return (starts[:count] - START) / 1000, (ends[:count] - START) / 1000


def lengths(site: Site, hours: float = 1.0, seed: int = 5) -> list[np.ndarray]:
    events = SimulatedSignals(seed, START, [site]).advance(START + int(hours * HOUR))
    pairs = [greens(events, phase + 1) for phase in range(site.phases)]
    return [ends - starts for starts, ends in pairs]


@settings(max_examples=10)
@given(cuts=st.lists(st.integers(0, 600_000), max_size=6), seed=st.integers(0, 99))
def test_the_same_events_however_time_is_cut(cuts: list[int], seed: int) -> None:
    sites = [replace(site, lost=0.1, offline=((0.05, 0.08),)) for site in mixed_sites(4, seed)]
    whole = SimulatedSignals(seed, START, sites).advance(START + 600_000)
    simulated = SimulatedSignals(seed, START, sites)
    parts = join_batches([simulated.advance(START + cut) for cut in [*sorted(cuts), 600_000]])
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_fixed_plan_repeats_to_the_tenth() -> None:
    first, second = lengths(Site("x", Control.FIXED, plans=[Plan(1, 0, (30, 45.5))], resolution=0.1))
    assert set(first) == {30.0}
    assert set(np.round(second, 1)) == {45.5}


def test_only_one_phase_is_green_and_all_clear_between() -> None:
    site = Site("x", Control.ACTUATED, plans=[Plan(1, 0, (20, 20, 20))], volumes=(300, 200, 100), recall=False, all_red=2.0)
    events = SimulatedSignals(2, START, [site]).advance(START + HOUR)
    spans = sorted((a, b) for phase in (1, 2, 3) for a, b in zip(*greens(events, phase)))
    gaps = [later - earlier for (_, earlier), (later, _) in pairwise(spans)]
    assert min(gaps) >= site.yellow + site.all_red - 1


def test_vehicles_cross_both_detectors_and_none_is_lost() -> None:
    events = SimulatedSignals(4, START, [Site("x", Control.FIXED, volumes=(200, 200), swing=0.0)]).advance(START + 2 * HOUR)
    on = events.code == Code.DETECTOR_ON
    advance, stopbar = int((on & (events.parameter % 2 == 1)).sum()), int((on & (events.parameter % 2 == 0)).sum())
    assert advance - 8 * 8 <= stopbar <= advance
    assert advance == pytest.approx(8 * 2 * 200, rel=0.1)


def test_queues_leave_at_saturation_flow() -> None:
    site = Site("x", Control.FIXED, volumes=(1500, 1500), lanes=1, swing=0.0, resolution=0.1)
    events = SimulatedSignals(1, START, [site]).advance(START + HOUR)
    crossings = events.time[(events.code == Code.DETECTOR_OFF) & (events.parameter == 2)]
    headways = np.diff(crossings) / 1000
    assert 1.8 <= np.median(headways) <= 2.3


def test_plans_change_by_the_clock_of_the_site() -> None:
    site = Site("x", Control.TOD, plans=[Plan(1, 0.0, (40, 40)), Plan(7, 8.5, (50, 30))])
    events = SimulatedSignals(1, START, [site]).advance(START + HOUR)
    changes = events.code == Code.PATTERN_CHANGE
    assert list(events.parameter[changes]) == [1, 7]
    assert 0 <= events.time[changes][1] - (START + HOUR // 2) <= 86_000


def test_jitter_does_not_heed_demand_and_splits_do() -> None:
    still = Site("x", Control.JITTER, swing=0.0, volumes=(500, 100))
    for one in lengths(still):
        assert 36 <= one.min() < 40 < one.mean() < 44 < one.max() <= 48
    more, less = lengths(replace(still, control=Control.SPLIT))
    assert more[4:].mean() > 1.5 * less[4:].mean()


def test_actuated_greens_grow_with_demand_and_say_why_they_end() -> None:
    site = Site("x", Control.ACTUATED, volumes=(60, 60), terminations=True)
    light = SimulatedSignals(1, START, [site]).advance(START + HOUR)
    heavy = SimulatedSignals(1, START, [replace(site, volumes=(900, 900))]).advance(START + HOUR)
    shares = [(e.code == Code.MAX_OUT).sum() / np.isin(e.code, (Code.GAP_OUT, Code.MAX_OUT)).sum() for e in (light, heavy)]
    assert shares[0] < 0.02
    assert shares[1] > 0.3
    assert np.diff([np.median(greens(e, 1)[1] - greens(e, 1)[0]) for e in (light, heavy)])[0] > 5


def test_a_coordinated_phase_yields_at_one_point_of_the_cycle() -> None:
    site = Site("x", Control.ACTUATED, offset=20.0, resolution=0.1)
    _, ends = greens(SimulatedSignals(1, START, [site]).advance(START + HOUR), 1)
    places = (ends + START / 1000 - 20.0) % 90
    assert np.ptp(places) < 0.11


def test_spells_off_line_lost_events_and_dead_detectors() -> None:
    site = Site("x", Control.FIXED, offline=((0.25, 0.5),), reports_state=True, lost=0.2, dead_lanes=2)
    events = SimulatedSignals(1, START, [site]).advance(START + HOUR)
    told = events.code == Ours.CONTROLLER_STATE
    assert list(events.parameter[told]) == [1, 0, 1]
    inside = (events.time > START + HOUR // 4) & (events.time < START + HOUR // 2)
    assert not inside.any()
    assert not np.isin(events.parameter[events.code == Code.DETECTOR_ON], (1, 2, 3, 4)).any()
    whole = SimulatedSignals(1, START, [replace(site, lost=0.0)]).advance(START + HOUR)
    assert len(events.time) == pytest.approx(0.8 * len(whole.time), rel=0.05)


def test_tables_refuse_plans_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="one value for each of 2 phases"):
        tables_of(Site("x", Control.FIXED, volumes=(1.0,)), 1, 0)
    assert state_of(tables_of(Site("x", Control.FIXED), 1, 0), 0).queue.shape == (8, 9)
