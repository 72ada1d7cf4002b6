"""What real-time control brings at each intersection: its own days with it beside its comparable days without.

Kept bins of every closed day are folded to sums by intersection and hour once; a day counts as one with when the mode in force was real
time for nearly all of its known hours from six to twenty-two, as one without when it was fixed or out of control. Delay is the lower
bound of the measures. Compared once a night; a turn folds one day or compares a few intersections.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import structlog

from server.signals.shown import SignalsShown
from server.signals.snapshot import SignalSnapshot
from signals.codes import DECLARED_REAL_TIME
from signals.comparison import COMPARISON, DELAY, SPLIT_FAILURES, Comparison, compare, effective
from signals.comparison_days import Days, days_of_bins
from signals.day_types import day_types
from signals.inventory import Inventory
from signals.kernels.columns import F64
from signals.ladder import NO_REAL_TIME
from signals.measures_tables import MeasureTables
from signals.state_history import StateView
from signals.worth_text import comparison_text
from transit.service_day import local_date, service_day_start

Json = dict[str, Any]
HOURS = 24
_HOUR, _DAY = 3_600_000, 86_400_000
MEASURES = (DELAY, SPLIT_FAILURES)


class EffectParameters(NamedTuple):
    """How days are chosen."""

    days: int = 56
    """closed days looked back: four weeks with and four without, or two months of days drawn by lot (FHWA-HOP-13-031)"""
    first_hour: int = 6
    last_hour: int = 22
    """of the local day, in between which the mode counts: at night most controllers run fixed or free"""
    share: float = 0.9
    """of the hours in which the mode is known that it must be of one kind; a day of both kinds is left out"""
    known: float = 0.5
    """of these hours in which the mode must be known at all"""
    a_turn: int = 8
    """intersections compared in one turn: a few hundredths of a second"""


class Told(NamedTuple):
    """What days say of one intersection."""

    effective: bool | None
    comparisons: tuple[Comparison, ...]
    days_with: int
    days_without: int
    days_left_out: int
    """the mode was of both kinds, or not known"""


class EffectBook:
    """Of one inventory; `read` gives kept bins of a stretch (epoch ms), of which lane groups are looked at.

    Used from one thread at a time; `told` is replaced, never changed.
    """

    def __init__(
        self, inventory: Inventory, timezone: str, read: Callable[[int, int], MeasureTables], parameters: EffectParameters | None = None
    ) -> None:
        self._inventory, self._timezone, self._read = inventory, timezone, read
        self._parameters = parameters or EffectParameters()
        self._sums: dict[datetime.date, F64] = {}
        self._compared: datetime.date | None = None
        self._row = 0
        self.told: dict[int, Told] = {}

    def effect(self) -> Mapping[int, bool | None]:
        """For the rung `effective`, by row."""
        return {row: one.effective for row, one in self.told.items()}

    def turn(self, snapshot: SignalSnapshot) -> bool:
        """Fold one day or compare a few intersections. → whether there is more to do."""
        today = local_date(snapshot.now / 1000, self._timezone)
        if self._compared == today:
            return False
        days = [today - datetime.timedelta(n) for n in range(self._parameters.days, 0, -1)]
        missing = next((day for day in reversed(days) if day not in self._sums), None)
        if missing is not None:
            self._sums[missing] = self._fold(missing)
            return True
        self._sums = {day: self._sums[day] for day in days}
        count = len(self._inventory.intersection_ids)
        upto = min(self._row + self._parameters.a_turn, count)
        self.told = self.told | {row: self.compare(row, days, snapshot.states) for row in range(self._row, upto)}
        self._row = upto
        if upto < count:
            return True
        self._compared, self._row = today, 0
        return False

    def compare(self, row: int, days: Sequence[datetime.date], states: StateView) -> Told:
        """One intersection over these days, which follow each other."""
        on = np.array([self._kind(row, day, states) for day in days], np.int8)
        with_, without = int((on == 1).sum()), int((on == 0).sum())
        start, sums = np.arange(len(days) * HOURS, dtype=np.int64) * _HOUR, np.concatenate([self._sums[day][row] for day in days])
        kinds = day_types(days[0], len(days))
        columns: list[tuple[Any, Days]] = [
            (measure, days_of_bins(start, sums[:, 2 * k], sums[:, 2 * k + 1], 0, on, kinds)) for k, measure in enumerate(MEASURES)
        ]
        found = compare(columns, np.random.default_rng(1))
        if min(with_, without) < COMPARISON.least_days:
            found = [one._replace(reason="few_days", days_with=with_, days_without=without) for one in found]
        return Told(effective(found), tuple(found), with_, without, int((on < 0).sum()))

    def view(self, row: int) -> Json:
        """JSON-ready; what was not compared yet is unknown for want of days."""
        one = self.told.get(row) or Told(None, tuple(_nothing()), 0, 0, 0)
        return {
            "effective": one.effective, "least_days": COMPARISON.least_days, "days_with": one.days_with,
            "days_without": one.days_without, "days_left_out": one.days_left_out,
            "compared_on": None if self._compared is None else self._compared.isoformat(),
            "comparisons": [_comparison(each) for each in one.comparisons],
        }  # fmt: skip

    def _fold(self, day: datetime.date) -> F64:
        """[J, 24, 4] delay (veh·s), vehicles, split failures, cycles judged."""
        begin = int(service_day_start(day, self._timezone) * 1000)
        groups = self._read(begin, begin + _DAY).groups
        row = self._rows(groups["approach"].astype(np.int64), groups["device"].astype(np.int64))
        hour = (groups["bin"] - begin) // _HOUR
        sums = np.zeros((len(self._inventory.intersection_ids), HOURS, 4))
        kept = (row >= 0) & (hour >= 0) & (hour < HOURS)
        for k, (name, scale) in enumerate((("delay_ms", 0.001), ("delay_n", 1.0), ("failures", 1.0), ("judged", 1.0))):
            np.add.at(sums[..., k], (row[kept], hour[kept]), scale * groups[name][kept])
        return sums

    def _rows(self, approach: Any, device: Any) -> Any:
        """The intersection of each row: that of its approach, else the only one of its controller; -1 unknown."""
        inventory = self._inventory
        devices = len(inventory.device_ids)
        held = np.bincount(inventory.device[inventory.device >= 0], minlength=devices)
        only = np.full(devices + 1, -1, np.int64)
        single = np.flatnonzero(inventory.device >= 0)
        single = single[held[inventory.device[single]] == 1]
        only[inventory.device[single]] = single
        of_approach = np.append(inventory.approach_intersection.astype(np.int64), -1)[approach]
        return np.where(of_approach >= 0, of_approach, only[device])

    def _kind(self, row: int, day: datetime.date, states: StateView) -> int:
        """1 with real-time control, 0 without, -1 neither or unknown."""
        q = self._parameters
        begin = int(service_day_start(day, self._timezone) * 1000)
        start, end = begin + q.first_hour * _HOUR, begin + q.last_hour * _HOUR
        spent = time_in_modes(self._inventory.intersection_ids[row], start, end, states)
        on = sum(ms for mode, ms in spent.items() if mode in DECLARED_REAL_TIME)
        off = sum(ms for mode, ms in spent.items() if mode in NO_REAL_TIME)
        known = sum(ms for mode, ms in spent.items() if mode >= 0)
        if known < q.known * (end - start):
            return -1
        return 1 if on >= q.share * known else 0 if off >= q.share * known else -1


def time_in_modes(intersection_id: str, start: int, end: int, states: StateView) -> dict[int, int]:
    """ms of start <= t < end (epoch ms) that an intersection's states spent in each control mode; where none is known, in none."""
    row, columns = int(states.rows_of([intersection_id])[0]), states.columns
    if row < 0:
        return {}
    first, last = int(columns.first[row]), int(columns.first[row + 1])
    times = [*columns.time[first:last].tolist(), int(columns.known_until[row])]
    spent: dict[int, int] = {}
    for k, mode in enumerate(columns.mode[first:last].tolist()):
        length = min(times[k + 1], end) - max(times[k], start)
        if length > 0:
            spent[mode] = spent.get(mode, 0) + length
    return spent


