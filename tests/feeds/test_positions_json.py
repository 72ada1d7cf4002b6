"""JSON positions: all forms, against a slow twin on sound, odd and damaged bodies."""

from __future__ import annotations

import json
import math

import numpy as np
import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.counters import Counters
from feeds.errors import BadEncoding, FeedError
from feeds.positions_json import Content, decode_positions
from tests.support import naive_positions_json as naive
from transit.kernels.columns import PositionColumns

GOOD = {"vehicle_id": "bus-1", "timestamp_unix": 1772427369, "lat": 36.7, "lon": 117.5}
IDS = st.sampled_from(["bus-1", "鲁A·12", 'a"b', "", "tab\t", 12, -3, True, None, 1.5, "x" * 256, "é" * 127, ["x"], {"a": 1}])
NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-200, 400),
    st.integers(-200, 2**63),
    st.sampled_from([None, True, "36.7", [], 0, -0.0, 1e-7, 90, 180.0, 36.71234567890123456]),
)
TIMES = st.one_of(
    st.floats(1.7e9, 1.8e9),
    st.integers(0, 2**50),
    st.sampled_from(
        ["2026-03-02T08:00:00+08:00", "2026-03-02T00:00:00Z", "2026-03-02T00:00:00", "noon", None, True, 0, -1, 1e11]
    ),
)
OTHERS = st.sampled_from([None, True, False, 0, -1.5e10, "x\\y", [], [1, {"lat": 5}], {"lat": 1, "x": ["]"]}])


