"""Cursors that name the last row of a page by what the list is sorted by, so that rows that come or go meanwhile shift nothing."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated, Any

from fastapi import Query

from server.paging import no_cursor

Cursor = Annotated[str | None, Query(max_length=400, description="`next` of the page before")]


Part = int | float | str


def give(*values: Part) -> str:
    """Opaque."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def take(cursor: str | None, *kinds: type[Part]) -> tuple[Any, ...] | None:
    """What `give` was given, None without a cursor. Raises a 422 problem for one this server never gave."""
    if cursor is None:
        return None
    try:
        found = json.loads(base64.b64decode(cursor, b"-_", validate=True))
        if isinstance(found, list) and [type(one) for one in found] == list(kinds) and all(map(_sound, found)):
            return tuple(found)
    except (binascii.Error, ValueError, RecursionError):
        pass
    raise no_cursor()


def _sound(value: Part) -> bool:
    if isinstance(value, str):
        return "\0" not in value and value.isprintable()
    return abs(value) < 2**53
