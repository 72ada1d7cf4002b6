from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lines import NOON, events_of
from tests.support.naive_intervals import Kept, NaiveIntervals, bucket, place
from transit.intervals import EDGES, MIDDLES, SAMPLE
from transit.kernels.columns import Records
from transit.kernels.intervals import BINS, bin_of, bucket_of, keep_samples, settle
from transit.kernels.prediction_columns import Runs
from transit.learning_parameters import IntervalParameters

PAR = IntervalParameters()._replace(slots=4)
VEHICLES = 5


@given(st.floats(0.0, 4000.0))
def test_a_range_of_time_ahead_is_that_of_its_minutes(ahead: float) -> None:
    assert bucket_of(ahead) == bucket(ahead)


@given(st.floats(-1e6, 1e6))
def test_an_error_is_in_the_bin_between_whose_edges_it_lies(error: float) -> None:
    k = bin_of(error)
    assert k == place(error)
    assert k in (0, BINS - 1) or EDGES[k] - 1e-9 <= error <= EDGES[k + 1] + 1e-9


def test_buckets_have_their_middles() -> None:
    assert [bucket(middle) for middle in MIDDLES] == list(range(len(MIDDLES)))


def runs_of(rows: list[tuple[int, int, int, list[tuple[float, float]]]]) -> Runs:
    """(vehicle, trip, first pattern stop, [(expected, deviation) of its calls]) of each run."""
    calls = [call for row in rows for call in row[3]]
    numbers = [np.array([call[k] for call in calls], np.float32) for k in (0, 1)]
    nothing = np.zeros(0, np.float32)
    return Runs(
        np.array([row[0] for row in rows], np.int32), np.array([row[1] for row in rows], np.int32),
        np.array([row[2] for row in rows], np.int32), np.cumsum([0, *(len(row[3]) for row in rows)]).astype(np.int64),
        np.zeros(len(rows)), np.array([row[1] % 2 for row in rows], np.uint8), nothing, nothing,
        numbers[1], numbers[0], nothing,
    )  # fmt: skip


@st.composite
def predicted(draw: st.DrawFn) -> list[tuple[int, int, int, list[tuple[float, float]]]]:
    """Runs by vehicle, one or two each; the first call of one that begins at a terminal has no deviation."""
    rows = []
    for v in sorted(draw(st.sets(st.integers(0, VEHICLES - 1)))):
        for trip in draw(st.lists(st.integers(0, 3), min_size=1, max_size=2, unique=True)):
            count = draw(st.integers(1, 6))
            calls = [(float(np.float32(40.0 * k + 1.5)), 8.0 + k) for k in range(count)]
            if trip == 3:
                calls[0] = (0.0, 0.0)
            rows.append((v, trip, 10 * trip, calls))
    return rows


def arrivals(now: float) -> st.SearchStrategy[tuple[int, int, int, float | None]]:
    """(vehicle, trip, pattern stop, when); some of a vehicle that nothing was kept of."""
    clock = st.floats(-100.0, 5000.0).map(lambda seconds: now + seconds) | st.none()
    return st.tuples(st.integers(0, VEHICLES), st.integers(-1, 3), st.integers(0, 36), clock)


