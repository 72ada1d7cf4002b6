"""The measures of signals over a stream of events: sums of integers by (device, phase, bin), the same bytes however it is cut.

`feed` takes events in any batches; what lies at or after the watermark waits, because more of that time may come. A bin of a device
is closed by the first event after its end, or when the device has been silent for longer than it may be: only then is known
whether its last seconds were observed. `take` hands closed rows out and forgets them, so memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from signals.events import in_order, join_batches, no_events
from signals.inventory import Inventory
from signals.kernels import measures as states_kernel
from signals.kernels import measures_detectors as detectors_kernel
from signals.kernels import measures_requests as requests_kernel
from signals.kernels.columns import EventColumns
from signals.kernels.measures_columns import NEED_ROOM, NEED_SLOT, Rows, Silence, Work
from signals.kernels.measures_intake import AHEAD, KEPT, LATE, NO_DEVICE, USED, survey
from signals.measures_parameters import DAY, SILENCES, MeasureParameters, silence_columns
from signals.measures_state import add_phase, add_request, request_state, signal_state, watch_state
from signals.measures_tables import DTYPES, MeasureTables, join_tables, no_tables

ROOM = 1024
"""rows of an output buffer; it grows when one device has more phases or channels"""
REFUSED = {LATE: "late", AHEAD: "ahead", NO_DEVICE: "unknown_device"}
"""why events were not used: before a watermark already passed, a day or more after it, of no device of the inventory"""


class Measures:
    """Measures of every device of an inventory. Not thread-safe; kernels release the GIL."""

    def __init__(
        self, inventory: Inventory, parameters: MeasureParameters | None = None, silences: tuple[tuple[int, int], ...] = SILENCES
    ) -> None:
        """Raises ValueError when the bin is no divisor of a day."""
        self.parameters = q = parameters or MeasureParameters()
        if q.bin <= 0 or DAY % q.bin:
            raise ValueError(f"a bin of {q.bin} ms does not divide a day")
        start, most = silence_columns(silences)
        self._silence = Silence(start, most, int(most.min()))
        self._signals, self._requests, self._watch = signal_state(inventory, q), request_state(inventory), watch_state(inventory)
        self._last = np.zeros(len(inventory.device_ids), np.int64), np.zeros(len(inventory.device_ids), np.int32)
        self._waiting, self._watermark = no_events(), -(2**61)
        self._buffers = [np.zeros(ROOM, dtype) for dtype in DTYPES]
        self._used = [np.zeros(2, np.int64) for _ in range(3)]
        self._stop = np.zeros(3, np.int64)
        self._closed: list[list[Rows]] = [[] for _ in DTYPES]
        self.refused = dict.fromkeys(REFUSED.values(), 0)
        """events not used, by reason"""

    @property
    def waiting(self) -> int:
        """Events at or after the watermark."""
        return len(self._waiting.time)

    def feed(self, events: EventColumns, until: int) -> None:
        """Take in events, in any order; measure those before `until` (epoch ms): all of that time that will ever come is there."""
        if until > self._watermark:
            events, since, self._watermark = join_batches([self._waiting, events]), self._watermark, until
            self._waiting = no_events()
        else:
            since, until = self._watermark, self._watermark
        ready = self._ready(events, since, until)
        self._run(ready)
        self._close(until, final=False)

    def finish(self) -> None:
        """Close every bin that is open, as if every device fell silent after its last event; what waits is measured before."""
        if self.waiting:
            self.feed(no_events(), int(self._waiting.time.max()) + 1)
        q = self.parameters
        self._watermark = max(self._watermark, -(2**61) + DAY) + 2 * q.bin + q.longest_shift + DAY
        self._close(self._watermark, final=True)

    def take(self, before: int | None = None) -> MeasureTables:
        """Rows of closed bins that end by `before` (epoch ms; None: all), each handed out once."""
        for k in range(len(DTYPES)):
            self._flush(k)
        parts = (np.concatenate(rows) if rows else none for rows, none in zip(self._closed, no_tables()))
        tables = join_tables([MeasureTables._make(parts)], self.parameters.bin)
        self._closed = [[] for _ in DTYPES]
        if before is None:
            return tables
        taken = []
        for k, rows in enumerate(tables):
            ended = rows["bin"] + self.parameters.bin <= before
            taken.append(rows[ended])
            self._closed[k] = [rows[~ended]]
        return MeasureTables._make(taken)

    def _ready(self, events: EventColumns, since: int, until: int) -> EventColumns:
        """Events to measure now, in order; the others wait or are counted."""
        fate, counts = np.zeros(len(events.time), np.uint8), np.zeros(5, np.int64)
        ordered = survey(events, since, until, until + self.parameters.most_ahead, *self._last, fate, counts)
        for why, name in REFUSED.items():
            self.refused[name] += int(counts[why])
        if counts[KEPT]:
            kept = EventColumns._make(column[fate == KEPT] for column in events)
            self._waiting = join_batches([self._waiting, kept]) if self.waiting else kept
        if counts[USED] < len(fate):
            events = EventColumns._make(column[fate == USED] for column in events)
        return events if ordered else in_order(events)

    def _run(self, events: EventColumns) -> None:
        """Each kernel over the whole batch; one that lacks a place or room stops, gets it and goes on."""
        q, silence, (states, groups, requests, channels, devices) = self.parameters, self._silence, range(5)
        work = [Work(used, self._stop) for used in self._used]
        at = 0
        while at < len(events.time):
            at = states_kernel.observe(
                events, at, self._signals, silence, q, self._buffers[states], self._buffers[groups], work[0]
            )  # fmt: skip
            if self._stop[0] == NEED_SLOT:
                self._signals = add_phase(self._signals, int(self._stop[1]), int(self._stop[2]))
            self._make_room(states, groups)
        at = 0
        while at < len(events.time):
            at = requests_kernel.observe_requests(events, at, self._requests, silence, q, self._buffers[requests], work[1])
            if self._stop[0] == NEED_SLOT:
                self._requests = add_request(self._requests, int(self._stop[1]), int(self._stop[2]))
            self._make_room(requests)
        at = 0
        while at < len(events.time):
            at = detectors_kernel.observe_detectors(
                events, at, self._watch, silence, q, self._buffers[channels], self._buffers[devices], work[2]
            )  # fmt: skip
            self._make_room(channels, devices)

    def _close(self, until: int, final: bool) -> None:
        """Close the bins of silent devices, or all."""
        work = [Work(used, self._stop) for used in self._used]
        begin, silence, q, b = (until, final), self._silence, self.parameters, self._buffers
        closers: list[tuple[tuple[int, ...], Callable[[int], int]]] = [
            ((0, 1), lambda d: states_kernel.close(*begin, d, self._signals, silence, q, b[0], b[1], work[0])),
            ((2,), lambda d: requests_kernel.close_requests(*begin, d, self._requests, silence, q, b[2], work[1])),
            ((3, 4), lambda d: detectors_kernel.close_detectors(*begin, d, self._watch, silence, q, b[3], b[4], work[2])),
        ]
        for tables, close in closers:
            d = 0
            while d < len(self._last[0]):
                d = close(d)
                self._make_room(*tables)

    def _make_room(self, *tables: int) -> None:
        """Empties output buffers that a kernel found full; one that was empty already is too small."""
        if self._stop[0] != NEED_ROOM:
            return
        small = all(self._rows_in(k) == 0 for k in tables)
        for k in tables:
            self._flush(k)
            if small:
                self._buffers[k] = np.zeros(2 * len(self._buffers[k]), DTYPES[k])

    def _rows_in(self, table: int) -> int:
        kernel, which = ((0, 0), (0, 1), (1, 0), (2, 0), (2, 1))[table]
        return int(self._used[kernel][which])

    def _flush(self, table: int) -> None:
        kernel, which = ((0, 0), (0, 1), (1, 0), (2, 0), (2, 1))[table]
        count = int(self._used[kernel][which])
        if count:
            self._closed[table].append(self._buffers[table][:count].copy())
            self._used[kernel][which] = 0
