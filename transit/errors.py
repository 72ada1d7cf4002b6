"""Errors of the transit package.

TransitError
├── NetworkFormatError   a file that is not a network file, or one of another format version
├── HistoryFormatError   a file that is not a history file, or one of another format version
└── UnknownId            a stop, route, trip or vehicle that does not exist
"""
from __future__ import annotations


class TransitError(Exception):
    """Base of all: `str()` is one sentence for a person."""


class NetworkFormatError(TransitError):
    """The file is no network file, or of a version this program does not read."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}; compile it again with: baimai network GTFS -o {self.path}"


class HistoryFormatError(TransitError):
    """The file is no history file, or of a version this program does not read."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}; make it again with: baimai learn --network N --positions P -o {self.path}"


class UnknownId(TransitError):
    """Nothing has this id."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(kind, key)
        self.kind, self.key = kind, key

    def __str__(self) -> str:
        return f"no {self.kind} has the id {self.key!r}"