def kept_of(kept: Records) -> dict[int, list[Kept]]:
    found = {}
    for v in range(len(kept)):
        calls = [Kept(*(one[name].item() for name in SAMPLE.names or ())) for one in kept[v] if one["sampled"]]
        if calls:
            found[v] = sorted(calls)
    return found


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_calls_are_kept_and_settled_once_as_lists_would(data: st.DataObject) -> None:
    kept, counts, twin = np.zeros((VEHICLES, PAR.slots), SAMPLE), np.zeros((2, 10, BINS), np.float32), NaiveIntervals(PAR)
    for turn in range(data.draw(st.integers(1, 8))):
        now, rows = NOON + 700.0 * turn, data.draw(predicted())
        before = kept_of(kept)
        keep_samples(runs_of(rows), len(rows), now, 12_345_678 + turn, kept)
        for v, calls in kept_of(kept).items():
            for new in set(calls) - set(before.get(v, [])):
                may = [
                    Kept(now, now + expected, deviation, first + k, trip, trip % 2)
                    for vehicle, trip, first, its in rows if vehicle == v
                    for k, (expected, deviation) in enumerate(its) if deviation > 0.0
                ]  # fmt: skip
                assert new in may
                twin.keep(v, new)
        assert kept_of(kept) == {v: sorted(calls) for v, calls in twin.kept.items() if calls}
        events = data.draw(st.lists(arrivals(now), max_size=12))
        told = settle(events_of(*((v, t, q, math.nan if a is None else a, 0.0) for v, t, q, a in events)), kept, PAR, counts)
        assert told == sum(twin.settle(*event) for event in events)
        assert kept_of(kept) == {v: sorted(calls) for v, calls in twin.kept.items() if calls}
    np.testing.assert_allclose(counts, twin.counts(), rtol=1e-4, atol=1e-5)


def test_which_call_is_kept_goes_through_all_of_them() -> None:
    calls = [(10.0 * k + 1.0, 5.0) for k in range(7)]
    seen = {}
    for turn in range(400):
        kept = np.zeros((2, 1), SAMPLE)
        keep_samples(runs_of([(0, 0, 0, calls[:4]), (0, 1, 4, calls[4:]), (1, 2, 20, calls)]), 3, NOON, 14_000_000 + turn, kept)
        for v in (0, 1):
            stop = int(kept[v, 0]["pattern_stop"]) - 20 * v
            assert int(kept[v, 0]["trip"]) == (2 if v else int(stop >= 4))
            seen[v, stop] = seen.get((v, stop), 0) + 1
    assert all(seen.get((v, stop), 0) > 400 / 7 / 2 for v in (0, 1) for stop in range(7))


def test_no_number_of_a_turn_leads_out_of_the_calls() -> None:
    for number in (0, 1, 2**31, 2**40, 2**62):
        kept = np.zeros((VEHICLES, 1), SAMPLE)
        keep_samples(runs_of([(v, 0, 0, [(9.0, 1.0)] * 5) for v in range(VEHICLES)]), VEHICLES, NOON, number, kept)
        assert np.all((kept["pattern_stop"] >= 0) & (kept["pattern_stop"] < 5))


@pytest.mark.parametrize("trip", [3, 4])
def test_a_call_is_settled_by_its_own_trip_only_and_once(trip: int) -> None:
    kept, counts = np.zeros((1, 2), SAMPLE), np.zeros((2, 10, BINS), np.float32)
    keep_samples(runs_of([(0, 3, 7, [(100.0, 10.0)])]), 1, NOON, 1, kept)
    arrival = events_of((0, trip, 7, NOON + 115.0, NOON + 130.0))
    assert [settle(arrival, kept, PAR, counts) for _ in range(2)] == [int(trip == 3), 0]
    assert counts.sum() == int(trip == 3)
    if trip == 3:
        assert counts[1, 1, bin_of(1.5)] == 1.0


def test_old_errors_fade_as_new_ones_of_their_range_come() -> None:
    kept, counts = np.zeros((1, 2), SAMPLE), np.zeros((2, 10, BINS), np.float32)
    counts[0, 1, 10], counts[0, 2, 10] = 100.0, 100.0
    for k in range(int(PAR.memory)):
        keep_samples(runs_of([(0, 0, 7, [(100.0, 10.0)])]), 1, NOON + k, k, kept)
        settle(events_of((0, 0, 7, NOON + k + 100.0, math.nan)), kept, PAR, counts)
    assert counts[0, 1, 10] == pytest.approx(100.0 * math.exp(-1.0), rel=0.01)
    assert counts[0, 2, 10] == 100.0
