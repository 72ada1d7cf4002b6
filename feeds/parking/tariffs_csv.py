"""Tariffs from a CSV table, one row a step: for operators who keep their price lists in a spreadsheet.

    tariff_id,name,free_min,day_cap_fen,day_starts,band,start,end,days,unit_min,until_min,fen,nev_percent
    centre,中心区,30,6000,05:00,night,20:00,08:00,daily,,,1000,50
    centre,,,,,day,,,,60,60,500,
    centre,,,,,day,,,,30,,200,

Rows of a tariff stand together, those of a band too; what is said of the whole tariff stands in its first row, what is said of the
band (`start`, `end`, `days`, `band_cap_fen`) in the first row of the band. Columns that may be left out: all but `tariff_id`, `band`
and `fen`. A row with an empty `fen` makes its band free. Further columns of a tariff: `free_deducted` (1), `stay_cap_fen`,
`overstay_fen_per_hour`, `refund_steps` (`3600:100;0:50`), and for each kind of vehicle `nev_percent`, `nev_free_min`, `large_percent` …

A file with a fault is refused as a whole: a price list is never used in part.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from feeds.errors import FeedError, MissingField
from feeds.parking.rows import text_of
from parking.tariffs import Band, Step, Tariff, Vehicle, VehiclePrice, faults

REQUIRED = ("tariff_id", "band", "fen")
_OF_VEHICLES = {f"{vehicle.value}_{what}" for vehicle in Vehicle for what in ("percent", "free_min")}
KNOWN = {
    *REQUIRED, *_OF_VEHICLES, "name", "free_min", "free_deducted", "day_cap_fen", "day_starts", "stay_cap_fen", "overstay_fen_per_hour",
    "refund_steps", "start", "end", "days", "band_cap_fen", "unit_min", "until_min",
}  # fmt: skip
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")
_STEPS = re.compile(r"\d{1,9}:\d{1,3}(;\d{1,9}:\d{1,3})*")


class _Row(NamedTuple):
    path: str
    line: int
    cells: dict[str, str]

    def wrong(self, field: str, what: str) -> FeedError:
        return FeedError(self.path, self.line, field, what)

    def whole(self, field: str, default: int = 0) -> int:
        """A whole number from 0."""
        found = self.cells.get(field, "")
        if not found:
            return default
        if not (found.isascii() and found.isdigit() and len(found) <= 9):
            raise self.wrong(field, f"is not a whole number from 0: {found!r}")
        return int(found)

    def maybe(self, field: str) -> int | None:
        return self.whole(field) if self.cells.get(field) else None

    def clock(self, field: str) -> int:
        """Minute of the day."""
        found = self.cells.get(field, "")
        if found and not _CLOCK.fullmatch(found):
            raise self.wrong(field, f"is not a time such as 08:00: {found!r}")
        hours, minutes = found.split(":") if found else ("0", "0")
        return int(hours) * 60 + int(minutes)


def read_tariffs_csv(content: bytes, path: str) -> list[Tariff]:
    """Tariffs of a table; `path` as the user knows it. Raises FeedError: one sentence with the line and the column."""
    found: list[Tariff] = []
    for name, rows in groupby(_rows(content, path), key=lambda row: row.cells.get("tariff_id", "")):
        group = list(rows)
        if any(one.id == name for one in found):
            raise group[0].wrong("tariff_id", f"{name!r} stands further up already; rows of a tariff stand together")
        tariff = _tariff(name, group)
        for where, what in faults(tariff):
            raise group[0].wrong("tariff_id", f"{name!r}: {where} {what}")
        found.append(tariff)
    return found


def _rows(content: bytes, path: str) -> Iterator[_Row]:
    try:
        table = csv.reader(io.StringIO(text_of(path, content), newline=""), strict=True)
        header = [cell.strip() for cell in next(table, [])]
        for field in REQUIRED:
            if field not in header:
                raise MissingField(path, field)
        for field in header:
            if field not in KNOWN:
                raise FeedError(path, 1, field, "is no column of a tariff")
        for cells in table:
            if len(cells) > len(header):
                raise FeedError(path, table.line_num, None, f"has {len(cells)} cells under {len(header)} columns")
            if any(cell.strip() for cell in cells):
                yield _Row(path, table.line_num, {name: cell.strip() for name, cell in zip(header, cells, strict=False)})
    except csv.Error as wrong:
        raise FeedError(path, table.line_num, None, f"is no CSV: {wrong}") from None


def _tariff(name: str, rows: list[_Row]) -> Tariff:
    first = rows[0]
    steps = first.cells.get("refund_steps", "")
    if steps and not _STEPS.fullmatch(steps):
        raise first.wrong("refund_steps", f"are not seconds and percents such as 3600:100;0:50: {steps!r}")
    pairs = [part.split(":") for part in steps.split(";") if part]
    return Tariff(
        id=name, name=first.cells.get("name") or name, bands=tuple(_bands(rows)), free_min=first.whole("free_min"),
        free_deducted=bool(first.whole("free_deducted")), day_cap_fen=first.maybe("day_cap_fen"),
        day_starts_min=first.clock("day_starts"), stay_cap_fen=first.maybe("stay_cap_fen"), vehicles=tuple(_vehicles(first)),
        refund_steps=tuple((int(ahead), int(percent)) for ahead, percent in pairs),
        overstay_fen_per_hour=first.whole("overstay_fen_per_hour"),
    )  # fmt: skip


def _bands(rows: list[_Row]) -> Iterator[Band]:
    for name, of_band in groupby(rows, key=lambda row: row.cells.get("band", "")):
        group = list(of_band)
        first = group[0]
        steps = tuple(Step(row.whole("fen"), row.whole("unit_min"), row.whole("until_min")) for row in group if row.cells.get("fen"))
        days = first.cells.get("days") or "daily"
        yield Band(name, steps, first.clock("start"), first.clock("end"), days, first.maybe("band_cap_fen"))


def _vehicles(row: _Row) -> Iterator[VehiclePrice]:
    for vehicle in Vehicle:
        percent, free_min = row.maybe(f"{vehicle.value}_percent"), row.maybe(f"{vehicle.value}_free_min")
        if percent is not None or free_min is not None:
            yield VehiclePrice(vehicle, 100 if percent is None else percent, free_min)
