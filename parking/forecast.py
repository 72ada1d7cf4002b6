"""Short-term forecast of occupancy: a learned daily profile of arrivals and of leaving, today's ratio to it, the level now.

Vehicles come at the rate that the day type's profile gives, shifted and scaled as today compares with it (`forecast_today`, all lots
together; then this lot); each vehicle inside leaves at the profile's rate. Both are averages of counts that lean on those of all lots
where one lot has few (Gamma-Poisson). The interval is the forecast's own standard deviation times bounds that are moved, outcome by
outcome, until the wanted share lies inside (adaptive conformal inference, Gibbs and Candès 2021). A forecast uses what was observed by
then, nothing else; today enters the profile when today is over. Memory is fixed by the number of lots and day types.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from parking.forecast_parameters import ForecastParameters
from parking.forecast_today import Today

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
EDGES: F64 = np.array([0.75, 1.5, 3.0])
"""vehicles; classes of standard deviation that have bounds of their own"""
NORMAL = 1.2816
"""standard deviations that hold 80 % of a normal error: where bounds begin"""


class Slot(NamedTuple):
    """A slot of time that has just ended."""

    of_day: int
    """0 … slots a day − 1, local time"""
    day: int
    """number of the local day (`date.toordinal()`)"""
    day_type: int
    tomorrow: int
    """day type of the day after, for forecasts across midnight"""


class Forecast(NamedTuple):
    """[H, L] vehicles inside, by time ahead and lot; NaN where the level or the day type is unknown."""

    low: F64
    mid: F64
    high: F64


class Forecaster:
    """Of L lots. Only one thread may observe."""

    def __init__(self, capacity: F64, day_types: int = 2, horizons: tuple[int, ...] = (900, 1800, 3600),
                 par: ForecastParameters | None = None) -> None:  # fmt: skip
        """`capacity` [L]; `horizons` s ahead, multiples of a slot, at most `par.longest_s`."""
        self.par = par = par or ForecastParameters()
        lots, self.slots = len(capacity), 86_400 // par.slot_s
        self.capacity: F64 = np.asarray(capacity, np.float64)
        self.steps = [one // par.slot_s for one in horizons]
        self.most = par.longest_s // par.slot_s
        if not lots or max(self.steps) > self.most or min(self.steps) < 1:
            raise ValueError("a forecast needs lots, and horizons of at least one slot and at most `longest_s`")
        self.sums: F32 = np.zeros((day_types, 4, lots, self.slots), np.float32)
        """arrivals, departures, vehicle-slots inside, days observed; faded"""
        self.today: F32 = np.zeros((4, lots, self.slots), np.float32)
        self._rates: dict[int, tuple[F64, F64]] = {}
        self.slot: Slot | None = None
        """the newest observed"""
        self.level: F64 = np.full(lots, np.nan)
        self._today_shift = Today(par)
        self._left: F64 = np.zeros(2)  # departures of all lots: seen, expected; faded
        self._lot: F64 = np.zeros((2, 2, lots))  # arrivals, departures × seen, expected; faded
        self.bounds: F64 = np.full((len(self.steps), len(EDGES) + 1), NORMAL)
        """half width of the interval by horizon and class, in standard deviations"""
        self._kept: F64 = np.full((self.most + 1, 2, len(self.steps), lots), np.nan)  # ring of (mean, deviation)
        self._count = 0

    @property
    def bytes_per_lot(self) -> float:
        """What a lot costs."""
        arrays = (self.sums, self.today, self._kept, self._lot, self.level, self.capacity)
        return sum(one.nbytes for one in arrays) / len(self.capacity) + 16.0 * self.slots * len(self._rates)

    def observe(self, slot: Slot, level: F64, arrivals: F64, departures: F64) -> None:
        """[L] vehicles inside at the end of a slot, and how many came and left during it; NaN: unknown. Slots come in order; those
        left out were not observed."""
        self._turn(slot)
        known = np.isfinite(level) & np.isfinite(arrivals) & np.isfinite(departures)
        s = slot.of_day
        self.today[:, known, s] = np.stack([arrivals, departures, level, np.ones_like(level)])[:, known]
        self._compare(slot, known, arrivals, departures)
        self.level = np.where(np.isfinite(level), level, np.nan)
        self._settle()
        self._kept[self._count % len(self._kept)] = self._ahead()

    def forecast(self) -> Forecast:
        """After the newest slot observed."""
        mean, deviation = self._kept[self._count % len(self._kept)]
        which = np.searchsorted(EDGES, deviation, "right")
        rows = np.arange(len(self.steps))[:, None]
        half = deviation * self.bounds[rows, which]
        most = np.maximum(self.capacity, self.level)
        return Forecast(*(np.clip(one, 0.0, most) for one in (mean - half, mean, mean + half)))

    def _turn(self, slot: Slot) -> None:
        """Into a new slot: what was not observed is forgotten as time goes, a day that is over is learned."""
        was, self.slot = self.slot, slot
        gone = 1 if was is None else (slot.day - was.day) * self.slots + slot.of_day - was.of_day
        if gone <= 0:
            raise ValueError("slots come in order")
        for _ in range(min(gone, len(self._kept))):
            self._count += 1
            self._kept[self._count % len(self._kept)] = np.nan
        self._today_shift.fade(gone * self.par.slot_s)
        self._left *= np.exp(-gone * self.par.slot_s / self.par.city_memory_s)
        self._lot *= np.exp(-gone * self.par.slot_s / self.par.lot_memory_s)
        if was is not None and slot.day != was.day:
            self._learn(was.day_type)

    def _learn(self, day_type: int) -> None:
        """A day into its type's profile; where it was observed, older days fade."""
        fade = np.where(self.today[3] > 0.0, np.float32(np.exp(-1.0 / self.par.day_memory)), np.float32(1.0))
        self.sums[day_type] = self.sums[day_type] * fade + self.today
        self.today[:] = 0.0
        self._rates.pop(day_type, None)

    def rates(self, day_type: int) -> tuple[F64, F64]:
        """(arrivals a slot, share of those inside that leave in a slot) [slots, L]; NaN at slots no day showed."""
        found = self._rates.get(day_type)
        if found is None:
            found = self._rates[day_type] = _rates(self.sums[day_type].astype(np.float64), self.par)
        return found

    def learned(self, day_type: int, of_day: int) -> F32:
        """[L] days of the type on which the lot was observed in that slot; older ones count less."""
        return self.sums[day_type, 3, :, of_day]

    def forget_rates(self) -> None:
        """After `sums` were changed from outside."""
        self._rates.clear()

    def _compare(self, slot: Slot, known: NDArray[np.bool_], arrivals: F64, departures: F64) -> None:
        """Today beside the profile."""
        around, usable = self._around(slot, len(self._today_shift.shifts))
        if usable[len(usable) // 2]:
            expected = around[:, known].sum(axis=1)
            self._today_shift.observe(float(arrivals[known].sum()), np.where(usable, expected, expected[len(usable) // 2]))
            self._lot[0, 0, known] += arrivals[known]
            self._lot[0, 1, known] += np.einsum("ij,jl->il", self._mixture(usable, 0, 1), around)[0, known]
        leave = self.rates(slot.day_type)[1][slot.of_day] * self.level
        both = known & np.isfinite(leave)
        self._left += np.sum(departures[both]), np.sum(leave[both])
        self._lot[1, 0, both] += departures[both]
        self._lot[1, 1, both] += leave[both] * self._left_ratio()

    def _around(self, slot: Slot, count: int) -> tuple[F64, NDArray[np.bool_]]:
        """(profile of arrivals [count, L] from the earliest shift of the slot on, which of these slots were ever observed)."""
        columns = []
        for offset in range(count):
            days, s = divmod(slot.of_day + offset - len(self._today_shift.shifts) // 2, self.slots)
            columns.append(self.rates(slot.tomorrow if days > 0 else slot.day_type)[0][s])
        around = np.stack(columns)
        usable = np.isfinite(around[:, 0])
        around[~usable] = 0.0
        return around, usable

    def _mixture(self, usable: NDArray[np.bool_], first: int, steps: int) -> F64:
        """[steps, rows of `_around`]: what each profile slot gives to the arrivals of each slot from `first` on; a step that no day
        ever showed has NaN."""
        weight, ratio = self._today_shift.weights()
        count = len(weight)
        out = np.zeros((steps, len(usable)))
        for k in range(steps):
            fit = usable[first + k : first + k + count]
            share = weight * fit
            out[k, first + k : first + k + count] = share / max(share.sum(), 1e-9) * ratio if fit[count // 2] else np.nan
        return out

    def _left_ratio(self) -> float:
        seen, expected = self._left
        return float((seen + self.par.city_prior) / (expected + self.par.city_prior))

    def _lot_ratio(self, k: int) -> F64:
        """[L] a lot's own ratio beyond that of all, of arrivals (0) or departures (1)."""
        seen, expected = self._lot[k]
        ratio: F64 = (seen + self.par.lot_prior) / (expected + self.par.lot_prior)
        return ratio

    def _ahead(self) -> F64:
        """[2, H, L] mean and standard deviation of the level at every horizon, from the newest slot."""
        assert self.slot is not None
        par, slot = self.par, self.slot
        around, usable = self._around(slot, len(self._today_shift.shifts) + self.most)
        mixture = self._mixture(usable, 1, self.most)
        coming = np.einsum("ij,jl->il", mixture, around) * self._lot_ratio(0)  # not BLAS: its threads spin on a busy machine
        turned = self._turned(around.sum(axis=1))
        spread = 1.0 / (self._lot[0, 0] + par.lot_prior) + 1.0 / (self._today_shift.recent + par.city_prior)
        less = self._left_ratio() * self._lot_ratio(1)
        mean, variance, came = self.level.copy(), np.zeros_like(self.level), np.zeros_like(self.level)
        out = np.empty((2, len(self.steps), len(mean)))
        for step in range(1, self.most + 1):
            days, s = divmod(slot.of_day + step, self.slots)
            leaving = np.minimum(self.rates(slot.tomorrow if days else slot.day_type)[1][s] * less, 1.0)
            arrivals = coming[step - 1]
            variance = variance * (1.0 - leaving) ** 2 + mean * leaving * (1.0 - leaving) + arrivals
            mean, came = mean * (1.0 - leaving) + arrivals, came * (1.0 - leaving) + arrivals
            if step in self.steps:
                h = self.steps.index(step)
                turning = par.turning * step * par.slot_s / 3600.0 + turned[step - 1]
                out[0, h] = np.minimum(mean, np.maximum(self.capacity, self.level))
                out[1, h] = np.sqrt(variance + came**2 * (spread + turning))
        return out

    def _turned(self, profile: F64) -> F64:
        """[most] relative variance between the shifts of what comes up to each step, of all lots together."""
        weight, ratio = self._today_shift.weights()
        starts = 1 + np.arange(len(weight))
        sums = np.cumsum(profile[starts[:, None] + np.arange(self.most)], axis=1) * ratio[:, None]
        mean = weight @ sums
        relative: F64 = (weight @ (sums - mean) ** 2) / np.maximum(mean, 1.0) ** 2
        return relative

    def _settle(self) -> None:
        """Moves the bounds by what came of the forecasts for now. Both sides by one measure: lots err together, and on which side they
        err tomorrow today cannot tell."""
        for h, step in enumerate(self.steps):
            mean, deviation = self._kept[(self._count - step) % len(self._kept), :, h]
            error = np.abs(self.level - mean) / np.maximum(deviation, 1e-6)
            known = np.isfinite(error)
            which = np.searchsorted(EDGES, deviation, "right")
            for one in np.unique(which[known]):
                errors = error[known & (which == one)]
                missed = float(np.mean(errors > self.bounds[h, one]))
                weight = len(errors) / (len(errors) + 10.0)  # few outcomes move it little
                moved = self.bounds[h, one] + self.par.step * weight * (missed - 1.0 + self.par.covered)
                self.bounds[h, one] = max(moved, 0.0)


def _rates(sums: F64, par: ForecastParameters) -> tuple[F64, F64]:
    """See `Forecaster.rates`; `sums` [4, L, slots]."""
    arrivals, departures, inside, days = sums
    nothing = days.sum(axis=0) == 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        own = _smooth(arrivals, par.lot_width) / _smooth(days, par.lot_width)
        a_day = arrivals / days
        city = _smooth(np.nansum(a_day, axis=0), par.city_width) / _smooth(1.0 - nothing, par.city_width)
        total = arrivals.sum(axis=1, keepdims=True)
        share = np.nansum(a_day, axis=1, keepdims=True) / max(np.nansum(a_day), 1e-9)
        came = (np.nan_to_num(own) * total + par.shared_arrivals * share * city) / (total + par.shared_arrivals)
        left, there = _smooth(departures, par.lot_width), _smooth(inside, par.lot_width)
        everywhere = left.sum(axis=0) / np.maximum(there.sum(axis=0), 1e-9)
        prior = par.shared_departures / (2 * par.lot_width + 1)
        leave = np.where(everywhere > 0.0, (left + prior) / (there + prior / everywhere), 0.0)
    came[:, nothing] = leave[:, nothing] = np.nan
    return came.T.copy(), leave.T.copy()


def _smooth(values: F64, width: int) -> F64:
    """Weighted mean over `width` slots to each side (triangle, around midnight too); [..., slots]."""
    out = np.zeros_like(values)
    for k in range(-width, width + 1):
        out += np.roll(values, k, axis=-1) * (width + 1 - abs(k))
    return out / (width + 1) ** 2
