"""The proofs find what is known to be wrong: each broken way fails the same suite in seconds, the right one passes it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from server.parking.sqlite_unit import SqliteUnit
from tests.parking.test_machine import Machine
from tests.support.broken_parking import BrokenStore, rounded_split
from tests.support.parking_load import NOW
from tests.support.parking_proof import contended
from tests.support.postgres import emptied, fresh_database, postgres_server

pytestmark = pytest.mark.slow
SEARCH = settings(
    max_examples=400, stateful_step_count=40, phases=[Phase.generate], database=None, derandomize=True, deadline=None,
    suppress_health_check=list(HealthCheck), print_blob=False,
)  # fmt: skip


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgres_server("-c", "fsync=off") as server, fresh_database(server) as one:
        yield one


def fight(address: str, way: str, seed: int) -> None:
    """The suite of `test_proofs` on one hot space."""
    emptied(address)
    store: Any = BrokenStore(address, way, NOW)
    try:
        contended(address, [store], 16, 1500, seed, ("S1",))
    finally:
        store.close()


def fight_on(address: str, way: str, until: float) -> None:
    """Until it is caught or that moment comes."""
    seed = 0
    while time.monotonic() < until:
        fight(address, way, seed)
        seed += 1


@pytest.mark.parametrize("way", ["naive", "row_locks"])
def test_look_and_then_insert_is_caught_with_and_without_row_locks(address: str, way: str) -> None:
    began = time.monotonic()
    with pytest.raises(AssertionError, match=r"room for|no order"):
        fight_on(address, way, began + 55)
    assert time.monotonic() - began < 60


def test_the_same_commands_under_a_lock_of_the_place_pass(address: str) -> None:
    for seed in range(3):
        fight(address, "place_lock", seed)


def test_holds_that_nobody_sweeps_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parking.booking.sweep", lambda unit, place_id, span, now: None)
    with pytest.raises(AssertionError, match="ghost"):
        run_state_machine_as_test(Machine, settings=SEARCH)


def test_a_store_that_forgets_lapsed_holds_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SqliteUnit, "lapsed", lambda self, place_id, span, now: [])
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Machine, settings=SEARCH)


def test_shares_that_are_rounded_each_for_itself_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parking.ledger.split", rounded_split)
    with pytest.raises(ValueError, match="add up to zero"):
        run_state_machine_as_test(Machine, settings=SEARCH)
