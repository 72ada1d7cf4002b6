"""The simulated provider: bad manners, true answers, nothing done twice, the same from the same seed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from server.parking.provider import BadNotice, NoAnswer, Standing
from server.parking.simulated_provider import REPEAT_S, Manners, SimulatedProvider

WELL = Manners(lost=0, repeated=1, latest_s=0, failing=0, payout_s=60)


class Clock:
    def __init__(self) -> None:
        self.now = 1000

    def __call__(self) -> float:
        return self.now


def provider(manners: Manners | None = None, seed: int = 1) -> tuple[SimulatedProvider, Clock]:
    clock = Clock()
    return SimulatedProvider(b"secret", clock, seed, manners), clock


def ask(call: Any) -> Any:
    return asyncio.run(call)


def test_an_order_is_made_once_paid_once_and_told_of() -> None:
    bank, clock = provider(WELL)
    assert ask(bank.query("p")).standing is Standing.UNKNOWN
    assert not bank.pay("p")
    order = ask(bank.create("p", 500, 1100))
    assert (order.standing, order.amount, order.link) == (Standing.OPEN, 500, "simulated:p")
    assert ask(bank.create("p", 700, 9999)).amount == 500
    assert [bank.pay("p"), bank.pay("p")] == [True, False]
    assert ask(bank.query("p")).standing is Standing.DONE
    ((headers, body),) = bank.notices()
    assert bank.read_notice(headers, body) == ("payment", "p", 500, "CNY")
    assert bank.notices() == []
    ask(bank.create("late", 1, 1100))
    clock.now = 1100
    assert not bank.pay("late")
    assert ask(bank.query("late")).standing is Standing.CLOSED


def test_a_payout_is_made_once_and_never_beyond_what_was_paid() -> None:
    bank, clock = provider(WELL)
    ask(bank.create("p", 500, 1100))
    with pytest.raises(ValueError, match="more would go back"):
        ask(bank.refund("k", "p", 1))
    bank.pay("p")
    first = ask(bank.refund("k", "p", 300))
    clock.now += 60
    assert (first in (Standing.OPEN, Standing.DONE), ask(bank.refund("k", "p", 300))) == (True, Standing.DONE)
    assert (bank.taken("p"), bank.holds()) == (200, 200)
    with pytest.raises(ValueError, match="more would go back"):
        ask(bank.refund("k2", "p", 201))
    with pytest.raises(ValueError, match="another amount"):
        ask(bank.refund("k", "p", 299))
    ask(bank.transfer("t", "owner", 150))
    ask(bank.transfer("t", "owner", 150))
    assert (bank.sent("owner"), bank.holds()) == (150, 50)


def behaviour(seed: int) -> tuple[list[bytes], int, int]:
    """(bodies of the notices of 200 payments as they come, how many calls failed, orders known for all that)."""
    bank, clock = provider(Manners(failing=0.2), seed)
    failed, known, heard = 0, 0, []
    for k in range(200):
        clock.now += 30
        try:
            ask(bank.create(f"p{k}", k + 1, 10**6))
        except NoAnswer:
            failed += 1
        known += bank.pay(f"p{k}")
        heard += [body for _, body in bank.notices()]
    clock.now += 10_000
    return heard + [body for _, body in bank.notices()], failed, known


def test_it_loses_repeats_reorders_and_fails_and_does_so_again_from_the_same_seed() -> None:
    heard, failed, known = behaviour(7)
    assert (heard, failed, known) == behaviour(7) != behaviour(8)
    names = [int(body.split(b",")[2]) for body in heard]
    assert len(set(names)) < known, "some are lost"
    assert len(set(names)) < len(names), "some are repeated"
    assert names != sorted(names), "some come out of order"
    assert 200 - known < failed, "some calls failed that took effect"


def test_it_finds_its_books_again(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "provider.json"
    bank = SimulatedProvider(b"secret", clock, 1, WELL._replace(latest_s=50), path)
    ask(bank.create("p", 500, 1100))
    bank.pay("p")
    ask(bank.refund("k", "p", 200))
    again = SimulatedProvider(b"secret", clock, 2, WELL, path)
    assert (again.taken("p"), again.holds(), ask(again.query("p")).standing) == (300, 300, Standing.DONE)
    clock.now += 200
    assert [body for _, body in again.notices()] == [body for _, body in bank.notices()]
    assert SimulatedProvider(b"secret", clock, 2, WELL, path).notices() == []


def test_a_notice_that_is_not_taken_comes_again() -> None:
    bank, clock = provider(WELL)
    ask(bank.create("p", 500, 1100))
    bank.pay("p")
    heard: list[int] = []

    async def take(headers: Mapping[str, str], body: bytes) -> None:
        heard.append(clock.now)
        if len(heard) < 3:
            raise BadNotice("not_ready")

    async def story() -> None:
        working = asyncio.create_task(bank.run(take, every_s=0))
        while len(heard) < 3:
            await asyncio.sleep(0)
            clock.now += 1
        working.cancel()

    ask(asyncio.wait_for(story(), 20))
    assert [REPEAT_S <= later - sooner <= REPEAT_S + 2 for sooner, later in pairwise(heard)] == [True, True]
    assert bank.notices() == []
