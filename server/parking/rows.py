"""What tables of both databases are asked through: each unit says how."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class Rows(ABC):
    """Hooks of the parts that SQLite and PostgreSQL share."""

    _collation = "binary"
    """how text is sorted by code point"""

    @abstractmethod
    def _ask(self, query: str, *values: object) -> Any:
        """Runs a statement with `?` for values; a cursor."""

    def _keep(self, kind: str, name: bytes | str) -> None:  # noqa: B027  SQLite's one writer need not ask
        """Nobody else gets the same until the transaction ends."""
