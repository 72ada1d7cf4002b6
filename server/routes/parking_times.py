"""`from` and `to` of parking's queries."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime, BeforeValidator

from parking.records import Interval
from server.parking.messages import seconds
from server.problems import ProblemException


def _with_plus(text: object) -> object:
    """A `+` that was not written as %2B arrives as a space; a time has no other."""
    return text.replace(" ", "+") if isinstance(text, str) else text


Instant = Annotated[AwareDatetime, BeforeValidator(_with_plus)]
From = Annotated[Instant | None, Query(alias="from", description="RFC 3339 with offset; now without it")]
To = Annotated[Instant | None, Query(alias="to", description="RFC 3339 with offset; an hour after `from` without it")]
_HOUR = 3600
_LONGEST = 31 * 86_400


def interval_of(now: int, start: AwareDatetime | None, end: AwareDatetime | None, usual: int = _HOUR) -> Interval:
    """From `start` (now) to `end` (`usual` s later). Raises a 422 problem."""
    begins = now if start is None else seconds(start)
    ends = begins + usual if end is None else seconds(end)
    if not begins < ends <= begins + _LONGEST or not 0 <= begins < 2**35:
        detail = "must lie after `from`, at most 31 days"
        raise ProblemException(422, "invalid_request", f"to {detail}", [{"pointer": "/query/to", "detail": detail}])
    return Interval(begins, ends)
