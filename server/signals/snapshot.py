"""What the signal engine shows after a step: immutable, of copies or of parts that never change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from server.signals.bins import BinsView
from server.signals.controllers import ControllerNow
from server.signals.event_window import WindowView
from signals.finding import Finding
from signals.inventory import Inventory
from signals.kernels.columns import F64, CountColumns
from signals.state_history import StateView


@dataclass(frozen=True)
class SignalSnapshot:
    """The picture of the instant `now` (epoch ms)."""

    number: int
    now: int
    inventory: Inventory
    controllers: Sequence[ControllerNow]
    """[D]"""
    findings: Sequence[Finding | None]
    """[J] the newest verdict; None: not judged since the start"""
    window: WindowView
    lane_counts: tuple[CountColumns, ...]
    """those of the window, in batches as they came"""
    bins: BinsView
    states: StateView
    counts: Mapping[str, int]
    """events by what became of them since the start"""
    online: int
    """controllers that speak"""
    verdicts: int
    """taken in since the start"""
    flow: F64
    """[A] vehicles/h of the known quarter hours of the newest two days; NaN unknown"""
    changed: tuple[int, ...]
    """intersections that have something new to say, rising"""
    measured: tuple[int, ...]
    """of these, those with newly closed bins"""
