"""Lane counts as a cube of volumes by approach, day and interval; what was not counted in full is unknown."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from signals.kernels.columns import F64, CountColumns
from signals.kernels.volumes import fill_cube
from signals.worth_parameters import WORTH, WorthParameters

DAY = 86_400.0
"""s"""


class Volumes(NamedTuple):
    """Vehicles that approaches were entered by."""

    volume: F64
    """[A, D, N] veh in the interval; NaN not measured, or not on all lanes"""
    left_out: int
    """counts that named no approach, had no length, or lay outside the days"""


def volume_cube(
    counts: CountColumns, approaches: int, midnight: int, days: int, q: WorthParameters = WORTH
) -> Volumes:
    """The cube of `days` days from `midnight` (epoch ms of the first day's local midnight; days of 24 h, so no summer time).

    Counts of any length are shared out by time. An interval is known when the detector-seconds behind it are the approach's usual ones
    (the median over its intervals with any), within `q.tolerance`: with a lane missing, or told twice, it is unknown, and so it is
    where a count itself is. Raises ValueError when intervals do not fill a day.
    """
    width = q.timing.period * 3600.0
    intervals = round(DAY / width)
    if days < 1 or abs(intervals * width - DAY) > 1e-6:
        raise ValueError(f"intervals of {width:g} s do not fill {days} days")
    cube, covered = np.zeros((approaches, days * intervals)), np.zeros((approaches, days * intervals))
    row = np.where(counts.approach < approaches, counts.approach, -1).astype(np.int32)
    start, end = (counts.start - midnight) / 1000.0, (counts.end - midnight) / 1000.0
    left_out = fill_cube(start, end, row, counts.volume, 0.0, width, cube, covered)
    for approach in range(approaches):
        seconds = covered[approach]
        usual = np.median(seconds[seconds > 0.0]) if seconds.any() else np.nan
        cube[approach, ~(np.abs(seconds - usual) <= q.tolerance * usual)] = np.nan
    return Volumes(cube.reshape(approaches, days, intervals), int(left_out))
