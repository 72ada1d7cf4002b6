from __future__ import annotations

import pytest

from feeds.errors import MissingField
from feeds.parking.streets import read_streets
from parking.streets import build_streets

HEADER = "edge_id,from_node,to_node,road_class,wkt\n"


def test_streets_for_people_on_foot() -> None:
    table = (
        'e1,a,b,highway.residential,"LINESTRING(7.4 43.7,7.401 43.7)"\n'
        'e2,b,c,highway.motorway_bridge,"LINESTRING(7.401 43.7,7.5 43.8)"\n'
        'e3,b,a,highway.residential,"LINESTRING(7.401 43.7,7.4 43.7)"\n'
    )
    streets, counters = read_streets("edges.csv", (HEADER + table).encode())
    assert [(one.begin, one.end, one.lat, one.lon) for one in streets] == [
        ("a", "b", [43.7, 43.7], [7.4, 7.401]), ("b", "a", [43.7, 43.7], [7.401, 7.4]),
    ]  # fmt: skip
    assert (counters.accepted, counters.ignored) == (2, {"not_on_foot": 1})
    assert build_streets(streets).length.sum() / 2 == pytest.approx(2 * 80.4, abs=0.2)


@pytest.mark.parametrize("wkt", ["POINT(1 2)", "LINESTRING(1 2)", "LINESTRING(1 2,x)", "LINESTRING(1 2,3)", "LINESTRING(1 2,3 95)", ""])
def test_lines_that_are_none_are_left_out(wkt: str) -> None:
    streets, counters = read_streets("edges.csv", f'{HEADER}e,a,b,,"{wkt}"\n'.encode())
    assert streets == []
    assert counters.refused_total == 1


def test_a_table_without_lines_is_an_error() -> None:
    with pytest.raises(MissingField, match=r"edges\.csv, line 1, wkt"):
        read_streets("edges.csv", b"from_node,to_node\n")
