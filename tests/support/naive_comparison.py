"""A comparison by every way to label the days, each statistic reckoned from its definition."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import fmean


def scores(rows: Sequence[tuple[int, int, int, int, float, float]]) -> tuple[list[float], list[bool], list[int]]:
    """Of (day, slot, day type, on, numerator, denominator): score, label and type of each day with slots that both labels have."""
    kinds = {day: kind for day, _, kind, _, _, _ in rows}
    on = {day: label == 1 for day, _, _, label, _, _ in rows}
    top: dict[tuple[int, int], float] = {}
    bottom: dict[tuple[int, int], float] = {}
    for day, slot, _, _, numerator, denominator in rows:
        if numerator == numerator and denominator > 0:
            top[day, slot] = top.get((day, slot), 0.0) + numerator
            bottom[day, slot] = bottom.get((day, slot), 0.0) + denominator
    found: list[float] = []
    labels: list[bool] = []
    types: list[int] = []
    for day in sorted({day for day, _ in top}):
        parts = []
        for slot in sorted({slot for _, slot in top}):
            peers = [other for other in kinds if kinds[other] == kinds[day] and (other, slot) in top]
            if (day, slot) not in top or len({on[other] for other in peers}) < 2:
                continue
            mean = fmean(top[other, slot] / bottom[other, slot] for other in peers)
            parts.append((top[day, slot] / bottom[day, slot] - mean, fmean(bottom[other, slot] for other in peers)))
        if parts:
            found.append(sum(value * weight for value, weight in parts) / sum(weight for _, weight in parts))
            labels.append(on[day])
            types.append(kinds[day])
    return found, labels, types


def difference(score: Sequence[float], label: Sequence[bool]) -> float:
    return fmean(s for s, one in zip(score, label) if one) - fmean(s for s, one in zip(score, label) if not one)


def p_values(score: Sequence[float], label: Sequence[bool], shift: float) -> tuple[float, float, float]:
    """Two-sided p of no difference after `shift` is taken from the days with; p that it is above `shift`; p that it is below."""
    moved = [s - shift * one for s, one in zip(score, label)]
    truth = difference(moved, label)
    everyone = range(len(score))
    shown = [difference(moved, [k in ones for k in everyone]) for ones in combinations(everyone, sum(label))]
    tiny = 1e-9
    return (
        sum(abs(value) >= abs(truth) - tiny for value in shown) / len(shown),
        sum(value >= truth - tiny for value in shown) / len(shown),
        sum(value <= truth + tiny for value in shown) / len(shown),
    )
