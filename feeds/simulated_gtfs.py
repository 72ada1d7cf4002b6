"""The simulated district's timetable as a GTFS feed: table name → text, to be compiled the way a real feed is.

Distances are metres along the shape, block ids are given for the timetabled lines, the line that operates by headway has
one template trip a direction and rows in frequencies.txt. The calendar reaches from 2024 to 2039; on New Year's Day and
National Day the weekday extras do not run.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from feeds.simulated_lines import LINES
from feeds.simulated_streets import to_degrees
from feeds.simulated_timetable import EVERY_DAY, HOLIDAYS, WEEKDAYS, Timetable, template_times
from feeds.simulated_ways import Ways

AGENCY = "章丘公交（模拟）"
TIMEZONE = "Asia/Shanghai"
FIRST_YEAR, LAST_YEAR = 2024, 2039
SERVICES = {EVERY_DAY: "每日", WEEKDAYS: "工作日"}


def gtfs_tables(ways: Ways, timetable: Timetable, version: str) -> dict[str, str]:
    """File name → text of every table."""
    return {
        "agency.txt": _table(
            "agency_id,agency_name,agency_url,agency_timezone,agency_lang",
            [f"ZQ,{AGENCY},https://example.org/,{TIMEZONE},zh"],
        ),
        "feed_info.txt": _table(
            "feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version",
            [f"百脉,https://example.org/,zh,{FIRST_YEAR}0101,{LAST_YEAR}1231,{version}"],
        ),
        "routes.txt": _table(
            "route_id,agency_id,route_short_name,route_long_name,route_type,route_color,route_text_color",
            (f"{line.route_id},ZQ,{line.name},{line.way[0]} — {line.way[-1]},3,{line.color},FFFFFF" for line in LINES),
        ),
        "stops.txt": _stops(ways),
        "calendar.txt": _calendar(),
        "calendar_dates.txt": _table(
            "service_id,date,exception_type",
            (
                f"{SERVICES[WEEKDAYS]},{year}{month:02d}{day:02d},2"
                for year in range(FIRST_YEAR, LAST_YEAR + 1)
                for month, day in HOLIDAYS
            ),
        ),
        "shapes.txt": _shapes(ways),
        "trips.txt": _trips(ways, timetable),
        "stop_times.txt": _stop_times(ways, timetable),
        "frequencies.txt": _frequencies(timetable),
    }


def write_feed(tables: Mapping[str, str], folder: Path) -> None:
    """Write the tables as a GTFS folder, which is made when it does not exist."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in tables.items():
        (folder / name).write_text(text, encoding="utf-8")


def _table(header: str, rows: Iterable[str]) -> str:
    return "\n".join([header, *rows]) + "\n"


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def _stops(ways: Ways) -> str:
    lat, lon = to_degrees(np.array([stop.x for stop in ways.stops]), np.array([stop.y for stop in ways.stops]))
    return _table(
        "stop_id,stop_code,stop_name,stop_lat,stop_lon",
        (
            f"{stop.stop_id},{1001 + i},{stop.name},{lat[i]:.6f},{lon[i]:.6f}"
            for i, stop in enumerate(ways.stops)
        ),
    )  # fmt: skip


def _calendar() -> str:
    span = f"{FIRST_YEAR}0101,{LAST_YEAR}1231"
    return _table(
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
        [f"{SERVICES[EVERY_DAY]},1,1,1,1,1,1,1,{span}", f"{SERVICES[WEEKDAYS]},1,1,1,1,1,0,0,{span}"],
    )


def _shapes(ways: Ways) -> str:
    lat, lon = to_degrees(ways.x, ways.y)
    rows: list[str] = []
    for pattern in range(len(ways.patterns)):
        for nth, i in enumerate(range(int(ways.start[pattern]), int(ways.start[pattern + 1]))):
            rows.append(f"W{pattern + 1:02d},{lat[i]:.6f},{lon[i]:.6f},{nth + 1},{ways.at[i]:.1f}")
    return _table("shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled", rows)


def _trips(ways: Ways, timetable: Timetable) -> str:
    block_of_trip: dict[int, int] = {}
    for block in range(len(timetable.block_service)):
        for run in timetable.runs_of_block(block):
            block_of_trip[int(timetable.run_trip[run])] = block
    rows = []
    for number, trip in enumerate(timetable.trips):
        pattern = ways.patterns[trip.pattern]
        block_id = "" if trip.template else f"B{block_of_trip[number] + 1:03d}"
        rows.append(
            f"{LINES[pattern.route].route_id},{SERVICES[trip.service]},{trip.trip_id},{pattern.headsign},"
            f"{pattern.direction},{block_id},W{trip.pattern + 1:02d}"
        )
    return _table("route_id,service_id,trip_id,trip_headsign,direction_id,block_id,shape_id", rows)


def _stop_times(ways: Ways, timetable: Timetable) -> str:
    run_of_trip = {int(trip): run for run, trip in enumerate(timetable.run_trip.tolist())}
    rows = []
    for number, trip in enumerate(timetable.trips):
        times = template_times(timetable, number) if trip.template else timetable.run_times(run_of_trip[number])
        first = int(ways.stop_start[trip.pattern])
        held = timetable.timepoints[trip.pattern]
        for k, second in enumerate(times.tolist()):
            clock, stop = _clock(second), ways.stops[ways.stop[first + k]].stop_id
            timepoint = 0 if trip.template else held[k]
            rows.append(f"{trip.trip_id},{clock},{clock},{stop},{k + 1},{ways.stop_at[first + k]:.1f},{timepoint}")
    return _table("trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled,timepoint", rows)


def _frequencies(timetable: Timetable) -> str:
    return _table(
        "trip_id,start_time,end_time,headway_secs,exact_times",
        (
            f"{timetable.trips[trip].trip_id},{_clock(start)},{_clock(end)},{headway},0"
            for trip, start, end, headway in timetable.templates
        ),
    )
