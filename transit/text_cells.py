"""Text for screens that count cells: a GBK card draws a byte a cell, so ASCII is one cell wide and 汉字 two.

Whatever comes in — a stop named in any script — goes out encodable in GBK, and no character is ever cut in half.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

REPLACEMENT = "?"
LEAST_MIDDLE = 6
"""cells: three 汉字 of a destination tell it from another"""


@lru_cache(maxsize=8192)
def _plain(character: str) -> str:
    """The character itself when GBK has it, else the nearest text it has: é stays, ș → s, ① stays, 😀 → ?."""
    if unicodedata.category(character) in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    try:
        character.encode("gbk")
    except UnicodeEncodeError:
        pass
    else:
        return character
    parts = [part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part)]
    if unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return ""
    if parts == [character] or not parts:
        return REPLACEMENT
    return "".join(_plain(part) for part in parts)


def to_gbk_repertoire(text: str) -> str:
    """The text with every character GBK lacks replaced; control characters become spaces."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_plain, unicodedata.normalize("NFC", text)))


def width(text: str) -> int:
    """Cells the text takes: bytes of its GBK form."""
    return len(text) if text.isascii() else len(to_gbk_repertoire(text).encode("gbk"))


def fit(text: str, cells: int) -> str:
    """The beginning of the text that fits, padded to exactly `cells`; a wide character that would be halved is left out."""
    text, used, end = to_gbk_repertoire(text), 0, 0
    for character in text:
        step = 1 if character.isascii() else 2
        if used + step > cells:
            break
        used, end = used + step, end + 1
    return text[:end] + " " * max(0, cells - used)


def longest_that_fits(variants: Sequence[str], cells: int) -> str:
    """The first of the variants (longest first) that fits whole, else the last one cut; not padded."""
    for variant in variants:
        if width(variant) <= cells:
            return to_gbk_repertoire(variant)
    return fit(variants[-1], cells).rstrip()


def abbreviated(text: str, cells: int) -> str:
    """The text, or its beginning with `…` (two cells of a GBK card) where it does not fit; not padded."""
    return to_gbk_repertoire(text) if width(text) <= cells else fit(text, max(0, cells - 2)).rstrip() + "…"[: cells // 2]


def lay_out(left: str, middle: str, right: Sequence[str], columns: int, left_cells: int) -> str:
    """One board line of exactly `columns` cells: left column, middle as long as there is room, right-aligned text.

    The route number comes first, whole. Then the fullest text that leaves the destination LEAST_MIDDLE cells, or all it needs;
    where the screen is too narrow for both, the text alone.
    """
    left_cells = min(left_cells, columns)
    room = columns - left_cells - 1
    if room < 2:
        return fit(left, columns)
    least = min(width(middle), LEAST_MIDDLE)
    beside = [text for text in right if width(text) + 1 + least <= room]
    text = to_gbk_repertoire(beside[0]) if beside else longest_that_fits(right, room)
    spare = room - width(text)
    return fit(left, left_cells) + " " + (fit(middle, spare - 1) + " " if beside and spare else " " * spare) + text
