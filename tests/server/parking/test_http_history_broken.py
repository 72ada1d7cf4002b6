"""Negative controls over HTTP: services that are built wrong are caught by the checker that passes the right one, each in seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.parking_http_proof import LONG, Fought, fought
from tests.support.parking_site import Site
from tests.support.postgres import emptied, fresh_database, postgres_server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgres_server("-c", "fsync=off") as server, fresh_database(server) as one:
        yield one


def caught(invariants: set[str], site: Site, attempts: int, places: tuple[str, ...] = ("S1",), **more: Any) -> None:
    """Fights until it is caught."""
    began, seed, found = time.monotonic(), 0, dict[str, int]()
    while not invariants & set(found):
        assert time.monotonic() < began + 50, f"not caught: {found}"
        told: Fought = fought(site, attempts, seed, places, **more)
        found, seed = told.by_invariant(), seed + 1
    assert time.monotonic() < began + 60


WAYS = {"naive": {"I1"}, "keyless": {"I4"}, "unmatched": {"If-Match"}}


@pytest.mark.parametrize("way", WAYS if LONG else ["naive"])
def test_a_service_that_is_built_wrong_is_caught(way: str, tmp_path: Path) -> None:
    caught(WAYS[way], Site(tmp_path, broken=way), 900)


def test_holds_that_nobody_sweeps_are_caught_by_what_they_refuse(tmp_path: Path) -> None:
    caught({"taken"}, Site(tmp_path, broken="unswept", hold_s=1), 2500, ("S1", "S2", "P1"))


@pytest.mark.parametrize("way", ["row_locks", "look"] if LONG else ["row_locks"])
def test_look_and_then_insert_on_postgres_is_caught(way: str, address: str, tmp_path: Path) -> None:
    caught({"I1"}, Site(tmp_path, emptied(address), broken=way), 900, waits=0.0)


if LONG:

    def test_the_same_under_a_lock_of_the_place_takes_nothing_twice(address: str, tmp_path: Path) -> None:
        told = fought(Site(tmp_path, emptied(address), broken="place_lock"), 600, 5, ("S1",), waits=0.0, hears=0.0)
        assert not {"I1", "taken", "order"} & set(told.by_invariant()), told.violations[:3]

    def test_answers_before_the_commit_are_caught_when_the_server_dies(tmp_path: Path) -> None:
        caught({"I3"}, Site(tmp_path, broken="early"), 0, kills=3)
