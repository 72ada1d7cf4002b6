"""From the bytes of an id to its index, for whole batches, without a Python string per position.

FNV-1a over 64 bits spreads the ids; equality of the bytes decides, so a collision costs a comparison and never a mix-up.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from transit.kernels.columns import I32, I64, U8, U64, IdTable

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
def find(table: IdTable, text: U8, at: int, length: int) -> int:
    """Index of one id, or -1."""
    mask = np.uint64(table.slots.size - 1)
    key = hash_bytes(text, at, length)
    slot = key & mask
    while True:
        index = table.slots[slot] - 1
        if index < 0:
            return -1
        start = table.starts[index]
        if table.hashes[index] == key and table.starts[index + 1] - start == length:
            k = 0
            while k < length and table.text[start + k] == text[at + k]:
                k += 1
            if k == length:
                return int(index)
        slot = (slot + np.uint64(1)) & mask


@njit(cache=True, nogil=True, error_model="numpy")
def find_all(table: IdTable, text: U8, at: I32, length: I32, absent: int, unknown: int, out: I32) -> None:
    """out[i] = index of id i; `absent` where its length is 0, `unknown` where the table does not have it."""
    for i in range(at.size):
        if length[i] == 0:
            out[i] = absent
        else:
            index = find(table, text, at[i], length[i])
            out[i] = index if index >= 0 else unknown


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
