"""One published figure of the scorecard: counted items over all that belong, with what is not known, the star and the gap to the next.

An item may belong or not, and count or not; both may be unknown (-1). The value is what is shown to count over what is known to
belong. Whatever the unknown turn out to be, the true share lies between `low` and `high`; the star is that of `low`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from signals.indicator_definitions import IndicatorDefinition, Star, Words
from signals.kernels.columns import I8

YES, NO, PERHAPS = 1, 0, -1


class Items(NamedTuple):
    """Ids behind a figure."""

    counted: tuple[str, ...]
    unknown: tuple[str, ...]
    """belong, and may count"""
    undecided: tuple[str, ...]
    """may belong"""


@dataclass(frozen=True)
class Figure:
    """Equal to another when all but the date and the lists is."""

    definition: IndicatorDefinition
    reading: str
    words: Words
    as_of: int = field(compare=False)
    """epoch ms"""
    numerator: int
    denominator: int
    unknown: int
    """items of the denominator that may count"""
    undecided: int
    """items outside the denominator that may belong, their grade being unknown"""
    low: float | None
    """None: nothing is known to belong"""
    high: float | None
    star: int
    """stars of `low`; 0 none"""
    star_possible: int
    """stars of `high`"""
    next_star: Star | None
    gap: int | None
    """items more that must be shown to count for the next star; None: there is no next, or nothing belongs"""
    items: Items | None = field(default=None, compare=False, repr=False)

    @property
    def value(self) -> float | None:
        """Numerator ÷ denominator; None when nothing is known to belong."""
        return self.numerator / self.denominator if self.denominator else None


def figure(
    definition: IndicatorDefinition, reading: str, words: Words, as_of: int, belongs: I8, counts: I8, ids: Sequence[str] | None = None
) -> Figure:
    """The figure of items [n], YES, NO or PERHAPS each; with `ids` it carries its lists."""
    inside, perhaps = belongs == YES, belongs == PERHAPS
    numerator, denominator = int((inside & (counts == YES)).sum()), int(inside.sum())
    unknown = int((inside & (counts == PERHAPS)).sum())
    sure, out = int((perhaps & (counts == YES)).sum()), int((perhaps & (counts != YES)).sum())
    able = sure + int((perhaps & (counts == PERHAPS)).sum())
    worst, best = denominator + out, denominator + able
    low = numerator / worst if worst else None
    high = (numerator + unknown + able) / best if best else (0.0 if out else None)
    star = stars_reached(definition, numerator, worst)
    following = next((one for one in definition.stars if one.stars > star), None)
    gap = needed(following, worst) - numerator if following is not None and worst else None
    items = None if ids is None else _items(ids, inside, perhaps, counts)
    return Figure(
        definition, reading, words, as_of, numerator, denominator, unknown, sure + out, low, high, star,
        stars_reached(definition, numerator + unknown + able, best), following, gap, items,
    )  # fmt: skip


def needed(star: Star, of: int) -> int:
    """The least number of items of so many that reaches a star; exact."""
    whole, rest = divmod(star.share.numerator * of, star.share.denominator)
    return whole + 1 if star.more_than or rest else whole


def stars_reached(definition: IndicatorDefinition, counted: int, of: int) -> int:
    """The most stars that `counted` of `of` items reach; 0 none."""
    return max((star.stars for star in definition.stars if of and counted >= needed(star, of)), default=0)


def _items(ids: Sequence[str], inside: np.ndarray, perhaps: np.ndarray, counts: I8) -> Items:
    lists = (inside & (counts == YES), inside & (counts == PERHAPS), perhaps)
    return Items._make(tuple(ids[row] for row in np.flatnonzero(mask).tolist()) for mask in lists)
