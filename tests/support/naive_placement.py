"""The placement of stops by trying every assignment: what feeds.gtfs_placement finds by dynamic programming."""

from __future__ import annotations

from itertools import product

import numpy as np


def cheapest_cost(off: np.ndarray, along: np.ndarray, same: np.ndarray, length: float) -> float:
    """Least cost over all assignments of K stops to N pieces in which no stop lies before the one before it; inf when none."""
    stops, pieces = off.shape
    best = np.inf
    for chosen in product(range(pieces), repeat=stops):
        cost = 1e-3 * along[0, chosen[0]] + 1e-3 * (length - along[-1, chosen[-1]])
        for k, piece in enumerate(chosen):
            away = off[k, piece]
            cost += away**2 if away <= 50 else 100 * away - 2500
            if k:
                before, here = along[k - 1, chosen[k - 1]], along[k, piece]
                inside = here >= before if same[k - 1] else here > before
                if piece < chosen[k - 1] or (piece == chosen[k - 1] and not inside):
                    cost = np.inf
        best = min(best, cost)
    return best
