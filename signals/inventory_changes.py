"""What an import changed, item by item and field by field, in the ids and texts of people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from signals.inventory_history import Action, InventoryHistory, standing
from signals.inventory_tables import SCHEMA, TEXTS, Kind, Table, item_name
from signals.kernels.columns import I64

Value = str | int | float | None
"""None: unknown"""


class FieldChange(NamedTuple):
    """One field of an item."""

    name: str
    before: Value
    after: Value


class Change(NamedTuple):
    """One item as an import changed it."""

    kind: Kind
    id: str
    action: Action
    valid_from: int
    """epoch ms from which it holds"""
    number: int
    """place in `InventoryHistory.imports`, which says who told it, when and why"""
    fields: tuple[FieldChange, ...]
    """what differs from what was known of that time before; of an item added, all that is known of it"""


def changes_of(history: InventoryHistory, number: int) -> Iterator[Change]:
    """Every change that import `number` made; by kind, time and id. Raises IndexError for an import that does not exist."""
    history.imports[number]
    for kind, table in history.tables.items():
        mine = {name: column[table["number"] == number] for name, column in table.items()}
        for time in np.unique(mine["valid_from"]).tolist():
            now = {name: column[mine["valid_from"] == time] for name, column in mine.items()}
            before = standing(history, kind, time, number)
            place = np.searchsorted(before["key"], now["key"])
            found = np.append(before["key"], -1)[place] == now["key"]
            yield from _changes(history, kind, now, before, np.where(found, place, -1))


def _changes(history: InventoryHistory, kind: Kind, now: Table, before: Table, place: I64) -> Iterator[Change]:
    texts = history.pool.texts
    for row, old in enumerate(place.tolist()):
        action = Action(int(now["action"][row]))
        known = old >= 0 and before["action"][old] != Action.CLOSED
        fields = []
        for name in SCHEMA[kind]:
            was = _value(name, before[name][old], texts) if known else None
            after = None if action is Action.CLOSED else _value(name, now[name][row], texts)
            if was != after:
                fields.append(FieldChange(name, was, after))
        name = item_name(kind, texts[int(now["key"][row])])
        yield Change(kind, name, action, int(now["valid_from"][row]), int(now["number"][row]), tuple(fields))


def _value(name: str, value: Any, texts: list[str]) -> Value:
    """As people read it; None where it is unknown."""
    if name in TEXTS:
        return texts[int(value)] or None
    if isinstance(value, np.floating):
        return None if np.isnan(value) else float(value)
    unknown = -1 if name == "declared_mode" else 0 if name in ("grade", "type") else None
    return None if int(value) == unknown else int(value)
