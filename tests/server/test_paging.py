from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.paging import page_of
from server.problems import ProblemException


@given(st.integers(0, 300), st.integers(1, 50))
def test_pages_put_together_are_the_whole_list(count: int, limit: int) -> None:
    rows, cursor, pages = list(range(count)), None, 0
    read: list[int] = []
    while True:
        page, cursor = page_of(rows, limit, cursor)
        read += page
        pages += 1
        assert len(page) <= limit
        if cursor is None:
            break
    assert read == rows
    assert pages == max(1, -(-count // limit))


@given(st.text(max_size=60))
def test_a_cursor_nobody_gave_is_a_problem_and_never_a_fault(cursor: str) -> None:
    with suppress(ProblemException):
        page, _ = page_of([1, 2, 3], 2, cursor)
        assert len(page) <= 2


@pytest.mark.parametrize("cursor", ["", "x", "YXQ6", "YXQ6LTE=", "YXQ6MQ", "站"])
def test_broken_cursors_are_refused(cursor: str) -> None:
    with pytest.raises(ProblemException) as caught:
        page_of([1, 2, 3], 2, cursor)
    assert (caught.value.status, caught.value.errors[0]["pointer"]) == (422, "/query/cursor")
