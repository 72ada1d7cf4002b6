"""Coverage as the server tells it: of the inventory as it was, the states that were shown, and the flow that was measured.

Flow is the mean of the newest two days whatever moment is asked for; no past flow is guessed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from server.signals.snapshot import SignalSnapshot
from signals.coverage import Coverage, coverage_at
from signals.coverage_days import days, moments
from signals.coverage_epolice import epolice_at
from signals.coverage_series import coverage_moments, principal_series, time_in_state
from signals.coverage_view import coverage_view, series_view, time_in_state_view
from signals.coverage_weights import Measured
from signals.indicator_definitions import CoverageDefinitions
from signals.inventory import Inventory
from signals.inventory_history import InventoryHistory
from signals.inventory_spans import spans_of
from signals.kernels.columns import F64

Json = dict[str, Any]
MOST_MOMENTS = 400
"""of a series: more than a chart has pixels between two labels"""
_LEAST_STEP = 60_000


class CoverageBook:
    """Of one history of the inventory, in one time zone."""

    def __init__(self, history: InventoryHistory, timezone: str) -> None:
        self.history, self._timezone = history, timezone
        self._definitions, self._spans = CoverageDefinitions(), spans_of(history)

    def at(self, as_of: int, snapshot: SignalSnapshot, items: bool = False) -> Coverage:
        """Coverage at a time (epoch ms); `items`: with the ids behind the official figures."""
        inventory = self.history.at(as_of)
        flow = _flow_of(snapshot, inventory)
        epolice = epolice_at(as_of, inventory, self._definitions, flow, items) if len(inventory.camera_ids) else None
        return coverage_at(as_of, self._spans, snapshot.states, self._definitions, _measured(snapshot), epolice, items)

    def view(self, coverage: Coverage) -> Json:
        """JSON-ready."""
        return coverage_view(coverage, self._timezone)

    def series(self, start: int, end: int, snapshot: SignalSnapshot) -> Json:
        """Coverage at moments of start <= t < end (epoch ms), and its time in state by local day."""
        step = max(_LEAST_STEP, math.ceil((end - start) / MOST_MOMENTS / _LEAST_STEP) * _LEAST_STEP)
        times, states, measured = moments(start, end, step), snapshot.states, _measured(snapshot)
        scopes = coverage_moments(times, self._spans, states, self._definitions, measured)
        official = principal_series(times, self._spans, states, self._definitions)
        bins = days(start, end, self._timezone)
        of_days = time_in_state(bins, self._spans, states, self._definitions, measured)
        return {
            "step_s": step // 1000,
            **series_view(times, scopes, official, self._timezone),
            "time_in_state": time_in_state_view(bins, of_days, self._timezone),
        }


def _flow_of(snapshot: SignalSnapshot, inventory: Inventory) -> F64:
    """[A] vehicles/h of the approaches of an inventory, in its order."""
    index = snapshot.inventory.approach_index
    rows = np.array([index.get(name, -1) for name in inventory.approach_ids], np.int64)
    return np.append(snapshot.flow, np.nan)[rows]


def _measured(snapshot: SignalSnapshot) -> tuple[Measured, ...]:
    """Flow of each intersection, vehicles/h: the sum of its approaches that are known; none without one."""
    inventory, flow = snapshot.inventory, snapshot.flow
    known = np.isfinite(flow) & (inventory.approach_intersection >= 0)
    if not known.any():
        return ()
    count = len(inventory.intersection_ids)
    sums = np.bincount(inventory.approach_intersection[known], flow[known], count)
    told = np.bincount(inventory.approach_intersection[known], minlength=count) > 0
    return (Measured("flow", inventory.intersection_ids, np.where(told, sums, np.nan)),)
