"""What a window of events says of one intersection: the record that verdicts make, coverage counts and pages show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from signals.model import Rung, Verdict

Evidence = Mapping[str, float | int | str | bool | None]
"""figures behind a verdict, by name; None: unknown"""


@dataclass(frozen=True)
class Finding:
    """One intersection over one window. The rung lies between `proved` and `possible`; they are equal where nothing is unknown."""

    intersection: int
    """row in the inventory"""
    start: int
    """epoch ms"""
    end: int
    """epoch ms, exclusive"""
    verdict: Verdict
    proved: Rung
    """the highest rung that is shown, with all below it"""
    possible: Rung
    """the rung it would stand on if every unknown were answered yes; ≥ proved"""
    mode: int
    """control mode in force over most of the window, as reported, else as the inventory declares it; -1 unknown"""
    observable_share: float
    """share of the window in which its state was known; NaN when nothing was expected"""
    evidence: Evidence = field(default_factory=dict)
