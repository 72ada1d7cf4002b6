"""Ids to indices with a dictionary."""

from __future__ import annotations

from collections.abc import Sequence


def find_all(known: Sequence[bytes], wanted: Sequence[bytes], absent: int, unknown: int) -> list[int]:
    """The first of equal ids counts."""
    index: dict[bytes, int] = {}
    for k, one in enumerate(known):
        index.setdefault(one, k)
    return [index.get(one, unknown) if one else absent for one in wanted]
