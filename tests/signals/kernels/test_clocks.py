"""The clock kernels against the slow twin, over batches with silences, jumps, settings and wild stamps."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from signals.clock_offsets import ClockOffsets, ClockParameters
from signals.codes import Code
from signals.kernels import clocks
from signals.kernels.columns import EventColumns
from tests.support.naive_clocks import NaiveClock

SMALL = ClockParameters(bucket=1000, buckets=6, window=4, least=3, confirming=2, tolerance=50, most=50_000, drift_span=3000)
START = 1_772_409_600_000
EVENT = st.tuples(st.integers(0, 2), st.sampled_from([0, 10, 60, 400, -300, 100_000]), st.sampled_from([82, 82, 82, 181]))
BATCHES = st.lists(st.tuples(st.sampled_from([0, 200, 900, 1500, 9000]), st.lists(EVENT, max_size=6)), max_size=40)


def columns(rows: list[tuple[int, int, int]]) -> EventColumns:
    """(time, device, code) rows."""
    time, device, code = np.array(rows, np.int64).reshape(-1, 3).T
    return EventColumns(time.copy(), device.astype("i4"), code.astype("i4"), np.zeros(len(time), "i4"))


@given(BATCHES)
def test_offsets_are_those_of_the_slow_twin(batches: list[tuple[int, list[tuple[int, int, int]]]]) -> None:
    offsets, twins, now = ClockOffsets(3, SMALL), [NaiveClock(SMALL) for _ in range(3)], START
    for silence, events in batches:
        now += silence
        rows = [(now - gap, device, code) for device, gap, code in events]
        got = offsets.put_right(columns(rows), now)
        wanted = [time for time, _, _ in rows]
        segments = [sum(d == rows[k][1] and c == Code.CLOCK_UPDATED for _, d, c in rows[: k + 1]) for k in range(len(rows))]
        for number in range(max(segments, default=-1) + 1):
            here = [k for k in range(len(rows)) if segments[k] == number]
            for device in range(3):
                own = [k for k in here if rows[k][1] == device]
                if number > 0 and any(segments[k] >= number and rows[k][1] == device for k in range(len(rows))):
                    twins[device].set()
                if own:
                    twins[device].observe([rows[k][0] for k in own], now)
                    for k in own:
                        wanted[k] += twins[device].applied
        assert got.time.tolist() == wanted
    for device, twin in enumerate(twins):
        report = offsets.report(device)
        np.testing.assert_equal((report.offset_ms, report.applied_ms, report.seen), (twin.offset, twin.applied, twin.seen))
        assert report.jumps == twin.jumps


def test_the_least_of_a_minute_is_kept_and_minutes_take_turns() -> None:
    least, held, seen = np.zeros((1, 2), np.int64), np.full((1, 2), -1, np.int64), np.zeros(1, np.int64)
    device, time = np.zeros(3, np.int32), np.array([900, 950, 10], np.int64)
    clocks.learn(device, time, np.array([0, 1], np.int64), 1000, 4, 9000, least, held, seen)
    clocks.learn(device, time, np.array([2], np.int64), 2000, 5, 9000, least, held, seen)
    clocks.learn(device, time, np.array([0], np.int64), 20_000, 5, 9000, least, held, seen)  # too far from its receipt
    assert (least.tolist(), held.tolist(), seen.tolist()) == ([[50, 1990]], [[4, 5]], [3])
    clocks.learn(device, time, np.array([2], np.int64), 3000, 6, 9000, least, held, seen)
    assert (least.tolist(), held.tolist()) == ([[2990, 1990]], [[6, 5]])
