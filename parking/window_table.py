"""Openings of many windows as columns, to search thousands at once: which of them cover a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from parking.records import Interval, ShareWindow
from parking.windows import openings

_WIDTH = 1 << 40
"""more than any epoch s: rows of all windows sort by (window, start) in one key"""


class WindowTable:
    """Windows with the time zone of each, and when they certainly may be used within `span`. Replaced, not changed."""

    def __init__(self, windows: Sequence[tuple[ShareWindow, str]], span: Interval) -> None:
        """`span`: from the start of today to the farthest end anybody may reserve. Alike recurrences are computed once."""
        self.windows, self.span = tuple(windows), span
        runs: dict[tuple[object, ...], list[Interval]] = {}
        columns = []
        for window, timezone in self.windows:
            alike = pattern(window, timezone)
            if alike not in runs:
                runs[alike] = openings(window, span, timezone) if window.active else []
            columns.append(runs[alike])
        counts = np.array([len(one) for one in columns], dtype=np.int64)
        rows = np.array([run for one in columns for run in one], dtype=np.int64).reshape(-1, 2)
        self._first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self._ends = rows[:, 1]
        self._keys = np.repeat(np.arange(len(columns), dtype=np.int64) * _WIDTH, counts) + rows[:, 0]

    def covering(self, wanted: Interval, of: NDArray[np.int64] | None = None) -> NDArray[np.bool_]:
        """For each window (or those at the positions `of`): whether `wanted`, inside `span`, and the return buffer after it lie in a
        run. As `parking.windows.covers` is True; what a calendar not yet decreed would tell is False."""
        rows = np.arange(len(self.windows), dtype=np.int64) if of is None else of
        at = np.searchsorted(self._keys, rows * _WIDTH + wanted.start, side="right") - 1
        found = at >= self._first[rows]
        found[found] = self._ends[at[found]] >= wanted.end
        return found


def pattern(window: ShareWindow, timezone: str) -> tuple[object, ...]:
    """Equal for windows that are open at the same times."""
    one = window
    days = (one.first_day, one.last_day, one.days, one.start_minute, one.end_minute, one.more, one.exceptions)
    return (*days, one.buffer_s, one.active, timezone)
