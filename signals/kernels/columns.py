"""The columns that kernels of signals take: name, dtype, shape and unit of each.

Times are int64 milliseconds since the epoch, so that sums are exact and no measure depends on how a stream is cut.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

I8 = NDArray[np.int8]
U8 = NDArray[np.uint8]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


class EventColumns(NamedTuple):
    """What controllers reported, [n], in order of (time, code) for each device; exact duplicates may occur."""

    time: I64
    """epoch ms, the controller's clock put right by its tracked offset"""
    device: I32
    """row of the controller in the inventory (`Inventory.device_ids`)"""
    code: I32
    """`signals.codes`: Indiana enumeration below 100 000, ours from there on"""
    parameter: I32
    """phase, channel, plan, mode: what the code says it is"""


class CountColumns(NamedTuple):
    """Lane counts over intervals, [n] (GA/T 1049.2 CrossTrafficData, or any counter)."""

    start: I64
    """epoch ms"""
    end: I64
    """epoch ms, exclusive"""
    approach: I32
    """row in `Inventory.approach_ids`"""
    volume: F64
    """vehicles in the interval (not an hourly rate); NaN unknown"""
    occupancy: F64
    """share of the interval the detector was occupied, 0–1; NaN unknown"""
    queue: F64
    """longest queue, m; NaN unknown"""
    saturation: F64
    """degree of saturation, 1 is capacity; NaN unknown"""
    lane: I32 | None = None
    """a number made of the lane's name, to tell two lanes of an approach apart; None: counts are of whole approaches"""
