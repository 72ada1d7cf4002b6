"""How today's arrivals lie against the profile: so many minutes earlier or later, and so many times as many.

A rush that comes ten minutes late looks like too few arrivals before its peak and like too many after; a ratio alone would follow it
half an hour behind. So every shift in steps of a slot is a hypothesis with its own ratio, weighed by the likelihood of the counts that
it explains (Poisson, the ratio profiled out) and by how unusual it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parking.forecast_parameters import ForecastParameters

F64 = NDArray[np.float64]
LEAST = 0.5
"""vehicles a slot, added to the profile: quiet slots decide nothing"""


class Today:
    """Of all lots together."""

    def __init__(self, par: ForecastParameters) -> None:
        most = par.most_shift_s // par.slot_s
        self.par, self.shifts = par, np.arange(-most, most + 1)
        """slots by which the profile runs ahead of today: negative, today is late"""
        count = len(self.shifts)
        self._seen = self._recent = 0.0
        self._expected: F64 = np.zeros(count)
        self._fit: F64 = np.zeros(count)
        self._recent_expected: F64 = np.zeros(count)

    def fade(self, seconds: float) -> None:
        """Time passes."""
        long, short = np.exp(-seconds / self.par.shift_memory_s), np.exp(-seconds / self.par.city_memory_s)
        self._seen, self._expected, self._fit = self._seen * long, self._expected * long, self._fit * long
        self._recent, self._recent_expected = self._recent * short, self._recent_expected * short

    def observe(self, came: float, expected: F64) -> None:
        """So many came in a slot for which the profile, shifted by each shift, expects `expected` [shifts]."""
        self._seen += came
        self._expected += expected + LEAST
        self._fit += came * np.log(expected + LEAST)
        self._recent += came
        self._recent_expected += expected

    @property
    def recent(self) -> float:
        """Vehicles that the ratios rest on."""
        return self._recent

    def weights(self) -> tuple[F64, F64]:
        """(weight, ratio of today to the profile) [shifts]; the weights add up to 1."""
        par = self.par
        usual = -0.5 * (self.shifts * par.slot_s / par.usual_shift_s) ** 2
        with np.errstate(divide="ignore", invalid="ignore"):
            fit = self._fit + np.where(self._expected > 0.0, self._seen * np.log(max(self._seen, 1.0) / self._expected), 0.0)
        score = par.shift_trust * fit + usual
        weight = np.exp(score - score.max())
        return weight / weight.sum(), (self._recent + par.city_prior) / (self._recent_expected + par.city_prior)
