"""feeds.gtfs_source: zips, folders, sub-folders, and what is no feed."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from feeds.errors import BadEncoding, FeedError, MissingFile
from feeds.gtfs_source import open_feed
from tests.support.tiny_city import FEED, feed, write_feed


def _zip(path: Path, tables: dict[str, str], folder: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in tables.items():
            archive.writestr(folder + name, text)
    return path


def test_a_zip_a_folder_and_a_mapping_hold_the_same_bytes(tmp_path: Path) -> None:
    sources = [write_feed(tmp_path / "city.zip"), write_feed(tmp_path / "city"), FEED]
    digests = {open_feed(source).digest() for source in sources}
    assert len(digests) == 1


def test_a_sub_folder_and_what_a_mac_adds_do_no_harm(tmp_path: Path) -> None:
    path = _zip(tmp_path / "city.zip", {**FEED, "readme.md": "x"}, "export/gtfs/")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("__MACOSX/export/gtfs/stops.txt", b"\0\1")
    assert open_feed(path).data == open_feed(FEED).data
    inside = tmp_path / "outer"
    write_feed(inside / "gtfs")
    assert open_feed(inside).data == open_feed(FEED).data


def test_two_feeds_in_one_zip_are_not_mixed(tmp_path: Path) -> None:
    path = _zip(tmp_path / "both.zip", {f"{name}/{table}": text for name in "ab" for table, text in FEED.items()})
    with pytest.raises(FeedError, match=r"both\.zip: holds several feeds \(a, b\)"):
        open_feed(path)


def test_the_digest_changes_with_any_table(tmp_path: Path) -> None:
    assert open_feed(FEED).digest() != open_feed(feed(shapes=FEED["shapes.txt"] + "\n")).digest()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"nothing\.zip: does not exist"):
        open_feed(tmp_path / "nothing.zip")


def test_a_file_that_is_no_zip(tmp_path: Path) -> None:
    path = tmp_path / "city.zip"
    path.write_text("stop_id,stop_name")
    with pytest.raises(BadEncoding, match=r"city\.zip: is not a readable zip file"):
        open_feed(path)


@pytest.mark.parametrize("at", [0.2, 0.5, 0.8])
def test_a_damaged_zip_is_an_error_of_its_own(tmp_path: Path, at: float) -> None:
    path = write_feed(tmp_path / "city.zip")
    data = bytearray(path.read_bytes())
    place = int(len(data) * at)
    data[place : place + 40] = b"\xff" * 40
    path.write_bytes(data)
    with pytest.raises(FeedError, match=r"city\.zip"):
        open_feed(path)


@pytest.mark.parametrize("table", ["agency", "stops", "routes", "trips", "stop_times"])
def test_a_missing_table_is_named(tmp_path: Path, table: str) -> None:
    path = write_feed(tmp_path / "city.zip", **{table: None})
    with pytest.raises(MissingFile, match=rf"city\.zip: {table}\.txt: the table is missing"):
        open_feed(path)


def test_either_calendar_is_enough_but_one_there_must_be() -> None:
    open_feed(feed(calendar=None))
    open_feed(feed(calendar_dates=None))
    with pytest.raises(MissingFile, match=r"calendar\.txt: the table is missing, and calendar_dates\.txt too"):
        open_feed(feed(calendar=None, calendar_dates=None))
