"""Advisory locks of one transaction: what a command decides by is kept from others until the transaction ends.

Locks have a rank. A command waits for a lock only when it is the first of its transaction and every lock it holds has a lower rank;
else it takes what is free, or gives way (`Busy`) and runs again. So no two transactions ever wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from server.parking.postgres_wire import Answer, Question, Wire, numbers

RANKS = ("answer", "gate", "reservation", "window", "waiting", "client", "plate", "conduct", "place", "stalls")
_TRY = "SELECT pg_try_advisory_xact_lock(k) FROM unnest($1::bigint[]) k"
_TAKE = "SELECT pg_advisory_xact_lock(k) FROM unnest($1::bigint[]) k"
Key = tuple[str, object]


class Busy(Exception):
    """Another transaction works on the same: the command runs again in a transaction of its own."""


class Locks:
    """Held until the transaction ends."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._held: dict[Key, None] = {}
        self.patient = False
        """whether this command may wait"""
        self.refused: set[Key] = set()
        """others hold these"""

    def take(self, *keys: Key) -> None:
        """All of `keys` (in order of rank). Raises Busy."""
        missing = [key for key in keys if key not in self._held]
        if not missing:
            return
        highest = max((RANKS.index(kind) for kind, _ in self._held), default=-1) if self.patient else len(RANKS)
        if RANKS.index(missing[0][0]) > highest:
            self._wire.ask([(_TAKE, (_numbers(missing),))])
            self._held.update(dict.fromkeys(missing))
        elif not self._try(missing):
            raise Busy

    def ask(self, keys: Iterable[Key]) -> tuple[list[Key], list[Question]]:
        """Those that are not held, and what to ask to try for them; `answered` takes what this gives."""
        missing = [key for key in dict.fromkeys(keys) if key not in self._held]
        return missing, [(_TRY, (_numbers(missing),))] if missing else []

    def answered(self, keys: list[Key], answer: Answer) -> bool:
        """What was free of them is ours now; the rest is noted in `refused`. Whether all were free."""
        got = [one == b"\x01" for (one,) in answer]
        self._held.update({key: None for key, mine in zip(keys, got, strict=True) if mine})
        if all(got):
            return True
        self.refused |= {key for key, mine in zip(keys, got, strict=True) if not mine}
        return False

    def mine(self, key: Key) -> bool:
        """Whether it is held."""
        return key in self._held

    def mark(self) -> int:
        """Where to go back to."""
        return len(self._held)

    def back_to(self, mark: int) -> None:
        """A savepoint was rolled back: the locks taken since are gone."""
        self._held = dict.fromkeys(list(self._held)[:mark])

    def _try(self, keys: list[Key]) -> bool:
        (answer,) = self._wire.ask([(_TRY, (_numbers(keys),))])
        got = [one == b"\x01" for (one,) in answer]
        self._held.update({key: None for key, mine in zip(keys, got, strict=True) if mine})
        return all(got)


def _numbers(keys: Iterable[Key]) -> bytes:
    return numbers([_number(key) for key in keys])


def _number(key: Key) -> int:
    kind, name = key
    data = name if isinstance(name, bytes) else str(name).encode()
    return int.from_bytes(blake2b(data, digest_size=8, key=kind.encode()).digest(), "big", signed=True)
