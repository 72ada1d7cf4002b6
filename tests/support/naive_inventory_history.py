"""The history of intersections' modes as a line of time for each: every import paints the days it speaks of."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class NaiveHistory:
    """What is known of days 0 to `days`, and all that was known before each import. None: closed or never listed."""

    days: int
    ids: str
    value: dict[str, list[int | None]] = field(init=False)
    changes: dict[str, set[int]] = field(init=False)
    """days on which a change of an item is known"""
    before: list[dict[str, list[int | None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.value = {name: [None] * self.days for name in self.ids}
        self.changes = {name: set() for name in self.ids}

    def record(self, stated: dict[str, int], start: int, end: int | None, complete: bool) -> None:
        self.before.append({name: list(line) for name, line in self.value.items()})
        asked = {start}
        if end is not None:
            asked |= {day for days in self.changes.values() for day in days if start < day < end}
        for name in self.ids:
            if name not in stated and not complete:
                continue
            line, wanted = self.value[name], stated.get(name)
            differs = {day for day in asked if line[day] != wanted}
            if not differs:
                continue
            stop = end if end is not None else min((day for day in self.changes[name] if day > start), default=self.days)
            line[start:stop] = [wanted] * (stop - start)
            self.changes[name] |= differs | ({end} if end is not None else set())

    def at(self, day: int, told: int) -> dict[str, int]:
        lines = self.value if told == len(self.before) else self.before[told]
        return {name: mode for name, line in lines.items() if (mode := line[day]) is not None}
