"""Errors of the server package: what a person who runs Baimai can mend. `str()` is one sentence.

ServerError
├── SettingsError    a setting, its file or an option is wrong
├── KeyFileError     the file of API keys cannot be read
├── ChangesFileError the file of the bureau's service changes cannot be read or written
├── DatabaseError    the parking database cannot be used as it is
└── UnknownKey       no API key has this id
"""

from __future__ import annotations


class ServerError(Exception):
    """Base of all."""


class SettingsError(ServerError):
    """`where` names the setting, with the file or the environment variable it came from."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where, self.reason = where, reason

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


class KeyFileError(ServerError):
    """The file of API keys is not what this program wrote."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class ChangesFileError(KeyFileError):
    """The file of service changes is not what this program wrote, or cannot be written."""


class DatabaseError(ServerError):
    """A newer version made the tables of parking, or they cannot be brought up to date."""


class UnknownKey(ServerError):
    """No API key has this id."""

    def __init__(self, key_id: str) -> None:
        super().__init__(key_id)
        self.key_id = key_id

    def __str__(self) -> str:
        return f"no API key has the id {self.key_id!r}; `baimai keys list` shows them"
