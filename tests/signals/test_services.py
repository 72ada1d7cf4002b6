"""Records: what is seen, who speaks for a phase, and what is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from feeds.signals.simulated import SimulatedSignals
from feeds.signals.simulated_sites import Control, Plan, Site
from signals.codes import Mode, Ours
from signals.events import join_batches
from signals.inventory import Inventory
from signals.kernels.columns import EventColumns
from signals.services import Record, record, records, services_of
from signals.verdict_parameters import VerdictParameters

START, HOUR = 1_772_409_600_000, 3_600_000
Q = VerdictParameters()
SITE = Site("x", Control.FIXED)


def simulated(site: Site, hours: float = 1.0) -> tuple[Inventory, EventColumns]:
    signals = SimulatedSignals(3, START, [site])
    return signals.inventory, signals.advance(START + round(hours * HOUR))


def read(site: Site, hours: float = 1.0, *more: tuple[int, int, int]) -> Record:
    """The record of a site's hour, with further events (ms since START, code, parameter)."""
    inventory, events = simulated(site, hours)
    extra = EventColumns(
        np.array([START + at for at, _, _ in more], np.int64), np.zeros(len(more), np.int32),
        np.array([code for _, code, _ in more], np.int32), np.array([value for _, _, value in more], np.int32),
    )  # fmt: skip
    return record(join_batches([events, extra]), inventory, 0, START, START + round(hours * HOUR), Q)


def test_a_sound_controller() -> None:
    one = read(SITE)
    assert len(one.services.phase) in (79, 80)
    assert set(one.services.end - one.services.start) == {42_000}
    assert one.observable_share == pytest.approx(1.0, abs=0.02)
    assert one.message_share > 0.98
    assert (one.detectors, one.usable, one.advance) == (16, 16, 8)
    assert one.services.demand[2:].sum() == sum(len(hits) for hits in one.own.values()) - _outside(one)


def _outside(one: Record) -> int:
    """Hits of each phase before its second green ended, or after its last."""
    number = 0
    for phase, hits in one.own.items():
        ends = one.services.end[one.services.phase == phase]
        number += int(((hits < ends[0]) | (hits >= ends[-1])).sum())
    return number


def test_opposing_detections_are_those_of_phases_never_green_together() -> None:
    one = read(SITE)
    np.testing.assert_array_equal(one.opposing[1], one.own[2])
    inventory, events = simulated(SITE)
    both = events.code != 1
    events = EventColumns._make(column[both] for column in events)
    assert len(record(events, inventory, 0, START, START + HOUR, Q).services.phase) == 80  # ends alone: all LOST
    assert record(events, inventory, 0, START, START + HOUR, Q).observable_share == 0.0


def test_gaps_at_the_end_of_greens() -> None:
    one = read(replace(SITE, volumes=(30.0, 30.0)))
    assert one.services.gap.max() > 20_000
    assert one.services.gap.min() >= 0
    heavy = read(replace(SITE, volumes=(1200.0, 1200.0)))
    assert np.median(heavy.services.gap) < 2_000


def test_dead_stuck_and_faulty_detectors_do_not_speak() -> None:
    one = read(replace(SITE, dead_lanes=1, stuck_lanes=1))
    assert one.usable == 12
    faulty = read(SITE, 1.0, (1000, 85, 3))
    assert faulty.usable == 15


def test_stop_bars_speak_where_nothing_else_does() -> None:
    one = read(replace(SITE, advance=False))
    assert (one.detectors, one.usable, one.advance) == (8, 8, 0)
    assert len(one.own[1]) > 500


def test_spells_off_line_and_lost_events_are_not_observed() -> None:
    assert read(replace(SITE, offline=((0.25, 0.5),), reports_state=True)).observable_share == pytest.approx(0.73, abs=0.03)
    assert read(replace(SITE, offline=((0.25, 0.5),), reports_state=True)).offline_share == pytest.approx(0.25, abs=0.01)
    lossy = read(replace(SITE, lost=0.1))
    assert 0.7 < lossy.observable_share < 0.9
    assert lossy.message_share == pytest.approx(0.9, abs=0.04)


def test_manual_control_transition_and_modes() -> None:
    one = read(SITE, 1.0, (0, Ours.CONTROL_MODE, Mode.ADAPTIVE), (HOUR // 4, 178, 1), (HOUR // 2, 178, 0), (HOUR // 2, 150, 2))
    assert one.mode == Mode.ADAPTIVE
    assert one.away_share == pytest.approx(0.25, abs=0.01)
    assert one.transition_share == pytest.approx(0.5, abs=0.01)
    assert (one.services.flags > 0).mean() > 0.7


def test_counters_are_alive_where_their_approach_was_counted() -> None:
    signals = SimulatedSignals(3, START, [replace(SITE, gat1049=True, count_interval=60.0, dead_lanes=2)])
    inventory, events, counts = signals.inventory, signals.advance(START + HOUR), signals.counts()
    without = record(events, inventory, 0, START, START + HOUR, Q)
    assert (without.detectors, without.usable, without.counted) == (8, 0, None)
    one = record(events, inventory, 0, START, START + HOUR, Q, counts)
    assert (one.detectors, one.usable, len(one.counted or ())) == (8, 6, 3)
    assert set(one.services.phase.tolist()) == {1, 2}
    assert set((one.services.end - one.services.start).tolist()) == {45_000}


def test_nothing_at_all() -> None:
    inventory, _ = simulated(SITE, 0.01)
    nothing = EventColumns(np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int32))
    one = record(nothing, inventory, 0, START, START + HOUR, Q)
    assert (one.observable_share, one.message_share, one.mode, len(one.own)) == (0.0, 0.0, -1, 0)


def test_a_batch_of_many_is_cut_by_device_and_window() -> None:
    sites = [replace(SITE, device_id=f"x{k}", plans=(Plan(1, 0.0, (30.0 + k, 42.0)),)) for k in range(3)]
    signals = SimulatedSignals(3, START, sites)
    events = signals.advance(START + HOUR)
    order = np.random.default_rng(1).permutation(len(events.time))
    shuffled = EventColumns._make(column[order] for column in events)
    for one in records(shuffled, signals.inventory, START + HOUR // 4, START + HOUR // 2, Q):
        services = one.services
        assert services.end.min() >= START + HOUR // 4
        assert services.end.max() < START + HOUR // 2
        known = (services.flags == 0) & (services.phase == 1)
        assert set(services.end[known] - services.start[known]) == {30_000 + 1000 * one.device}
        np.testing.assert_array_equal(services.phase, services_of(_cut(events, one), one.device).phase)


def _cut(events: EventColumns, one: Record) -> EventColumns:
    kept = (events.device == one.device) & (events.time >= one.start) & (events.time < one.end)
    return EventColumns._make(column[kept] for column in events)
