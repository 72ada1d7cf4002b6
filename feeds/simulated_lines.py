"""The lines of the simulated district, as data: where each runs, how often, and what is special about it.

Twelve lines. 6路 is a loop, 7路 goes into a dead-end street and back, 8路 runs by headway (frequencies.txt), 1路 has a
short-turn variant (区间车), 2路 and 5路 share vehicles, 3路 runs extra trips on weekdays. Six of them share 绣水大街.
Times are seconds of the service day. Most lines run around the clock, which no real district does: a demo started at
night must show buses too. 4路, 9路 and 11路 have a first and a last bus.
"""
from __future__ import annotations

from typing import NamedTuple

Place = str | tuple[int, int]
DAY_START, DAY_END = 4 * 3600, 28 * 3600
"""A service day's first and last departure; the last buses come home after 29:00."""
PEAKS = ((7 * 3600, 9 * 3600), (16 * 3600 + 1800, 19 * 3600))
NIGHT = (22 * 3600, 6 * 3600)


class Line(NamedTuple):
    """One route. Direction 0 follows `way`, direction 1 follows it back."""

    route_id: str
    name: str
    color: str
    way: tuple[Place, ...]
    """A terminal, the junctions where it turns, a terminal."""
    headways: tuple[int, int, int]
    """s between departures in the peaks, by day, at night."""
    hours: tuple[int, int] = (DAY_START, DAY_END)
    headsigns: tuple[str, str] | None = None
    """Instead of the terminals' names."""
    frequent: bool = False
    """Runs by headway: frequencies.txt instead of a timetable."""
    extras: bool = False
    """Peak departures half-way between the regular ones, Monday to Friday."""
    group: str = ""
    """Lines of one group exchange vehicles at the terminals they share."""


class ShortTurn(NamedTuple):
    """Trips of a line over the first part of its way only."""

    route_id: str
    way: tuple[Place, ...]
    headway: int
    hours: tuple[int, int]


DAYTIME = (5 * 3600 + 2400, 22 * 3600 + 1800)
LINES = (
    Line("ZQ1", "1路", "C8102E", ("章丘汽车站", (4, 0), (3, 0), (3, 3), (0, 3), (0, 4), "大学城"), (720, 840, 1080)),
    Line("ZQ2", "2路", "00843D", ("章丘火车站", (5, 0), (5, 1), (3, 1), (3, 4), "章丘区政府"), (720, 840, 1080), group="中"),
    Line("ZQ3", "3路", "0057B8", ("明水古城", (5, 2), (3, 2), (3, 4), (0, 4), "大学城"), (840, 900, 1200), extras=True),
    Line("ZQ4", "4路", "FF8200", ("相公庄", (6, 1), (0, 1), "枣园"), (900, 960, 1200), hours=DAYTIME),
    Line("ZQ5", "5路", "6D2077", ("章丘火车站", (5, 0), (3, 0), (3, 2), (6, 2), (6, 4), "普集"), (840, 900, 1200), group="中"),
    Line(
        "ZQ6", "6路环线", "00A3AD", ("百脉泉公园", (4, 2), (4, 1), (2, 1), (2, 3), (4, 3), (4, 2), "百脉泉公园"),
        (720, 900, 1080), headsigns=("外环", "内环"),
    ),
    Line(
        "ZQ7", "7路", "84754E",
        ("枣园", (0, 1), (2, 1), (2, 4), "绣源河路", "绣源河", "绣源河路", (2, 4), (6, 4), "普集"), (960, 1020, 1320),
    ),
    Line("ZQ8", "8路", "E31C79", ("章丘汽车站", (4, 0), (4, 3), (3, 3), (3, 4), "章丘区政府"), (480, 660, 1200), frequent=True),
    Line("ZQ9", "9路", "3F9C35", ("明水古城", (5, 2), (5, 3), (1, 3), "万达广场"), (900, 960, 1200), hours=DAYTIME),
    Line(
        "ZQ10", "10路", "512D6D", ("章丘火车站", (5, 0), (6, 0), (6, 3), (4, 3), (4, 4), (0, 4), "大学城"), (960, 1020, 1320)
    ),
    Line("ZQ11", "11路", "8B5B29", ("绣惠", (1, 0), (1, 3), (3, 3), (3, 4), (6, 4), "普集"), (960, 1080, 1320), hours=DAYTIME),
    Line("ZQ12", "12路", "2D7D9A", ("相公庄", (6, 1), (6, 2), (2, 2), (2, 4), (3, 4), "章丘区政府"), (900, 960, 1200)),
)  # fmt: skip
SHORT_TURNS = (
    ShortTurn("ZQ1", ("章丘汽车站", (4, 0), (3, 0), (3, 3), (1, 3), "万达广场"), 1440, (6 * 3600 + 1800, 20 * 3600)),
)


def headway_at(line: Line, second: float) -> int:
    """s to the next departure after one at that second of the service day."""
    peak, day, night = line.headways
    if any(start <= second < end for start, end in PEAKS):
        return peak
    return night if second < NIGHT[1] or second >= NIGHT[0] else day


def departures(line: Line, phase: float) -> list[int]:
    """Every departure of the service day in one direction; `phase` in [0, 1) shifts the first by part of a headway."""
    found, at = [], line.hours[0] + phase * headway_at(line, line.hours[0])
    while at <= line.hours[1]:
        found.append(int(at) // 60 * 60)
        at += headway_at(line, at)
    return found
