"""Inventories from files: what stands in them is read, what is wrong is told in a sentence and costs as little as it can."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from feeds.errors import FeedError
from feeds.signals.counters import SignalCounters
from feeds.signals.inventory_files import read_inventory
from signals.inventory import Inventory
from signals.model import DetectorType, Grade

HEAD = "device_id,intersection_id,grade,declared_mode,lat,lon\n"
NODES = HEAD + "d1,j1,11,23,36.68,117.53\nd2,j2,主-次,感应控制,36.69,117.54\nd2,j3,,,,\n,j4,31,,36.7,117.5\n"
DETECTORS = (
    "device_id,channel,lane_id,approach_id,phases,type,distance_m\n"
    "d1,1,n_0,north,2+5,advance,60\nd1,2,n_0,north,2,stopbar,3\nd1,3,s_0,south,,,\nd2,1,,north,4,advance,55.5\n"
)


def written(folder: Path, **tables: str) -> dict[str, Path]:
    """Each text as `<name>.csv`."""
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.csv" for name in tables}


def of(folder: Path, **tables: str) -> tuple[Inventory, SignalCounters]:
    counters = SignalCounters()
    return read_inventory(**written(folder, **tables), counters=counters), counters  # type: ignore[arg-type]


def test_one_controller_may_hold_several_intersections_and_one_intersection_none(tmp_path: Path) -> None:
    inventory, counters = of(tmp_path, inventory=NODES)
    assert inventory.device_ids == ("d1", "d2")
    assert inventory.intersection_ids == ("j1", "j2", "j3", "j4")
    assert inventory.device.tolist() == [0, 1, 1, -1]
    assert inventory.grade.tolist() == [Grade.MAIN_MAIN, Grade.MAIN_SECONDARY, Grade.UNKNOWN, Grade.BRANCH_BRANCH]
    assert inventory.declared_mode.tolist() == [23, 22, -1, -1]
    np.testing.assert_array_equal(inventory.lat, [36.68, 36.69, np.nan, 36.7])
    assert (counters.accepted, counters.refused, counters.left_unknown) == (4, {}, {})


def test_approaches_are_those_detectors_name_and_names_are_unique_only_at_home(tmp_path: Path) -> None:
    inventory, _ = of(tmp_path, inventory=NODES, detectors=DETECTORS)
    assert inventory.approach_ids == ("j1/north", "south", "d2/north")
    assert inventory.approach_intersection.tolist() == [0, 0, -1]  # which of d2's two it is at nobody says
    assert inventory.detector_approach.tolist() == [0, 0, 1, 2]
    assert [inventory.phases_of(k).tolist() for k in range(4)] == [[2, 5], [2], [], [4]]
    assert inventory.detector_type.tolist() == [DetectorType.ADVANCE, DetectorType.STOPBAR, 0, DetectorType.ADVANCE]
    np.testing.assert_array_equal(inventory.detector_distance, [60.0, 3.0, np.nan, 55.5])
    assert inventory.detector_lane == ("n_0", "n_0", "s_0", "")


def test_detectors_find_approaches_of_their_own_table_at_any_intersection_of_their_controller(tmp_path: Path) -> None:
    approaches = "approach_id,intersection_id,lat,lon,bearing\nnorth,j1,36.681,117.53,180\nnorth,j3,36.691,117.54,\nwest,j2,,,90\n"
    inventory, counters = of(tmp_path, inventory=NODES, detectors=DETECTORS, approaches=approaches)
    assert inventory.approach_ids == ("j1/north", "j3/north", "west")
    assert inventory.approach_intersection.tolist() == [0, 2, 1]
    assert inventory.detector_approach.tolist() == [0, 0, -1, 1]
    np.testing.assert_array_equal(inventory.approach_bearing, [180.0, np.nan, 90.0])
    assert counters.left_unknown == {"approach_id_unknown": 1}
    sentence = "line 4, approach_id: is no approach of the intersection: 'south'"
    assert str(counters.examples[0]) == f"{tmp_path / 'detectors.csv'}, {sentence}"


def test_every_fault_is_a_sentence_with_file_line_and_field(tmp_path: Path) -> None:
    nodes = HEAD + "d1,j1,99,自适应??,95,200\nd1,j1,,,,\nd1,,,,,\nd1,j5,11,24,x,117\n"
    detectors = (
        "device_id,channel,approach_id,phases,type,distance_m,intersection_id\n"
        "d9,1,,,,,\nd1,1,,2&5,loop,-4,j1\nd1,1,,,,,\nd1,x,,,,,\nd1,2,n,1,advance,1e9,j9\n"
    )
    inventory, counters = of(tmp_path, inventory=nodes, detectors=detectors)
    assert counters.refused == {
        "intersection_id_duplicate": 1, "intersection_id_missing": 1, "device_id_unknown": 1, "channel_duplicate": 1,
        "channel_not_a_channel": 1,
    }  # fmt: skip
    assert counters.left_unknown == {
        "grade_unknown_word": 1, "declared_mode_unknown_word": 1, "lat_out_of_range": 1, "lon_out_of_range": 1,
        "lat_not_a_number": 1, "phases_not_numbers": 1, "type_unknown_word": 1, "distance_m_out_of_range": 2,
        "intersection_id_unknown": 1,
    }  # fmt: skip
    assert counters.unknown_modes == {"24": 1}  # kept as it is, and counted
    assert inventory.declared_mode.tolist() == [-1, 24]
    assert np.isnan(inventory.lat).all()
    assert np.isnan(inventory.lon).all()
    sentences = [str(example) for example in counters.examples]
    assert f"{tmp_path / 'inventory.csv'}, line 2, grade: is no grade of GA/T 1049.2: '99'" in sentences
    assert f"{tmp_path / 'detectors.csv'}, line 4, channel: channel 1 of d1 stands in an earlier row too" in sentences


def test_cameras_are_at_intersections_and_perhaps_at_approaches(tmp_path: Path) -> None:
    cameras = (
        "camera_id,intersection_id,approach_id,seen_at\n"
        "c1,j1,north,1772409600\nc1,j1,south,2026-03-02T08:00:00+08:00\nc2,j2,,\nc2,j2,,5\nc3,j9,,\n,j1,,\nc4,j1,up,yesterday\n"
    )
    inventory, counters = of(tmp_path, inventory=NODES, detectors=DETECTORS, cameras=cameras)
    assert inventory.camera_ids == ("c1", "c1", "c2", "c4")
    assert inventory.camera_intersection.tolist() == [0, 0, 1, 0]
    assert inventory.camera_approach.tolist() == [0, 1, -1, -1]
    np.testing.assert_array_equal(inventory.camera_seen, [1772409600.0, 1772409600.0, np.nan, np.nan])
    assert counters.refused == {"camera_id_duplicate": 1, "camera_id_missing": 1, "intersection_id_unknown": 1}
    assert counters.left_unknown == {"approach_id_unknown": 1, "seen_at_not_a_time": 1}


def test_geojson_gives_places_by_its_geometry(tmp_path: Path) -> None:
    def feature(kind: str, coordinates: object, **properties: object) -> dict[str, object]:
        return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}

    nodes = [feature("Point", [117.5, 36.7], device_id="d1", intersection_id=7, grade=12), {"type": "Feature"}, 5]
    roads = [feature("LineString", [[117.49, 36.7], [117.4999, 36.7]], approach_id="w", intersection_id="7")]
    (tmp_path / "n.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": nodes}))
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": roads}))
    counters = SignalCounters()
    inventory = read_inventory(tmp_path / "n.geojson", approaches=tmp_path / "a.geojson", counters=counters)
    assert (inventory.intersection_ids, inventory.grade.tolist(), inventory.lat.tolist()) == (("7",), [12], [36.7])
    assert inventory.approach_bearing.tolist() == [90.0]
    assert inventory.approach_lon.tolist() == [117.4999]
    assert counters.refused == {"feature_without_properties": 2}
    assert str(counters.examples[0]) == f"{tmp_path / 'n.geojson'}, feature 2, feature: has no properties"


def test_other_columns_can_stand_for_names_and_road_classes_for_grades(tmp_path: Path) -> None:
    text = "tls_id,program,approach_classes\n7,actuated,highway.primary|highway.tertiary\n8,static,highway.residential\n"
    with gzip.open(tmp_path / "s.csv.gz", "wt") as file:
        file.write(text)
    names = {"intersection_id": "tls_id", "device_id": "tls_id", "declared_mode": "program"}
    heard: list[int] = []
    inventory = read_inventory(tmp_path / "s.csv.gz", renamed=names, progress=heard.append)
    assert inventory.device_ids == inventory.intersection_ids == ("7", "8")
    assert inventory.grade.tolist() == [Grade.MAIN_BRANCH, Grade.BRANCH_BRANCH]
    assert (inventory.declared_mode.tolist(), heard) == ([22, 21], [2])


def test_progress_is_told_while_a_long_table_is_read(tmp_path: Path) -> None:
    (tmp_path / "many.csv").write_text(HEAD + "".join(f"d{k},j{k},11,21,36.5,117.5\n" for k in range(12_345)))
    heard: list[int] = []
    inventory = read_inventory(tmp_path / "many.csv", progress=heard.append)
    assert len(inventory.intersection_ids) == sum(heard) == 12_345
    assert len(heard) == 3


def test_a_table_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="line 1, intersection_id: the column is missing"):
        of(tmp_path, inventory="device_id\nd\n")
    (tmp_path / "x.geojson").write_text('{"features": [}')
    with pytest.raises(FeedError, match=r"x.geojson, line 1: is not JSON"):
        read_inventory(tmp_path / "x.geojson")
    (tmp_path / "y.geojson").write_text('{"features": [{"properties": {"intersection_id": "a"}}]}')
    with pytest.raises(FeedError, match="device_id: no feature has this property"):
        read_inventory(tmp_path / "y.geojson")
    (tmp_path / "gbk.csv").write_bytes((HEAD + "d,经十路,11,,,\nd,j,11,,,\n").encode("gb18030"))
    counters = SignalCounters()
    assert read_inventory(tmp_path / "gbk.csv", counters=counters).intersection_ids == ("j",)
    assert counters.refused == {"intersection_id_not_utf8": 1}
