"""Pages of a list: `limit`, an opaque `cursor`, and `next`, which is the cursor of the page that follows (null: none)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar, cast

from server.problems import ProblemException

Rows = TypeVar("Rows", bound=Sequence[Any])
DEFAULT_LIMIT, MAX_LIMIT = 100, 1000


def page_of(rows: Rows, limit: int, cursor: str | None) -> tuple[Rows, str | None]:
    """(the rows of this page, the next cursor). Raises a 422 problem for a cursor this server never gave."""
    start = _start(cursor)
    end = start + limit
    following = base64.urlsafe_b64encode(b"at:%d" % end).decode() if end < len(rows) else None
    return cast(Rows, rows[start:end]), following


def _start(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        word, _, number = base64.b64decode(cursor, b"-_", validate=True).partition(b":")
        if word == b"at" and 0 < len(number) < 10 and number.isdigit():
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise no_cursor()


def no_cursor() -> ProblemException:
    """422 for a cursor this server never gave."""
    detail = "is no cursor of this server; begin again without one"
    return ProblemException(422, "invalid_request", f"cursor {detail}", [{"pointer": "/query/cursor", "detail": detail}])
