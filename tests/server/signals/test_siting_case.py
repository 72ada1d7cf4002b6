"""Files brought together: whose intersections count, what trips need, and what ids and costs become."""

from __future__ import annotations

import io

import numpy as np
import pytest

from feeds.signals.road_edges import read_road_edges
from feeds.signals.siting_inputs import IntersectionTable, read_intersections
from feeds.signals.siting_trips import TripTable, read_trips
from server.signals.siting_case import SitingInputError, assemble, limits_of
from signals.road_graph import RoadGraph
from signals.siting_trips import Trips

EDGES = (
    "from_node,to_node,speed_mps,length_m,to_signal,wkt\n"
    'a,b,10,100,1,"LINESTRING(117.50 36.70,117.51 36.70)"\nb,c,10,100,1,"LINESTRING(117.51 36.70,117.52 36.70)"\nc,d,10,100,0,\n'
)


def edges() -> RoadGraph:
    return read_road_edges(io.BytesIO(EDGES.encode()))[0]


def listed(text: str, costs: bool = False) -> IntersectionTable:
    return read_intersections(io.BytesIO(text.encode()), costs)[0]


def trips(text: str) -> TripTable:
    return read_trips(io.BytesIO(text.encode()))[0]


def stops(found: Trips) -> list[list[int]]:
    return [found.stop[found.first[t] : found.first[t + 1]].tolist() for t in range(len(found))]


def test_without_streets_and_list_the_trips_name_the_intersections() -> None:
    found = assemble(None, None, trips("trip_id,intersection_id\nt,X\nt,Y\n"))
    assert list(found.case.graph.signal_ids) == ["X", "Y"]
    assert stops(found.case.trips) == [[0, 1]]
    assert (found.left_out, found.equipped) == ({}, ())


def test_sequences_pairs_and_positions_over_the_same_streets_agree() -> None:
    sequence = assemble(edges(), None, trips("trip_id,intersection_id\nt,b\nt,c\nt,elsewhere\n"))
    assert sequence.left_out == {"rows_at_an_unknown_intersection": 1}
    pairs = assemble(edges(), None, trips("from_node,to_node\na,d\nd,a\na,nowhere\n"))
    assert pairs.left_out == {"trips_at_an_unknown_node": 1, "trips_that_no_way_joins": 1}
    fixes = [f"v,t,{30 * k},36.7001,{117.505 + 0.0035 * k:.4f}" for k in range(6)]
    positions = assemble(edges(), None, trips("vehicle_id,trip_id,timestamp_unix,lat,lon\n" + "\n".join(fixes) + "\n"))
    assert positions.left_out == {}
    assert [stops(one.case.trips)[0] for one in (sequence, pairs, positions)] == [[0, 1]] * 3


def test_a_list_brings_gains_grades_equipment_and_costs() -> None:
    table = listed("intersection_id,name,grade,gain_s,bus_delay_person_s,cost,equipped\nc,双泉路,11,4,50,9,0\nfar,,,,,2,1\n")
    more = listed("intersection_id,cost\nb,7\nnone,1\n", costs=True)
    found = assemble(edges(), table, trips("trip_id,intersection_id\nt,b\nt,far\n"), more)
    assert list(found.case.graph.signal_ids) == ["b", "c", "far"]
    assert found.equipped == (2,)
    assert found.cost.tolist() == [7.0, 9.0, 2.0]
    assert found.left_out == {"cost_of_an_unknown_intersection": 1}
    assert found.case.measured.gain is not None
    assert np.isnan(found.case.measured.gain).tolist() == [True, False, True]
    assert found.case.names["c"] == "双泉路"
    assert found.case.grades[1] == 11


@pytest.mark.parametrize(
    ("streets", "text", "sentence"),
    [
        (False, "from_node,to_node\na,d\n", "trips from node to node need --edges"),
        (False, "trip_id,timestamp_unix,lat,lon\nt,1,36.7,117.5\n", "vehicle positions need places of intersections"),
        (True, "trip_id,intersection_id\nt,q\n", "no trip passes an intersection"),
        (True, "from_node,to_node\nd,a\n", "no trip passes an intersection"),
    ],
)
def test_files_that_do_not_fit_together_are_told(streets: bool, text: str, sentence: str) -> None:
    with pytest.raises(SitingInputError, match=sentence):
        assemble(edges() if streets else None, None, trips(text))


def test_an_intersection_without_a_place_is_passed_by_no_position() -> None:
    table = listed("intersection_id\nunplaced\n")
    found = assemble(edges(), table, trips("trip_id,timestamp_unix,lat,lon\nt,1,36.7,117.51\n"))
    assert found.left_out == {"intersections_without_a_place": 1}
    assert stops(found.case.trips) == [[0]]


def test_limits_name_rows_and_a_budget_leaves_out_what_has_no_cost() -> None:
    found = assemble(edges(), listed("intersection_id,cost\nb,5\nx,\n"), trips("trip_id,intersection_id\nt,b\nt,c\n"))
    limits = limits_of(found, None, 10.0, ["b"], [], [])
    assert (list(limits.must), list(limits.never)) == ([0], [1, 2])
    free = limits_of(found, 2, np.inf, [], ["c"], ["b"], branches=True)
    assert (list(free.never), list(free.equipped), free.cost) == ([1], [0], None)
    assert free.candidates is not None
    assert free.candidates.tolist() == [1, 1, 1]
    priced = assemble(None, listed("intersection_id,cost\nb,5\n"), trips("trip_id,intersection_id\nt,b\n"))
    told = limits_of(priced, 1, np.inf)
    assert told.cost is not None
    assert told.cost.tolist() == [5.0]
    with pytest.raises(SitingInputError, match="there is no intersection 'q'"):
        limits_of(found, 2, np.inf, ["q"])
    with pytest.raises(SitingInputError, match="the cost of c, which must be chosen, is not known"):
        limits_of(found, None, 10.0, ["c"])
    with pytest.raises(SitingInputError, match="a budget needs costs"):
        limits_of(assemble(edges(), None, trips("trip_id,intersection_id\nt,b\n")), None, 10.0)
