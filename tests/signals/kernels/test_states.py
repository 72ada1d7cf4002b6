"""States against their twin: windows told in any order, silences, and every edge of a lookup."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.kernels.state_columns import RUNGS, StateColumns, Transitions, Windows
from signals.kernels.states import locate, transitions, weigh_bins, weigh_moments
from signals.state_history import no_states
from tests.support import naive_states
from tests.support.naive_states import UNKNOWN, NaiveIntersection, State

LIFE = 7
STATES = st.sampled_from([UNKNOWN, State(0, 0, 1, 21), State(2, 5, 0, 22), State(3, 3, 2, 22), State(5, 5, 2, 33), State(0, 5, 0, 22)])
WINDOWS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60), st.integers(1, 20), STATES), max_size=14)
SPANS = st.lists(st.tuples(st.integers(-1, 2), st.integers(-5, 90), st.integers(1, 60)), min_size=1, max_size=6)
MOMENTS = st.lists(st.integers(-5, 110), max_size=12).map(sorted)
EDGES = st.lists(st.integers(-5, 110), max_size=8, unique=True).map(sorted)


def tell(told: list[tuple[int, int, int, State]]) -> tuple[StateColumns, list[NaiveIntersection]]:
    """The columns that windows (intersection, start, length, state) make, one batch each, and their twins."""
    last, naive, parts, late = no_states(3), [NaiveIntersection(LIFE) for _ in range(3)], [], 0
    for intersection, start, length, state in told:
        row = [np.array([value]) for value in (intersection, start, start + length, *state)]
        windows = Windows(row[0].astype(np.int32), row[1], row[2], *(one.astype(np.uint8) for one in row[3:6]), row[6].astype(np.int32))
        out = empty(2)
        made, more = transitions(windows, LIFE, last, out)
        parts.append(Transitions._make(column[:made] for column in out))
        late += more
        naive[intersection].tell(start, start + length, state)
    assert late == sum(one.late for one in naive)
    joined = Transitions._make(np.concatenate(columns) for columns in zip(*parts, empty(0)))
    order = np.argsort(joined.intersection, kind="stable")
    kept = Transitions._make(column[order] for column in joined)
    first = np.searchsorted(kept.intersection, np.arange(4)).astype(np.int64)
    known_until = np.where(last.end < 0, -1, last.end + LIFE)
    return StateColumns(first, known_until, kept.time, kept.proved, kept.possible, kept.verdict, kept.mode), naive


def empty(many: int) -> Transitions:
    small = np.zeros((3, many), np.uint8)
    return Transitions(np.zeros(many, np.int32), np.zeros(many, np.int64), *small, np.zeros(many, np.int32))


def found(states: StateColumns, intersection: int, time: int) -> State:
    row = np.zeros(1, np.int64)
    locate(states, np.array([intersection], np.int32), time, row)
    k = int(row[0])
    if k < 0:
        return UNKNOWN
    return State(int(states.proved[k]), int(states.possible[k]), int(states.verdict[k]), int(states.mode[k]))


@settings(max_examples=150, deadline=None)
@given(WINDOWS)
def test_every_moment_has_the_state_of_its_twin(told: list[tuple[int, int, int, State]]) -> None:
    states, naive = tell(told)
    for intersection in range(-1, 3):
        rows = slice(*states.first[intersection : intersection + 2]) if intersection >= 0 else slice(0, 0)
        assert (np.diff(states.time[rows]) > 0).all()
        for time in range(-2, 100):
            assert found(states, intersection, time) == naive_states.state_of(naive, intersection, time), (intersection, time)


@settings(max_examples=150, deadline=None)
@given(WINDOWS, SPANS, MOMENTS, EDGES)
def test_sums_over_moments_and_bins_are_those_of_the_twin(
    told: list[tuple[int, int, int, State]], spans: list[tuple[int, int, int]], times: list[int], edges: list[int]
) -> None:
    states, naive = tell(told)
    bounds = [(i, start, start + length) for i, start, length in spans]
    weights = [[1.0, 0.5 * s] for s in range(len(spans))]
    who = np.array([one[0] for one in bounds], np.int32)
    start, end = (np.array([one[k] for one in bounds], np.int64) for k in (1, 2))
    sums = np.zeros((2, len(times) + 1, RUNGS, 2))
    weigh_moments(states, who, start, end, np.array(weights), np.array(times, np.int64), sums[0], sums[1])
    wanted = np.array(naive_states.moments(naive, bounds, weights, times)).reshape(2, len(times), RUNGS, 2)
    np.testing.assert_allclose(sums[:, :-1], wanted, atol=1e-9)
    pairs = list(zip(edges[::2], edges[1::2]))
    first, stop = (np.array([pair[k] for pair in pairs], np.int64) for k in (0, 1))
    spent = np.zeros((2, len(pairs), RUNGS, 2))
    whole = np.zeros((2, len(pairs) + 1, RUNGS, 2))
    weigh_bins(states, who, start, end, np.array(weights), first, stop, whole, spent[0], spent[1])
    wanted = np.array(naive_states.bins(naive, bounds, weights, pairs)).reshape(2, len(pairs), RUNGS, 2)
    np.testing.assert_allclose(spent, wanted, atol=1e-9)


@pytest.mark.parametrize(
    ("time", "state"),
    [
        (9, UNKNOWN),  # before the first
        (10, State(2, 2, 1, 22)),  # exactly when it begins
        (19, State(2, 2, 1, 22)),
        (20, State(3, 3, 2, 22)),  # exactly at a change
        (36, State(3, 3, 2, 22)),
        (37, UNKNOWN),  # its window and its life are over
        (49, UNKNOWN),
        (50, State(3, 3, 2, 22)),
        (66, State(3, 3, 2, 22)),
        (67, UNKNOWN),  # after the last
    ],
)
def test_the_edges_of_a_lookup(time: int, state: State) -> None:
    one, other = State(2, 2, 1, 22), State(3, 3, 2, 22)
    states, _ = tell([(1, 10, 10, one), (1, 20, 10, other), (1, 50, 10, other), (1, 15, 40, one)])
    assert found(states, 1, time) == state
    assert found(states, 0, time) == UNKNOWN
    assert len(states.time) == 4


def test_an_overlapping_window_speaks_of_its_new_part_only() -> None:
    states, _ = tell([(0, 0, 20, State(2, 2, 1, 22)), (0, 5, 20, State(3, 3, 2, 22))])
    assert states.time.tolist() == [0, 20]
    assert states.known_until[0] == 25 + LIFE
