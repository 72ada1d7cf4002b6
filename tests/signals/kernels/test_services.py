"""Services and spells against plain Python, whatever comes in whatever order; flags and GA/T stages one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.codes import Ours
from signals.kernels.services import (
    ADJUSTED,
    CHANNELS,
    CLOCK,
    LOST,
    NOT_IN_CONTROL,
    PREEMPTED,
    TRANSITION,
    channel_sums,
    extract,
    gaps_at,
    occupied_spells,
)  # fmt: skip
from tests.support.naive_services import Green, naive_services, naive_spells

Events = list[tuple[int, int, int]]
AWAY = np.array([13, 51], np.int32)
PHASE_EVENTS = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from((1, 1, 4, 5, 6, 7, 8, 8, 9, 10, 11, 131)), st.integers(0, 3)), max_size=60
).map(sorted)
DETECTIONS = st.lists(st.tuples(st.integers(0, 60), st.sampled_from((81, 82)), st.integers(0, 4)), max_size=60).map(sorted)


def columns(events: Events) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = np.array(events, np.int64).reshape(-1, 3)
    return table[:, 0].copy(), table[:, 1].astype(np.int32), table[:, 2].astype(np.int32)


def services(events: Events, stages: bool = False) -> tuple[list[Green], list[int]]:
    n = len(events)
    start, end, told = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros((4, n), np.int32)
    count = extract(*columns(events), stages, AWAY, start, end, told)
    rows = range(count)
    greens = [Green(*(int(x) for x in (told[0, k], start[k], end[k], told[1, k], told[2, k])), bool(told[3, k] & LOST)) for k in rows]
    return greens, [int(told[3, k]) for k in rows]


@given(PHASE_EVENTS)
def test_services_are_those_of_the_rules(events: Events) -> None:
    assert services(events)[0] == naive_services(events)


@pytest.mark.parametrize(
    ("before", "after", "flag"),
    [
        ((150, 3), (150, 1), TRANSITION), ((178, 1), (178, 0), NOT_IN_CONTROL), ((173, 3), (173, 2), NOT_IN_CONTROL),
        ((100_002, 51), (100_002, 21), NOT_IN_CONTROL), ((105, 1), (111, 1), PREEMPTED),
    ],
)  # fmt: skip
def test_what_holds_during_a_green_is_told_with_it(before: tuple[int, int], after: tuple[int, int], flag: int) -> None:
    events = [(0, 1, 2), (5, *before), (10, 8, 2), (20, 1, 2), (25, *after), (30, 8, 2), (40, 1, 2), (50, 8, 2)]
    assert services(events)[1] == [flag, flag, 0]


def test_moments_are_told_with_the_green_they_fall_into() -> None:
    clock = [(0, 1, 2), (5, 181, 3), (10, 8, 2), (20, 1, 2), (30, 8, 2)]
    assert services(clock)[1] == [CLOCK, 0]
    offline = [(0, 1, 2), (5, 100_001, 0), (10, 8, 2), (20, 1, 2), (30, 8, 2)]
    assert services(offline)[1] == [LOST, 0]


def test_an_adjusted_cycle_marks_its_own_greens() -> None:
    one = [(0, 1, 1), (10, 8, 1), (12, 100_009, 12)]
    two = [(12, 1, 1), (20, 8, 1), (22, 1, 2), (30, 8, 2), (32, 100_008, 1), (33, 100_009, 20), (34, 1, 1), (40, 8, 1)]
    assert services(one + two)[1] == [0, ADJUSTED, ADJUSTED, 0]
    assert Ours.CYCLE_ADJUSTED < Ours.CYCLE_ENDED  # told in one instant, the flag is of the cycle that ends
    at_once = [(32 if time == 33 else time, code, value) for time, code, value in two]
    assert services(one + at_once)[1] == [0, ADJUSTED, ADJUSTED, 0]


def test_stages_are_services_where_there_are_no_phases() -> None:
    events = [(0, 100_005, 1), (30, 100_005, 2), (30, 100_006, 30), (50, 100_006, 20), (52, 100_005, 1), (80, 100_005, 2)]
    greens, flags = services(events, stages=True)
    assert [(g.phase, g.start, g.end) for g in greens] == [(1, 0, 30), (2, 30, 50), (1, 52, 80)]
    assert flags == [0, 0, 0]


@given(DETECTIONS, st.sets(st.integers(0, 4)))
def test_spells_are_when_any_detector_is_on(events: Events, chosen: set[int]) -> None:
    mask = np.zeros(CHANNELS, np.uint8)
    mask[list(chosen)] = 1
    on, off, hits = (np.zeros(len(events), np.int64) for _ in range(3))
    spells, count = occupied_spells(*columns(events), mask, on, off, hits)
    expected = naive_spells(events, chosen)
    assert list(zip(on[:spells].tolist(), off[:spells].tolist())) == expected[0]
    assert hits[:count].tolist() == expected[1]


@given(DETECTIONS)
def test_sums_of_channels(events: Events) -> None:
    number, occupied, longest, faults = (np.zeros(CHANNELS, np.int64) for _ in range(4))
    channel_sums(*columns([*events, (61, 85, 2)]), 70, number, occupied, longest, faults)
    for channel in range(5):
        own = [event for event in events if event[2] == channel]
        assert number[channel] == sum(code == 82 for _, code, _ in own)
        pairs = zip(own, [*own[1:], (70, 81, channel)])
        lasting = [later[0] - earlier[0] for earlier, later in pairs if earlier[1] == 82]
        assert occupied[channel] == sum(lasting)
        assert longest[channel] == max(lasting, default=0)
    assert faults[2] == 1


def test_gaps_are_since_the_last_spell() -> None:
    gap = np.zeros(5)
    gaps_at(np.array([0, 12, 15, 29, 900]), np.array([10, 20]), np.array([14, 25]), 500, gap)
    assert gap.tolist() == [500, 0, 1, 4, 500]
