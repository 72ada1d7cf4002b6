"""Times on a machine that others use too: rounds of every contender in turn, and the least time of each.

A disturbance can only add time, so the minimum says most about the code; taking turns lets a slow spell hit all alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence


def interleaved(contenders: Sequence[Callable[[], object]], rounds: int, seconds: float = 20.0) -> list[float]:
    """Least seconds of each contender over `rounds` turns (fewer when `seconds` have passed, but at least one)."""
    best = [float("inf")] * len(contenders)
    end = time.perf_counter() + seconds
    for _ in range(rounds):
        for k, contender in enumerate(contenders):
            started = time.perf_counter()
            contender()
            best[k] = min(best[k], time.perf_counter() - started)
        if time.perf_counter() > end:
            break
    return best


def least(action: Callable[[], object], rounds: int, seconds: float = 10.0) -> float:
    """Least seconds of one action."""
    return interleaved([action], rounds, seconds)[0]
