"""Signal measures: events a second beside atspm on 100 signals, and bin by bin whether both say the same.

The events are atspm's own real signal, 100 times (3.7 million), the simulated junctions of signals_truth where they are at hand, and
generated ones. atspm uses every core (DuckDB), ours one.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from bench.rows import Row
from bench.signal_baseline import compare, run_atspm
from bench.signal_samples import Sample, bundled, generated, simulated
from signals.kernels.columns import EventColumns
from signals.kernels.measures import observe
from signals.kernels.measures_columns import Work
from signals.kernels.measures_detectors import observe_detectors
from signals.kernels.measures_requests import observe_requests
from signals.measures import Measures
from signals.measures_tables import MeasureTables

WANTED = 20e6
"""events/s and core in the kernels"""
CHUNK = 900_000
"""ms that are fed at a time, as a server would at most"""


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in events/s, and counts of bins."""
    if importlib.util.find_spec("atspm") is None:
        yield "atspm is not installed (extra `bench`): the comparison with it is left out"
        yield from _kernels(generated(2, 1.0) if smoke else generated(20, 2.0), 1 if smoke else 3)
        return
    samples = [bundled(), generated(2, 1.0) if smoke else generated(20, 2.0)]
    truth = None if smoke else simulated()
    if truth is not None:
        samples.append(truth)
    elif not smoke:
        yield "signals_truth is not at hand; set BAIMAI_SHARED to its folder's parent"
    _measure(samples[0])
    for sample in samples:
        yield from _agreement(sample)
    yield from _speed(bundled(3 if smoke else 100), 1 if smoke else 3)


def _measure(sample: Sample) -> MeasureTables:
    measures, events = Measures(sample.inventory), sample.events
    for start in range(int(events.time[0]), int(events.time[-1]) + 1, CHUNK):
        first, last = np.searchsorted(events.time, (start, start + CHUNK))
        measures.feed(EventColumns._make(column[first:last] for column in events), start + CHUNK)
    measures.finish()
    return measures.take()


def _agreement(sample: Sample) -> Iterator[Row | str]:
    """Bins that agree to 1e-6, of all that none of the four defects touches."""
    results = compare(sample, _measure(sample), run_atspm(sample, by_cycle=True))
    equal, different = sum(one.equal for one in results), sum(len(one.different) for one in results)
    yield Row(f"{sample.name}: bins and measures equal to 1e-6", equal, equal + different, "compared with atspm", "bins", True)
    for one in results:
        left_out = ", ".join(f"{count:,} {reason}" for reason, count in sorted(one.excluded.items()))
        differ = f", {len(one.different):,} DIFFERENT" if one.different else ""
        if one.equal or one.different or left_out:
            yield f"{sample.name}, {one.measure}: {one.equal:,} bins equal{differ}" + (f"; left out: {left_out}" if left_out else "")


def _speed(sample: Sample, times: int) -> Iterator[Row | str]:
    count = len(sample.events.time)
    theirs = min(run_atspm(sample).seconds for _ in range(min(times, 2)))
    ours = []
    for _ in range(times):
        begun = time.perf_counter()
        _measure(sample)
        ours.append(time.perf_counter() - begun)
    name = f"measures of {len(sample.inventory.device_ids)} signals"
    yield Row(name, count / min(ours), count / theirs, "atspm, the same measures", "events/s", True)
    yield from _kernels(sample, times)


def _kernels(sample: Sample, times: int) -> Iterator[Row | str]:
    count = len(sample.events.time)
    whole = min((_kernel_seconds(sample) for _ in range(times)), key=sum)
    yield Row("the kernels alone", count / sum(whole), WANTED, "wanted, one core", "events/s", True)
    parts = zip(("states and arrivals", "requests", "detectors"), whole)
    yield ", ".join(f"{name} {1e9 * spent / count:.0f} ns" for name, spent in parts) + f" an event; {count:,} events"


def _kernel_seconds(sample: Sample) -> list[float]:
    """CPU seconds of each kernel over all events after the first minutes, in which places are made for phases."""
    measures, events = Measures(sample.inventory), sample.events
    first = int(np.searchsorted(events.time, events.time[0] + CHUNK // 3))
    measures.feed(EventColumns._make(column[:first] for column in events), int(events.time[first]))
    rest = EventColumns._make(column[first:] for column in events)
    q, silence, buffers = measures.parameters, measures._silence, [np.zeros(200_000, b.dtype) for b in measures._buffers]
    work = [Work(np.zeros(2, np.int64), np.zeros(3, np.int64)) for _ in range(3)]
    marks, at = [time.thread_time()], 0
    while at < len(rest.time):
        at = observe(rest, at, measures._signals, silence, q, buffers[0], buffers[1], work[0])
        assert work[0].stop[0] == 0, "a phase that was silent in the first minutes"
    marks.append(time.thread_time())
    assert observe_requests(rest, 0, measures._requests, silence, q, buffers[2], work[1]) == len(rest.time)
    marks.append(time.thread_time())
    assert observe_detectors(rest, 0, measures._watch, silence, q, buffers[3], buffers[4], work[2]) == len(rest.time)
    marks.append(time.thread_time())
    return [(b - a) * len(events.time) / len(rest.time) for a, b in pairwise(marks)]
