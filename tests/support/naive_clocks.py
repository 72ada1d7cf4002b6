"""Clocks the slow way: every observation is kept, minutes are looked up among them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from signals.clock_offsets import ClockParameters


@dataclass
class NaiveClock:
    """One device's clock."""

    parameters: ClockParameters
    minutes: dict[int, list[int]] = field(default_factory=dict)
    """minute of receipt → every receipt − stamp in it"""
    offset: float = math.nan
    applied: int = 0
    seen: int = 0
    jumps: int = 0

    def observe(self, stamps: list[int], received: int) -> None:
        """Take in the stamps of one batch and think again."""
        p = self.parameters
        now = received // p.bucket
        gaps = [received - stamp for stamp in stamps if abs(received - stamp) <= p.most]
        if gaps:
            self.minutes.setdefault(now, []).extend(gaps)
        self.seen += len(gaps)
        recent = {minute: min(seen) for minute, seen in self.minutes.items() if now - p.window < minute <= now}
        newest = sorted(recent)[-p.confirming :]
        values = [recent[minute] for minute in newest]
        agree = len(newest) == p.confirming and self.seen >= p.least and max(values) - min(values) <= p.tolerance
        if agree and math.isnan(self.offset):
            self.offset = min(values)
        elif agree and (min(values) > self.offset + p.tolerance or max(values) < self.offset - p.tolerance):
            self.offset = min(values)
            self.jumps += 1
            self.minutes = {minute: seen for minute, seen in self.minutes.items() if minute >= newest[0]}
        elif not math.isnan(self.offset):
            self.offset = min([gap for gap in recent.values() if gap >= self.offset - p.tolerance], default=self.offset)
        if not math.isnan(self.offset) and abs(self.offset - self.applied) > p.tolerance:
            self.applied = int(self.offset)

    def set(self) -> None:
        """The clock was set: nothing seen before counts."""
        self.minutes, self.offset, self.applied, self.seen = {}, math.nan, 0, 0
        self.jumps += 1
