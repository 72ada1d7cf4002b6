"""Quickest ways and passed signals against plain Python."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from signals.kernels.siting_routes import passed_signals, quickest_tree, signals_on_the_way
from tests.support.naive_siting import near_piece, quickest_times

EDGES = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.sampled_from([0.0, 1.0, 1.5, 2.0, 7.0])), max_size=30)


@given(EDGES, st.integers(0, 7))
def test_the_tree_has_the_times_of_dijkstra_and_ways_that_take_them(edges: list[tuple[int, int, float]], origin: int) -> None:
    edges = sorted(edges)
    first = np.searchsorted([a for a, _, _ in edges], np.arange(9)).astype(np.int64)
    head, seconds = np.array([b for _, b, _ in edges], np.int32), np.array([s for _, _, s in edges])
    time, before = np.empty(8), np.empty(8, np.int32)
    quickest_tree(origin, first, head, seconds, time, before)
    assert time.tolist() == quickest_times(origin, edges, 8)
    for v in range(8):
        if v != origin and before[v] >= 0:
            assert any(a == before[v] and b == v and time[a] + s == time[v] for a, b, s in edges)
        else:
            assert v == origin or math.isinf(time[v])


@given(st.lists(st.integers(-1, 3), min_size=1, max_size=10), st.integers(0, 5))
def test_signals_come_in_the_order_of_the_way_and_no_more_than_fit(signals: list[int], room: int) -> None:
    before = np.arange(-1, len(signals) - 1, dtype=np.int32)
    out = np.full(room, -9, np.int32)
    count = signals_on_the_way(len(signals) - 1, before, np.array(signals, np.int32), out)
    backwards = list(dict.fromkeys(s for s in reversed(signals) if s >= 0))
    if room >= len(backwards):
        assert count == len(backwards)
        assert out[:count].tolist() == backwards[::-1]
    else:
        assert count >= room


PLACES = st.tuples(st.integers(-60, 60), st.integers(-60, 60))
FIXES = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 300), PLACES), max_size=8)


@given(FIXES, st.lists(PLACES, max_size=4), st.integers(0, 20))
def test_a_signal_is_passed_where_a_piece_comes_near(
    fixes: list[tuple[int, int, tuple[int, int]]], signals: list[tuple[int, int]], room: int
) -> None:
    fixes, signals, radius, longest, slowest = sorted(fixes), sorted(signals), 30.25, 90.0, 100.0
    track, time = np.array([f[0] for f in fixes], np.int32), np.array([f[1] for f in fixes], np.float64)
    x, y = (np.array([f[2][k] for f in fixes], np.float64) for k in (0, 1))
    sx, sy = (np.array([s[k] for s in signals], np.float64) for k in (0, 1))
    row, signal, along = np.empty(room, np.int64), np.empty(room, np.int32), np.empty(room)
    found = passed_signals(track, time, x, y, sx, sy, radius, longest, slowest, row, signal, along)
    expected, close = set(), set()
    for i in range(len(fixes)):
        j = i + 1 if i + 1 < len(fixes) and fixes[i + 1][0] == fixes[i][0] else i
        if math.hypot(x[j] - x[i], y[j] - y[i]) > longest or time[j] - time[i] > slowest:
            j = i
        for k in range(len(signals)):
            away = near_piece(x[i], y[i], x[j], y[j], sx[k], sy[k])
            if away <= radius:
                expected.add((i, k))
            if abs(away - radius) < 0.05:
                close.add((i, k))
    kept = list(zip(row[: min(found, room)].tolist(), signal[: min(found, room)].tolist()))
    assert len(kept) == len(set(kept))
    if found <= room:
        assert set(kept) - close == expected - close
    else:
        assert abs(found - len(expected)) <= len(close)
