"""What owners, institutions and operators send about shares, conduct, residents and earnings: closed in form, each mistake told in a
sentence that says what is wanted."""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from parking.model import Account, SpaceKind
from server.parking.messages import Id, PlateText, Seconds, decoded, invalid
from server.problems import ProblemException

T = TypeVar("T")
_DAY = r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
Day = Annotated[str, Meta(pattern=f"^{_DAY}$", max_length=10)]
DayOrNever = Annotated[str, Meta(pattern=f"^$|^{_DAY}$", max_length=10)]
Hour = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", max_length=5)]
EndHour = Annotated[str, Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$", max_length=5)]
Days = Annotated[str, Meta(pattern=r"^(daily|workdays|days_off|[1-7]{1,7})$", max_length=8)]
Buffer = Annotated[int, Meta(ge=0, le=43_200)]
Price = Annotated[int, Meta(ge=0, le=100_000)]
Exceptions = Annotated[tuple[Day, ...], Meta(max_length=366)]
Text = Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\S")]
Holder = Annotated[str, Meta(max_length=220, pattern=r"^[\x21-\x7e]*$")]
_YEARS = 10 * 365 * 86_400
Positive = Annotated[int, Meta(ge=1, le=_YEARS)]


class Recurrence(msgspec.Struct, forbid_unknown_fields=True):
    """When an opening begins and ends; `end` not after `start` crosses midnight."""

    days: Days
    start: Hour
    end: EndHour


class WindowIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """When a space is shared: local days and hours; `end` not after `start` crosses midnight (`00:00` to `24:00` is all day)."""

    first_day: Day
    days: Days
    start: Hour
    end: EndHour
    last_day: DayOrNever = ""
    more: Annotated[tuple[Recurrence, ...], Meta(max_length=7)] = ()
    """further recurrences; openings that adjoin are one, over which a stay may last"""
    buffer_s: Buffer = 0
    price_fen_per_hour: Price = 0
    residents_first_s: Seconds = 0
    exceptions: Exceptions = ()


class ShareIn(WindowIn, forbid_unknown_fields=True, kw_only=True):
    """The same with the space that is shared."""

    place_id: Id


class ShareChange(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What changes of it; all else stays. An empty `last_day`: without end."""

    first_day: Day | None = None
    last_day: DayOrNever | None = None
    days: Days | None = None
    start: Hour | None = None
    end: EndHour | None = None
    more: Annotated[tuple[Recurrence, ...], Meta(max_length=7)] | None = None
    buffer_s: Buffer | None = None
    price_fen_per_hour: Price | None = None
    residents_first_s: Seconds | None = None
    exceptions: Exceptions | None = None


class SharePreview(ShareChange, forbid_unknown_fields=True, kw_only=True):
    """A change to be shown, or with `withdraw` the end of it."""

    withdraw: bool = False


class LendIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Stalls an owner or institution may share, and when. `from_pool`: the pool of the car park they are taken out of."""

    lot_id: Id
    id: Id
    owner: Annotated[str, Meta(min_length=1, max_length=220, pattern=r"^[\x21-\x7e]+$")]
    capacity: Annotated[int, Meta(ge=1, le=100_000)] = 1
    kind: SpaceKind = SpaceKind.GENERAL
    numbered: bool = False
    from_pool: Id | None = None
    windows: Annotated[tuple[WindowIn, ...], Meta(max_length=20)] = ()


class Resize(msgspec.Struct, forbid_unknown_fields=True):
    """How many stalls are lent from now on."""

    capacity: Annotated[int, Meta(ge=0, le=100_000)]


class AppealIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Against the overstay of one's own reservation. `plate`: as it should have been written, where it was mistyped."""

    reservation_id: Annotated[str, Meta(min_length=1, max_length=64)]
    grounds: Text
    plate: PlateText | None = None


class Decision(msgspec.Struct, forbid_unknown_fields=True):
    """An operator's, with the reason the client is told."""

    upheld: bool
    reason: Text


class LiftBar(msgspec.Struct, forbid_unknown_fields=True):
    """The reason the client is told."""

    reason: Text


class ConductRulesIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """When a plate is barred, from now on; what was done before is judged by the rules of its time."""

    most: Annotated[int, Meta(ge=1, le=100)]
    within_s: Positive
    longest_s: Positive
    bar_s: Positive
    appeal_s: Positive
    mistyped: Annotated[int, Meta(ge=0, le=100)] = 1


class CommunityIn(msgspec.Struct, forbid_unknown_fields=True):
    """Car parks in which the residents of a community come first."""

    lots: Annotated[tuple[Id, ...], Meta(max_length=1000)]


class SettleIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Whom to pay what they are owed; without `account` everybody. `day` is of the payees' calendar; without it today."""

    day: Day | None = None
    account: Account | None = None
    holder: Holder = ""


KINDS: tuple[type[Any], ...] = (
    ShareIn, ShareChange, SharePreview, LendIn, Resize, AppealIn, Decision, LiftBar, ConductRulesIn, CommunityIn, SettleIn,
)  # fmt: skip
_DATE = "is a local date like 2026-12-01"
WANTED = {
    "days": "is daily, workdays, days_off, or digits of weekdays like 67 (1 is Monday)",
    "start": "is a local time like 18:00", "end": "is a local time like 08:00, or 24:00; one not after the start is of the next day",
    "first_day": _DATE, "last_day": f"{_DATE}, or empty for without end", "exceptions": "are at most 366 local dates like 2026-12-01",
    "more": 'are at most 7 further recurrences like {"days": "67", "start": "00:00", "end": "24:00"}',
    "buffer_s": "is 0 to 43200 seconds that are kept free before you come back",
    "price_fen_per_hour": "is 0 (free) to 100000 fen for each hour",
    "residents_first_s": "is 0 to 604800 seconds before the start from which others than residents may book",
    "place_id": "is the id of a space of yours; GET /v1/parking/owned-places lists them", "capacity": "is a whole number of stalls",
    "reason": "is said in 1 to 2000 characters; the client reads it", "grounds": "are said in 1 to 2000 characters",
    "day": _DATE, "upheld": "is true or false", "lots": "are ids of car parks",
}  # fmt: skip
_MISSING = re.compile(r"missing required field `(\w+)`")


def read(kind: type[T], body: bytes) -> T:
    """The message. Raises a problem that points at the first mistake and says what is wanted there."""
    try:
        return decoded(kind, body)
    except ProblemException as wrong:
        if not wrong.errors:
            raise
        pointer, detail = str(wrong.errors[0]["pointer"]), str(wrong.errors[0]["detail"])
    if (missing := _MISSING.search(detail)) is not None:
        pointer, name = f"{pointer}/{missing[1]}", missing[1]
        raise invalid(pointer, f"it is missing; it {WANTED[name]}" if name in WANTED else "it is missing")
    names = [name for name in pointer.split("/") if name in WANTED]
    raise invalid(pointer, f"it {WANTED[names[-1]]}" if names else detail)
