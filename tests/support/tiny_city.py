"""A city of six lines around Mingshui, Zhangqiu, small enough to know by heart. 0.01° is 1,110 m north, 894 m east.

1路   汽车站 → 大学城 and back; distances in km eastbound, none westbound; blocks B1 and B2 shuttle, B3 goes on to line 2
2路   a loop: the stop it begins at is the stop it ends at
3路   out and back on one road: 双山小学 and 火车站 are served twice by one trip
K4    headways, frequencies.txt with exact_times = 0
5路   exact departures, frequencies.txt with exact_times = 1; no shape
N1    the night bus after line 1: Fridays and Saturdays, past 24:00

Weekdays run Monday to Friday, but not on 1 May 2026, when the weekend's timetable runs; HOLIDAY has only dates of its own.
"""

from __future__ import annotations

import zipfile
from functools import cache
from pathlib import Path

from feeds.gtfs import compile_network
from transit.network import Network

AGENCY = """\
agency_id,agency_name,agency_url,agency_timezone,agency_lang
ZQ,章丘公交,http://bus.example,Asia/Shanghai,zh
"""

FEED_INFO = """\
feed_publisher_name,feed_publisher_url,feed_lang,feed_version
章丘公交,http://bus.example,zh,tiny-1
"""

STOPS = """\
stop_id,stop_code,stop_name,stop_lat,stop_lon
E1,1001,汽车站,36.7099,117.5302
E2,1002,百脉泉公园,36.7099,117.5370
E3,1003,人民医院,36.7140,117.5401
E4,1004,区政府,36.7180,117.5401
E5,1005,大学城,36.7199,117.5498
W5,1006,大学城,36.7201,117.5498
W4,1007,区政府,36.7180,117.5399
W3,1008,人民医院,36.7140,117.5399
W2,1009,百脉泉公园,36.7101,117.5370
W1,1010,汽车站,36.7101,117.5302
L0,2001,汽车站环线,36.7101,117.5299
L1,2002,龙泉小区,36.7130,117.5299
L2,2003,实验小学,36.7161,117.5330
L3,2004,百脉泉北门,36.7130,117.5361
T0,3001,火车站,36.7050,117.5302
T1,3002,双山小学,36.7050,117.5370
T2,3003,绣源河,36.7049,117.5449
H0,4001,文博中心,36.7249,117.5301
H1,4002,体育公园,36.7249,117.5360
H2,4003,双山大街,36.7249,117.5430
H3,4004,明水古城,36.7249,117.5499
V0,5001,相公庄,36.7000,117.5200
V1,5002,经十东路,36.7040,117.5250
V2,5003,眼明泉,36.7080,117.5300
"""

ROUTES = """\
route_id,agency_id,route_short_name,route_long_name,route_type,route_color,route_text_color
R1,ZQ,1路,汽车站—大学城,3,D7262B,FFFFFF
R2,ZQ,2路,汽车站环线,3,1A7F37,FFFFFF
R3,ZQ,3路,火车站—绣源河,3,,
R4,ZQ,K4,文博中心—明水古城,3,0B5CAD,FFFFFF
R5,ZQ,5路,相公庄—眼明泉,3,,
N1,ZQ,N1,夜班 汽车站—大学城,3,333333,FFFFFF
"""

SHAPES = """\
shape_id,shape_pt_sequence,shape_pt_lat,shape_pt_lon,shape_dist_traveled
east,1,36.7100,117.5300,0
east,2,36.7100,117.5400,0.894
east,3,36.7200,117.5400,2.003
east,4,36.7200,117.5500,2.897
west,1,36.7200,117.5500,
west,2,36.7200,117.5400,
west,3,36.7100,117.5400,
west,4,36.7100,117.5300,
loop,1,36.7100,117.5300,
loop,2,36.7160,117.5300,
loop,3,36.7160,117.5360,
loop,4,36.7100,117.5360,
loop,5,36.7100,117.5300,
spur,1,36.7050,117.5300,
spur,2,36.7050,117.5450,
spur,3,36.7050,117.5300,
culture,1,36.7250,117.5300,
culture,2,36.7250,117.5500,
"""

CALENDAR = """\
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
WEEKDAY,1,1,1,1,1,0,0,20260101,20261231
WEEKEND,0,0,0,0,0,1,1,20260101,20261231
NIGHT,0,0,0,0,1,1,0,20260101,20261231
"""

CALENDAR_DATES = """\
service_id,date,exception_type
WEEKDAY,20260501,2
WEEKEND,20260501,1
HOLIDAY,20260217,1
HOLIDAY,20260218,1
"""

