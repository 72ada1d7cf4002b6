"""Histories of what clients asked and heard, and whether any order one after another explains them (linearizability, exactly).

Spaces are independent, so each has a history of its own. What a space holds depends only on WHICH of its operations took place, not on
their order, so a search over orders needs to remember sets of operations alone (Wing & Gong's search with Lowe's memory).
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

OK, REFUSED, UNKNOWN = "ok", "refused", "unknown"


@dataclass
class Operation:
    """One call: `claim` of [start, end) under a name, or `free` of that name."""

    space: str
    kind: str
    name: str
    start: int
    end: int
    invoked: float
    answered: float = float("inf")
    outcome: str = UNKNOWN
    """`ok`; `refused` (a claim: there was no room); `unknown`: it may have taken place at any time after it was invoked, or never"""


@dataclass
class History:
    """Records from many threads."""

    operations: list[Operation] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def call(self, space: str, kind: str, name: str, start: int = 0, end: int = 0) -> Iterator[Operation]:
        """Notes when it is invoked and answered; the block sets the outcome."""
        one = Operation(space, kind, name, start, end, time.perf_counter())
        with self._lock:
            self.operations.append(one)
        yield one
        if one.outcome != UNKNOWN:
            one.answered = time.perf_counter()


Held = frozenset[tuple[str, int, int]]
"""(name, start, end) of what a space holds"""


def explain(operations: Iterable[Operation], rooms: dict[str, int], before: dict[str, Held], after: dict[str, Held]) -> None:
    """Raises AssertionError naming a space whose history no order explains, from what it held before to what it holds after."""
    by_space: dict[str, list[Operation]] = defaultdict(list)
    for one in operations:
        by_space[one.space].append(one)
    for space, found in by_space.items():
        found.sort(key=lambda one: one.invoked)
        _explain(space, found, rooms[space], before.get(space, frozenset()), after.get(space, frozenset()))


def _explain(space: str, found: list[Operation], room: int, before: Held, after: Held) -> None:
    """Searches depth first, in the order of answers where there is a choice, because that is most often how it was. A node: the
    operations that took place, as (all up to `done`, and those beyond), and what is held."""
    seen: set[tuple[int, frozenset[int], Held]] = set()
    stack: list[tuple[int, frozenset[int], Held]] = [(0, frozenset(), before)]
    furthest = 0
    while stack:
        done, beyond, held = stack.pop()
        while done in beyond:
            beyond -= {done}
            done += 1
        if (done, beyond, held) in seen:
            continue
        seen.add((done, beyond, held))
        furthest = max(furthest, done)
        if done == len(found):
            if held == after:
                return
            continue
        nexts = [(k, _effects(found[k], held, room)) for k in _may_be_next(found, done, beyond)]
        sure = [k for k, effects in nexts if found[k].outcome == REFUSED and effects]
        if sure:  # it changes nothing, so now is as good as later
            stack.append((done, beyond.union(sure), held))
            continue
        stack += [(done, beyond | {k}, effect) for k, effects in nexts for effect in effects]
    told = "".join(f"\n  {one}" for one in found[furthest : furthest + 6])
    raise AssertionError(f"{space}: no order explains what clients heard; it goes well up to operation {furthest}:{told}")


def _may_be_next(found: list[Operation], done: int, beyond: frozenset[int]) -> list[int]:
    """Those that no other must precede: invoked before every answer of what has not taken place."""
    limit, nexts = float("inf"), []
    for k in range(done, len(found)):
        if found[k].invoked > limit:
            break
        if k not in beyond:
            nexts.append(k)
            limit = min(limit, found[k].answered)
    return sorted((k for k in nexts if found[k].invoked <= limit), key=lambda k: -found[k].answered)


def _effects(one: Operation, held: Held, room: int) -> list[Held]:
    """What may be held after it took place; empty: its outcome was impossible then."""
    if one.kind == "free":
        return [frozenset(claim for claim in held if claim[0] != one.name)] + ([held] if one.outcome == UNKNOWN else [])
    moments = {one.start, *(start for _, start, _ in held if one.start < start < one.end)}
    fits = all(sum(start <= moment < end for _, start, end in held) < room for moment in moments)
    claimed = held | {(one.name, one.start, one.end)}
    if one.outcome == OK:
        return [claimed] if fits else []
    if one.outcome == REFUSED:
        return [] if fits else [held]
    return [held, claimed] if fits else [held]
