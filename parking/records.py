"""What is kept: immutable records. A change is a new record with `version` one higher (`msgspec.structs.replace`)."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from parking.model import Account, PaymentState, PayoutKind, PlateColor, SpaceKind, State


class Interval(NamedTuple):
    """Half-open: 10:00–11:00 and 11:00–12:00 do not meet. Epoch s."""

    start: int
    end: int

    def meets(self, other: Interval) -> bool:
        """Whether they share an instant."""
        return self.start < other.end and other.start < self.end


class Plate(msgspec.Struct, frozen=True):
    """A plate as the rules see it: never its text. `parking.plates` makes these; the text is kept encrypted by the store."""

    key: bytes
    """keyed hash (HMAC-SHA-256) of normalised text and colour: equal for equal plates, tells nothing else"""
    sealed: bytes
    """the text, encrypted"""
    masked: str
    """for lists: 鲁A·1**45"""
    color: PlateColor


class Closure(msgspec.Struct, frozen=True):
    """A car park, or a part of it, is closed for a time (`parking.closures`)."""

    id: str
    spans: tuple[Interval, ...]
    """in order, none meeting another"""
    place_id: str = ""
    """empty: the whole car park"""
    stalls: int = 0
    """of the place; the whole car park: 0"""
    reason: str = ""
    created: int = 0
    waits: int = 0
    """stalls that vehicles keep it from closing as yet"""


class Lot(msgspec.Struct, frozen=True):
    """A car park."""

    id: str
    name: str
    lat: float
    lon: float
    operator: str = ""
    payee: Account = Account.OPERATOR
    """who is paid; sharing windows of an owner or of an institution name their own"""
    tariff_id: str = ""
    """empty: free"""
    opening: tuple[tuple[int, int], ...] = ()
    """open spans in minutes of the week from Monday 00:00 local; empty: always"""
    timezone: str = "Asia/Shanghai"
    no_show_s: int = 1800
    """after `start`, without arrival, the reservation is released"""
    grace_s: int = 900
    """after `end`, before a stay is an overstay"""
    version: int = 1
    community: str = ""
    """whose residents come first; empty: those of the lot's own id"""
    closures: tuple[Closure, ...] = ()
    """that are not over"""


