"""Arrays that begin on a cache line, so that a row of 32 or 64 bytes never lies on two."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

CACHE_LINE = 64


def aligned(shape: int | tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """Zeros of this shape and dtype that begin on a cache line."""
    kind = np.dtype(dtype)
    size = int(np.prod(shape)) * kind.itemsize
    raw = np.zeros(size + CACHE_LINE, np.uint8)
    first = -raw.ctypes.data % CACHE_LINE
    rows: NDArray[Any] = raw[first : first + size].view(kind).reshape(shape)
    return rows
