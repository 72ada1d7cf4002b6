"""transit.network_file: whole files only, read fast and without pandas."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.gtfs import compile_network
from tests.support.big_city import write_big_feed
from tests.support.tiny_city import tiny_network
from transit.errors import NetworkFormatError
from transit.network import Network
from transit.network_file import FORMAT, load_network, network_from_bytes, network_to_bytes, save_network


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, tuple):
        return type(one) is type(other) and all(map(_same, one, other))
    if hasattr(one, "starts"):
        return list(one) == list(other)
    return bool(one == other)


def test_a_network_comes_back_as_it_went(tmp_path: Path) -> None:
    path = tmp_path / "city.npz"
    save_network(tiny_network(), path)
    loaded = load_network(path)
    for field in fields(Network):
        assert _same(getattr(loaded, field.name), getattr(tiny_network(), field.name)), field.name
    assert [found.name for found in tmp_path.iterdir()] == ["city.npz"]


def test_the_same_network_is_the_same_bytes() -> None:
    data = network_to_bytes(tiny_network())
    assert network_to_bytes(network_from_bytes(data)) == data


def test_every_column_has_the_type_the_kernels_are_written_for() -> None:
    wide = replace(tiny_network(), trips=tiny_network().trips._replace(arrival=tiny_network().trips.arrival.astype(np.int64)))
    with pytest.raises(NetworkFormatError, match=r"trips\.arrival has the type int64"):
        network_from_bytes(network_to_bytes(wide))


def test_columns_that_do_not_fit_together_are_found() -> None:
    short = replace(tiny_network(), trips=tiny_network().trips._replace(pattern=tiny_network().trips.pattern[:-1]))
    with pytest.raises(NetworkFormatError, match=r"the columns of trips do not fit together"):
        network_from_bytes(network_to_bytes(short))


@pytest.mark.parametrize("content", [b"", b"PK", b"stop_id,stop_name\n", b"\x93NUMPY", bytes(5000)])
def test_a_file_of_another_kind_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "city.npz"
    path.write_bytes(content)
    with pytest.raises(NetworkFormatError, match=r"city\.npz: is not a network file.*; compile it again with: baimai network"):
        load_network(path)


def test_another_archive_or_array_is_not_a_network(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", x=np.arange(3))
    np.save(tmp_path / "one.npy", np.arange(3))
    for name in ("other.npz", "one.npy"):
        with pytest.raises(NetworkFormatError, match="is not a network file"):
            load_network(tmp_path / name)
    with zipfile.ZipFile(tmp_path / "feed.zip", "w") as archive:
        archive.writestr("stops.txt", "stop_id")
    with pytest.raises(NetworkFormatError, match="is not a network file"):
        load_network(tmp_path / "feed.zip")


def test_a_file_of_another_format_says_which(tmp_path: Path) -> None:
    meta = np.frombuffer(json.dumps({"format": FORMAT + 1}).encode(), np.uint8)
    np.savez(tmp_path / "city.npz", meta=meta)
    with pytest.raises(NetworkFormatError, match=rf"has format {FORMAT + 1}, this program reads {FORMAT}"):
        load_network(tmp_path / "city.npz")


def test_a_file_that_is_not_there_is_not_a_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_network(tmp_path / "city.npz")


@settings(max_examples=60)
@given(st.data())
def test_damaged_bytes_are_found_or_harmless(data: st.DataObject) -> None:
    whole = network_to_bytes(tiny_network())
    damaged = bytearray(whole)
    if data.draw(st.booleans()):
        del damaged[data.draw(st.integers(0, len(whole) - 1)) :]
    else:
        place = data.draw(st.integers(0, len(whole) - 1))
        damaged[place] ^= data.draw(st.integers(1, 255))
    try:
        network = network_from_bytes(bytes(damaged))
    except NetworkFormatError:
        return
    assert _same(network.trips, tiny_network().trips)


_PROBE = """
import resource, sys, time
import numpy
from transit.network_file import load_network
before, begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
network = load_network(sys.argv[1])
seconds = time.perf_counter() - begin
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(seconds, grown, len(network.trips.arrival), bool({"pandas", "gtfs_kit", "numba"} & set(sys.modules)))
"""


@pytest.mark.slow
def test_a_million_stop_times_load_in_half_a_second_and_250_mb(tmp_path: Path) -> None:
    network, report = compile_network(write_big_feed(tmp_path / "big.zip"))
    assert {defect.reason for defect in report.defects} == {"times_spread"}
    hops = np.setdiff1d(np.arange(1, len(network.trips.arrival)), network.trips.start[:-1])
    assert (network.trips.arrival[hops] > network.trips.departure[hops - 1]).all()
    save_network(network, tmp_path / "big.npz")
    probe = [sys.executable, "-c", _PROBE, str(tmp_path / "big.npz")]
    root = Path(__file__).parents[2]
    said = subprocess.run(probe, capture_output=True, text=True, check=True, cwd=root).stdout.split()
    assert int(said[2]) > 1_000_000
    assert float(said[0]) < 0.5
    assert float(said[1]) < 250
    assert said[3] == "False"
