"""How a bus's headway changes its dwells: the longer since the last bus of its line, the more wait for it (Newell and Potts 1964).

    dwell = typical (1 + slope x),     x = headway / mean headway there - 1
The slope is learned over all stops, as a line through the origin: where buses do not serve more riders for coming later it stays
near nothing. A vehicle has one x: the mean over its next calls, where what comes before it is a bus that left or one that is
predicted; its headway does not change much before it gets there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from transit.headway_slots import find_slots
from transit.kernels.columns import F32, F64, ArrivalColumns, EventColumns
from transit.kernels.headway_dwell import count_dwells, foresee_headways
from transit.network import Network


class DwellParameters(NamedTuple):
    """Bounds and beliefs of the effect."""

    slope: float = 0.2
    """relative: sim_city 0.19, whose riders come at random; typical of on-demand stops"""
    prior: float = 50.0
    """sum of squared x that this is worth: dwells after 200 headways half as long again as usual"""
    most_headway: float = 7200.0
    """s between buses above which there was a break in service"""
    most: float = 1.5
    """bounds of x (and -1), and of what one dwell tells about it"""
    ahead: float = 900.0
    """s ahead within which calls tell a vehicle's headway"""
    memory: float = 0.05
    """weight of the newest headway in the mean of a slot"""


class HeadwayDwell:
    """Of one network; only the engine's one writer touches it. `sums` [2] is of x^2 and x y, and outlives the day."""

    def __init__(self, network: Network, sums: F64, parameters: DwellParameters | None = None) -> None:
        self._par = parameters or DwellParameters()
        self._slot = find_slots(network, 1.0).of_pattern_stop
        slots = int(self._slot.max(initial=-1)) + 1
        self._left: F64 = np.full(slots, np.nan)
        self._mean: F64 = np.full(slots, np.nan)
        self.sums = sums
        self.ratio: F32 = np.zeros(0, np.float32)
        """[V] x of each vehicle; 0 where nothing is known"""

    @property
    def slope(self) -> float:
        """Of dwell over headway, both relative; 0 … 1, so that no stay is less than nothing."""
        found = float((self.sums[1] + self._par.prior * self._par.slope) / (self.sums[0] + self._par.prior))
        return min(max(found, 0.0), 1.0)

    def learn(self, events: EventColumns, typical: F32) -> None:
        """Takes in stop events in order; `typical` [Q] s is the dwell to be expected at each pattern stop."""
        par = self._par
        count_dwells(events, self._slot, typical, par.most_headway, par.most, par.memory, self._left, self._mean, self.sums)

    def foresee(self, arrivals: ArrivalColumns, now: float, vehicles: int) -> None:
        """Sets `ratio` from predicted calls at `now` (epoch s) of so many vehicles, sorted by stop and arrival."""
        par = self._par
        self.ratio = np.empty(vehicles, np.float32)
        foresee_headways(
            arrivals, now, self._slot, par.ahead, par.most_headway, par.most, self._left, self._mean, np.empty_like(self._left),
            np.empty(vehicles, np.int32), self.ratio,
        )
