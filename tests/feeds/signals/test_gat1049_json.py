"""Control states and lane counts as JSON: plain ones, objects of GA/T 1049.2, and both mixed with what is wrong."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import FeedError
from feeds.signals.gat1049_json import COUNTS, decode_reports
from feeds.signals.gat1049_xml import decode_xml
from feeds.signals.last_reports import LastReports
from feeds.signals.reports import Decoded, Source
from feeds.signals.site import Site
from feeds.signals.vendor_codes import FOREIGN, OPENATC, VendorCodes
from signals.codes import Code, Ours
from tests.support.gat1049 import (
    CONTROLLER,
    CROSS,
    CYCLE,
    EIGHT,
    MODE_PLAN,
    OTHER,
    RECEIVED,
    STAGE,
    STATE,
    TRAFFIC,
    inventory,
    message,
    rows,
    source,
)  # fmt: skip

AT = "2026-03-02T08:00:00+08:00"
PLAIN = {"cross_id": CROSS, "at": AT, "online": True, "mode_std": "GA/T1049.2", "mode": "33", "plan_no": 4, "cycle_s": 120}
COUNT = {"approach_id": "north", "start": EIGHT / 1000 - 900, "end": AT, "volume": 118, "occupancy": 0.2, "saturation": 1.1}


def decode(*items: Any, of: Source | None = None, **options: Any) -> Decoded:
    return decode_reports(json.dumps(items).encode(), of or source(), RECEIVED, **options)


def test_a_plain_state_is_what_is_there_of_it() -> None:
    decoded = decode(PLAIN, {"cross_id": CONTROLLER, "at": EIGHT / 1000 + 1, "online": False})
    assert rows(decoded) == [
        (0, Ours.CONTROLLER_STATE, 1), (0, Ours.CONTROL_MODE, 33), (0, Code.PATTERN_CHANGE, 4), (0, Code.CYCLE_LENGTH, 120),
        (1000, Ours.CONTROLLER_STATE, 0),
    ]  # fmt: skip
    assert decoded.counters.accepted == 2


@pytest.mark.parametrize(
    ("standard", "mode", "number", "unknown"),
    [
        ("GA/T 1049.2-2024", "23", 23, {}),
        ("GB/T20999", "14", 23, {}),
        ("GB/T 20999-2017", 22, 22, {}),
        ("OpenATC", "5", 21, {}),
        ("OpenATC", "21", FOREIGN + 21, {"21": 1}),
        ("GA/T1049.2", "24", 24, {"24": 1}),
        ("our own", "5", -1, {"our own:5": 1}),
        (None, "33", 33, {}),
    ],
)
def test_modes_are_read_in_the_numbering_they_name(standard: str, mode: object, number: int, unknown: dict[str, int]) -> None:
    decoded = decode({"cross_id": CROSS, "at": AT, "mode_std": standard, "mode": mode})
    assert rows(decoded) == [(0, Ours.CONTROL_MODE, number)]
    assert decoded.counters.unknown_modes == unknown


def test_a_source_declares_its_numbering_for_all_it_sends() -> None:
    one = Source(Site(inventory()), LastReports(), vendor=OPENATC)
    decoded = decode({"CrossModePlan": {"CrossID": CROSS, "ControlMode": "6", "PlanNo": 1}}, of=one)
    assert rows(decoded)[0][1:] == (Ours.CONTROL_MODE, 22)


def test_a_plan_reported_again_is_no_change() -> None:
    one = source()
    for plan, changes in ((4, 1), (4, 0), (5, 1), (4, 1)):
        decoded = decode({**PLAIN, "plan_no": plan}, of=one)
        assert (decoded.events.code == Code.PATTERN_CHANGE).sum() == changes


def test_plain_counts_name_their_approach() -> None:
    east = {**COUNT, "approach_id": "east", "cross_id": OTHER, "queue_m": 35, "occupancy": 20, "saturation": None}
    decoded = decode(COUNT, east, name=COUNTS)
    counts = decoded.counts
    assert counts.approach.tolist() == [0, 2]
    assert (counts.end - counts.start).tolist() == [900_000] * 2
    assert counts.volume.tolist() == [118.0, 118.0]
    np.testing.assert_array_equal(counts.occupancy, [0.2, np.nan])
    np.testing.assert_array_equal(counts.queue, [np.nan, 35.0])
    np.testing.assert_array_equal(counts.saturation, [1.1, np.nan])
    assert decoded.counters.left_unknown == {"occupancy_out_of_range": 1}


def test_objects_say_in_json_what_they_say_in_xml() -> None:
    wanted = decode_xml(message(STATE + MODE_PLAN + CYCLE + STAGE + TRAFFIC).encode(), source(), RECEIVED)
    lanes = [
        {"LaneNo": 1, "Volume": 480, "Saturation": 62.5, "QueueLength": 31.5, "MaxQueueLength": 54, "Occupancy": 18},
        {"LaneNo": "02", "Volume": 0, "Occupancy": 0},
        {"LaneNo": 9, "Volume": 60, "Occupancy": 3},
    ]
    objects = {
        "CrossState": [{"CrossID": CROSS, "Value": "Online"}],
        "CrossModePlan": {"CrossID": CROSS, "ControlMode": "33", "PlanNo": 4},
        "CrossCycle": {"CrossID": CROSS, "StartTime": "2026-03-02 07:59:30", "LastCycleLen": 120, "AdjustFlag": 1},
        "CrossStage": {
            "CrossID": CROSS, "LastStageNo": 3, "LastStageLen": 28, "CurStageNo": 1, "CurStageStartTime": "2026-03-02 07:59:55"
        },
        "CrossTrafficData": {"CrossID": CROSS, "EndTime": "2026-03-02 08:00:00", "Interval": 300, "DataList": lanes},
    }  # fmt: skip
    in_message = {"Message": {"Type": "PUSH", "Seq": "20260302080000000001", "Body": {"Operation": [{"name": "Notify", **objects}]}}}
    for found in (decode(in_message), decode({"Seq": "20260302080000000001", **objects})):
        for column, other in zip((*found.events, *found.counts), (*wanted.events, *wanted.counts)):
            np.testing.assert_array_equal(column, other)
        assert found.counters.refused == {"lane_no_unknown": 1}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (5, "not_an_object"),
        ({}, "unknown_object"),
        ({"CrossState": 5}, "not_an_object"),
        ({**PLAIN, "cross_id": "x"}, "unknown_device"),
        ({**PLAIN, "at": "2026-03-02"}, "at_not_a_time"),
        ({**PLAIN, "at": None}, "at_missing"),
        ({**PLAIN, "online": "yes"}, "online_not_a_truth"),
        ({**PLAIN, "cycle_s": "long"}, "cycle_s_not_a_number"),
        ({**COUNT, "approach_id": "up"}, "approach_id_unknown"),
        ({**COUNT, "volume": -1}, "volume_out_of_range"),
        ({**COUNT, "end": COUNT["start"]}, "end_out_of_range"),
        ({**COUNT, "start": None}, "start_missing"),
    ],
)
@pytest.mark.parametrize("lines", [False, True])
def test_one_bad_item_costs_no_other(wrong: object, reason: str, lines: bool) -> None:
    items = [json.dumps(one) for one in (PLAIN, wrong, COUNT)]
    body = "\n".join(items) if lines else f"[{','.join(items)}]"
    decoded = decode_reports(body.encode(), source(), RECEIVED)
    assert decoded.counters.refused == {reason: 1}
    assert (decoded.counters.accepted, len(decoded.events.time), len(decoded.counts.start)) == (2, 4, 1)
    assert decoded.counters.examples[0].where.startswith("/1")


def test_volumes_are_an_hours_unless_the_source_declares_otherwise() -> None:
    data = {"CrossID": CROSS, "EndTime": "2026-03-02 08:00:00", "Interval": 300, "DataList": [{"LaneNo": 1, "Volume": 24}]}
    declared = source()._replace(vendor=VendorCodes("own", hourly_volumes=False))
    assert decode({"CrossTrafficData": data}).counts.volume.tolist() == [2.0]
    assert decode({"CrossTrafficData": data}, of=declared).counts.volume.tolist() == [24.0]


WORDS = (
    "CrossState CrossStage CrossSignalGroupStatus CrossTrafficData CrossID Value Message Body Seq CurStageNo SignalGroupStatusList "
    "LampStatus DataList Interval EndTime cross_id at online mode approach_id volume"
)
NAMES = st.sampled_from(WORDS.split())
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | NUMBERS | st.sampled_from([CROSS, AT, "1", "north", ""])
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=25)


@given(TREES)
def test_no_json_breaks_it(tree: object) -> None:
    decoded = decode(tree, PLAIN)
    assert len(decoded.events.time) == len(decoded.stamped) >= 4
    assert decoded.events.code[-4:].tolist() == [Ours.CONTROLLER_STATE, Ours.CONTROL_MODE, Code.PATTERN_CHANGE, Code.CYCLE_LENGTH]


def test_a_body_that_is_none_is_one_sentence() -> None:
    with pytest.raises(FeedError, match="counts: is not JSON at byte"):
        decode_reports(b"[{", source(), RECEIVED, name=COUNTS)
    decoded = decode_reports(b'{"cross_id":\n', source(), RECEIVED, content="ndjson")
    assert decoded.counters.refused == {"not_json": 1}
