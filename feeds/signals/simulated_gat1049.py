"""What a simulated intersection tells a centre by GA/T 1049.2 alone: stages with their lengths, cycles, lane counts; no detections.

Stamps and lengths are whole seconds, as the standard has them. Lanes are counted at the stop line, so a count tells who was served,
not who came: with a queue it grows with the green.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from signals.codes import Code, Ours
from signals.kernels.columns import I32, CountColumns, EventColumns

SECOND = 1_000


def no_counts() -> CountColumns:
    """None at all."""
    return join_counts([])


def join_counts(parts: Sequence[CountColumns]) -> CountColumns:
    """One batch of several, in the order given."""
    kinds = (np.int64, np.int64, np.int32, np.float64, np.float64, np.float64, np.float64)
    return CountColumns(*(np.concatenate([np.zeros(0, kind), *columns]) for kind, columns in zip(kinds, list(zip(*parts)) or [()] * 7)))


class StageReports:
    """CrossStage and CrossCycle of one controller; remembers where its last stage and cycle began."""

    def __init__(self) -> None:
        self._stage = self._cycle = -1

    def read(self, events: EventColumns) -> EventColumns:
        """The hi-res events of a controller, in order, as it would have told them: greens as stages, plans as they are."""
        rows: list[tuple[int, int, int]] = []
        told = np.isin(events.code, (Code.BEGIN_GREEN, Code.PATTERN_CHANGE))
        times, codes, values = (events.time // SECOND * SECOND)[told], events.code[told], events.parameter[told]
        for at, code, value in zip(times.tolist(), codes.tolist(), values.tolist()):
            if code == Code.PATTERN_CHANGE:
                rows.append((at, code, value))
                continue
            if value == 1:
                if self._cycle >= 0:
                    rows.append((at, Ours.CYCLE_ENDED, (at - self._cycle) // SECOND))
                self._cycle = at
            if self._stage >= 0:
                rows.append((at, Ours.STAGE_ENDED, (at - self._stage) // SECOND))
            rows.append((at, Ours.STAGE_STARTED, value))
            self._stage = at
        time, code, parameter = np.array(rows, np.int64).reshape(-1, 3).T
        device = np.full(len(rows), events.device[0] if len(events.device) else 0, np.int32)
        return EventColumns(time.copy(), device, code.astype(np.int32), parameter.astype(np.int32))


class LaneCounts:
    """CrossTrafficData of one controller: vehicles over the stop line of each lane, by whole intervals of the clock.

    `approach` [L]: row of each lane's approach, -1 a lane not counted. `interval` in ms; `spells` without any message, epoch ms.
    """

    def __init__(self, start: int, interval: int, approach: I32, spells: Sequence[tuple[int, int]] = ()) -> None:
        self._interval, self._approach, self._spells = interval, approach, spells
        self._next = -(-start // interval) * interval
        self._time, self._lane = np.zeros(0, np.int64), np.zeros(0, np.int64)

    def read(self, events: EventColumns, until: int) -> CountColumns:
        """Counts of the intervals that ended by `until` (epoch ms) and were not told yet; events of a controller up to then."""
        crossed = (events.code == Code.DETECTOR_OFF) & (events.parameter % 2 == 0)
        self._time = np.concatenate([self._time, events.time[crossed]])
        self._lane = np.concatenate([self._lane, events.parameter[crossed].astype(np.int64) // 2 - 1])
        edges = np.arange(self._next, until // self._interval * self._interval + 1, self._interval)
        if len(edges) < 2:
            return no_counts()
        lanes = len(self._approach)
        place = (self._time - edges[0]) // self._interval
        inside = (place >= 0) & (place < len(edges) - 1)
        volume = np.bincount(place[inside] * lanes + self._lane[inside], minlength=(len(edges) - 1) * lanes).astype(np.float64)
        later = self._time >= edges[-1]
        self._next, self._time, self._lane = int(edges[-1]), self._time[later], self._lane[later]
        start, approach = np.repeat(edges[:-1], lanes), np.tile(self._approach, len(edges) - 1)
        kept: np.ndarray[tuple[int], np.dtype[np.bool_]] = approach >= 0
        for first, last in self._spells:
            kept &= (start + self._interval <= first) | (start >= last)
        unknown = np.full(int(kept.sum()), np.nan)
        return CountColumns(start[kept], start[kept] + self._interval, approach[kept], volume[kept], unknown, unknown, unknown)


def approaches_of_lanes(detector_device: I32, detector_approach: I32, device: int, dead: int) -> I32:
    """[L] each lane's approach, -1 for the first `dead` ones: those of a controller's detectors, one a lane."""
    found: I32 = detector_approach[detector_device == device].copy()
    found[:dead] = -1
    return found


def spells_of(start: int, hours: Sequence[tuple[float, float]]) -> list[tuple[int, int]]:
    """Spells told in hours since `start`, as epoch ms."""
    return [(start + int(3_600_000 * a) // SECOND * SECOND, start + int(3_600_000 * b) // SECOND * SECOND) for a, b in hours]

