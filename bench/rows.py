"""What a bench yields: rows, each ours beside a baseline of the same run, and notes in plain words.

A figure without a rival is put beside the limit it has to keep; `baseline_name` says which of the two it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_COLUMNS = ("", "ours", "baseline", "ratio", "unit", "beside")


@dataclass(frozen=True)
class Row:
    """One figure; `ratio` is ours divided by baseline."""

    name: str
    ours: float
    baseline: float
    baseline_name: str
    unit: str
    higher_is_better: bool

    @property
    def ratio(self) -> float:
        """NaN where there is nothing to divide by."""
        return self.ours / self.baseline if self.baseline else math.nan

    def to_json(self) -> dict[str, object]:
        """As it is printed with --json; what is not a number is null."""
        return {
            "name": self.name,
            "ours": _finite(self.ours),
            "baseline": _finite(self.baseline),
            "baseline_name": self.baseline_name,
            "ratio": _finite(self.ratio),
            "unit": self.unit,
            "higher_is_better": self.higher_is_better,
        }


def table(rows: Sequence[Row]) -> str:
    """The rows for people; the arrow says which way is better."""
    cells = [_COLUMNS]
    for row in rows:
        better = "↑" if row.higher_is_better else "↓"
        cells.append(
            (row.name, _figure(row.ours), _figure(row.baseline), f"{_figure(row.ratio)} {better}", row.unit, row.baseline_name)
        )
    widths = [max(map(len, column)) for column in zip(*cells)]
    lines = []
    for line in cells:
        parts = [text.rjust(width) if 1 <= k <= 3 else text.ljust(width) for k, (text, width) in enumerate(zip(line, widths))]
        lines.append("  ".join(parts).rstrip())
    return "\n".join(lines)


def _figure(value: float) -> str:
    """Three or more digits, thousands apart."""
    if not math.isfinite(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 100 else f"{value:.1f}"


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
