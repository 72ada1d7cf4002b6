"""What a forecaster has learned, by car park, so that it outlives a restart and a changed list of car parks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parking.forecast import Forecaster, Slot

Columns = Mapping[str, NDArray[Any]]
"""plain arrays, fit for one .npz"""


def remember(model: Forecaster, ids: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Profiles of the days that are over, today as far as it was observed, and the bounds of the interval; `ids` [L] of its lots."""
    return {"ids": np.array(ids, np.str_), "sums": model.sums.copy(), "bounds": model.bounds.copy(), "today": model.today.copy(),
            "slot": np.array(model.slot or (-1, 0, 0, 0), np.int64)}  # fmt: skip


def recall(model: Forecaster, ids: Sequence[str], kept: Columns) -> int:
    """Puts it into a new forecaster; how many lots knew something. Raises ValueError when it was kept for other slots, day types or
    horizons."""
    sums, bounds = kept["sums"], kept["bounds"]
    if sums.shape[:2] != model.sums.shape[:2] or sums.shape[3] != model.sums.shape[3] or bounds.shape != model.bounds.shape:
        raise ValueError("what was learned is of other slots, day types or horizons")
    rows = {name: k for k, name in enumerate(kept["ids"].tolist())}
    here = [k for k, name in enumerate(ids) if name in rows]
    there = [rows[ids[k]] for k in here]
    model.sums[:, :, here] = sums[:, :, there]
    model.bounds[:] = bounds
    if kept["slot"][0] >= 0:
        model.today[:, here] = kept["today"][:, there]
        model.slot = Slot(*kept["slot"].tolist())
    model.forget_rates()
    return len(here)
