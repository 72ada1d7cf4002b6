"""GA/T 1049.2 as XML: what each object becomes, and that no message, however made, does more than be counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import BadEncoding
from feeds.signals.gat1049_xml import DEEPEST, decode_xml
from feeds.signals.reports import Decoded, Source
from signals.codes import Code, Ours
from tests.support.gat1049 import (
    CROSS,
    CYCLE,
    EIGHT,
    ERROR,
    MODE_PLAN,
    OLDER_CYCLE,
    RECEIVED,
    STAGE,
    STAGE_TRAFFIC,
    STATE,
    TRAFFIC,
    lamps,
    message,
    rows,
    source,
)  # fmt: skip

GREEN, YELLOW, RED, DARK = Code.BEGIN_GREEN, Code.BEGIN_YELLOW, Code.BEGIN_RED_CLEARANCE, Code.PHASE_INACTIVE


def decode(text: str | bytes, of: Source | None = None) -> Decoded:
    return decode_xml(text.encode() if isinstance(text, str) else text, of or source(), RECEIVED)


def test_every_object_of_a_push_becomes_events() -> None:
    decoded = decode(message(STATE + MODE_PLAN + CYCLE + STAGE + ERROR))
    assert rows(decoded) == [
        (0, Ours.CONTROLLER_STATE, 1), (0, Ours.CONTROL_MODE, 33), (0, Code.PATTERN_CHANGE, 4), (-30_000, Ours.CYCLE_ENDED, 120),
        (-30_000, Ours.CYCLE_ADJUSTED, 1), (-5_000, Ours.STAGE_ENDED, 28), (-5_000, Ours.STAGE_STARTED, 1),
        (-120_000, Ours.CONTROLLER_ERROR, 3),
    ]  # fmt: skip
    assert decoded.stamped.all()
    assert (decoded.counters.accepted, decoded.counters.refused, decoded.counters.ignored) == (5, {}, {})


def test_lane_counts_are_vehicles_and_shares() -> None:
    decoded = decode(message(TRAFFIC + STAGE_TRAFFIC))
    counts = decoded.counts
    assert counts.approach.tolist() == [0, 0, 2]
    assert ((counts.end - counts.start) // 1000).tolist() == [300, 300, 40]
    assert counts.end.tolist() == [EIGHT, EIGHT, EIGHT - 10_000]
    assert counts.volume.tolist() == [40.0, 0.0, 17.0]  # 480 vehicles an hour for 5 minutes
    np.testing.assert_array_equal(counts.occupancy, [0.18, 0.0, np.nan])
    np.testing.assert_array_equal(counts.queue, [54.0, np.nan, np.nan])
    np.testing.assert_array_equal(counts.saturation, [0.625, np.nan, np.nan])
    assert decoded.counters.refused == {"lane_no_unknown": 1}
    assert decoded.counters.left_unknown == {"occupancy_out_of_range": 1}
    where = "/0/Message/Body/Operation/CrossTrafficData/DataList/2/LaneNo"
    assert str(decoded.counters.examples[0]) == f"{where}: no detector of {CROSS} is on this lane: '9'"


def test_lamps_are_events_when_they_change_and_not_before() -> None:
    one = source()
    assert rows(decode(message(lamps("08:00:00.000", (1, "211"), (2, "112"), (3, "111"))), one)) == []
    assert rows(decode(message(lamps("08:00:05.250", (1, "211"), (2, "113"), (3, "131"))), one)) == []  # flashing green is green yet
    changes = lamps("08:00:08.250", (1, "211"), (2, "121")) + lamps("08:00:11.250", (1, "112"), (2, "211"), (3, "11"))
    assert rows(decode(message(changes), one)) == [(8_250, YELLOW, 2), (11_250, GREEN, 1), (11_250, RED, 2)]
    late = decode(message(lamps("08:00:02.000", (1, "211"))), one)
    assert (rows(late), late.counters.ignored) == ([], {"late_lamp": 1})
    bad = decode(message(lamps("08:00:20.000", (1, "219"), (2, "221"), (3, "23"))), one)
    assert rows(bad) == [(20_000, GREEN, 3)]  # red with yellow is red yet; 23 is how the older edition writes green
    assert bad.counters.refused == {"lamp_status_unknown_word": 1}
    assert rows(decode(message(lamps("08:10:00.000", (1, "211"), (2, "112"))), one)) == []  # after a silence nobody knows when


def test_a_stage_reported_again_is_one_service_and_one_without_a_start_is_counted_back() -> None:
    one = source()
    without = STAGE.replace("<CurStageStartTime>2026-03-02 07:59:55</CurStageStartTime>", "")
    assert rows(decode(message(STAGE), one)) == [(-5_000, Ours.STAGE_ENDED, 28), (-5_000, Ours.STAGE_STARTED, 1)]
    again = decode(message(without.replace("<CurStageLen>5", "<CurStageLen>11"), seq="20260302080007000002"), one)
    assert (rows(again), again.counters.ignored) == ([], {"repeated_stage": 1})
    following = without.replace("<CurStageNo>1", "<CurStageNo>2").replace("<CurStageLen>5", "<CurStageLen>3")
    assert rows(decode(message(following, seq="20260302080033000003"), one))[-1] == (30_000, Ours.STAGE_STARTED, 2)


def test_older_messages_come_one_after_another_without_a_namespace() -> None:
    decoded = decode(OLDER_CYCLE + OLDER_CYCLE.partition("?>")[2] + "\n" + message(STATE))
    assert rows(decoded)[:2] == [(20_000, Ours.CYCLE_ENDED, 140), (20_000, Code.CYCLE_LENGTH, 140)]
    assert decoded.counters.accepted == 3


def test_what_has_no_time_has_that_of_receipt_and_says_so() -> None:
    decoded = decode(message(STATE, seq="17"))
    assert rows(decoded) == [(700, Ours.CONTROLLER_STATE, 1)]
    assert decoded.stamped.tolist() == [False]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (STATE.replace(CROSS, "99"), "unknown_device"),
        (STATE.replace(CROSS, "37018180000103"), "unknown_device"),
        (STATE.replace("Online", "Maybe"), "value_unknown_word"),
        (STATE.replace("CrossID", "Cross"), "cross_id_missing"),
        (CYCLE.replace("120", "long"), "last_cycle_len_not_a_number"),
        (CYCLE.replace("07:59:30", "27:59:30"), "start_time_not_a_time"),
        (STAGE.replace("<CurStageNo>1</CurStageNo>", ""), "cur_stage_no_missing"),
        (MODE_PLAN.replace("<ControlMode>33</ControlMode>", ""), "control_mode_missing"),
        (MODE_PLAN.replace("<PlanNo>4", "<PlanNo>-4"), "plan_no_out_of_range"),
        (TRAFFIC.replace("300", "0"), "interval_out_of_range"),
        (TRAFFIC.replace("DataList", "List"), "data_list_missing"),
        ("<CrossState>Online</CrossState>", "not_an_object"),
        ("", "unknown_object"),
    ],
)
def test_a_bad_object_costs_no_other(wrong: str, reason: str) -> None:
    decoded = decode(message(wrong) + message(STATE))
    assert decoded.counters.refused == {reason: 1}
    assert rows(decoded) == [(0, Ours.CONTROLLER_STATE, 1)]


def test_objects_of_no_use_are_ignored_by_count() -> None:
    decoded = decode(message(f"<CrossParam><CrossID>{CROSS}</CrossID><Grade>11</Grade></CrossParam>{STATE}"))
    assert (decoded.counters.ignored, decoded.counters.accepted) == ({"other_object": 1}, 1)


BOMB = '<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><Message><Body>&b;</Body></Message>'
OUTSIDE = '<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/hostname">]><Message><Body>&x;</Body></Message>'
DEEP = "<Message>" + "<Body>" * (DEEPEST + 1) + "</Body>" * (DEEPEST + 1) + "</Message>"


@pytest.mark.parametrize("attack", [BOMB, OUTSIDE, DEEP, "<Message>" + "<a>" * 200_000])
def test_attacks_are_refused_without_effect_and_cost_no_other_message(attack: str) -> None:
    decoded = decode(message(STATE) + attack)
    assert decoded.counters.refused == {"forbidden_xml": 1}
    assert decoded.counters.examples[0].where == "/1"
    assert decoded.counters.accepted == 1


@pytest.mark.parametrize("broken", ["<Message><Body></Message>", "no XML", "<Message>&b;</Message>", "<Message>\x01</Message>"])
def test_what_is_no_xml_is_counted(broken: str) -> None:
    assert decode(message(STATE) + broken).counters.refused == {"not_xml": 1}


@pytest.mark.parametrize("encoding", ["UTF-8", "GB18030", "GBK", "gb2312", "UTF-16"])
def test_messages_are_read_in_the_encoding_they_declare(encoding: str) -> None:
    text = message(ERROR).replace('"UTF-8"', f'"{encoding}"')
    assert rows(decode(text.encode(encoding))) == [(-120_000, Ours.CONTROLLER_ERROR, 3)]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (message(ERROR).encode("gb18030"), "message: is not UTF-8 at byte"),
        (message(ERROR).replace('"UTF-8"', '"EBCDIC"').encode(), "message: declares an encoding that is not read: ebcdic"),
        (message(ERROR).replace('"UTF-8"', '"hex"').encode(), "message: declares an encoding that is not read: hex"),
        (b"  ", "message: is empty"),
    ],
)
def test_a_wrong_encoding_is_one_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises(BadEncoding, match=f"^{sentence}"):
        decode(body)


@given(st.text(max_size=80), st.integers(0, 900))
def test_no_text_within_a_message_breaks_it(text: str, at: int) -> None:
    whole = message(STATE + STAGE + TRAFFIC)
    try:
        decoded = decode((whole[:at] + text + whole[at:]).encode("utf-8", "replace"))
        assert len(decoded.events.time) == len(decoded.stamped)
    except BadEncoding:
        pass
