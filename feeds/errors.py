"""Errors of the feeds package.

FeedError          an input that cannot be used: names the file, the line and the field
├── MissingFile    a file or table that must be there is not
├── MissingField   a table without a column it must have
└── BadEncoding    bytes that are not what they claim to be (not UTF-8, not a zip, not protobuf)

Rows and entities that can be left out are not errors: they are skipped and counted by reason.
"""

from __future__ import annotations


class FeedError(Exception):
    """`str()` is one sentence: `stops.txt, line 7, stop_lat: is not a number: 'north'`.

    path: the file as the user knows it; line: 1 is the header, None when no line is to blame; field: None when none is.
    """

    def __init__(self, path: str, line: int | None, field: str | None, reason: str) -> None:
        super().__init__(path, line, field, reason)
        self.path, self.line, self.field, self.reason = path, line, field, reason

    def __str__(self) -> str:
        place = [self.path]
        if self.line is not None:
            place.append(f"line {self.line}")
        if self.field is not None:
            place.append(self.field)
        return f"{', '.join(place)}: {self.reason}"


class MissingFile(FeedError):
    """A file or a table is not there."""

    def __init__(self, path: str, reason: str = "does not exist") -> None:
        super().__init__(path, None, None, reason)


class MissingField(FeedError):
    """A table lacks a column."""

    def __init__(self, path: str, field: str, reason: str = "the column is missing") -> None:
        super().__init__(path, 1, field, reason)


class BadEncoding(FeedError):
    """The bytes cannot be decoded at all."""

    def __init__(self, path: str, reason: str, line: int | None = None) -> None:
        super().__init__(path, line, None, reason)
