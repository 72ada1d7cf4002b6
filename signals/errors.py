"""Errors of the signals package.

SignalsError
└── HistoryFileError   bytes that are not the history asked for, or of another format version
"""

from __future__ import annotations


class SignalsError(Exception):
    """Base of all: `str()` is one sentence for a person."""


class HistoryFileError(SignalsError):
    """The bytes are no such history, or of a version this program does not read."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name, self.reason = name, reason

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"
