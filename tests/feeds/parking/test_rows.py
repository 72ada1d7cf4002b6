from __future__ import annotations

import pytest

from feeds.counters import Counters
from feeds.errors import BadEncoding, FeedError, MissingField
from feeds.parking.rows import EVERY, Row, Unusable, read_rows


def rows(text: str | bytes, *required: str, counters: Counters | None = None) -> list[Row]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(read_rows("lots.csv", data, required, counters or Counters(), {"no": "id"}))


def test_rows_know_their_line_and_cells_are_stripped() -> None:
    found = rows('\ufeffno, name\n1," a\nb "\n\n2,c\n', "id", "name")
    assert found == [Row(2, {"id": "1", "name": "a\nb"}), Row(5, {"id": "2", "name": "c"})]


def test_rows_with_too_many_cells_are_counted_and_short_ones_are_empty_at_their_end() -> None:
    counters = Counters()
    assert rows("id,name\n1,a,b\n2\n", counters=counters) == [Row(3, {"id": "2"})]
    assert (counters.refused, str(counters.examples[0])) == ({"ragged": 1}, "lots.csv, line 2: has 3 cells under 2 columns")


def test_files_that_are_no_tables_say_so_in_a_sentence() -> None:
    with pytest.raises(BadEncoding, match=r"lots\.csv, line 2: byte 0xe9 is neither UTF-8 nor GBK; save the file as UTF-8"):
        rows(b"id,name\n1,caf\xe9,\n")
    for mark, said in ((b"PK\x03\x04", r"\(\.xlsx\)"), (b"\xff\xfei\x00", "UTF-16"), (b"\x1f\x8b", "gzip")):
        with pytest.raises(BadEncoding, match=rf"lots\.csv: is .*{said}.*; save the table as CSV UTF-8"):
            rows(mark + b"d,name")
    for text, said in (
        ("id;name\n1;2", "line 1: has its columns separated by semicolons"), ("id,id\n", "line 1, id: stands twice"),
        ("\n", "no header"),
    ):  # fmt: skip
        with pytest.raises(FeedError, match=said):
            rows(text, "id")
    with pytest.raises(MissingField, match=r"lots\.csv, line 1, lat: the column is missing"):
        rows("id\n1\n", "id", "lat")
    with pytest.raises(FeedError, match=r"lots\.csv, line 2: is no CSV"):
        rows('id\n"open\n')


def test_what_excel_saves_in_china_is_read_and_told() -> None:
    for data, told in (("id,name\n1,东站\n".encode("gbk"), {"read_as_gb18030": 1}), ("id,name\n1,东站\n".encode("utf-8-sig"), {})):
        counters = Counters()
        (row,) = read_rows("lots.csv", data, ("id",), counters)
        assert (row.text("name"), counters.ignored) == ("东站", told)


def test_a_column_nobody_knows_is_left_out_and_a_misspelt_one_refused() -> None:
    counters = Counters()
    assert len(list(read_rows("lots.csv", b"id,shade\n1,2\n", ("id",), counters, known=("id", "capacity")))) == 1
    assert counters.ignored == {"unknown_column": 1}
    assert [str(one) for one in counters.examples] == ["lots.csv, line 1, shade: is no column of this table and is left out"]
    with pytest.raises(FeedError, match=r"lots\.csv, line 1, capcity: is no column of this table; capacity is"):
        list(read_rows("lots.csv", b"id,capcity\n1,2\n", ("id",), counters, known=("id", "capacity")))


@pytest.mark.parametrize(
    ("read", "cell", "said"),
    [
        (lambda row: row.required("x"), "", "is empty"),
        (lambda row: row.whole("x"), "", "whole number"),
        (lambda row: row.whole("x"), "-1", "whole number"),
        (lambda row: row.whole("x"), "1.5", "whole number"),
        (lambda row: row.whole("x", most=9), "10", "from 0 to 9"),
        (lambda row: row.whole("x"), "٣", "whole number"),
        (lambda row: row.number("x", -90, 90), "north", "is not a number: 'north'"),
        (lambda row: row.number("x", -90, 90), "nan", "is not from -90 to 90"),
        (lambda row: row.flag("x"), "maybe", "neither yes nor no"),
    ],
)
def test_cells_that_are_not_what_they_should_be(read, cell: str, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Unusable) as wrong:
        read(Row(2, {"x": cell}))
    assert said in wrong.value.detail


def test_cells_that_are() -> None:
    row = Row(2, {"a": "7", "b": "是", "c": "No", "d": "-1.5"})
    assert (row.whole("a"), row.whole("z", 3), row.flag("b"), row.flag("c"), row.flag("z")) == (7, 3, True, False, False)
    assert (row.number("d", -2, 0), row.text("z", "none")) == (-1.5, "none")


def test_progress_is_told_now_and_then_and_at_the_end() -> None:
    data = b"id\n" + b"1\n" * (3 * EVERY)
    told: list[tuple[int, int]] = []
    list(read_rows("lots.csv", data, ("id",), Counters(), None, lambda done, total: told.append((done, total))))
    assert len(told) == 4
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (len(data), len(data))
