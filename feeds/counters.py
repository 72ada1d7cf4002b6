"""What a decoder took in, what it refused and why: counts for metrics and reports, and the first few cases for people.

Refused and ignored are kept apart: refused input was meant to be a position and is none (`lat_not_a_number`), ignored input
was never meant to be one (a TripUpdate among VehiclePositions). Reasons are snake_case words of a small closed set, fit to
be metric labels; nothing a sender writes ever becomes a reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

EXAMPLES = 20


class Refusal(NamedTuple):
    """One refused item. `str()` is a sentence: `positions.csv, line 7, lat: is not a number: 'abc'`."""

    where: str
    """a JSON pointer (`/3/lat`), `positions.csv, line 7` or `entity 12`"""
    field: str
    """empty when no single field is to blame"""
    reason: str
    """the counted reason"""
    detail: str

    def __str__(self) -> str:
        place = f"{self.where}, {self.field}" if self.field else self.where
        return f"{place}: {self.detail}"


@dataclass(slots=True)
class Counters:
    """Counts of one decoded input, or of many added up. `examples` holds the first `keep` refusals."""

    accepted: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    ignored: dict[str, int] = field(default_factory=dict)
    examples: list[Refusal] = field(default_factory=list)
    keep: int = EXAMPLES

    @property
    def refused_total(self) -> int:
        """All refused items, whatever the reason."""
        return sum(self.refused.values())

    def refuse(self, reason: str, count: int = 1, examples: Iterable[Refusal] = ()) -> None:
        """Count `count` items refused for one reason; examples beyond `keep` are dropped."""
        self.refused[reason] = self.refused.get(reason, 0) + count
        self._show(examples)

    def ignore(self, reason: str, count: int = 1) -> None:
        """Count items that were no positions to begin with."""
        self.ignored[reason] = self.ignored.get(reason, 0) + count

    def add(self, other: Counters) -> None:
        """Take in another count; its examples come after the ones already here."""
        self.accepted += other.accepted
        for reason, count in other.refused.items():
            self.refuse(reason, count)
        for reason, count in other.ignored.items():
            self.ignore(reason, count)
        self._show(other.examples)

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON; reasons in alphabetical order, so equal counts give equal bytes."""
        return {
            "accepted": self.accepted,
            "refused": dict(sorted(self.refused.items())),
            "ignored": dict(sorted(self.ignored.items())),
            "examples": [{**one._asdict(), "sentence": str(one)} for one in self.examples],
        }

    def _show(self, examples: Iterable[Refusal]) -> None:
        for example in examples:
            if len(self.examples) >= self.keep:
                return
            self.examples.append(example)
