"""Pace in plain Python: every covered stretch is remembered, and faded when asked."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass
class NaivePace:
    """Stretches as (when it ended, actual s, typical s)."""

    memory: float
    prior: float
    stretches: list[tuple[float, float, float]] = field(default_factory=list)

    def cover(self, ended: float, actual: float, typical: float) -> None:
        self.stretches.append((ended, actual, typical))

    def pace(self, now: float) -> float:
        fading = [math.exp((ended - now) / self.memory) for ended, _, _ in self.stretches]
        actual = sum(f * a for f, (_, a, _) in zip(fading, self.stretches))
        typical = sum(f * t for f, (_, _, t) in zip(fading, self.stretches))
        return (actual + self.prior) / (typical + self.prior)
