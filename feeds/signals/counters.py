"""Counts of signal inputs: besides what was refused, what was kept though not understood.

A code or mode that no table knows stays in the stream as the number it is; a field that cannot be read leaves its row in place
and is unknown there. Both are counted, so that nothing is lost in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from feeds.counters import Counters, Refusal

MOST_KINDS = 256
"""distinct unknown codes or modes counted by themselves: a sender of noise must not fill the memory"""
OTHER = "other"


@dataclass(slots=True)
class SignalCounters(Counters):
    """Counters with the three ways in which a signal input is kept and yet not understood."""

    unknown_codes: dict[str, int] = field(default_factory=dict)
    """event code → events kept that no table explains"""
    unknown_modes: dict[str, int] = field(default_factory=dict)
    """control mode as it was sent → reports kept"""
    left_unknown: dict[str, int] = field(default_factory=dict)
    """reason (`grade_unknown_word`) → rows kept whose field could not be read"""

    def leave_unknown(self, reason: str, example: Refusal | None = None) -> None:
        """Count one row that stays though a field of it is unknown now."""
        self.left_unknown[reason] = self.left_unknown.get(reason, 0) + 1
        if example is not None and len(self.examples) < self.keep:
            self.examples.append(example)

    def count_codes(self, codes: Iterable[tuple[int, int]]) -> None:
        """Take in (event code, how often) of codes that no table explains."""
        for code, count in codes:
            _count(self.unknown_codes, str(code), count)

    def count_mode(self, mode: str) -> None:
        """Count one report of a control mode that no table explains."""
        _count(self.unknown_modes, mode[:40], 1)

    def add(self, other: Counters) -> None:
        """Take in another count; its examples come after the ones already here."""
        Counters.add(self, other)
        if isinstance(other, SignalCounters):
            for mine, theirs in (
                (self.unknown_codes, other.unknown_codes),
                (self.unknown_modes, other.unknown_modes),
                (self.left_unknown, other.left_unknown),
            ):
                for name, count in theirs.items():
                    _count(mine, name, count)

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON, keys in order."""
        own: Mapping[str, Any] = {
            "unknown_codes": dict(sorted(self.unknown_codes.items())),
            "unknown_modes": dict(sorted(self.unknown_modes.items())),
            "left_unknown": dict(sorted(self.left_unknown.items())),
        }
        return {**Counters.to_dict(self), **own}


def _count(counts: dict[str, int], name: str, count: int) -> None:
    if name not in counts and len(counts) >= MOST_KINDS:
        name = OTHER
    counts[name] = counts.get(name, 0) + count
