"""Memory: the engine's state of a vehicle, and a network of a million stop times in memory and on its way there.

The feed is made up, compiled once and loaded by a process of its own, which says what it took and whether pandas came along.
The same feed read by gtfs-kit, the usual library, is the baseline; limits stand where nothing can be compared.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.processes import resident_bytes, started
from bench.rows import Row

MB = 2.0**20
STATE_LIMIT, NETWORK_LIMIT, LOAD_LIMIT = 1024.0, 250.0, 0.5
_LIMIT = "wanted at most"


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in bytes, MB and seconds."""
    lines, vehicles = (6, 2_000) if smoke else (300, 100_000)
    from transit.fleet import Fleet

    yield Row("engine state of a vehicle, its records", Fleet().bytes_per_vehicle, STATE_LIMIT, _LIMIT, "bytes", False)
    state, predicted, calls = map(int, _told("fleet", str(vehicles)))
    yield Row(f"memory that {vehicles:,} vehicles take, each", state / vehicles, STATE_LIMIT, _LIMIT, "bytes", False)
    yield f"their {calls:,} predicted calls take {predicted / MB:.0f} MB more, scratch and snapshot together"
    with tempfile.TemporaryDirectory(prefix="baimai-bench-") as folder:
        feed, network = Path(folder) / "feed.zip", Path(folder) / "city.npz"
        stop_times, compiling = _compile(feed, network, lines)
        # the second load finds the file in the system's cache, as a restart does
        loads = [_told("network", str(network)) for _ in range(2 if smoke else 3)]
        theirs = _told("gtfs_kit", str(feed))
    seconds, size = min(float(one[1]) for one in loads), min(float(one[0]) for one in loads)
    name = f"network of {stop_times:,} stop times"
    yield Row(f"{name}: load", seconds, LOAD_LIMIT, _LIMIT, "s", False)
    yield Row(f"{name}: load, beside the feed itself", seconds, float(theirs[1]), "gtfs-kit reads it", "s", False)
    yield Row(f"{name}: memory", size / MB, NETWORK_LIMIT, _LIMIT, "MB", False)
    yield Row(f"{name}: memory, beside pandas tables", size / MB, float(theirs[0]) / MB, "gtfs-kit's feed", "MB", False)
    yield f"compiled in {compiling:.1f} s; pandas in memory after loading: {loads[0][2]}; libraries alone: {loads[0][3]} MB"


def _compile(feed: Path, network: Path, lines: int) -> tuple[int, float]:
    """(stop times, seconds)."""
    from feeds.gtfs import compile_network
    from tests.support.big_city import write_big_feed
    from transit.network_file import save_network

    write_big_feed(feed, lines)
    begun = time.perf_counter()
    compiled, _ = compile_network(feed)
    save_network(compiled, network)
    return len(compiled.trips.arrival), time.perf_counter() - begun


def _told(*arguments: str) -> list[str]:
    """What a process of its own said: bytes grown, seconds, and whatever else."""
    with started(["-m", "bench.memory", *arguments]) as process:
        return process.said.split()


def _load_network(path: str) -> None:
    import numpy as np

    from transit import network_file

    before = resident_bytes()
    begun = time.perf_counter()
    network = network_file.load_network(Path(path))
    seconds = time.perf_counter() - begun
    grown = resident_bytes() - before
    touched = int(np.sum(network.trips.arrival[::1024]))
    print(grown, seconds, "yes" if "pandas" in sys.modules else "no", round(before / MB), touched, flush=True)


def _read_with_gtfs_kit(path: str) -> None:
    import gtfs_kit

    before = resident_bytes()
    begun = time.perf_counter()
    feed = gtfs_kit.read_feed(path, dist_units="km")
    seconds = time.perf_counter() - begun
    print(resident_bytes() - before, seconds, len(feed.stop_times), flush=True)


def _grow_fleet(vehicles: int) -> None:
    """A fleet that has reported three times: what stays, and what a step's predictions take on top."""
    from bench.workload import synthetic_fleet, synthetic_network
    from server.city import City
    from transit.fleet import Fleet
    from transit.parameters import PredictionParameters
    from transit.prediction import Predictor
    from transit.tracker import Tracker

    network = synthetic_network(patterns=60)
    few = synthetic_fleet(network, vehicles=100, batches=3).batches
    City(network).step(float(few[-1].received[0]), few)  # compiles, and opens libraries
    batches = synthetic_fleet(network, vehicles=vehicles, batches=3).batches
    before = _kept_bytes()
    fleet = Fleet()
    tracker, predictor = Tracker(network, fleet), Predictor(network, PredictionParameters())
    for batch in batches:
        tracker.observe(float(batch.received[0]), batch)
    state = _kept_bytes() - before
    calls, _ = predictor.predict(fleet.columns.vehicles, float(batches[-1].received[0]), tracker.days)
    print(state, _kept_bytes() - before - state, len(calls.vehicle), flush=True)


def _kept_bytes() -> int:
    """Resident memory, after what is free was given back to the system."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    return resident_bytes()


if __name__ == "__main__":
    if sys.argv[1] == "network":
        _load_network(sys.argv[2])
    elif sys.argv[1] == "gtfs_kit":
        _read_with_gtfs_kit(sys.argv[2])
    else:
        _grow_fleet(int(sys.argv[2]))
