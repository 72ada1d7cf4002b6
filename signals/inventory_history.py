"""What the inventory was on any date, as we know it now and as we knew it then (bitemporal).

An import says: from `valid_from` on, the district is as this inventory has it. What differs from what was known of that time is
kept as versions of items; nothing is ever overwritten. Of the versions of an item that begin by a date the latest to begin holds,
and of several that begin together the one told last. So a correction back in time holds until the item's next known change, or
until the date it names. Times are epoch ms. A value: recording makes a new history.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from signals.inventory import Inventory
from signals.inventory_tables import Kind, Pool, Refusal, Table, empty_table, flatten, item_name, unflatten
from signals.kernels.columns import I64

ALL_KINDS = frozenset(Kind)


class Action(IntEnum):
    """What a version did to its item."""

    ADDED = 1
    CHANGED = 2
    CLOSED = 3
    SEEN = 4
    """an e-police point was known to work at a later time; nothing else changed"""

    @property
    def word(self) -> str:
        """The wire word."""
        return self.name.lower()


@dataclass(frozen=True)
class Import:
    """Who told an inventory, when and why."""

    valid_from: int
    """epoch ms from which it holds"""
    recorded: int
    """epoch ms at which it was told"""
    who: str
    why: str
    source: str = ""
    """file or system it came from"""
    valid_to: int | None = None
    """epoch ms until which it holds, when it corrects a time that is over; then what was known of later holds again"""


class Later(NamedTuple):
    """An item that an import changes, but only until a change already known."""

    kind: Kind
    id: str
    at: int
    """epoch ms at which the known change takes over"""


@dataclass(frozen=True)
class Recorded:
    """What an import came to."""

    history: InventoryHistory
    counts: dict[tuple[Kind, Action], int]
    refused: tuple[Refusal, ...]
    later: tuple[Later, ...]


@dataclass(frozen=True)
class InventoryHistory:
    """All versions of all items. `tables` have the columns of `inventory_tables.SCHEMA` and key, valid_from (int64), number (int32,
    the import), action (uint8); rows in order of (key, valid_from, number)."""

    pool: Pool = field(default_factory=Pool)
    imports: tuple[Import, ...] = ()
    tables: dict[Kind, Table] = field(default_factory=lambda: {kind: _versions(empty_table(kind), 0, 0, Action.ADDED) for kind in Kind})

    def at(self, time: int, known_at: int | None = None) -> Inventory:
        """The inventory at a time, as known now, or as it was known at another time. Empty before the first import."""
        told = self.told_by(known_at)
        return unflatten({kind: _open(_standing(table, time, told)) for kind, table in self.tables.items()}, self.pool)

    def told_by(self, known_at: int | None) -> int:
        """How many imports were told by a time."""
        return len(self.imports) if known_at is None else bisect_right([one.recorded for one in self.imports], known_at)

    def instants(self, start: int, end: int, known_at: int | None = None) -> I64:
        """Times in start <= t < end at which something changes, in order."""
        told = self.told_by(known_at)
        found = [table["valid_from"][table["number"] < told] for table in self.tables.values()]
        times = np.unique(np.concatenate(found))
        return times[(times >= start) & (times < end)]

    def record(self, inventory: Inventory, told: Import, complete: Collection[Kind] = ALL_KINDS) -> Recorded:
        """This history with an import. Items of `complete` kinds that the inventory lacks are closed; others stay.

        Raises ValueError when `told` was recorded before the last import, or ends before it begins.
        """
        if self.imports and told.recorded < self.imports[-1].recorded:
            raise ValueError(f"an import recorded at {told.recorded} cannot follow one recorded at {self.imports[-1].recorded}")
        if told.valid_to is not None and told.valid_to <= told.valid_from:
            raise ValueError(f"an import cannot end at {told.valid_to}, it begins at {told.valid_from}")
        stated, refused = flatten(inventory, self.pool)
        number, tables, later = len(self.imports), dict(self.tables), []
        counts: dict[tuple[Kind, Action], int] = {}
        for kind, table in self.tables.items():
            new = _told(table, stated[kind], told, number, kind in complete)
            actions, many = np.unique(new["action"][new["valid_from"] != told.valid_to], return_counts=True)
            counts |= {(kind, Action(action)): int(one) for action, one in zip(actions.tolist(), many.tolist())}
            if told.valid_to is None:
                later += self._later(kind, table, new)
            tables[kind] = _merged(table, new)
        return Recorded(InventoryHistory(self.pool, (*self.imports, told), tables), counts, refused, tuple(later))

    def _later(self, kind: Kind, known: Table, new: Table) -> list[Later]:
        """Of items in `new`, the next change that is known already."""
        if not len(new["key"]):
            return []
        mine = np.flatnonzero(np.isin(known["key"], new["key"]) & (known["valid_from"] > new["valid_from"][0]))
        first = mine[np.flatnonzero(np.diff(known["key"][mine], prepend=-1))]
        names = self.pool.take(known["key"][first])
        return [Later(kind, item_name(kind, name), at) for name, at in zip(names, known["valid_from"][first].tolist())]


def standing(history: InventoryHistory, kind: Kind, time: int, told: int) -> Table:
    """The version of every item of a kind that holds at a time after `told` imports, closed ones too; in order of key."""
    return _standing(history.tables[kind], time, told)


def _standing(table: Table, time: int, told: int) -> Table:
    rows = np.flatnonzero((table["valid_from"] <= time) & (table["number"] < told))
    keys = table["key"][rows]
    return _take(table, rows[np.flatnonzero(np.diff(keys, append=-1))])


def _open(table: Table) -> Table:
    return _take(table, np.flatnonzero(table["action"] != Action.CLOSED))


def _told(table: Table, stated: Table, told: Import, number: int, complete: bool) -> Table:
    """The versions that an import adds to a table.

    An end makes the statement hold through every known change before it, and what was known of the end hold again from there.
    """
    times, end = [told.valid_from], told.valid_to
    if end is not None:
        between = table["valid_from"][(table["valid_from"] > told.valid_from) & (table["valid_from"] < end)]
        times += np.unique(between).tolist()
    parts = [_differences(_standing(table, time, number), stated, time, number, complete) for time in times]
    if end is not None:
        touched = np.unique(np.concatenate([part["key"] for part in parts]))
        parts.append(_restored(_standing(table, end, number), parts, touched, end, number))
    return {name: np.concatenate([part[name] for part in parts]) for name in table}


def _differences(known: Table, stated: Table, time: int, number: int, complete: bool) -> Table:
    """Versions that make `known` (in order of key, with closed items) what is `stated`."""
    was_open = _open(known)
    old, new = was_open["key"], stated["key"]
    place = np.searchsorted(old, new)
    there = np.append(old, -1)[place] == new
    both_new, both_old = np.flatnonzero(there), place[there]
    differs, seen = np.zeros((2, len(both_new)), bool)
    if "seen" in stated:  # who does not know when a camera last worked does not make it unknown
        latest = stated["seen"].copy()
        latest[both_new] = np.fmax(latest[both_new], was_open["seen"][both_old])
        stated = stated | {"seen": latest}
    for name, column in stated.items():
        unlike = _unlike(was_open[name][both_old], column[both_new])
        if name == "seen":
            seen |= unlike
        else:
            differs |= unlike
    parts = [
        _versions(_take(stated, np.flatnonzero(~there)), time, number, Action.ADDED),
        _versions(_take(stated, both_new[differs]), time, number, Action.CHANGED),
        _versions(_take(stated, both_new[seen & ~differs]), time, number, Action.SEEN),
    ]
    if complete:
        gone = _take(was_open, np.flatnonzero(~np.isin(old, new)))
        parts.append(_versions({name: gone[name] for name in stated}, time, number, Action.CLOSED))
    return {name: np.concatenate([part[name] for part in parts]) for name in known}


def _restored(known: Table, parts: list[Table], touched: Any, end: int, number: int) -> Table:
    """Versions that give the touched items back what was known of `end`; an item not known then is closed."""
    back = _take(known, np.flatnonzero(np.isin(known["key"], touched)))
    action = np.where(back["action"] == Action.CLOSED, Action.CLOSED, Action.CHANGED).astype(np.uint8)
    again = {name: back[name] for name in back} | _stamp(len(action), end, number) | {"action": action}
    joined = {name: np.concatenate([part[name] for part in parts]) for name in known}
    _, first = np.unique(joined["key"], return_index=True)
    unknown = _take(joined, first[~np.isin(joined["key"][first], back["key"])])
    closed = unknown | _stamp(len(unknown["key"]), end, number) | {"action": np.full(len(unknown["key"]), Action.CLOSED, np.uint8)}
    return {name: np.concatenate((again[name], closed[name])) for name in known}


def _merged(table: Table, new: Table) -> Table:
    joined = {name: np.concatenate((column, new[name])) for name, column in table.items()}
    return _take(joined, np.lexsort((joined["number"], joined["valid_from"], joined["key"])))


def _versions(items: Table, time: int, number: int, action: Action) -> Table:
    return items | _stamp(len(items["key"]), time, number) | {"action": np.full(len(items["key"]), action, np.uint8)}


def _stamp(rows: int, time: int, number: int) -> Table:
    return {"valid_from": np.full(rows, time, np.int64), "number": np.full(rows, number, np.int32)}


def _take(table: Table, rows: Any) -> Table:
    return {name: column[rows] for name, column in table.items()}


def _unlike(one: Any, other: Any) -> Any:
    """Where two columns differ; unknown is like unknown."""
    if one.dtype.kind == "f":
        return ~((one == other) | (np.isnan(one) & np.isnan(other)))
    return one != other
