"""What a stay costs by a tariff: lines in whole fen. Hours that clocks skip or repeat cost what they last."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from parking.records import Interval
from parking.refusals import Code, Refusal
from parking.tariffs import Band, Step, Tariff, Vehicle, VehiclePrice
from parking.workdays import is_workday

Lines = tuple[tuple[str, int], ...]
"""(what for, fen): names of bands, then `band_cap`, `day_cap`, `stay_cap` (negative); adds up to the price"""
CAPS = ("band_cap", "day_cap", "stay_cap")


def price(tariff: Tariff, stay: Interval, timezone: str, vehicle: Vehicle = Vehicle.CAR) -> Lines:
    """Lines of the stay. Raises Refusal(CALENDAR_UNKNOWN) when it depends on working days of a year nobody has decreed yet."""
    own = next((one for one in tariff.vehicles if one.vehicle is vehicle), VehiclePrice(vehicle))
    free_s = 60 * (tariff.free_min if own.free_min is None else own.free_min)
    if stay.end - stay.start <= free_s:
        return ()
    charged = Interval(stay.start + free_s if tariff.free_deducted else stay.start, stay.end)
    zone = ZoneInfo(timezone)
    bill, days = _Bill(tariff, own.percent), _Days(tariff, charged, zone)
    for pieces in _segments(tariff.bands, charged, zone):
        band, ends = pieces.band, pieces.end
        at = pieces.start
        while at < ends:
            until, fen = _unit(band.steps, at, charged.start, ends)
            bill.add(pieces.number, pieces.came_round(at), days.of(at), fen)
            at = until
    return bill.lines()


def total(lines: Lines) -> int:
    """Fen."""
    return sum(fen for _, fen in lines)


def hourly(fen_per_hour: int, stay: Interval, name: str = "shared") -> Lines:
    """A plain price per started hour, as owners of shared places name it."""
    fen = -(-(stay.end - stay.start) // 3600) * fen_per_hour
    return ((name, fen),) if fen else ()


def difference(more: Lines, less: Lines) -> Lines:
    """Lines of what `more` costs beyond `less`, in the order of `more`."""
    fen: dict[str, int] = defaultdict(int)
    for name, amount in more:
        fen[name] += amount
    for name, amount in less:
        fen[name] -= amount
    return tuple((name, amount) for name, amount in fen.items() if amount)


class _Bill:
    """Adds units up; what goes beyond a cap is taken off again, in a line of its own."""

    def __init__(self, tariff: Tariff, percent: int) -> None:
        self._tariff, self._percent = tariff, percent
        self._gross: dict[str, int] = defaultdict(int)
        self._cut = dict.fromkeys(CAPS, 0)
        self._of: dict[object, int] = defaultdict(int)

    def add(self, index: int, round_: int, day: int, fen: int) -> None:
        """A unit of band `index` that came round for the `round_`th time, on the cap day `day`."""
        band, scale = self._tariff.bands[index], self._percent
        fen = fen * scale // 100
        if not fen:
            return
        self._gross[band.name] += fen
        caps = (("band_cap", (index, round_), band.cap_fen), ("day_cap", ("day", day), self._tariff.day_cap_fen),
                ("stay_cap", "stay", self._tariff.stay_cap_fen))  # fmt: skip
        for name, key, cap in caps:
            if cap is not None:
                left = max(0, cap * scale // 100 - self._of[key])
                self._cut[name] -= max(0, fen - left)
                fen = min(fen, left)
        for _, key, _ in caps:
            self._of[key] += fen

    def lines(self) -> Lines:
        return (*self._gross.items(), *((name, fen) for name, fen in self._cut.items() if fen))


class _Segment(NamedTuple):
    """A stretch of the stay in one band, however often it came round in it (a whole-day band comes round at every midnight)."""

    start: int
    end: int
    number: int
    """of the band in the tariff"""
    band: Band
    rounds: tuple[int, ...]
    """instants at which the band came round, up to its end"""

    def came_round(self, at: int) -> int:
        return self.rounds[max(0, bisect_right(self.rounds, at) - 1)]


def _unit(steps: tuple[Step, ...], at: int, origin: int, ends: int) -> tuple[int, int]:
    """(end, fen) of the unit that begins at `at`; it ends with its band at the latest."""
    for step in steps:
        border = origin + 60 * step.until_min if step.until_min else ends
        if at < border or step is steps[-1]:
            return min(at + 60 * step.unit_min if step.unit_min else max(border, at + 1), ends), step.fen
    return ends, 0


def _segments(bands: tuple[Band, ...], stay: Interval, zone: ZoneInfo) -> list[_Segment]:
    first = datetime.fromtimestamp(stay.start, zone).date() - timedelta(days=1)
    last = datetime.fromtimestamp(stay.end, zone).date()
    days = [first + timedelta(days=k) for k in range((last - first).days + 1)]
    spans = [[(*_span(band, day, zone), day) for day in days] for band in bands]
    borders = {stay.start, *(edge for found in spans for span in found for edge in span[:2] if stay.start < edge < stay.end)}
    edges = [*sorted(borders), stay.end]
    segments: list[_Segment] = []
    for start, end in pairwise(edges):
        index, came = _holding(bands, spans, start)
        if segments and segments[-1].number == index:
            last_one = segments[-1]
            rounds = last_one.rounds if came == last_one.rounds[-1] else (*last_one.rounds, came)
            segments[-1] = last_one._replace(end=end, rounds=rounds)
        else:
            segments.append(_Segment(start, end, index, bands[index], (came,)))
    return segments


def _holding(bands: tuple[Band, ...], spans: list[list[tuple[int, int, date]]], at: int) -> tuple[int, int]:
    """(index of the band that holds at an instant, since when)."""
    for index, band in enumerate(bands):
        for start, end, day in spans[index]:
            if start <= at < end:
                holds = _begins_on(band.days, day)
                if holds is None:
                    raise Refusal(Code.CALENDAR_UNKNOWN, f"the working days of {day.year} have not been decreed yet: there is no price")
                if holds:
                    return index, start
    raise AssertionError("the last band of a tariff lasts the whole day")


def _begins_on(days: str, day: date) -> bool | None:
    if days == "daily":
        return True
    if days in ("workdays", "days_off"):
        known = is_workday(day)
        return None if known is None else known == (days == "workdays")
    return str(day.isoweekday()) in days


def _span(band: Band, day: date, zone: ZoneInfo) -> tuple[int, int]:
    over = 1 if band.end_min <= band.start_min else 0
    return instant(day, band.start_min, zone), instant(day + timedelta(days=over), band.end_min, zone)


class _Days:
    """Which cap day an instant lies in."""

    def __init__(self, tariff: Tariff, stay: Interval, zone: ZoneInfo) -> None:
        first = datetime.fromtimestamp(stay.start, zone).date() - timedelta(days=1)
        last = datetime.fromtimestamp(stay.end, zone).date()
        count = (last - first).days + 1 if tariff.day_cap_fen is not None else 0
        self._starts = [instant(first + timedelta(days=k), tariff.day_starts_min, zone) for k in range(count)]

    def of(self, at: int) -> int:
        return bisect_right(self._starts, at)


@lru_cache(65536)
def instant(day: date, minute: int, zone: ZoneInfo) -> int:
    """Epoch s at which local clocks first show that minute of the day, or for the first time a later one when they skip it."""
    local = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minute)
    late = int(local.timestamp())
    if datetime.fromtimestamp(late, zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return late
    early = int(local.replace(fold=1).timestamp())
    while late - early > 1:
        middle = (early + late) // 2
        if datetime.fromtimestamp(middle, zone).replace(tzinfo=None) >= local.replace(tzinfo=None):
            late = middle
        else:
            early = middle
    return late
