"""Recorded lane counts: what is read, what is left out and why, and what cannot be used at all."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from feeds.errors import FeedError
from feeds.signals.counts import read_counts
from feeds.signals.simulated import SimulatedSignals
from feeds.signals.simulated_sites import Control, Site

INVENTORY = SimulatedSignals(1, 0, [Site("x", Control.FIXED, gat1049=True)]).inventory
HEADER = "approach_id,start,end,volume,occupancy\n"


def test_rows_are_counts(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv.gz"
    path.write_bytes(gzip.compress(f"{HEADER}x-1a,1772409600,1772409660,7,0.25\nx-2b,1772409600.5,1772409900.5,,\n".encode()))
    counts, counters = read_counts(path, INVENTORY)
    assert counters.accepted == 2
    assert counts.approach.tolist() == [0, 3]
    assert counts.start.tolist() == [1_772_409_600_000, 1_772_409_600_500]
    assert (counts.end - counts.start).tolist() == [60_000, 300_000]
    np.testing.assert_array_equal(counts.volume, [7.0, np.nan])
    np.testing.assert_array_equal(counts.occupancy, [0.25, np.nan])
    assert np.isnan(counts.queue).all()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("x-9z,1772409600,1772409660,7,", "approach_id_unknown"),
        ("x-1a,noon,1772409660,7,", "start_not_a_time"),
        ("x-1a,1772409600000,1772409660000,7,", "start_not_a_time"),
        ("x-1a,1772409600,1772409600,7,", "end_out_of_range"),
        ("x-1a,1772409600,1772509600,7,", "end_out_of_range"),
        ("x-1a,1772409600,1772409660,-1,", "volume_out_of_range"),
        ("x-1a,1772409600,1772409660,many,", "volume_out_of_range"),
    ],
)
def test_other_rows_are_left_out_and_counted(tmp_path: Path, row: str, reason: str) -> None:
    path = tmp_path / "counts.csv"
    path.write_text(f"{HEADER}x-1a,1772409600,1772409660,7,2.5\n{row}\n")
    counts, counters = read_counts(path, INVENTORY)
    assert counts.volume.tolist() == [7.0]
    assert counters.refused == {reason: 1}
    assert "line 3" in counters.examples[-1].where
    assert counters.left_unknown == {"occupancy_out_of_range": 1}


def test_parquet_and_what_cannot_be_used(tmp_path: Path) -> None:
    table = pa.table({"approach_id": ["x-1a"], "start": [1_772_409_600], "end": [1_772_409_660], "volume": [3.0]})
    pa.parquet.write_table(table, tmp_path / "counts.parquet")
    assert read_counts(tmp_path / "counts.parquet", INVENTORY)[0].volume.tolist() == [3.0]
    (tmp_path / "counts.csv").write_text("approach_id,start,end\n")
    with pytest.raises(FeedError, match="volume"):
        read_counts(tmp_path / "counts.csv", INVENTORY)
    with pytest.raises(FeedError, match=r"none\.csv"):
        read_counts(tmp_path / "none.csv", INVENTORY)
    (tmp_path / "empty.csv").write_text("approach_id,start,end,volume\n")
    assert len(read_counts(tmp_path / "empty.csv", INVENTORY)[0].start) == 0
