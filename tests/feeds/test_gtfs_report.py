"""feeds.gtfs_report: what was found, for a program and for a person."""

from __future__ import annotations

import json

import numpy as np
import pytest

from feeds.gtfs_report import EXAMPLES, Report
from feeds.gtfs_tables import read_tables


def _report() -> Report:
    table = read_tables([("stops.txt", b"stop_id,stop_lat\n" + b"".join(b"S%d,x%d\n" % (k, k) for k in range(9)))]).tables["stops.txt"]
    report = Report("city.zip", "7", {"stops": 12, "stop_times": 3456})
    report.add("unused_stop", "stops.txt", 2)
    report.rows("bad_coordinate", table, np.arange(9) % 2 == 0, "stop_lat")
    report.rows("missing_id", table, np.zeros(9, bool), "stop_id")
    report.add("times_spread", "stop_times.txt", 40, [8, 9, 10])
    return report


def test_defects_are_ordered_by_what_became_of_the_rows() -> None:
    assert [(one.kind, one.reason, one.count) for one in _report().defects] == [
        ("skipped", "bad_coordinate", 5),
        ("mended", "times_spread", 40),
        ("warning", "unused_stop", 2),
    ]


def test_examples_name_line_field_and_value_and_are_few() -> None:
    report = _report()
    for _ in range(3):
        report.add("bad_coordinate", "stops.txt", 1, [99], "stop_lat", ["y"])
    examples = report.defects[0].examples
    assert examples[1] == {"line": 4, "field": "stop_lat", "value": "x2"}
    assert len(examples) == EXAMPLES
    assert report.count("bad_coordinate") == 8


def test_the_report_is_json() -> None:
    found = json.loads(json.dumps(_report().to_json()))
    assert found["counts"] == {"stops": 12, "stop_times": 3456}
    assert found["defects"][0]["examples"][0] == {"line": 2, "field": "stop_lat", "value": "x0"}
    assert {"file", "reason", "kind", "count", "text", "examples"} == set(found["defects"][0])


def test_the_report_is_readable() -> None:
    text = _report().to_text()
    assert text.splitlines()[0] == "city.zip  version 7"
    assert "\n         3,456  stop times\n" in text
    assert "skipped:\n             5  stops.txt: the coordinate is empty, not a number, out of range or 0, 0\n" in text
    assert "line 2, stop_lat 'x0'; line 4, stop_lat 'x2'; line 6, stop_lat 'x4', …" in text
    assert Report("city.zip").to_text().endswith("nothing skipped, nothing mended")


def test_a_reason_nobody_described_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        Report("city.zip").add("bad_luck", "stops.txt")
