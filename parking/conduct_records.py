"""What is kept of overstays, bars and appeals: immutable values. Plates by their keys and masks alone."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from parking.records import Plate


class ConductRules(msgspec.Struct, frozen=True):
    """When a plate is barred: data, in versions; what was done is judged by the rules that held then. Defaults: 错时共享 of Jinan
    since 2021 (three overstays, or one of more than 24 h: a year)."""

    version: int = 1
    most: int = 3
    """overstays within `within_s` that bar"""
    within_s: int = 365 * 86_400
    longest_s: int = 86_400
    """one overstay longer than this bars by itself"""
    bar_s: int = 365 * 86_400
    appeal_s: int = 60 * 86_400
    """an appeal is filed so long after at most (as for 行政复议, art. 20 of its law)"""
    mistyped: int = 1
    """appeals of one client within `within_s` that are upheld at once because one sign of the plate was mistyped (as the code of the
    British Parking Association demands); of more an operator decides"""


class Overstay(msgspec.Struct, frozen=True):
    """A vehicle stayed beyond its end and the grace after it."""

    reservation_id: str
    plate_key: bytes
    masked: str
    client: str
    lot_id: str
    ended: int
    """when it should have left"""
    late_s: int
    noted: int
    rules_version: int
    voided: str = ""
    """why it does not count: `left_in_time` (a barrier told late), `appeal_upheld`, `bar_lifted` (by an operator)"""
    bar_id: str = ""
    """the bar it led to; it counts for no other"""


class Bar(msgspec.Struct, frozen=True):
    """A plate may not reserve until then."""

    id: str
    plate_key: bytes
    masked: str
    since: int
    until: int
    cause: str
    """`overstays` or `long_overstay`"""
    overstays: tuple[str, ...]
    """reservations"""
    rules_version: int
    lifted: str = ""
    """why it was lifted"""
    operator: str = ""
    """who lifted it"""
    reason: str = ""
    """the operator's, for the client"""
    version: int = 1


class AppealState(StrEnum):
    """FILED → UPHELD or REJECTED, by an operator; then never again."""

    FILED = "filed"
    UPHELD = "upheld"
    REJECTED = "rejected"


class Appeal(msgspec.Struct, frozen=True):
    """A client says an overstay was none. One for each overstay."""

    reservation_id: str
    client: str
    grounds: str
    filed: int
    state: AppealState = AppealState.FILED
    decided: int | None = None
    operator: str = ""
    """who decided; `rules`: nobody had to"""
    reason: str = ""
    """for the client"""
    version: int = 1
    plate: Plate | None = None
    """as it should have been written"""
    one_off: bool = False
    """that plate differs from the one that was reserved for by one sign"""
