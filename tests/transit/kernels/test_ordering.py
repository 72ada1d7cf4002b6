from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from transit.kernels.columns import ArrivalColumns
from transit.kernels.ordering import FEW, order_calls, write_calls
from transit.kernels.prediction_columns import OrderScratch, Runs

NOW = 1_772_402_400.0


def ordered(
    lengths: list[int], first: list[int], arrival: np.ndarray, stop: np.ndarray, stops: int
) -> tuple[ArrivalColumns, np.ndarray]:
    count, rows = len(lengths), sum(lengths)
    index = np.arange(count, dtype=np.int32)
    runs = Runs(
        index + 10, index + 20, np.array(first, np.int32), np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
        index + 30.0, np.zeros(count, np.uint8), *(arrival.astype(np.float32) + k for k in (0, 1)),
        np.full(rows, 2.0, np.float32), *(np.empty(rows, np.float32) for _ in range(2)),
    )
    scratch = OrderScratch(
        np.empty(stops, np.int32), np.empty(rows, np.int32), runs.arrival.view(np.uint32), np.empty(rows, np.uint64)
    )
    start = np.empty(stops + 1, np.int32)
    out = ArrivalColumns(*(np.empty(rows, dtype) for dtype in ("i4", "i4", "i4", "f8", "f8", "f8", "u1", "f8", "f8")))
    order_calls(runs, count, stop, scratch, start)
    low, middle, high = (np.full((2, 121), value, np.float32) for value in (-1.5, -0.5, 1.0))
    write_calls(runs, NOW, scratch, low, middle, high, out)
    return out, start


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_calls_are_ordered_by_stop_then_arrival_then_vehicle(data: st.DataObject) -> None:
    pattern_stops, stops = 8, 3
    stop = np.array(data.draw(st.lists(st.integers(0, stops - 1), min_size=pattern_stops, max_size=pattern_stops)), np.int32)
    lengths = data.draw(st.lists(st.integers(1, 8), min_size=0, max_size=40))
    first = [data.draw(st.integers(0, pattern_stops - length)) for length in lengths]
    times = st.sampled_from([0.0, 0.5, 1.0, 17.0, 900.25, 3600.0])
    arrival = np.array(data.draw(st.lists(times, min_size=sum(lengths), max_size=sum(lengths))))
    out, start = ordered(lengths, first, arrival, stop, stops)
    rows, row = [], 0
    for i, (length, at) in enumerate(zip(lengths, first)):
        for k in range(length):
            rows.append((stop[at + k], float(arrival[row]), row, i + 10, i + 20, at + k, i + 30.0))
            row += 1
    rows.sort()
    assert out.vehicle.tolist() == [r[3] for r in rows]
    assert out.trip.tolist() == [r[4] for r in rows]
    assert out.pattern_stop.tolist() == [r[5] for r in rows]
    assert out.service_day.tolist() == [r[6] for r in rows]
    assert out.arrival.tolist() == [NOW + r[1] for r in rows]
    assert out.departure.tolist() == [NOW + r[1] + 1 for r in rows]
    assert out.p10.tolist() == [NOW + max(r[1] - 2, 0.0) for r in rows]
    assert out.p90.tolist() == [NOW + r[1] + 3 for r in rows]
    assert start.tolist() == np.searchsorted([r[0] for r in rows], np.arange(stops + 1)).tolist()


def test_a_stop_with_very_many_calls_is_ordered_too() -> None:
    count = 3 * FEW
    arrival = np.random.default_rng(1).permutation(count).astype(float)
    out, _ = ordered([1] * count, [0] * count, arrival, np.zeros(1, np.int32), 1)
    assert out.arrival.tolist() == [NOW + k for k in range(count)]
