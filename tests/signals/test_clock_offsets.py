"""Clocks that are slow, drift, jump and are set, seen through a network that delays: what is told of them, and stamps put right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.clock_offsets import ClockOffsets, ClockParameters
from signals.codes import Code
from signals.kernels.columns import EventColumns

START = 1_772_409_600_000
MINUTE = 60_000


def events(time: np.ndarray[tuple[int], np.dtype[np.int64]], code: int = Code.DETECTOR_ON) -> EventColumns:
    n = len(time)
    return EventColumns(time, np.zeros(n, np.int32), np.full(n, code, np.int32), np.zeros(n, np.int32))


def drive(
    offsets: ClockOffsets, error_ms: float, minutes: int, *, start: int = START, resolution: int = 1, drift_ppm: float = 0.0,
    delay_ms: float = 80.0, seed: int = 1,
) -> int:  # fmt: skip
    """A device whose clock is `error_ms` behind sends a batch of ten stamps every 5 s; returns when it ended."""
    rng = np.random.default_rng(seed)
    for k in range(minutes * 12):
        sent = start + k * 5000
        true = np.sort(sent - rng.integers(0, 5000, 10))
        error = error_ms + drift_ppm * 1e-6 * (true - START)
        stamps = (true - error).astype(np.int64) // resolution * resolution
        offsets.put_right(events(stamps), int(sent + rng.exponential(delay_ms)))
    return start + minutes * MINUTE


@given(st.integers(-10_000_000, 10_000_000), st.sampled_from([1, 100, 1000]), st.integers(0, 9))
@settings(max_examples=30)
def test_an_offset_is_found_to_the_least_delay_and_the_resolution(error: int, resolution: int, seed: int) -> None:
    offsets = ClockOffsets(1)
    now = drive(offsets, error, 12, resolution=resolution, seed=seed)
    report = offsets.report(0)
    assert error - 1 <= report.offset_ms <= error + resolution + 200
    stamps = np.array([now - error], np.int64)
    fixed = offsets.put_right(events(stamps), now + 50)
    assert abs(int(fixed.time[0]) - now) <= 2_000 + resolution  # the tolerance: a clock nearer than that is left as it is
    assert (report.jumps, report.seen) == (0, 1440)


def test_a_good_clock_is_left_exactly_as_it_is() -> None:
    offsets = ClockOffsets(1)
    now = drive(offsets, 300.0, 15, resolution=1000)
    assert offsets.report(0).applied_ms == 0
    stamps = np.arange(now, now + 5000, 100)
    np.testing.assert_array_equal(offsets.put_right(events(stamps), now + 6000).time, stamps)


def test_nothing_is_known_or_changed_until_enough_was_seen() -> None:
    offsets = ClockOffsets(2)
    drive(offsets, 3_600_000.0, 2)
    first = offsets.report(0)
    assert np.isnan(first.offset_ms)
    assert (first.applied_ms, first.seen) == (0, 240)
    drive(offsets, 3_600_000.0, 3, start=START + 2 * MINUTE)
    assert abs(offsets.report(0).applied_ms - 3_600_000) < 200
    np.testing.assert_equal(offsets.report(1)[:2], (np.nan, np.nan))


def test_drift_is_told_after_a_while() -> None:
    offsets = ClockOffsets(1)
    drive(offsets, 0.0, 20, drift_ppm=200.0)
    assert np.isnan(offsets.report(0).drift_ppm)
    drive(offsets, 0.0, 50, drift_ppm=200.0, start=START + 20 * MINUTE)
    assert offsets.report(0).drift_ppm == pytest.approx(200.0, abs=20.0)


@pytest.mark.parametrize("after", [-30_000.0, 45_000.0])
def test_a_jump_that_nobody_told_is_believed_when_three_minutes_agree(after: float) -> None:
    offsets = ClockOffsets(1)
    now = drive(offsets, 5_000.0, 15)
    now = drive(offsets, after, 2, start=now)
    assert abs(offsets.report(0).applied_ms - 5_000) < 200  # not yet
    drive(offsets, after, 3, start=now)
    report = offsets.report(0)
    assert abs(report.applied_ms - after) < 200
    assert report.jumps == 1


def test_a_clock_that_was_set_is_unknown_again_from_that_event_on() -> None:
    offsets = ClockOffsets(1)
    now = drive(offsets, 60_000.0, 15)
    before, setting, later = now - 60_000, now + 100, now + 200
    codes = np.array([Code.DETECTOR_ON, Code.CLOCK_UPDATED, Code.DETECTOR_ON], np.int32)
    batch = events(np.array([before, setting, later]))._replace(code=codes)
    fixed = offsets.put_right(batch, now + 300)
    assert abs(int(fixed.time[0]) - now) < 200
    assert fixed.time[1:].tolist() == [setting, later]
    report = offsets.report(0)
    assert np.isnan(report.offset_ms)
    assert (report.applied_ms, report.seen, report.jumps) == (0, 2, 1)


def test_a_backlog_and_wild_stamps_do_not_move_a_known_clock() -> None:
    offsets = ClockOffsets(1)
    now = drive(offsets, 10_000.0, 15)
    known = offsets.report(0).applied_ms
    offsets.put_right(events(np.array([now + 86_400_000])), now)  # a stamp from tomorrow
    backlog = np.arange(now - 20 * MINUTE, now, 1000) - 10_000
    offsets.put_right(events(backlog), now + 1000)
    drive(offsets, 10_000.0, 5, start=now + 5000)
    assert offsets.report(0).applied_ms == known
    assert offsets.report(0).jumps == 0


def test_logs_of_another_day_are_not_moved() -> None:
    offsets = ClockOffsets(1)
    drive(offsets, 2 * 86_400_000.0, 20)
    report = offsets.report(0)
    assert np.isnan(report.offset_ms)
    assert (report.applied_ms, report.seen) == (0, 0)


def test_times_of_receipt_are_neither_learned_from_nor_changed() -> None:
    offsets = ClockOffsets(1)
    now = drive(offsets, 60_000.0, 15)
    seen = offsets.report(0).seen
    batch = events(np.array([now, now - 60_000]))
    fixed = offsets.put_right(batch, now, np.array([False, True]))
    assert fixed.time[0] == now
    assert abs(int(fixed.time[1]) - now) < 200
    assert offsets.report(0).seen == seen + 1


def test_the_same_batches_give_the_same_clock() -> None:
    one, other = ClockOffsets(1), ClockOffsets(1, ClockParameters())
    drive(one, 7_000.0, 40, drift_ppm=50.0)
    drive(other, 7_000.0, 40, drift_ppm=50.0)
    assert one.report(0) == other.report(0)
    empty = events(np.zeros(0, np.int64))
    assert one.put_right(empty, START) is empty