@st.composite
def items(draw: st.DrawFn) -> object:
    """A position as somebody might send it: any subset of fields in any order, odd values and unknown fields."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from([None, 1, "x", [], [GOOD], {}]))
    item: dict[str, object] = dict(GOOD)
    if draw(st.booleans()):
        fields = {"vehicle_id": IDS, "trip_id": IDS, "route_id": IDS, "timestamp_unix": TIMES, "lat": NUMBERS, "lon": NUMBERS}
        fields |= {"bearing": NUMBERS, "speed_mps": NUMBERS, "received_unix": NUMBERS, "note": OTHERS, "latitude": OTHERS}
        for field in draw(st.lists(st.sampled_from(sorted(fields)), max_size=4)):
            item[field] = draw(fields[field])
        for field in draw(st.lists(st.sampled_from(sorted(GOOD)), max_size=1)):
            del item[field]
    return {field: item[field] for field in draw(st.permutations(sorted(item)))}


@st.composite
def written(draw: st.DrawFn, value: object) -> bytes:
    """One of the ways to write a value as JSON on one line."""
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " : ")]))
    return json.dumps(value, ensure_ascii=draw(st.booleans()), separators=separators).encode()


@st.composite
def bodies(draw: st.DrawFn, content: Content) -> bytes:
    values = draw(st.lists(items(), max_size=5))
    if content == "ndjson":
        lines = [draw(written(value)) for value in values]
        return draw(st.sampled_from([b"\n", b"\r\n", b"\n\n", b" \n"])).join(lines) + draw(st.sampled_from([b"", b"\n"]))
    form = draw(st.sampled_from(["list", "list", "indented", "wrapped", "wrapped late"]))
    if form == "indented":
        return json.dumps(values, indent=2).encode()
    document: object = values
    if form != "list":
        document = {"positions": values, "from": "x"} if form == "wrapped" else {"from": [1], "positions": values}
    return draw(written(document))


def assert_like_twin(body: bytes, content: Content) -> None:
    expected = naive.decode_lines(body) if content == "ndjson" else naive.decode_document(body)
    if not body.strip():
        expected = None
    if expected is None:
        with pytest.raises(FeedError):
            decode_positions(body, 5.0, content)
        return
    columns, counters = decode_positions(body, 5.0, content)
    rows, refused = expected
    assert same(rows_of(columns), rows)
    assert [(one.where, one.reason) for one in counters.examples] == refused
    assert counters.accepted == len(rows)
    assert counters.refused_total == len(refused)
    assert columns.received.tolist() == [5.0] * len(rows)


def rows_of(columns: PositionColumns) -> list[naive.Row]:
    def text(at: int, length: int) -> str:
        return columns.text[at : at + length].tobytes().decode()

    def known(value: float) -> float | None:
        return None if math.isnan(value) else float(value)

    return [
        naive.Row(
            text(columns.vehicle_at[i], columns.vehicle_length[i]),
            text(columns.trip_at[i], columns.trip_length[i]),
            text(columns.route_at[i], columns.route_length[i]),
            float(columns.timestamp[i]),
            *(known(column[i]) for column in (columns.lat, columns.lon, columns.bearing, columns.speed)),
        )
        for i in range(len(columns.lat))
    ]


def same(ours: list[naive.Row], twins: list[naive.Row]) -> bool:
    """Equal texts, times and places within one unit in the last place, float32 for bearing and speed."""

    def near(a: object, b: object, tolerance: float) -> bool:
        if a is None or b is None or isinstance(a, str):
            return a == b
        return bool(np.float32(a) == np.float32(b)) if tolerance else math.isclose(a, b, rel_tol=2.3e-16)

    return len(ours) == len(twins) and all(
        near(a, b, tolerance) for one, two in zip(ours, twins) for a, b, tolerance in zip(one, two, [0] * 6 + [1] * 2)
    )


@given(st.sampled_from(["json", "ndjson"]).flatmap(lambda content: st.tuples(bodies(content), st.just(content))))
def test_bodies_decode_as_the_twin_says(sent: tuple[bytes, Content]) -> None:
    assert_like_twin(*sent)


@given(
    st.sampled_from(["json", "ndjson"]).flatmap(lambda content: st.tuples(bodies(content), st.just(content))),
    st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from(b'{}[],:"\\ \n0123456789.eE-tfn\x00\x80\xff')), max_size=4
    ),
    st.floats(0, 1),
)
def test_damaged_bodies_decode_as_the_twin_says(
    sent: tuple[bytes, Content], hits: list[tuple[float, int]], kept: float
) -> None:
    body = bytearray(sent[0])
    for place, value in hits:
        if body:
            body[int(place * len(body))] = value
    assert_like_twin(bytes(body), sent[1])
    assert_like_twin(bytes(body[: int(kept * len(body))]), sent[1])


@given(st.text('{}[],:"\\ \n01.eE-"', max_size=30), st.sampled_from(["json", "ndjson"]))
@example('[{"vehicle_id":"a","timestamp_unix":1,"lat":01,"lon":2}]', "json")
@example('[{"vehicle_id":"a","timestamp_unix":1,"lat":1.,"lon":2}]', "json")
@example('[{"vehicle_id":"a","timestamp_unix":1,"lat":.5,"lon":2}]', "json")
@example('[{"vehicle_id":"a","timestamp_unix":1,"lat":-,"lon":2}]', "json")
@example('[{"vehicle_id":"a","timestamp_unix":1,"lat":1e1,"lon":2}]', "json")
@example('[{"vehicle_id":"a","timestamp_unix":1,"lat":1,"lon":2},]', "json")
@example('[{"vehicle_id":"a","timestamp_unix":1,"lat":1,"lon":2,}]', "json")
@example('[{"vehicle_id":"a","timestamp_unix":1,"lat":9,"lat":1,"lon":2}]', "json")
@example('[{"vehicle_id":"a","timestamp_unix":1,"lat":1,"lat":null,"lon":2}]', "json")
@example('[{"vehicle_id":"a","timestamp_unix":1,"l\\u0061t":1,"lon":2}]', "json")
@example('{"positions":[{"vehicle_id":"a","timestamp_unix":1,"lat":1,"lon":2}],"positions":[]}', "json")
@example('{"vehicle_id":"a","timestamp_unix":1,\n"lat":1,"lon":2}', "ndjson")
@example('{"vehicle_id":"a","timestamp_unix":1,"lat":1,"lon":2}}', "ndjson")
@example("\ufeff[]", "json")
def test_hand_made_bodies_decode_as_the_twin_says(text: str, content: Content) -> None:
    assert_like_twin(text.encode(), content)


@given(st.lists(items(), max_size=4), st.sampled_from(["vehicle_id", "lat", "trip_id", "nothing"]))
def test_columns_decode_as_the_twin_says(values: list[object], short: str) -> None:
    rows = [value for value in values if isinstance(value, dict) and value]
    columns = {name: [row.get(name) for row in rows] for name in naive.NAMES}
    columns[short] = columns.get(short, [1])[:-1]
    assert_like_twin(orjson.dumps(columns), "json")


def test_clean_columns_take_the_fast_way_and_give_the_same_as_rows() -> None:
    rows = [{**GOOD, "vehicle_id": f"bus-{k}", "trip_id": f"T{k}", "lat": 36 + k / 8, "bearing": None} for k in range(8)]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    assert rows_of(decode_positions(orjson.dumps(columns), 1.0)[0]) == rows_of(decode_positions(orjson.dumps(rows), 1.0)[0])


@pytest.mark.parametrize(
    "body",
    [
        orjson.dumps([GOOD, GOOD]),
        json.dumps([GOOD, GOOD], indent=1).encode(),
        orjson.dumps({"positions": [GOOD, GOOD]}),
        orjson.dumps({"positions": [GOOD, GOOD]}) + b"\n",
        b'{"positions": [' + orjson.dumps(GOOD) + b"\n," + orjson.dumps(GOOD) + b"\n]}",
        json.dumps({"sent": 1, "positions": [GOOD, GOOD]}, indent=1).encode(),
        orjson.dumps(GOOD) + b"\n" + orjson.dumps(GOOD),
        b"\n" + orjson.dumps(GOOD) + b"\r\n\r\n" + orjson.dumps(GOOD) + b"\n",
        orjson.dumps({name: [value, value] for name, value in GOOD.items()}),
    ],
)
def test_every_form_is_recognised_without_being_declared(body: bytes) -> None:
    columns, counters = decode_positions(body, 1.0)
    assert rows_of(columns) == [naive.Row("bus-1", "", "", 1772427369.0, 36.7, 117.5, None, None)] * 2
    assert counters.refused_total == 0


def test_one_object_alone_is_one_position() -> None:
    for body in (orjson.dumps(GOOD), orjson.dumps(GOOD) + b"\n", json.dumps(GOOD, indent=2).encode()):
        assert len(decode_positions(body, 1.0)[0].lat) == 1
    _, counters = decode_positions(orjson.dumps({**GOOD, "lat": 95}), 1.0)
    assert counters.examples[0].where == "/lat"


def test_a_bad_line_of_ndjson_costs_only_itself_even_the_first() -> None:
    good = orjson.dumps(GOOD)
    for body in (
        b'{"vehicle_id": }\n' + good,
        good + b"\n{\n" + good,
        good + b"\n" + good.replace(b"bus", b"b\xffs"),
        b"{\xff}\n" + good,
    ):
        columns, counters = decode_positions(body, 1.0)
        assert counters.refused == {"not_json": 1}
        assert counters.accepted == len(columns.lat) == body.count(good)


def refusal(item: object) -> str:
    _, counters = decode_positions(orjson.dumps([GOOD, item]), 1.0)
    assert counters.accepted == 1
    return str(counters.examples[0])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"vehicle_id": ""}, "/1/vehicle_id: is missing"),
        ({"vehicle_id": 1.5}, "/1/vehicle_id: is not a string: 1.5"),
        ({"vehicle_id": "x" * 256}, "/1/vehicle_id: has more than 255 bytes"),
        ({"timestamp_unix": None}, "/1/timestamp_unix: is missing"),
        ({"timestamp_unix": 1772427369000}, "/1/timestamp_unix: is not epoch seconds: 1772427369000"),
        ({"timestamp_unix": "2026-03-02T08:00:00"}, "/1/timestamp_unix: has no offset from UTC: '2026-03-02T08:00:00'"),
        ({"timestamp_unix": "noon"}, "/1/timestamp_unix: is neither epoch seconds nor an RFC 3339 time: 'noon'"),
        ({"lat": 90.5}, "/1/lat: is outside -90 to 90: 90.5"),
        ({"lon": "117.5"}, "/1/lon: is not a number: '117.5'"),
        ({"lon": list(range(50))}, "/1/lon: is not a number: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11..."),
        ({"speed_mps": True}, "/1/speed_mps: is not a number: True"),
    ],
)
def test_a_refused_item_is_named_by_pointer_and_reason(change: dict[str, object], sentence: str) -> None:
    assert refusal({**GOOD, **change}) == sentence


def test_what_is_no_object_or_lacks_a_coordinate_is_refused_but_null_is_a_vehicle_without_a_fix() -> None:
    assert refusal(7) == "/1: is not an object"
    assert refusal({name: value for name, value in GOOD.items() if name != "lon"}) == "/1/lon: is missing"
    columns, counters = decode_positions(orjson.dumps([{**GOOD, "lat": None}]), 1.0)
    assert counters.accepted == 1
    assert np.isnan([columns.lat[0], columns.lon[0]]).all()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "positions: is empty"),
        (b" \n", "positions: is empty"),
        (b'[{"vehicle_id": "a"]', "positions: is not JSON at byte 19: "),
        ('[{"vehicle_id": "鲁"} x]'.encode(), "positions: is not JSON at byte 23: "),
        (b'[{"vehicle_id": "\xff"}]', "positions: is not UTF-8 at byte 17"),
        (b"7", "positions: is neither a list of positions nor an object"),
        (b'{"positions": 7}', "positions, positions: is not a list"),
        (b'{"vehicle_id": ["a"], "lat": [1], "lon": [1]}', "positions, timestamp_unix: the column is missing"),
        (
            b'{"vehicle_id": ["a"], "timestamp_unix": [1], "lat": [], "lon": [1]}',
            "positions, lat: has 0 values where vehicle_id has 1",
        ),
    ],
)
def test_a_body_that_cannot_be_used_is_one_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises(FeedError) as caught:
        decode_positions(body, 1.0)
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


def test_a_broken_list_is_an_encoding_error() -> None:
    with pytest.raises(BadEncoding):
        decode_positions(b"[" + orjson.dumps(GOOD), 1.0)


def test_only_the_first_hundred_refusals_are_kept_but_all_are_counted() -> None:
    counters: Counters = decode_positions(orjson.dumps([{}] * 300), 1.0)[1]
    assert counters.refused == {"vehicle_id_missing": 300}
    assert [one.where for one in counters.examples] == [f"/{k}/vehicle_id" for k in range(100)]
