"""Findings that do not flicker: where an intersection stands changes when two windows in a row say so.

Every few minutes is tested again, so now and then one window errs. What is told is the median of what was told before, of the window
before and of this one, for rungs by their order and for verdicts in the order not adapting, unknown, adapting; so what is proved
never exceeds what is possible, and a rung of adapting never comes with another verdict. Silence is no test and is told at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from signals.finding import Finding
from signals.model import Rung, Verdict
from signals.verdict import NO_CONTROLLER, NOT_OBSERVED

SECOND_WINDOW = "second_window"
"""why a verdict is unknown: the next window has not agreed yet"""
_ORDER = (Verdict.NOT_ADAPTING, Verdict.UNKNOWN, Verdict.ADAPTING)


class Standing(NamedTuple):
    """Where an intersection stands."""

    verdict: int
    """place in `_ORDER`"""
    proved: int
    possible: int


_NOTHING = Standing(_ORDER.index(Verdict.UNKNOWN), Rung.LISTED, Rung.EFFECTIVE)


class _Kept(NamedTuple):
    end: int
    """of the newest window, epoch ms"""
    before: Standing
    """told with the window before"""
    previous: Standing
    """what that window itself said"""
    told: Standing
    current: Standing


class Steady:
    """Of one district."""

    def __init__(self) -> None:
        self._kept: dict[int, _Kept] = {}

    def settle(self, one: Finding) -> Finding:
        """What is told when a window says this. The same window may be judged anew: the false discovery rate is all windows'."""
        current = Standing(_ORDER.index(one.verdict), one.proved, one.possible)
        kept = self._kept.get(one.intersection, _Kept(-1, _NOTHING, _NOTHING, _NOTHING, _NOTHING))
        if one.end != kept.end:
            kept = kept._replace(end=one.end, before=kept.told, previous=kept.current)
        because = one.evidence.get("unknown_because")
        if because in (NOT_OBSERVED, NO_CONTROLLER):
            told = current
        else:
            told = Standing._make(sorted(three)[1] for three in zip(kept.before, kept.previous, current, strict=True))
        self._kept[one.intersection] = kept._replace(told=told, current=current)
        if told == current:
            return one
        verdict = _ORDER[told.verdict]
        because = None if verdict != Verdict.UNKNOWN else because or SECOND_WINDOW
        return replace(
            one, verdict=verdict, proved=Rung(told.proved), possible=Rung(told.possible),
            evidence={**one.evidence, "unknown_because": because, "awaits_second_window": True},
        )  # fmt: skip
