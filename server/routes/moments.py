"""Times in query parameters: RFC 3339, or a date of the local calendar."""

from __future__ import annotations

import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query

from server.problems import ProblemException

Moment = Annotated[
    str | None,
    Query(max_length=40, description="RFC 3339, or a local date YYYY-MM-DD", examples=["2026-11-22T21:30:00+08:00", "2026-11-22"]),
]


def moment_of(text: str, name: str, timezone: str, end_of_day: bool = False) -> int:
    """Epoch ms; a time without an offset is local, a date is its first instant or, with `end_of_day`, its last.

    Raises a 422 problem.
    """
    zone = ZoneInfo(timezone)
    try:
        if len(text) == 10:
            day = datetime.date.fromisoformat(text) + datetime.timedelta(end_of_day)
            return int(datetime.datetime.combine(day, datetime.time(), zone).timestamp() * 1000) - int(end_of_day)
        moment = datetime.datetime.fromisoformat(text.replace(" ", "+"))
        return int((moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise wrong(name, f"is neither an RFC 3339 time nor a date: {text!r}") from None


def stretch_of(start: str | None, end: str | None, now: int, timezone: str, default: int, most: int) -> tuple[int, int]:
    """(from, to) in epoch ms: `to` is now and `from` is `default` ms before it where not given. Raises a 422 problem, also for more
    than `most` ms.
    """
    until = now if end is None else moment_of(end, "to", timezone, end_of_day=True)
    since = until - default if start is None else moment_of(start, "from", timezone)
    if since >= until:
        raise wrong("from", "is not before `to`")
    if until - since > most:
        raise wrong("from", f"lies too far before `to`: at most {most // 3_600_000} h can be asked for at once")
    return since, until


def wrong(name: str, detail: str) -> ProblemException:
    """422 for a query parameter."""
    return ProblemException(422, "invalid_request", f"{name} {detail}", [{"pointer": f"/query/{name}", "detail": detail}])
