"""What is known of the vehicles inside, by zone, so that it outlives a restart and a changed list of car parks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parking.occupancy import Occupancy

COLUMNS = ("_base", "_set", "_heard", "_reported", "_reported_at", "_counted_at", "night", "_drift", "_last")
"""plain columns [Z]; the derived count is kept as `_base`, passages since then are added to it"""


def remember(counts: Occupancy) -> dict[str, NDArray[Any]]:
    """Plain arrays, fit for one .npz. Passages of the running slot and the newest ones one by one are not in it."""
    found = {name: getattr(counts, name).copy() for name in COLUMNS}
    found["_base"] = counts.derived_all()
    return {"ids": np.array([zone.id for zone in counts.zones], np.str_), **found}


def recall(counts: Occupancy, kept: Mapping[str, NDArray[Any]]) -> int:
    """Puts it into new counts; of how many zones something was known. Raises KeyError, IndexError for what `remember` did not
    keep."""
    rows = {name: k for k, name in enumerate(kept["ids"].tolist())}
    here = [k for k, zone in enumerate(counts.zones) if zone.id in rows]
    there = [rows[counts.zones[k].id] for k in here]
    for name in COLUMNS:
        getattr(counts, name)[here] = kept[name][there]
    return len(here)
