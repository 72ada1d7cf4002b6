from __future__ import annotations

from pathlib import Path

import pytest

from feeds.errors import BadEncoding, FeedError, MissingFile
from feeds.gtfs_rt_changes_write import encode_statements
from feeds.recorded_changes import LASTS, read_changes
from transit.changes import NO_CHANGES, CancelledTrip, Statements, TripRun

NOW = 1_777_246_000.0


def write(folder: Path, stamp: float, *trips: str) -> Path:
    """A snapshot that cancels these trips."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{stamp:.0f}.pb"
    path.write_bytes(encode_statements(Statements(cancelled=tuple(CancelledTrip(TripRun(trip)) for trip in trips)), stamp))
    return path


def cancelled(paths: list[Path], now: float) -> list[str]:
    told = read_changes(paths).at(now).at(now).told
    return [one.run.trip_id for source in told for one in source.statements.cancelled]


def test_each_snapshot_holds_from_its_stamp_to_the_next_one_of_its_source(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    write(one, NOW, "a")
    write(one, NOW + 60, "b")
    write(one, NOW + 120)
    write(other, NOW + 30, "c")
    seen = {after: cancelled([one, other], NOW + after) for after in (-1, 0, 29, 30, 60, 119, 120, 30 + LASTS)}
    assert seen == {-1: [], 0: ["a"], 29: ["a"], 30: ["a", "c"], 60: ["b", "c"], 119: ["b", "c"], 120: ["c"], 30 + LASTS: []}
    assert read_changes([]).at(NOW) is NO_CHANGES
    assert read_changes([one]).counters.accepted == 2


def test_what_is_no_snapshot_is_named_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingFile, match=r"empty: has no \.pb file in it"):
        read_changes([tmp_path / "empty"])
    with pytest.raises(MissingFile, match=r"none\.pb: cannot be read"):
        read_changes([tmp_path / "none.pb"])
    (tmp_path / "bad.pb").write_bytes(b"<html>")
    with pytest.raises(BadEncoding, match=r"bad\.pb: is not a protobuf FeedMessage"):
        read_changes([tmp_path / "bad.pb"])
    with pytest.raises(FeedError, match=r"0\.pb, header\.timestamp: is missing"):
        read_changes([write(tmp_path, 0, "a")])
