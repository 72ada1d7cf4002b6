"""What clients send, as it is decoded: closed in form, so that a misspelt field is told and not ignored."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from parking.model import Account, PlateColor, SpaceKind
from server.problems import ProblemException

T = TypeVar("T")
ID = r"^[A-Za-z0-9][A-Za-z0-9._:~-]{0,63}$"
Id = Annotated[str, Meta(pattern=ID, max_length=64, description="letters, digits and . _ : ~ -")]
Moment = Annotated[datetime, Meta(tz=True)]
Words = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
_OWNER = "of a private space, who may share it: `id:SUBJECT` of a token, or `app:KEY:SUBJECT`"
Seconds = Annotated[int, Meta(ge=0, le=7 * 86_400)]


class PlateText(msgspec.Struct, forbid_unknown_fields=True):
    """A plate as its owner writes it."""

    text: Annotated[str, Meta(min_length=2, max_length=24)]
    color: PlateColor


class Wish(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """Where and when. `place_id`: that place alone; else any place of the kind."""

    lot_id: Id
    start: Moment
    end: Moment
    place_id: Id | None = None
    kind: SpaceKind = SpaceKind.GENERAL
    color: PlateColor = PlateColor.BLUE
    """of the plate, where prices differ by vehicle"""


class Reserve(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """By a quote, or by naming place and time; `confirm` makes it binding at once where nothing is to be paid."""

    plate: PlateText
    quote_id: Id | None = None
    lot_id: Id | None = None
    start: Moment | None = None
    end: Moment | None = None
    place_id: Id | None = None
    kind: SpaceKind = SpaceKind.GENERAL
    confirm: bool = False


class Wait(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """Onto the waiting list."""

    lot_id: Id
    start: Moment
    end: Moment
    plate: PlateText
    kind: SpaceKind = SpaceKind.GENERAL
    most_fen: Annotated[int, Meta(ge=0, le=10_000_000)] | None = None
    """the most an owner's place may cost for all of the time; without it, no more than the price of today"""


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """`{}`."""


class Extend(msgspec.Struct, forbid_unknown_fields=True, rename={"end": "to"}):
    """By a quote for the time after, or until a moment."""

    quote_id: Id | None = None
    end: Moment | None = None


class CheckIn(msgspec.Struct, forbid_unknown_fields=True):
    """`at`: when it came, if that was earlier; whether it came in time is told by when it is said."""

    at: Moment | None = None
    stall: Id | None = None


class CheckOut(msgspec.Struct, forbid_unknown_fields=True):
    """Whether it left in time is told by when it is said, or by a barrier; `at` is when it left in the client's own words."""

    at: Moment | None = None


class PlaceIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A place as an operator enters it."""

    id: Id | None = None
    capacity: Annotated[int, Meta(ge=1, le=100_000)] = 1
    kind: SpaceKind = SpaceKind.GENERAL
    numbered: bool = False
    overbook: Annotated[int, Meta(ge=0, le=10_000)] = 0
    slot_s: Literal[60, 300, 600, 900, 1800, 3600] = 300
    shared_only: bool = False
    owner: Annotated[str, Meta(max_length=220, pattern=r"^[\x21-\x7e]*$", description=_OWNER)] = ""
    zone: Annotated[str, Meta(max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$", description="floor or part, as signs say: B1, A区")] = ""


class LotIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A car park as an operator enters it; `id` and `places` in imports only."""

    name: Words
    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]
    id: Id | None = None
    operator: Annotated[str, Meta(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    payee: Account = Account.OPERATOR
    tariff_id: Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z0-9._:~-]*$")] = ""
    opening: Annotated[
        tuple[tuple[Annotated[int, Meta(ge=0, lt=10_080)], Annotated[int, Meta(ge=0, le=10_080)]], ...], Meta(max_length=50)
    ] = ()
    timezone: Annotated[str, Meta(max_length=64)] = "Asia/Shanghai"
    no_show_s: Seconds = 1800
    grace_s: Seconds = 900
    places: Annotated[tuple[PlaceIn, ...], Meta(max_length=5000)] = ()


class LotsIn(msgspec.Struct, forbid_unknown_fields=True):
    """An import: every lot with its places, entered or replaced."""

    lots: Annotated[tuple[LotIn, ...], Meta(min_length=1, max_length=5000)]


class GateEvent(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A barrier let a vehicle in or out, or what it told in `amends` was of another plate or time (correction), or never was (void)."""

    id: Id
    lot_id: Id
    direction: Literal["entry", "exit", "correction", "void"]
    at: Moment
    amends: Id | None = None
    gate: Annotated[str, Meta(max_length=64)] = ""
    plate: PlateText | None = None
    stall: Id | None = None


class GateEvents(msgspec.Struct, forbid_unknown_fields=True):
    """In any order, repeated as often as need be."""

    events: Annotated[tuple[GateEvent, ...], Meta(min_length=1, max_length=1000)]


class OccupancyReport(msgspec.Struct, forbid_unknown_fields=True):
    """How many vehicles an operator or sensors count in a lot."""

    lot_id: Id
    at: Moment
    occupied: Annotated[int, Meta(ge=0, le=1_000_000)]


class OccupancyReports(msgspec.Struct, forbid_unknown_fields=True):
    """One a lot or several; the newest counts."""

    reports: Annotated[tuple[OccupancyReport, ...], Meta(min_length=1, max_length=5000)]


class WebhookIn(msgspec.Struct, forbid_unknown_fields=True):
    """Where events are to go."""

    url: Annotated[str, Meta(min_length=8, max_length=500, pattern=r"^https?://[^\s]+$")]


class ReplayIn(msgspec.Struct, forbid_unknown_fields=True, rename={"after": "after_sequence"}):
    """Everything after this sequence number once more."""

    after: Annotated[int, Meta(ge=0, le=2**53)]


_MOMENT = "it is a time with its offset, like 2026-11-28T08:00:00+08:00"
_WANTED = {
    "from": _MOMENT, "to": _MOMENT, "at": _MOMENT, "color": f"it is one of {', '.join(PlateColor)}",
    "kind": f"it is one of {', '.join(SpaceKind)}", "plate": 'it is an object like {"text": "鲁A12345", "color": "blue"}',
}  # fmt: skip
"""what is wanted, where a decoder says only what it met"""
_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}


def decoded(kind: type[T], body: bytes) -> T:
    """The message. Raises a 400 problem for what is no JSON, 422 with a pointer for what is no such message."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        decoder = _DECODERS[kind] = msgspec.json.Decoder(kind)
    try:
        found: T = decoder.decode(body or b"{}")
    except msgspec.ValidationError as wrong:
        detail, _, path = str(wrong).partition(" - at `$")
        pointer = re.sub(r"[\].\[]+", "/", path.rstrip("`").replace("[...]", "[-]")).rstrip("/")
        raise invalid(f"/body{pointer}", _WANTED.get(pointer.rpartition("/")[2], detail)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ProblemException(400, "bad_request", "the body is not JSON") from None
    return found


def is_id(text: str) -> bool:
    """Whether it may be the id of a lot or a place."""
    return re.fullmatch(ID, text) is not None


def invalid(pointer: str, detail: str) -> ProblemException:
    """422 that points at one part of the request."""
    return ProblemException(422, "invalid_request", f"{pointer} is not valid: {detail}", [{"pointer": pointer, "detail": detail}])


def seconds(moment: datetime) -> int:
    """Epoch s, cut."""
    return int(moment.timestamp() // 1)
