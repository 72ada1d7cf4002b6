"""Streets to walk on from a CSV of road edges: edge_id, from_node, to_node, road_class, wkt (LINESTRING of lon lat, WGS-84).

Motorways and what else is not for people on foot are left out. `road_edges.csv.gz` of sim_city, unzipped, is such a table.
"""

from __future__ import annotations

from feeds.counters import Counters
from feeds.parking.rows import Progress, Row, Unusable, read_rows, refuse
from parking.streets import Street

NOT_ON_FOOT = ("motorway", "trunk", "railway", "rail", "waterway")
"""parts of a road class (OpenStreetMap's words) that nobody walks on"""


def read_streets(name: str, data: bytes, progress: Progress | None = None) -> tuple[list[Street], Counters]:
    """(streets, counts). Raises FeedError."""
    counters, streets = Counters(), []
    for row in read_rows(name, data, ("from_node", "to_node", "wkt"), counters, None, progress):
        if any(word in row.text("road_class").lower() for word in NOT_ON_FOOT):
            counters.ignore("not_on_foot")
            continue
        try:
            streets.append(Street(row.required("from_node"), row.required("to_node"), *_line(row)))
            counters.accepted += 1
        except Unusable as why:
            refuse(counters, name, row, why)
    return streets, counters


def _line(row: Row) -> tuple[list[float], list[float]]:
    """(lat, lon) along it."""
    text = row.required("wkt")
    if not (text.upper().startswith("LINESTRING") and text.endswith(")") and "(" in text):
        raise Unusable("wkt", "bad_wkt", f"is no LINESTRING: {text[:40]!r}")
    try:
        points = [tuple(map(float, part.split()[:2])) for part in text[text.index("(") + 1 : -1].split(",")]
        lon, lat = ([point[k] for point in points] for k in (0, 1))
    except (ValueError, IndexError):
        raise Unusable("wkt", "bad_wkt", "has a point that is no pair of numbers") from None
    if len(points) < 2 or not all(-90.0 <= one <= 90.0 for one in lat) or not all(-180.0 <= one <= 180.0 for one in lon):
        raise Unusable("wkt", "bad_wkt", "needs two points or more, as longitude and latitude")
    return lat, lon
