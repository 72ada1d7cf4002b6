"""What operators send about barriers, counts and closings, as it is decoded; see `server.parking.messages`."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from server.parking.messages import Id, Moment, PlateText
from server.parking.owner_messages import Day, Days, Hour

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]*$")]


class ProposalIn(msgspec.Struct, forbid_unknown_fields=True):
    """One of an event's proposals, by its id."""

    proposal_id: Name


class RefusalIn(msgspec.Struct, forbid_unknown_fields=True):
    """That proposal; without one all of them, and nobody need look at the event again."""

    proposal_id: Name | None = None


class CorrectionIn(msgspec.Struct, forbid_unknown_fields=True):
    """The plate as a person reads it (none: it cannot be read), and when it passed if that was told wrong."""

    plate: PlateText | None = None
    at: Moment | None = None


class CountIn(msgspec.Struct, forbid_unknown_fields=True):
    """Vehicles that people counted; `at`: when, now without it."""

    occupied: Annotated[int, Meta(ge=0, le=1_000_000)]
    at: Moment | None = None


class SpanIn(msgspec.Struct, forbid_unknown_fields=True, rename={"start": "from", "end": "to"}):
    """Half-open."""

    start: Moment
    end: Moment


class NightsIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Local days and hours; an end not after the start lies on the next day."""

    first_day: Day
    last_day: Day
    start: Hour
    end: Hour
    days: Days = "daily"


class ClosureIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Spans or nights or both, of the whole car park or of a place, all of it or `stalls` of it. `urgent`: without notice."""

    spans: Annotated[tuple[SpanIn, ...], Meta(max_length=100)] = ()
    nights: NightsIn | None = None
    place_id: Id | None = None
    stalls: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    reason: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    urgent: bool = False
