"""Closed bins of the measures: the newest hours in memory, all hours in files, each bin in exactly one of the two for a reader.

Whatever lies in the hour `since` or later is in memory and, once kept, in a file as well, from which a restart goes on; a reader takes
it from memory. What lies before is in files alone. Rows of one key and bin add up, so a bin that a restart cut in two is whole again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from signals.measures_tables import MeasureTables, chosen, join_tables

HOUR = 3_600_000


class BinsView(NamedTuple):
    """As it stood after one step."""

    tables: tuple[MeasureTables, ...]
    """rows of the hour `since` and later; those of one key may stand in several"""
    since: int
    """epoch ms"""


class Bins:
    """Of measures in bins of `bin_ms`, which divide an hour or are whole hours; keeps `hours` of them in memory."""

    def __init__(self, bin_ms: int, hours: int) -> None:
        self._bin, self._keep = bin_ms, hours * HOUR
        self._tables: tuple[MeasureTables, ...] = ()
        self._since = 0
        self._dirty: set[int] = set()

    def begin(self, now: int) -> None:
        """Start at `now` (epoch ms): hours before are in files, if anywhere."""
        self._since = (now - self._keep) // HOUR * HOUR

    def recall(self, tables: MeasureTables) -> None:
        """Go on from what the files of the newest hours say."""
        self._tables = (*self._tables, chosen(tables, self._since, 2**62))

    def add(self, tables: MeasureTables) -> bool:
        """Take in closed rows. → whether there were any. Rows of hours that are in files alone come too late."""
        tables = chosen(tables, self._since, 2**62)
        if not any(len(rows) for rows in tables):
            return False
        self._tables = (*self._tables, tables)
        if len(self._tables) > 32:
            self._tables = (join_tables(self._tables, self._bin),)
        self._dirty.update(np.unique(np.concatenate([rows["bin"] // HOUR for rows in tables])).tolist())
        return True

    def view(self) -> BinsView:
        """As it stands."""
        return BinsView(self._tables, self._since)

    def dirty(self) -> list[tuple[int, MeasureTables]]:
        """(hour as epoch ms, all its rows) of every hour with something new since this was last asked."""
        whole = join_tables(self._tables, self._bin)
        hours, self._dirty = sorted(self._dirty), set()
        return [(hour * HOUR, chosen(whole, hour * HOUR, hour * HOUR + HOUR)) for hour in hours]

    def again(self, hours: list[int]) -> None:
        """These hours (epoch ms) could not be kept: they are asked for again."""
        self._dirty.update(hour // HOUR for hour in hours)

    def forget(self, now: int) -> None:
        """Let go of hours that are long over and kept."""
        since = (now - self._keep) // HOUR * HOUR
        if since > self._since and not any(hour * HOUR < since for hour in self._dirty):
            self._since = since
            self._tables = (chosen(join_tables(self._tables, self._bin), since, 2**62),)
