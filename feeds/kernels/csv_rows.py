"""CSV rows from columns: words by index out of one table of bytes, numbers with a few decimals.

The words come ready to be copied, quoted where CSV (RFC 4180) wants it. A number is rounded to its column's decimals (half to
even) and written without trailing zeros, as a person would: 5.50 is `5.5`, 1000.0 is `1000`. Unknown (-1, NaN) is an empty
cell.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from transit.kernels.columns import F64, I32, I64, U8

COMMA, NEWLINE, MINUS, POINT, ZERO = 44, 10, 45, 46, 48
NUMBER_BYTES = 24
"""room for one number and its comma"""
LARGEST = 1e15
"""numbers beyond are unknown: no time, distance or count is near it"""


@njit(cache=True, nogil=True, error_model="numpy")
def write_number(value: float, decimals: int, out: U8, at: int) -> int:
    """Write one number, nothing for NaN; returns the position after it."""
    if not -LARGEST < value < LARGEST:
        return at
    scale = 1
    for _ in range(decimals):
        scale *= 10
    scaled = int(np.rint(abs(value) * scale))
    if value < 0.0 and scaled > 0:
        out[at] = MINUS
        at += 1
    while decimals > 0 and scaled % 10 == 0:
        scaled //= 10
        decimals -= 1
    digits, rest = decimals + 1, scaled
    for _ in range(decimals):
        rest //= 10
    while rest >= 10:
        rest //= 10
        digits += 1
    end = at + digits + (1 if decimals > 0 else 0)
    at = end
    for k in range(digits):
        if k == decimals and k > 0:
            at -= 1
            out[at] = POINT
        at -= 1
        out[at] = ZERO + scaled % 10
        scaled //= 10
    return end


@njit(cache=True, nogil=True, error_model="numpy")
def write_rows(
    text: U8, starts: I64, words: I32, numbers: F64, decimals: I64, layout: I64, first: int, longest: int, out: U8
) -> tuple[int, int]:
    """Write rows from `first` on while another one of at most `longest` bytes fits; returns (next row, bytes written).

    words [W, n] are indices into `starts` [words + 1], -1 empty; numbers [M, n] with decimals [M]; layout [columns] names each
    column's row of `words` (k) or of `numbers` (-1 - k).
    """
    at = 0
    row = first
    rows = max(words.shape[1], numbers.shape[1])
    while row < rows and out.size - at >= longest:
        for column in range(layout.size):
            k = layout[column]
            if k < 0:
                at = write_number(numbers[-1 - k, row], decimals[-1 - k], out, at)
            elif words[k, row] >= 0:
                for source in range(starts[words[k, row]], starts[words[k, row] + 1]):
                    out[at] = text[source]
                    at += 1
            out[at] = COMMA
            at += 1
        out[at - 1] = NEWLINE
        row += 1
    return row, at
