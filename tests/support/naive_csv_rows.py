"""The slow twin of feeds.kernels.csv_rows: one formatted string a cell."""

from __future__ import annotations

from collections.abc import Sequence


def cell(value: float, decimals: int) -> str:
    """A number rounded half to even, without trailing zeros; empty when it is unknown or beyond any use."""
    if not -1e15 < value < 1e15:
        return ""
    scaled = round(abs(value) * 10**decimals)
    digits = str(scaled).rjust(decimals + 1, "0")
    whole, rest = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    sign = "-" if value < 0 and scaled else ""
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"


def rows(columns: Sequence[Sequence[str | None] | tuple[Sequence[float], int]]) -> str:
    """CSV text of columns of words (None: unknown) and of (numbers, decimals)."""
    cells = [
        [cell(value, column[1]) for value in column[0]] if isinstance(column, tuple) else [word or "" for word in column]
        for column in columns
    ]
    return "".join(",".join(line) + "\n" for line in zip(*cells))
