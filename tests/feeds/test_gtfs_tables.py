"""feeds.gtfs_tables: text tables as feeds really have them."""

from __future__ import annotations

import numpy as np
import pytest

from feeds.errors import BadEncoding, FeedError, MissingField
from feeds.gtfs_tables import Table, empty_table, read_tables


def _read(text: str | bytes, name: str = "stops.txt") -> tuple[Table, list[int]]:
    data = text.encode() if isinstance(text, str) else text
    read = read_tables([(name, data)])
    return read.tables[name], read.ragged.get(name, [])


def test_byte_order_mark_crlf_blanks_and_quotes_are_read_through() -> None:
    table, ragged = _read('\ufeffstop_id , stop_name,stop_lat\r\n A , "Park, north" ,1\r\n"B","says ""hi""",2\r\n')
    assert table.column("stop_id").texts() == ["A", "B"]
    assert table.column("stop_name").texts() == ["Park, north", 'says "hi"']
    assert table.column("stop_lat").numbers().tolist() == [1.0, 2.0]
    assert ragged == []


def test_words_that_look_like_nothing_stay_words() -> None:
    table, _ = _read("stop_id,stop_name\nNA,null\nnan,None\n")
    assert table.column("stop_id").texts() == ["NA", "nan"]
    assert table.column("stop_name").texts() == ["null", "None"]


def test_a_row_with_too_many_fields_is_left_out_and_the_lines_after_it_keep_their_numbers() -> None:
    table, ragged = _read("stop_id,stop_name\nA,a\nB,b,b\nC,c\nD,d,d\nE,e\n")
    assert ragged == [3, 5]
    assert table.column("stop_id").texts() == ["A", "C", "E"]
    assert table.lines.tolist() == [2, 4, 6]


def test_short_rows_and_empty_lines() -> None:
    table, _ = _read("stop_id,stop_name,stop_code\nA\n\n\nB,b\n,,\n")
    assert table.column("stop_id").texts() == ["A", "B"]
    assert table.column("stop_code").texts() == ["", ""]
    assert table.lines.tolist() == [2, 5]


def test_a_comma_after_every_row_shifts_nothing() -> None:
    table, _ = _read("stop_id,stop_name\nA,a,\nB,b,\n")
    assert table.column("stop_id").texts() == ["A", "B"]


@pytest.mark.parametrize("text", ["", "\n", "stop_id,stop_name\n", "\ufeff"])
def test_a_file_without_rows_is_a_table_without_rows(text: str) -> None:
    table, _ = _read(text)
    assert len(table) == 0
    assert table.column("stop_id").texts() == []
    assert table.column("stop_lat").numbers().tolist() == []


def test_numbers_are_finite_or_unknown() -> None:
    table, _ = _read("stop_id,stop_lat\nA,1.5\nB,\nC,north\nD,inf\nE, 2e1 \n")
    assert np.array_equal(table.column("stop_lat").numbers(), [1.5, np.nan, np.nan, np.nan, 20.0], equal_nan=True)
    assert table.column("stop_lat").given().tolist() == [True, False, True, True, True]


def test_cells_that_differ_only_in_blanks_are_one_value() -> None:
    table, _ = _read("stop_id,stop_name\nA,x\nB,x \nC, x\nD,y\n")
    column = table.column("stop_name")
    assert column.values == ["x", "y"]
    assert column.codes.tolist() == [0, 0, 0, 1]
    assert column.find({"x": 7}).tolist() == [7, 7, 7, -1]


def test_columns_the_network_does_not_need_are_dropped() -> None:
    table, _ = _read("stop_id,colour_of_the_roof\nA,red\n")
    assert set(table.columns) == {"stop_id"}


def test_a_missing_column_is_named() -> None:
    table, _ = _read("stop_id\nA\n")
    with pytest.raises(MissingField, match=r"stops\.txt, line 1, stop_lat: the column is missing"):
        table.require("stop_id", "stop_lat")
    assert table.column("stop_name").texts() == [""]
    assert empty_table("x.txt").column("y").texts() == []


def test_another_encoding_is_an_error_with_its_line() -> None:
    with pytest.raises(BadEncoding, match=r"stops\.txt, line 3: byte 0xc3 is not UTF-8"):
        _read("stop_id,stop_name\nA,a\nB,明水\n".encode("gbk"))


def test_a_quote_that_is_never_closed_is_an_error_with_its_line() -> None:
    with pytest.raises(FeedError, match=r"stops\.txt: is not a CSV table: a quote opened on line 3 is never closed"):
        _read('stop_id,stop_name\nA,a\nB,"b\nC,c\n')
