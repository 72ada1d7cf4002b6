"""Where a GTFS feed comes from: a zip, a folder, either with the tables in one sub-folder, or a mapping of name to text.

Only the tables the network is made of are read. File names are those of the reference, `stops.txt`, whatever the folder.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from feeds.errors import BadEncoding, FeedError, MissingFile

FeedSource = Path | str | Mapping[str, str]

TABLES = (
    "agency.txt",
    "feed_info.txt",
    "stops.txt",
    "routes.txt",
    "calendar.txt",
    "calendar_dates.txt",
    "trips.txt",
    "shapes.txt",
    "frequencies.txt",
    "stop_times.txt",
)
_REQUIRED = ("agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt")


class FeedFiles(NamedTuple):
    """The bytes of a feed's tables."""

    label: str
    """what to call the feed in messages"""
    data: dict[str, bytes]
    """by file name, only those present"""

    def digest(self) -> str:
        """Twelve hexadecimal digits that change with any byte of any table."""
        digest = hashlib.sha256()
        for name in sorted(self.data):
            digest.update(name.encode() + b"\0" + hashlib.sha256(self.data[name]).digest())
        return digest.hexdigest()[:12]


def open_feed(source: FeedSource) -> FeedFiles:
    """Read every table. Raises MissingFile, BadEncoding or FeedError when there is no such feed or a table it must have."""
    if isinstance(source, Mapping):
        files = FeedFiles("feed", {name: text.encode() for name, text in source.items() if name in TABLES})
    else:
        path = Path(source)
        files = _from_folder(path) if path.is_dir() else _from_zip(path)
    for name in _REQUIRED:
        if name not in files.data:
            raise MissingFile(f"{files.label}: {name}", "the table is missing")
    if "calendar.txt" not in files.data and "calendar_dates.txt" not in files.data:
        raise MissingFile(f"{files.label}: calendar.txt", "the table is missing, and calendar_dates.txt too")
    return files


def _from_folder(path: Path) -> FeedFiles:
    names = [found.relative_to(path).as_posix() for found in path.rglob("*.txt") if found.is_file()]
    return FeedFiles(str(path), _read(str(path), names, lambda name: (path / name).read_bytes()))


def _from_zip(path: Path) -> FeedFiles:
    if not path.exists():
        raise MissingFile(str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            return FeedFiles(str(path), _read(str(path), archive.namelist(), archive.read))
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError, zlib.error) as error:
        raise BadEncoding(str(path), f"is not a readable zip file: {error}") from None


def _read(label: str, names: list[str], read: Callable[[str], bytes]) -> dict[str, bytes]:
    """The tables of the one folder that holds stops.txt: the top, or a single sub-folder."""
    folders = {str(PurePosixPath(name).parent) for name in names if PurePosixPath(name).name == "stops.txt"}
    folders -= {folder for folder in folders if folder.startswith("__MACOSX")}
    if "." in folders or not folders:
        folder = "."
    elif len(folders) == 1:
        folder = folders.pop()
    else:
        raise FeedError(label, None, None, f"holds several feeds ({', '.join(sorted(folders))}); give one of them")
    here = {PurePosixPath(name).name: name for name in names if str(PurePosixPath(name).parent) == folder}
    return {table: read(here[table]) for table in TABLES if table in here}