class Place(msgspec.Struct, frozen=True):
    """What can be claimed: a numbered space (capacity 1, `numbered`) or a pool of `capacity` alike stalls."""

    id: str
    lot_id: str
    capacity: int
    kind: SpaceKind = SpaceKind.GENERAL
    numbered: bool = False
    overbook: int = 0
    """claims beyond the capacity; only for pools, off by default"""
    slot_s: int = 300
    """claims of a pool are widened outwards to this grid, on which a store may count"""
    shared_only: bool = False
    """a private space: it can be claimed inside its owner's windows only"""
    version: int = 1
    owner: str = ""
    """the citizen or institution whose it is: who may share it"""
    title: int = 0
    """of a pool that is lent: stalls its owner has there, beyond which only an operator lends more; 0: as many as are lent"""
    zone: str = ""
    """floor or part of the car park, as its signs say: B1, A区"""

    @property
    def room(self) -> int:
        """Claims that may overlap in one instant."""
        return self.capacity + self.overbook

    def claim(self, wanted: Interval) -> Interval:
        """What is claimed for `wanted`: numbered spaces exactly, pools widened to their grid."""
        if self.numbered:
            return wanted
        return Interval(wanted.start // self.slot_s * self.slot_s, -(-wanted.end // self.slot_s) * self.slot_s)


class Terms(msgspec.Struct, frozen=True):
    """Price and conditions, frozen when a quote is made; the reservation carries them to its end (invariant I7)."""

    amount: int
    """fen"""
    lines: tuple[tuple[str, int], ...] = ()
    """(what for, fen), adds up to `amount`"""
    tariff_id: str = ""
    tariff_version: int = 0
    refund_steps: tuple[tuple[int, int], ...] = ()
    """(at least so many seconds before start, percent refunded), longest first; after the last step nothing"""
    overstay_fen_per_hour: int = 0
    shares: tuple[tuple[Account, str, int], ...] = ()
    """(account, holder, parts of 10,000): who gets the charge; adds up to 10,000"""
    vehicle: str = ""
    """the kind of vehicle the price is for (`parking.tariffs.Vehicle`); empty: any"""
    compensation_percent: int | None = None
    """of the price, on top of a full refund when the place is taken back; None: by the rules of that day"""


class Quote(msgspec.Struct, frozen=True):
    """An offer: good until `expires`."""

    id: str
    client: str
    lot_id: str
    place_id: str
    wanted: Interval
    terms: Terms
    created: int
    expires: int
    window_id: str = ""


class Reservation(msgspec.Struct, frozen=True):
    """One reservation from its first hold to its end; waiting list entries too."""

    id: str
    client: str
    """whose it is: subject of the citizen's token; nobody else sees it"""
    lot_id: str
    place_id: str
    wanted: Interval
    plate: Plate
    state: State
    terms: Terms
    created: int
    updated: int
    version: int = 1
    """strictly +1 each change (I2); also the gap-free sequence of its events (I9)"""
    hold_until: int | None = None
    """HOLD, OFFERED and RELOCATION_OFFERED: when it lapses"""
    confirmed: int | None = None
    """when it was confirmed last; somebody who is moved after the start has the whole no-show time again"""
    stall: str = ""
    """of a pool: bound at check-in"""
    kind: SpaceKind = SpaceKind.GENERAL
    """of a waiting list entry: the places it may be offered"""
    window_id: str = ""
    """the owner's window it lies in (I5)"""
    window_version: int = 0
    arrived: int | None = None
    left: int | None = None
    moved_from: str = ""
    """place it was moved from"""
    paid: int = 0
    """fen captured"""
    refunded: int = 0
    """fen refunded or being refunded"""
    fees: int = 0
    """fen charged beyond the terms: overstay"""
    reason: str = ""
    """why it ended, snake_case"""
    compensation: int = 0
    """fen on top of a full refund: of RELOCATION_OFFERED what declining brings, of a withdrawn one what it brought"""
    fault: tuple[Account, str] | None = None
    """(account, holder) that pays it: who took the confirmed place back"""
    most_fen: int | None = None
    """of a waiting list entry: the price up to which an owner's place is offered; None: the price of its terms"""
    plate_mended: bool = False
    """whether a sign of the plate was corrected after check-in: that is done once"""

    def blocks(self, now: int) -> bool:
        """Whether it claims its place at the instant `now` and later."""
        if self.state in (State.HOLD, State.OFFERED):
            return self.hold_until is not None and now < self.hold_until
        return self.state in (State.CONFIRMED, State.RELOCATION_OFFERED, State.CHECKED_IN, State.OVERSTAY)


class LedgerLine(msgspec.Struct, frozen=True):
    """One side of a posting. Lines of one `posting` add up to zero, hence those of a reservation (I6)."""

    posting: str
    """deterministic key: the same posting is posted once, however often it is asked for"""
    reservation_id: str
    account: Account
    holder: str
    """whose account: client, owner, operator id"""
    amount: int
    """fen; debit positive, credit negative"""
    at: int
    memo: str = ""


class Payment(msgspec.Struct, frozen=True):
    """Money asked of a client. Its id is its order number at the provider too: however often it is asked for, it is asked once."""

    id: str
    reservation_id: str
    client: str
    amount: int
    """fen"""
    created: int
    expires: int
    """the provider takes no money for it from then on"""
    state: PaymentState = PaymentState.OPEN
    returned: int = 0
    """fen of it that went back or are on their way"""
    tries: int = 0
    """how often the provider was asked about it"""
    due: int | None = None
    """when the provider is asked (next) whether it was paid; None: never again"""


class Payout(msgspec.Struct, frozen=True):
    """Money that goes out, written in the transaction that decided it and sent until the provider confirms it."""

    key: str
    """deterministic; the provider pays a key once, however often it is sent"""
    kind: PayoutKind
    reservation_id: str
    """empty for settlements"""
    holder: str
    """who gets it: client, owner, operator id"""
    amount: int
    created: int
    payment_id: str = ""
    """of refunds: the payment it goes back from"""
    tries: int = 0
    due: int | None = None
    """when it is sent (again); None: it is paid out"""
    done: int | None = None
    """when the provider confirmed it"""


class Event(msgspec.Struct, frozen=True):
    """What subscribers hear: written in the same transaction as the change (outbox)."""

    reservation_id: str
    sequence: int
    """= version of the reservation after the change"""
    type: str
    """`reservation.confirmed`, …"""
    at: int
    client: str
    data: dict[str, object] = {}
    """JSON-ready; plates masked"""


class ShareWindow(msgspec.Struct, frozen=True):
    """When an owner shares a place; `parking.windows` makes intervals of it."""

    id: str
    place_id: str
    owner: str
    first_day: str
    """local date, RFC 3339"""
    last_day: str
    """inclusive; empty: open-ended"""
    days: str
    """`daily`, `workdays`, `days_off` (by the decreed calendar, 调休), or weekday digits 1–7"""
    start_minute: int
    """of the local day"""
    end_minute: int
    """of the local day; ≤ start: crosses midnight"""
    buffer_s: int = 0
    """the owner's return buffer, kept free at the end"""
    price_fen_per_hour: int = 0
    residents_first_s: int = 0
    """others than residents may book only so long before the start"""
    payee: Account = Account.OWNER
    exceptions: tuple[str, ...] = ()
    """local dates on which no opening begins; one that began the evening before runs to its end"""
    active: bool = True
    version: int = 1
    more: tuple[tuple[str, int, int], ...] = ()
    """further recurrences (days, start minute, end minute): nights daily and, besides, days off all day; they join where they adjoin"""
    updated: int = 0
