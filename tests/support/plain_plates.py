"""Plates whose key is their text: for rules that compare plates without a vault."""

from __future__ import annotations

from parking.plates import one_apart
from parking.records import Plate


class PlainPlates:
    """A `parking.passages.PlateComparison` for plates that are no secret."""

    def one_off(self, first: Plate, second: Plate) -> bool:
        return first.color is second.color and one_apart(first.key.decode(), second.key.decode())
