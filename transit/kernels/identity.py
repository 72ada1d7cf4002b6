"""From the bytes of an id to its index, for whole batches, without a Python string per position.

FNV-1a over 64 bits spreads the ids; equality of the bytes decides, so a collision costs a comparison and never a mix-up.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from transit.kernels.columns import I32, I64, U8, U64, IdTable
from transit.kernels.prefetch import prefetch

AHEAD = 16
"""ids ahead that the bytes they are compared with are fetched; their slots earlier still"""
_FNV_OFFSET = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)


@njit(cache=True, nogil=True, error_model="numpy")
def hash_bytes(text: U8, at: int, length: int) -> np.uint64:
    """FNV-1a of text[at : at + length], high bits folded into the low ones that choose the slot."""
    value = _FNV_OFFSET
    for i in range(at, at + length):
        value = (value ^ np.uint64(text[i])) * _FNV_PRIME
    return value ^ (value >> np.uint64(32))


@njit(cache=True, nogil=True, error_model="numpy")
def find_all(table: IdTable, text: U8, at: I32, length: I32, absent: int, unknown: int, out: I32) -> None:
    """out[i] = index of id i; `absent` where its length is 0, `unknown` where the table does not have it.

    One loop with the search written out in it: handing the table to a function per id costs three times the search.
    """
    slots, hashes, starts, known = table.slots, table.hashes, table.starts, table.text
    mask, count = np.uint64(slots.size - 1), at.size
    keys = np.empty(count, np.uint64)
    for i in range(count):
        keys[i] = hash_bytes(text, at[i], length[i])
    for i in range(count):
        if i + 2 * AHEAD < count:
            prefetch(slots, int(keys[i + 2 * AHEAD] & mask))
        if i + AHEAD < count:
            index = slots[keys[i + AHEAD] & mask] - 1
            if index >= 0:
                prefetch(hashes, index)
                prefetch(starts, index)
        if i + AHEAD // 2 < count:
            index = slots[keys[i + AHEAD // 2] & mask] - 1
            if index >= 0:
                prefetch(known, starts[index])
        if length[i] == 0:
            out[i] = absent
            continue
        out[i] = unknown
        key = keys[i]
        slot = key & mask
        while slots[slot] > 0:
            index = slots[slot] - 1
            start = starts[index]
            if hashes[index] == key and starts[index + 1] - start == length[i]:
                k = 0
                while k < length[i] and known[start + k] == text[at[i] + k]:
                    k += 1
                if k == length[i]:
                    out[i] = index
                    break
            slot = (slot + np.uint64(1)) & mask


@njit(cache=True, nogil=True, error_model="numpy")
def fill(slots: I32, hashes: U64, starts: I64, text: U8, first: int) -> int:
    """Enter ids first … len(starts) - 2 into the slots; of two equal ids the first stays findable. Returns how many were new."""
    mask = np.uint64(slots.size - 1)
    fresh = 0
    for index in range(first, starts.size - 1):
        at, length = starts[index], starts[index + 1] - starts[index]
        key = hash_bytes(text, at, length)
        hashes[index] = key
        slot = key & mask
        taken = False
        while slots[slot] > 0:
            other = slots[slot] - 1
            start = starts[other]
            if hashes[other] == key and starts[other + 1] - start == length:
                k = 0
                while k < length and text[start + k] == text[at + k]:
                    k += 1
                if k == length:
                    taken = True
                    break
            slot = (slot + np.uint64(1)) & mask
        if not taken:
            slots[slot] = index + 1
            fresh += 1
    return fresh


def build_table(starts: I64, text: U8) -> IdTable:
    """A table of the ids that `starts` [count + 1] bounds in `text`."""
    count = len(starts) - 1
    slots = np.zeros(max(8, 1 << (2 * count).bit_length()), np.int32)
    hashes = np.zeros(count, np.uint64)
    fill(slots, hashes, starts, text, 0)
    return IdTable(slots, hashes, starts, text)
