"""Control of false discoveries over many intersections: Benjamini & Hochberg (1995, J. R. Stat. Soc. B 57:289)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from signals.kernels.columns import F64


def adjusted(chances: F64) -> F64:
    """The q-value of each p-value: the least false discovery rate at which it is a discovery. NaN are no tests and stay NaN."""
    result = np.full(len(chances), np.nan)
    rows = np.flatnonzero(~np.isnan(chances))
    order = rows[np.argsort(chances[rows], kind="stable")]
    scaled = chances[order] * len(order) / np.arange(1, len(order) + 1)
    result[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return result


def discoveries(chances: F64, rate: float) -> NDArray[np.bool_]:
    """Which are significant at a false discovery rate; NaN never."""
    return np.asarray(adjusted(chances) <= rate)
