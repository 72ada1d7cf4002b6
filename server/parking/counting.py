"""Counts vehicles: reads what barriers told from the store, closes a slot every five minutes, teaches the forecast.

Passages come as steps without plates in the order in which they were told, so all processes count the same, and one that starts again
goes on from what it wrote down (`parking/counts.npz` in the data directory). Steps are kept for two days.
"""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import structlog

from parking.day_slots import slot_ending
from parking.occupancy_memory import recall, remember
from parking.search import Search
from server.learned_store import write_whole
from server.parking.forecasts import KEEP, Forecasts
from server.parking.holes import Holes
from server.parking.inside import Inside
from server.parking.store import ServiceUnit

if TYPE_CHECKING:
    from server.parking.service import Parking

FILE = "counts.npz"
SLOT_S, KEPT_S = 300, 2 * 86_400
NIGHT_ENDS = 5 * 3600
"""s of the local day: few vehicles are under way, so the lowest count of the night is over"""
_BATCH, _AT_ONCE = 5000, 200


class Step(NamedTuple):
    """One passage."""

    id: int
    lot_id: str
    at: int
    step: int
    told: int


class Told(NamedTuple):
    """(lot, at, vehicles), the newest of each lot."""

    reports: frozenset[tuple[str, int, int]]
    by_hand: frozenset[tuple[str, int, int]]


def tell(unit: ServiceUnit, steps: Sequence[tuple[str, int, int]], now: int) -> None:
    """Writes down (lot, epoch s, ±1) of passages, in the transaction that took them in."""
    for first in range(0, len(steps), _AT_ONCE):
        some = steps[first : first + _AT_ONCE]
        values = [value for lot_id, at, step in some for value in (lot_id, at, step, now)]
        unit.sql(f"insert into passage_steps (lot_id, at, step, told) values {', '.join(['(?, ?, ?, ?)'] * len(some))}", *values)


def steps_after(unit: ServiceUnit, mark: int, holes: Holes) -> list[Step]:
    """In order, up to a hole that may still be filled."""
    rows = unit.sql("select id, lot_id, at, step, told from passage_steps where id > ? order by id limit ?", mark, _BATCH)
    found = [Step(*row) for row in rows]
    for place, one in enumerate(found):
        if mark and one.id != mark + 1 and not holes.stays(unit, mark):
            return found[:place]
        mark = one.id
    return found


def set_by_hand(unit: ServiceUnit, lot_id: str, occupied: int, at: int) -> None:
    """Writes down what people counted; an older count than is known changes nothing."""
    unit.sql(
        "insert into hand_counts values (?, ?, ?) on conflict (lot_id) do update set at = excluded.at, occupied = excluded.occupied"
        " where hand_counts.at < excluded.at",
        lot_id, at, occupied,
    )  # fmt: skip


class Counting:
    """Of one process."""

    def __init__(self, parking: Parking, folder: Path) -> None:
        self._parking, self._path = parking, folder / FILE
        self.inside, self.forecasts = Inside(), Forecasts(folder)
        self._mark = 0
        """the newest step that was counted"""
        self._slot = 0
        """end of the slot that was closed last"""
        self._saved = 0
        self._begun = False
        self._holes = Holes()
        self._index: Search | None = None
        self._known = Told(frozenset(), frozenset())
        self._one_at_a_time = asyncio.Lock()
        self._log = structlog.get_logger()

    async def take(self) -> None:
        """The lots of the catalogue as they are now, what was reported and what was counted by hand since."""
        catalogue = self._parking.catalogue
        told = await self._parking.read(lambda unit, _now: _told(unit))
        async with self._one_at_a_time:
            if self._index is not catalogue.search:
                self._index = catalogue.search
                stalls = {lot: sum(place.capacity for place in catalogue.places(lot)) for lot in catalogue.lots}
                self.inside.take(stalls)
                if not self._begun and stalls:
                    self._begun = True
                    self._recall()
                self._known = Told(frozenset(), frozenset())
                await asyncio.to_thread(self.forecasts.take, list(catalogue.lots.values()), stalls)
            for lot, at, count in told.by_hand - self._known.by_hand:
                self.inside.counted(lot, count, at)
            for lot, at, count in told.reports - self._known.reports:
                self.inside.report(lot, count, at)
            self._known = told

    async def catch_up(self) -> None:
        """Counts what was told since."""
        async with self._one_at_a_time:
            while True:
                mark = self._mark
                steps = await self._parking.read(lambda unit, _now, mark=mark: steps_after(unit, mark, self._holes))  # type: ignore[misc]
                for one in steps:
                    self.inside.passed(one.lot_id, [(one.at, one.step)])
                    self._mark = one.id
                if len(steps) < _BATCH:
                    return

    async def tick(self) -> None:
        """To be called every second: counts, and closes the slot that is over."""
        await self.catch_up()
        now = self._parking.now()
        end = now // SLOT_S * SLOT_S
        if end <= self._slot or not self.inside.counts.zones:
            return
        async with self._one_at_a_time:
            self._slot = end
            if self._night_is_over(end):
                self.inside.counts.close_night(end)
            columns = self.inside.counts.close_slot(end)
            await asyncio.to_thread(self.forecasts.observe, end, columns)
            await asyncio.to_thread(self._save, now)

    def close(self) -> None:
        """Writes down what is known."""
        try:
            if self._begun:
                self._save(self._saved + KEEP)
        except OSError as wrong:
            self._log.warning("parking_counts_not_written", reason=str(wrong))

    def _night_is_over(self, end: int) -> bool:
        slot = slot_ending(end, next(iter(self._parking.catalogue.lots.values())).timezone)
        return slot is not None and (slot.of_day + 1) * SLOT_S == NIGHT_ENDS

    def _save(self, now: int) -> None:
        data = io.BytesIO()
        np.savez(data, mark=np.array([self._mark]), **remember(self.inside.counts))  # type: ignore[arg-type]
        write_whole(self._path, data.getvalue())
        if now >= self._saved + KEEP:
            self._saved = now
            self.forecasts.save()

    def _recall(self) -> None:
        try:
            with np.load(self._path, allow_pickle=False) as file:
                recall(self.inside.counts, file)
                self._mark = int(file["mark"][0])
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile) as wrong:
            self._log.warning("parking_counts_forgotten", file=str(self._path), reason=str(wrong))


def forget_steps(unit: ServiceUnit, now: int) -> None:
    """Drops what every process has counted long ago."""
    unit.sql("delete from passage_steps where told < ?", now - KEPT_S)


def _told(unit: ServiceUnit) -> Told:
    reports = unit.sql("select lot_id, at, occupied from occupancy")
    by_hand = unit.sql("select lot_id, at, occupied from hand_counts")
    return Told(frozenset((lot, at, count) for lot, at, count in reports), frozenset((lot, at, count) for lot, at, count in by_hand))
