"""What better timing is worth at one intersection, from the quarter hours kept so far; an answer is kept for an hour."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from server.signals.volumes import DayVolumes, date_of
from signals.inventory import Inventory
from signals.worth import Estimate, gain
from signals.worth_junctions import TimedIntersection, timed_intersections
from signals.worth_text import worth_text

Json = dict[str, Any]
_HOUR = 3_600_000
_SATURDAY = 5


class WorthBook:
    """Of one inventory. Methods may be called from any thread."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._timed: list[TimedIntersection] | None = None
        self._kept: dict[int, tuple[int, Json]] = {}
        self._lock = threading.Lock()

    def answer(self, row: int, days: tuple[DayVolumes, ...], now: int) -> Json:
        """Of an intersection's row; `now` is epoch ms."""
        with self._lock:
            kept = self._kept.get(row)
            if kept is None or kept[0] != now // _HOUR:
                kept = self._kept[row] = now // _HOUR, self._make(row, days)
            return kept[1]

    def _make(self, row: int, days: tuple[DayVolumes, ...]) -> Json:
        if self._timed is None:
            self._timed = timed_intersections(self._inventory)
        one = self._timed[row]
        volume = np.stack([day.volume for day in days], axis=1) if days else np.zeros((len(self._inventory.approach_ids), 0, 96))
        kinds = np.array([max(0, date_of(day.date).weekday() - _SATURDAY + 1) for day in days], np.int32)
        worth = gain(volume, [one], kinds, np.random.default_rng(1))
        return {
            "days": int(worth.days[0]), "observed_share": _known(worth.observed[0]), "saturated_share": _known(worth.saturated[0]),
            "plans_delay_s": _known(worth.plans[0]), "unknown_because": one.reason or ("" if days else "no_volumes") or None,
            "upper_bound": _estimate(worth.upper), "following": _estimate(worth.causal), "more_plans": _estimate(worth.finest),
            "text": {"zh": worth_text(worth, 0, "zh"), "en": worth_text(worth, 0, "en")},
        }  # fmt: skip


def _estimate(one: Estimate) -> Json:
    return {
        "vehicle_seconds_a_day": _known(one.gain[0]), "low": _known(one.low[0]), "high": _known(one.high[0]),
        "seconds_a_vehicle": _known(one.per_vehicle[0]),
    }  # fmt: skip


def _known(value: float) -> float | None:
    return round(float(value), 3) if math.isfinite(value) else None