TRIPS = """\
route_id,service_id,trip_id,trip_headsign,direction_id,block_id,shape_id
R1,WEEKDAY,1E-0700,大学城,0,B1,east
R1,WEEKDAY,1W-0715,汽车站,1,B1,west
R1,WEEKDAY,1E-0730,大学城,0,B1,east
R1,WEEKDAY,1W-0745,汽车站,1,B1,west
R1,WEEKDAY,1E-0715,大学城,0,B2,east
R1,WEEKDAY,1W-0730,汽车站,1,B2,west
R1,WEEKDAY,1E-0745,大学城,0,B2,east
R1,WEEKDAY,1W-0800,汽车站,1,B2,west
R1,WEEKDAY,1W-0700,汽车站,1,B3,west
R2,WEEKDAY,2-0720,汽车站环线,0,B3,loop
R2,WEEKDAY,2-0740,汽车站环线,0,B3,loop
R3,WEEKDAY,3-0710,绣源河,,B4,spur
R3,WEEKDAY,3-0740,绣源河,,B4,spur
R4,WEEKDAY,4,明水古城,0,,culture
R5,WEEKDAY,5,眼明泉,0,,
R1,WEEKEND,1E-0800-S,大学城,0,B5,east
R1,WEEKEND,1W-0815-S,汽车站,1,B5,west
R2,HOLIDAY,2-0900-H,汽车站环线,0,,loop
N1,NIGHT,N1-2350,大学城,0,,east
"""

FREQUENCIES = """\
trip_id,start_time,end_time,headway_secs,exact_times
4,06:00:00,09:00:00,600,0
4,09:00:00,17:00:00,900,
5,07:00:00,08:00:00,1200,1
"""

RUNS = {
    "east": "E1 0 0 1 0.018, E2 120 120 0 0.625, E3 300 330 1 1.338, E4 480 480 0 1.782, E5 660 660 1 2.879",
    "west": "W5 0 0 1, W4 180 180 0, W3 330 360 1, W2 540 540 0, W1 660 660 1",
    "loop": "L0 0 0 1, L1 120 120 0, L2 300 300 0, L3 480 480 0, L0 720 720 1",
    "spur": "T0 0 0 1, T1 180 180 0, T2 420 480 1, T1 720 720 0, T0 900 900 1",
    "culture": "H0 0 0 0, H1 90 90 0, H2 210 210 0, H3 330 330 0",
    "": "V0 0 0 0, V1 120 120 0, V2 240 240 0",
}
"""By shape: stop, arrival and departure in seconds after the trip's start, timepoint, shape_dist_traveled in km if given."""


def _stop_times() -> str:
    rows = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled,timepoint"]
    for line in TRIPS.splitlines()[1:]:
        trip, shape = line.split(",")[2], line.split(",")[6]
        clock = trip.split("-")[1] if "-" in trip else "0000"
        start = int(clock[:2]) * 3600 + int(clock[2:]) * 60
        for sequence, call in enumerate(RUNS[shape].split(", "), 1):
            stop, arrival, departure, timepoint, *traveled = call.split()
            times = f"{_clock(start + int(arrival))},{_clock(start + int(departure))}"
            rows.append(f"{trip},{times},{stop},{sequence},{''.join(traveled)},{timepoint}")
    return "\n".join(rows) + "\n"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


FEED: dict[str, str] = {
    "agency.txt": AGENCY,
    "feed_info.txt": FEED_INFO,
    "stops.txt": STOPS,
    "routes.txt": ROUTES,
    "shapes.txt": SHAPES,
    "calendar.txt": CALENDAR,
    "calendar_dates.txt": CALENDAR_DATES,
    "trips.txt": TRIPS,
    "frequencies.txt": FREQUENCIES,
    "stop_times.txt": _stop_times(),
}


def feed(**overrides: str | None) -> dict[str, str]:
    """The feed with some tables replaced, `stops="…"`, or left out, `shapes=None`."""
    changed = {f"{name}.txt": text for name, text in overrides.items()}
    return {name: text for name, text in {**FEED, **changed}.items() if text is not None}


def write_feed(path: Path, **overrides: str | None) -> Path:
    """Write the feed to a zip (a path that ends in .zip) or a folder, tables replaced or left out as in `feed`."""
    tables = feed(**overrides)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in tables.items():
                archive.writestr(name, text)
    else:
        path.mkdir(parents=True, exist_ok=True)
        for name, text in tables.items():
            (path / name).write_text(text, encoding="utf-8")
    return path


@cache
def tiny_network() -> Network:
    """The compiled feed; one for all tests of a process, so never written to."""
    return compile_network(FEED)[0]
