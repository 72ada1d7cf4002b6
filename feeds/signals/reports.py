"""Reports of controllers on their way into columns: the fields of one object, judged, and what they add up to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from feeds.counters import Refusal
from feeds.signals.counters import SignalCounters
from feeds.signals.last_reports import LastReports
from feeds.signals.site import Site
from feeds.signals.times import SHANGHAI, to_ms
from feeds.signals.vendor_codes import GAT1049, VENDORS, VendorCodes
from signals.kernels.columns import CountColumns, EventColumns

NAN = float("nan")
EXAMPLES = 100
MOST = 2.0**31 - 1.0


class Decoded(NamedTuple):
    """What a body of reports says, in the order sent."""

    events: EventColumns
    stamped: NDArray[np.bool_]
    """[n] the time is the sender's own; False: the report has none, and its time is that of receipt (no clock offset applies)"""
    counts: CountColumns
    counters: SignalCounters
    """accepted counts reports, not events"""


class Unsound(Exception):
    """An object cannot be used: the field to blame (empty: none), the kind that with it makes the reason, a sentence's predicate."""

    def __init__(self, field: str, kind: str, detail: str) -> None:
        super().__init__(field, kind, detail)
        self.field, self.detail = field, detail
        self.reason = f"{_snake(field)}_{kind}" if field else kind


class Source(NamedTuple):
    """One source of reports: what its numbers mean and where its clock stands. `memory` goes on from body to body."""

    site: Site
    memory: LastReports
    zone: tzinfo = SHANGHAI
    """of times without an offset"""
    vendor: VendorCodes = GAT1049
    vendors: Mapping[str, VendorCodes] = VENDORS
    """numberings that a plain state may name in `mode_std`"""


class Reading:
    """Columns in the making, and the counters of one body."""

    def __init__(self, source: Source, received: int) -> None:
        self.source, self.received = source, received
        self.counters = SignalCounters(keep=EXAMPLES)
        self.rows: list[tuple[int, int, int, int]] = []
        self.stamped: list[bool] = []
        self.counts: list[tuple[int, int, int, float, float, float, float, int]] = []

    def refuse(self, where: str, unsound: Unsound) -> None:
        """Count an object as left out."""
        place = f"{where}/{unsound.field}" if unsound.field else where
        self.counters.refuse(unsound.reason, 1, [Refusal(place, "", unsound.reason, unsound.detail)])

    def finish(self) -> Decoded:
        """All that was read."""
        time, *others = np.array(self.rows, np.int64).reshape(-1, 4).T
        events = EventColumns(time.copy(), *(column.astype(np.int32) for column in others))
        kinds = (np.int64, np.int64, np.int32, np.float64, np.float64, np.float64, np.float64, np.int32)
        columns: Sequence[Any] = list(zip(*self.counts)) or [()] * len(kinds)
        counts = CountColumns(*(np.array(column, kind) for column, kind in zip(columns, kinds)))
        return Decoded(self.source.vendor.apply(events, self.counters), np.array(self.stamped, bool), counts, self.counters)


class Report:
    """One object: its fields, and the means to judge them. `stamp` is when its message says it was sent, None unknown."""

    def __init__(self, reading: Reading, fields: Mapping[str, Any], where: str, stamp: int | None = None) -> None:
        self.reading, self.fields, self.where, self.stamp = reading, fields, where, stamp
        self.source = reading.source

    def text(self, *names: str) -> str:
        """The first of these fields that is there, as text; "" none."""
        for name in names:
            value = self.fields.get(name)
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                text = str(value).strip()
                if text:
                    return text
        return ""

    def number(self, name: str) -> float:
        """A number, NaN where the field is missing. Raises Unsound for anything else."""
        text = self.text(name)
        if not text:
            return NAN
        try:
            value = float(text) if "_" not in text else NAN
        except ValueError:
            value = NAN
        if not math.isfinite(value):
            raise Unsound(name, "not_a_number", f"is not a number: {text[:40]!r}")
        return value

    def whole(self, name: str) -> int:
        """A whole number ≥ 0 (`140.0` is one; seconds are rounded), -1 where the field is missing. Raises Unsound for others."""
        value = self.number(name)
        if math.isnan(value):
            return -1
        if not 0.0 <= value <= MOST:
            raise Unsound(name, "out_of_range", f"is outside 0 to 2147483647: {value:g}")
        return round(value)

    def percent(self, name: str, most: float) -> float:
        """A percentage as a share; NaN where it is missing, and where it cannot be, which is counted."""
        value = self.number(name)
        if math.isnan(value) or 0.0 <= value <= most:
            return value / 100.0
        reason = f"{_snake(name)}_out_of_range"
        self.reading.counters.leave_unknown(reason, Refusal(f"{self.where}/{name}", "", reason, f"is no percentage: {value:g}"))
        return NAN

    def time(self, *names: str) -> tuple[int, bool]:
        """Epoch ms of the first of these fields, else the message's, else that of receipt; and whether it is the sender's own."""
        for name in names:
            if self.fields.get(name) not in (None, ""):
                found = to_ms(self.fields[name], self.source.zone)
                if found is None:
                    raise Unsound(name, "not_a_time", f"is no time: {str(self.fields[name])[:40]!r}")
                return found, True
        return (self.reading.received, False) if self.stamp is None else (self.stamp, True)

    def device(self, *names: str) -> int:
        """The controller's row. Raises Unsound when the id is missing or unknown."""
        cross = self.text(*names)
        if not cross:
            raise Unsound(names[0], "missing", "is missing")
        device = self.source.site.device_of(cross)
        if device < 0:
            raise Unsound("", "unknown_device", f"names no intersection or controller of the inventory: {cross[:40]!r}")
        return device

    def items(self, name: str) -> Sequence[Mapping[str, Any]]:
        """A list of objects: JSON's own, or XML's element around elements."""
        value = self.fields.get(name)
        if isinstance(value, dict):
            inside = [one for part in value.values() for one in (part if isinstance(part, list) else [part]) if isinstance(one, dict)]
            value = inside or [value]
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise Unsound(name, "missing", "is no list of objects")
        return value

    def event(self, when: tuple[int, bool], device: int, code: int, parameter: int) -> None:
        """Add one event."""
        self.reading.rows.append((when[0], device, int(code), parameter))
        self.reading.stamped.append(when[1])

    def ignore(self, reason: str) -> None:
        """Count a part that tells nothing new."""
        self.reading.counters.ignore(reason)


def _snake(name: str) -> str:
    """`CurStageNo` → `cur_stage_no`, `CrossID` → `cross_id`: reasons are words of a closed set, for the names are ours."""
    pieces = [f"_{c.lower()}" if c.isupper() and k and not name[k - 1].isupper() else c.lower() for k, c in enumerate(name)]
    return "".join(pieces)
