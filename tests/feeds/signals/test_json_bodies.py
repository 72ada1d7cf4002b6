"""Bodies of many items: each form gives the same items, with pointers that lead back to them."""

from __future__ import annotations

import pytest

from feeds.errors import FeedError
from feeds.positions_json_items import Problem
from feeds.signals.json_bodies import is_lines, read_items


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'[{"a": 1}, {"a": 2}]', "/1/a"),
        (b' {"states": [{"a": 1}, {"a": 2}]}', "/states/1/a"),
        (b'{"a": 1}\n\n{"a": 2}\n', "/1/a"),
        (b'{"a": 1}\r\n {"a": 2}', "/1/a"),
    ],
)
def test_every_form_gives_the_same_items(body: bytes, pointer: str) -> None:
    items, point = read_items(body, "states")
    assert items == [{"a": 1}, {"a": 2}]
    assert point(1, "a") == pointer
    assert point(1, "") == pointer.removesuffix("/a")


def test_an_object_alone_is_one_item() -> None:
    items, point = read_items(b'{\n"a": 1}\n', "states")
    assert (items, point(0, "a")) == ([{"a": 1}], "/a")


def test_a_line_that_is_no_json_costs_no_other() -> None:
    items, _ = read_items(b'{"a": 1}\n{"a": \n\xff\n{"a": 2}', "states", "ndjson")
    assert [isinstance(item, Problem) for item in items] == [False, True, True, False]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b" \n", "states: is empty"),
        (b"5", "states: is neither a list of states nor an object"),
        (b'[{"a": 1}', "states: is not JSON at byte 9"),
        ('["百\udcff'.encode("utf-8", "surrogateescape"), "states: is not UTF-8 at byte 5"),
    ],
)
def test_a_body_that_is_none_is_one_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises(FeedError, match=f"^{sentence}"):
        read_items(body, "states")


def test_lines_are_told_from_one_document() -> None:
    assert is_lines(b'{"a": 1}\n{"a": 2}')
    assert not is_lines(b'{"a": 1}\n')
    assert not is_lines(b'{"a":\n 1}')
    assert not is_lines(b'[\n{"a": 1}\n]')
    assert not is_lines(b'{"a"}\n{"a": 2}')
