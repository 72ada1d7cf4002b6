"""Parts of `baimai demo`: its clock, its cache of networks, the stops it proposes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
import typer

from feeds.simulated import District
from server.commands.demo import busiest_stops, compiled, simulated_clock, warmed_up

SHANGHAI = timezone(timedelta(hours=8))
NOON = datetime(2026, 3, 6, 12, tzinfo=SHANGHAI).timestamp()


def test_the_clock_starts_now_and_passes_as_fast_as_told() -> None:
    times = iter([NOON, NOON, NOON + 10])
    clock = simulated_clock(lambda: next(times), 6.0, None)
    assert [clock(), clock()] == [NOON, NOON + 60]


def test_the_clock_can_start_at_an_hour_of_the_same_local_day() -> None:
    clock = simulated_clock(lambda: NOON, 1.0, "08:05")
    assert datetime.fromtimestamp(clock(), SHANGHAI).isoformat() == "2026-03-06T08:05:00+08:00"


@pytest.mark.parametrize("wrong", ["8", "24:00", "07:60", "x:10", ""])
def test_a_time_that_is_none_is_refused_with_a_sentence(wrong: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a time of day"):
        simulated_clock(lambda: NOON, 1.0, wrong)


def test_a_damaged_cache_is_compiled_again(tmp_path: Path) -> None:
    district = District(1)
    first = compiled(district, tmp_path / "demo")
    path = tmp_path / "demo" / f"{district.version}.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    again = compiled(district, tmp_path / "demo")
    assert path.read_bytes() == whole
    assert again.version == first.version == district.version
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_the_proposed_stops_have_different_names_and_buses_that_pass(tmp_path: Path) -> None:
    network = compiled(District(1), tmp_path)
    stops = busiest_stops(network, 3)
    assert len({network.stop_names[stop] for stop in stops}) == 3
    start, _ = network.pattern_stops_of_stop
    assert (np.diff(start)[stops] >= 3).all()


def test_the_engine_knows_the_buses_when_the_demo_begins(tmp_path: Path) -> None:
    district = District(1)
    network = compiled(district, tmp_path)
    snapshot = warmed_up(network, district, NOON).step(NOON, [])
    assert snapshot.counts["vehicles_in_service"] > 25
    assert NOON - snapshot.last_received < 10
    assert len(snapshot.arrivals.vehicle) > 500
