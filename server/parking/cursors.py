"""Cursors that name the last row of a page by what the list is sorted by, so that rows that come or go meanwhile shift nothing."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated

from fastapi import Query

from server.problems import ProblemException

Cursor = Annotated[str | None, Query(max_length=400, description="`next` of the page before")]


def give(*values: int | str) -> str:
    """Opaque."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def take(cursor: str | None, *kinds: type[int] | type[str]) -> list[int | str] | None:
    """What `give` was given, None without a cursor. Raises a 422 problem for one this server never gave."""
    if cursor is None:
        return None
    try:
        found = json.loads(base64.b64decode(cursor, b"-_", validate=True))
        if isinstance(found, list) and [type(one) for one in found] == list(kinds) and all(map(_sound, found)):
            return found
    except (binascii.Error, ValueError, RecursionError):
        pass
    detail = "is no cursor of this server; begin again without one"
    raise ProblemException(422, "invalid_request", f"cursor {detail}", [{"pointer": "/query/cursor", "detail": detail}])


def _sound(value: int | str) -> bool:
    return abs(value) < 2**53 if isinstance(value, int) else "\0" not in value and value.isprintable()