class EffectLoop:
    """Looks every minute whether a day has closed, and works off what is to do in small turns."""

    EVERY, BETWEEN = 60.0, 1.0
    """s"""

    def __init__(self, book: EffectBook, shown: SignalsShown) -> None:
        self._book, self._shown = book, shown

    async def run(self) -> None:
        """Until cancelled. A turn that fails is logged; the next begins a minute later."""
        while True:
            more, snapshot = False, self._shown.snapshot
            if snapshot is not None and snapshot.inventory.intersection_ids:
                try:
                    more = await asyncio.to_thread(self._book.turn, snapshot)
                except Exception:
                    structlog.get_logger().exception("effect_failed")
            await asyncio.sleep(self.BETWEEN if more else self.EVERY)


def _nothing() -> list[Comparison]:
    none = np.zeros(0, np.int32)
    empty = Days(none, none, none, none.astype(np.uint8), np.zeros(0), np.zeros(0))
    return [one._replace(reason="few_days") for one in compare([(measure, empty) for measure in MEASURES], np.random.default_rng(1))]


def _comparison(one: Comparison) -> Json:
    figures = {name: getattr(one, name) for name in ("difference", "low", "high", "without", "margin", "p_difference", "p_not_worse")}
    return {
        "measure": one.measure.name, "unit": one.measure.unit, "effect": one.effect.word, "reason": one.reason or None,
        **{name: round(float(value), 6) if np.isfinite(value) else None for name, value in figures.items()},
        "days_with": one.days_with, "days_without": one.days_without,
        "text": {"zh": comparison_text(one, "zh"), "en": comparison_text(one, "en")},
    }  # fmt: skip
