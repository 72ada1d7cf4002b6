"""The tests that look at plans and days: T4, does a day repeat the like day before; T5, do plans follow traffic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from signals.kernels.columns import I32, I64
from signals.services import Record
from signals.verdict_parameters import VerdictParameters

DAY = 86_400_000
UNTOLD = math.nan
PLANS = 4
"""more plans can be put in order of demand in more ways than the changes of a window can tell apart"""


@dataclass(frozen=True)
class PlanEvidence:
    """NaN where a test could not be made."""

    changes: int = 0
    """changes of plan in the window, the first report left out"""
    off_schedule_share: float = UNTOLD
    """share of them that came at no time of the schedule"""
    selected: float = UNTOLD
    """p-value of T5: plans that change off schedule follow demand up and down"""
    replay_share: float = UNTOLD
    """T4: share of stage starts that came at the same clock time on a like day before, within the tolerance"""


def weigh_plans(
    record: Record, q: VerdictParameters, schedule: Sequence[int] | None = None, utc_offset: int = 28_800
) -> PlanEvidence:
    """T4 and T5 of a record. `schedule`: declared times of plan changes, ms of the local day; None: every quarter of an hour.

    `utc_offset` in s. A week's days fall into two kinds: Monday to Friday, and the rest.
    """
    number, time = record.plans.parameter, record.plans.time
    changed = np.r_[False, np.diff(number) != 0] if len(number) else np.zeros(0, bool)
    times, plans = time[changed], number[changed]
    replay = _replay_share(record, q, utc_offset)
    if not len(times):
        return PlanEvidence(0, UNTOLD, UNTOLD, replay)
    of_day = (times + 1000 * utc_offset) % DAY
    due = np.asarray(schedule, np.int64) if schedule is not None else np.arange(0, DAY, q.quarter)
    late = (of_day[:, None] - due[None, :]) % DAY
    off: NDArray[np.bool_] = np.all(late > q.schedule_tolerance, axis=1)
    return PlanEvidence(len(times), float(off.mean()), _selection(record, times, plans, off), replay)


def _selection(record: Record, times: I64, plans: I32, off: NDArray[np.bool_]) -> float:
    """Sign test: from one change to the next, demand rose when a plan of greater demand came. Times of orders the plans may be put in.

    Demand: detections a second over the five minutes before a change. Changes on schedule are left out.
    """
    kinds = np.unique(plans)
    if not record.own or not 2 <= len(kinds) <= PLANS or off.sum() < 2:
        return UNTOLD
    everyone = np.sort(np.concatenate(list(record.own.values())))
    before = np.searchsorted(everyone, times) - np.searchsorted(everyone, times - 300_000)
    place = {int(kind): float(before[plans == kind].mean()) for kind in kinds}
    rose, wanted = np.diff(before), np.diff([place[int(plan)] for plan in plans])
    told = off[1:] & (rose != 0) & (wanted != 0)
    right, of = int((np.sign(rose[told]) == np.sign(wanted[told])).sum()), int(told.sum())
    if of == 0:
        return UNTOLD
    tail = sum(math.comb(of, k) for k in range(right, of + 1)) / 2.0**of
    return min(1.0, math.factorial(len(kinds)) * tail)


def _replay_share(record: Record, q: VerdictParameters, utc_offset: int) -> float:
    """Of the stage starts that have a like day before, the share that repeats one of it; NaN when the window holds no two like days."""
    s = record.services
    if record.end - record.start <= DAY:
        return UNTOLD
    repeated = of = 0
    for phase in np.unique(s.phase):
        starts = np.sort(s.start[(s.phase == phase) & (s.start >= 0)])
        days = (starts + 1000 * utc_offset) // DAY
        rest, present = (days + 3) % 7 // 5, np.unique(days)
        for back in range(1, 8):
            like = np.isin(days - back, present) & ((days - back + 3) % 7 // 5 == rest)
            earlier = starts - back * DAY
            like &= (earlier >= record.start) & (earlier < record.end)
            if like.any():
                at = np.searchsorted(starts, earlier[like])
                before, after = starts[np.maximum(at - 1, 0)], starts[np.minimum(at, len(starts) - 1)]
                near = np.minimum(np.abs(before - earlier[like]), np.abs(after - earlier[like]))
                repeated, of = repeated + int((near <= q.replay_tolerance).sum()), of + int(like.sum())
                break
    return repeated / of if of else UNTOLD
