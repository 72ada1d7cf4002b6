"""Scores predictions while the day runs: samples wait until their buses have come, then become sums, and are let go.

A call (vehicle, trip, stop) is settled when no later arrival could be a better match for any of its samples: once it came,
or three hours after the sampling. So sums are those of the same rows scored at once afterwards, but for a trip that
serves a stop twice within ten minutes. Memory is bounded: arrivals are kept four and a half hours, and where more samples wait than
`most_rows`, only every second, fourth … vehicle is followed from then on (`stride`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from transit.accuracy_arrivals import find_foreseen
from transit.accuracy_ghosts import Promises, find_ghosts
from transit.accuracy_join import Flags, Joined, join
from transit.accuracy_rulers import RULES, AccuracyRules
from transit.accuracy_tables import (
    ArrivalTable,
    PredictionTable,
    local_hours,
    no_arrivals,
    no_predictions,
    service_dates,
    take_arrivals,
    take_predictions,
)
from transit.accuracy_tally import Tally, add_tallies, count_arrivals, count_predictions, empty_tally
from transit.kernels.columns import F64, I64

_MOST = 1 << 16
"""a stride beyond follows nobody"""


@dataclass(frozen=True)
class LiveRules:
    """How the running day is kept."""

    every: float = 60.0
    """s between samples: what both public rulers prescribe."""
    ahead: float = 2700.0
    """s ahead of which predictions are sampled: figures reach 30 min, and a bus may be 15 min early."""
    delay: float = 120.0
    """s after which a stop event has been told: four reports of the usual 30 s."""
    most_rows: int = 2_000_000
    """samples of one predictor that may wait, 52 bytes each: 1,000 buses need about 700,000."""
    patience: float = 10_800.0
    """s a sample waits for a bus that has not come: one that comes later is as good as none."""
    keep_arrivals: float = 16_200.0
    """s: as long as a sample waits, and 90 min back to the stops its trip made before."""


class LiveScores:
    """Of every predictor by name. Only `settle` is slow; it may run in a thread while others wait to add."""

    def __init__(self, timezone: str, rules: AccuracyRules = RULES, live: LiveRules | None = None) -> None:
        self.timezone, self.rules, self.live = timezone, rules, live or LiveRules()
        self.days: dict[int, dict[str, Tally]] = {}
        """by service date, as an ordinal, and predictor"""
        self.waiting: dict[str, PredictionTable] = {}
        self.arrivals = no_arrivals()
        self.counted: Flags = np.zeros(0, bool)
        self.stride = 1
        self.began = np.inf
        """epoch s of the first sample of this process: an arrival before could not be foreseen here"""
        self._first: dict[tuple[int, int], float] = {}

    def add(self, samples: Iterable[tuple[str, PredictionTable]], arrivals: Iterable[ArrivalTable]) -> None:
        """Take in what was predicted and observed since the last time."""
        by_name: dict[str, list[PredictionTable]] = {}
        for name, table in samples:
            self.began = min(self.began, float(table.sampled.min(initial=np.inf)))
            by_name.setdefault(name, [self.waiting.get(name, no_predictions())]).append(table)
        for name, parts in by_name.items():
            self.waiting[name] = PredictionTable(*(np.concatenate(column) for column in zip(*parts)))
        pieces = [self.arrivals, *arrivals]
        self.arrivals = ArrivalTable(*(np.concatenate(column) for column in zip(*pieces)))
        self.counted = np.append(self.counted, np.zeros(len(self.arrivals.arrival) - len(self.counted), bool))
        while max((len(table.arrival) for table in self.waiting.values()), default=0) > self.live.most_rows and self.stride < _MOST:
            self.stride *= 2
            self._thin()
        if self.stride > 1:
            self._thin()

    def settle(self, now: float) -> None:
        """Turn into sums whatever is decided at `now`, epoch s, and forget it."""
        until = now - self.live.delay
        due = ~self.counted & (self.arrivals.arrival <= until)
        first = self._first_of(due)
        for name in list(self.waiting):
            table = self.waiting[name]
            joined = join(table, self.arrivals, self.rules)
            foreseen = find_foreseen(table, joined, self.arrivals, first, self.rules)[due]
            self._count_arrivals(name, take_arrivals(self.arrivals, due), foreseen)
            promises = find_ghosts(table, self.arrivals, joined, self.rules)
            ready = self._ready(table, joined, promises, until)
            self._count(name, table, joined, promises, ready)
            self.waiting[name] = take_predictions(table, ~ready)
        self.counted |= due
        self._forget(self.arrivals.arrival >= now - self.live.keep_arrivals)

    def _ready(self, table: PredictionTable, joined: Joined, promises: Promises, until: float) -> Flags:
        """[n] whether nothing that may still happen could change the pairing of the call."""
        settled = table.sampled + np.where(joined.covered, self.rules.longest, self.live.patience)
        certain = (joined.row >= 0) & (joined.same | (table.trip < 0))
        away = np.abs(joined.actual - table.arrival)
        settled[certain] = (table.arrival + away)[certain]
        passed = joined.same & (joined.passed >= 0)
        settled[passed] = table.sampled[passed]
        last = np.full(len(promises.judged), -np.inf)
        np.maximum.at(last, promises.call, settled)
        ready: Flags = last[promises.call] <= until
        return ready

    def _count(self, name: str, table: PredictionTable, joined: Joined, promises: Promises, ready: Flags) -> None:
        dates = service_dates(table.sampled, self.timezone)
        for date in np.unique(dates[ready]).tolist():
            rows = np.flatnonzero(ready & (dates == date))
            calls, of_row = np.unique(promises.call[rows], return_inverse=True)
            part = take_predictions(table, rows)
            columns: list[Any] = [column[rows] for column in joined]
            tally = count_predictions(
                part, self.arrivals.arrival, Joined(*columns),
                Promises(of_row.astype(np.int64), promises.judged[calls], promises.ghost[calls]),
                local_hours(part.sampled, self.timezone),
                self.rules,
            )  # fmt: skip
            self._add(date, name, tally)

    def _count_arrivals(self, name: str, arrivals: ArrivalTable, foreseen: F64) -> None:
        dates = service_dates(arrivals.arrival, self.timezone)
        for date in np.unique(dates).tolist():
            rows = dates == date
            part = take_arrivals(arrivals, rows)
            self._add(date, name, count_arrivals(part, foreseen[rows], local_hours(part.arrival, self.timezone)))

    def _add(self, date: int, name: str, tally: Tally) -> None:
        day = self.days.get(date, {})
        self.days = {**self.days, date: {**day, name: add_tallies(day.get(name, empty_tally()), tally)}}

    def _first_of(self, due: Flags) -> F64:
        """[m] when the vehicle of each arrival first arrived anywhere on its service day, or scoring began; its own where unknown."""
        first = self.arrivals.arrival.copy()
        rows = np.flatnonzero(due & (self.arrivals.vehicle >= 0))
        dates: I64 = service_dates(self.arrivals.arrival[rows], self.timezone)
        if len(dates):
            self._first = {key: time for key, time in self._first.items() if key[0] >= int(dates.min())}
        keys = list(zip(dates.tolist(), self.arrivals.vehicle[rows].tolist()))
        for key, time in zip(keys, self.arrivals.arrival[rows].tolist()):
            self._first[key] = min(time, self._first.get(key, time))
        first[rows] = [self._first[key] for key in keys]
        return np.maximum(first, self.began)

    def _thin(self) -> None:
        for name, table in self.waiting.items():
            self.waiting[name] = take_predictions(table, table.vehicle % self.stride == 0)
        self._forget(self.arrivals.vehicle % self.stride == 0)

    def _forget(self, kept: Flags) -> None:
        self.arrivals, self.counted = take_arrivals(self.arrivals, kept), self.counted[kept]
