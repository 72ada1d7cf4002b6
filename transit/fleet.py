"""The fleet: one row a vehicle, found by the bytes of its id; grows as vehicles appear, up to a bound."""
from __future__ import annotations

import numpy as np

from transit.kernels.columns import (
    HYPOTHESES,
    HYPOTHESIS,
    I32,
    TRAIL,
    TRAIL_POINT,
    U8,
    VEHICLE,
    FleetColumns,
    IdTable,
    PositionColumns,
    Records,
)
from transit.kernels.identity import fill, find_all
from transit.kernels.memory import aligned
from transit.model import State

UNKNOWN = -2
_FIRST_ROWS = 64


class Fleet:
    """Records of every vehicle heard of, in order of first appearance. Only the engine's one writer touches it."""

    def __init__(self, limit: int = 200_000) -> None:
        """`limit`: vehicles beyond it are refused (a feed that invents ids must not eat the memory)."""
        self.limit = limit
        self.ids: list[str] = []
        self._vehicles = _blank_vehicles(_FIRST_ROWS)
        self._hypotheses = aligned((_FIRST_ROWS, HYPOTHESES), HYPOTHESIS)
        self._trail = aligned((_FIRST_ROWS, TRAIL), TRAIL_POINT)
        self._slots = np.zeros(4 * _FIRST_ROWS, np.int32)
        self._hashes = np.zeros(_FIRST_ROWS, np.uint64)
        self._starts = np.zeros(_FIRST_ROWS + 1, np.int64)
        self._text = np.zeros(16 * _FIRST_ROWS, np.uint8)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def columns(self) -> FleetColumns:
        """Live views of the rows in use."""
        count = len(self.ids)
        return FleetColumns(self._vehicles[:count], self._hypotheses[:count], self._trail[:count])

    @property
    def bytes_per_vehicle(self) -> int:
        """Engine state of one vehicle."""
        return VEHICLE.itemsize + HYPOTHESES * HYPOTHESIS.itemsize + TRAIL * TRAIL_POINT.itemsize

    def rows_of(self, positions: PositionColumns) -> I32:
        """[n] the row of each position's vehicle, entering new ones; -1 without an id or beyond the limit."""
        rows = np.empty(len(positions.vehicle_at), np.int32)
        self._find(positions, rows)
        if len(rows) and int(rows.min()) == UNKNOWN:
            for i in np.flatnonzero(rows == UNKNOWN).tolist():
                at, length = int(positions.vehicle_at[i]), int(positions.vehicle_length[i])
                self._enter(positions.text[at : at + length])
            self._find(positions, rows)
            rows[rows == UNKNOWN] = -1
        return rows

    def _find(self, positions: PositionColumns, rows: I32) -> None:
        table = IdTable(self._slots, self._hashes, self._starts[: len(self.ids) + 1], self._text)
        find_all(table, positions.text, positions.vehicle_at, positions.vehicle_length, -1, UNKNOWN, rows)

    def _enter(self, key: U8) -> None:
        """Adds one vehicle, unless the same id was added by an earlier position of the batch."""
        count = len(self.ids)
        if count >= self.limit:
            return
        if count == len(self._vehicles):
            self._grow_rows()
        end = int(self._starts[count]) + len(key)
        while end > len(self._text):
            self._text = np.concatenate((self._text, np.zeros_like(self._text)))
        self._text[self._starts[count] : end] = key
        self._starts[count + 1] = end
        if fill(self._slots, self._hashes, self._starts[: count + 2], self._text, count):
            self.ids.append(key.tobytes().decode(errors="replace"))

    def _grow_rows(self) -> None:
        """A quarter more rows: what is kept for vehicles yet to come is memory too."""
        count = len(self._vehicles)
        more = max(_FIRST_ROWS, count // 4)
        self._vehicles = grown(self._vehicles, more)
        self._vehicles[count:] = _blank_vehicles(more)
        self._hypotheses = grown(self._hypotheses, more)
        self._trail = grown(self._trail, more)
        self._hashes = np.concatenate((self._hashes, np.zeros(more, np.uint64)))
        self._starts = np.concatenate((self._starts, np.zeros(more, np.int64)))
        if 2 * (count + more) > len(self._slots):
            self._slots = np.zeros(2 * len(self._slots), np.int32)
            fill(self._slots, self._hashes, self._starts[: count + 1], self._text, 0)


def copy_records(records: Records) -> Records:
    """A copy of a one-dimensional array of records, byte by byte: numpy's own goes field by field, forty times as slow."""
    copied: Records = records.view(np.uint8).copy().view(records.dtype)
    return copied


def grown(rows: Records, more: int) -> Records:
    """The rows, and as many rows of zeros after them."""
    grown = aligned((len(rows) + more, *rows.shape[1:]), rows.dtype)
    grown[: len(rows)] = rows
    return grown


def _blank_vehicles(count: int) -> Records:
    """Records of vehicles nothing is known of."""
    rows = aligned(count, VEHICLE)
    for name in VEHICLE.names or ():
        if VEHICLE[name].kind == "f" and name not in ("log_pace", "pace_weight", "piece_time", "piece_metres", "east", "north"):
            rows[name] = np.nan
    for name in ("pattern", "trip", "route", "last_trip", "last_pattern", "piece"):
        rows[name] = -1
    rows["state"] = State.AMBIGUOUS
    return rows
