"""Pools take exactly what fits: on every store every request that some assignment of stalls could serve, and no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parking.booking import Hold, confirm, hold
from parking.model import PlateColor, State
from parking.records import Interval, Lot, Place, Plate, Quote, Terms
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.stays import check_in, check_out
from parking.unit import Unit
from server.parking.postgres_store import PostgresStore
from server.parking.sqlite_store import SqliteStore
from server.parking.store import Store
from tests.support.dict_parking import DictServer
from tests.support.postgres import emptied, fresh_database, postgres_server

pytestmark = pytest.mark.slow
NOW, SLOT = 1_772_409_600, 900
RULES = Rules(most_holds=1000, early_s=0)
REQUESTS = st.lists(st.tuples(st.integers(1, 14), st.integers(1, 6)), max_size=14)
_NUMBERS = count()


class Clocked:
    """A store and the machine's clock it goes by; time goes on and on, as one database serves many examples."""

    def __init__(self, make: Callable[[Callable[[], float]], Store]) -> None:
        self.now = NOW
        self.store = make(lambda: self.now)
        self.store.submit(lambda unit, now: unit.put_lot(Lot("L", "东站", 36.7, 117.5, no_show_s=10_000, grace_s=10_000))).result()


@pytest.fixture(scope="module", params=["dict", "sqlite", "postgres"])
def clocked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clocked]:
    if request.param == "postgres":
        with postgres_server("-c", "fsync=off") as server, fresh_database(server) as address:
            emptied(address)
            one = Clocked(lambda clock: PostgresStore(address, clock))
            yield one
            one.store.close()
        return
    path: Path = tmp_path_factory.mktemp("pools") / "parking.db"
    one = Clocked(DictServer if request.param == "dict" else lambda clock: SqliteStore(path, clock))
    yield one
    one.store.close()


def assignable(spans: list[Interval], stalls: int) -> bool:
    """Whether every span can have a stall to itself: tries them all (brute force)."""

    def place(k: int, rows: list[list[Interval]]) -> bool:
        if k == len(spans):
            return True
        for n, row in enumerate(rows):
            if not any(one.meets(spans[k]) for one in row):
                rows[n] = [*row, spans[k]]
                if place(k + 1, rows):
                    return True
                rows[n] = row
            if not row:
                break  # empty stalls are alike
        return False

    return place(0, [[] for _ in range(stalls)])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(capacity=st.integers(1, 4), requests=REQUESTS)
def test_a_pool_takes_every_request_that_some_assignment_of_stalls_serves(
    clocked: Clocked, capacity: int, requests: list[tuple[int, int]]
) -> None:
    base = -(-clocked.now // SLOT) * SLOT
    pool = Place(f"P{next(_NUMBERS)}", "L", capacity, slot_s=SLOT)
    store = clocked.store
    store.submit(lambda unit, now: unit.put_place(pool)).result()
    accepted: dict[str, Interval] = {}
    for start, length in requests:
        wanted = Interval(base + start * SLOT, base + (start + length) * SLOT)
        fits = assignable([*accepted.values(), wanted], capacity)
        name = f"r{next(_NUMBERS)}"
        assert (reserve(store, pool, name, wanted) is None) == fits
        if fits:
            accepted[name] = wanted
    stay(clocked, accepted)


def reserve(store: Store, pool: Place, name: str, wanted: Interval) -> Code | None:
    """Why not; None: it is confirmed."""

    def rule(unit: Unit, now: int) -> None:
        unit.put_quote(Quote(name, name, "L", pool.id, wanted, Terms(0), now, now + 9))
        hold(unit, Hold(name, name, name, Plate(name.encode(), b"", "鲁A·1**45", PlateColor.BLUE)), now, RULES)
        confirm(unit, name, name, now)

    refused = store.submit(rule).exception(30)
    assert refused is None or isinstance(refused, Refusal)
    return None if refused is None else refused.code


def stay(clocked: Clocked, accepted: dict[str, Interval]) -> None:
    """All come when they may and go when they must: each finds a stall, and nobody is on it."""
    inside: dict[str, str] = {}
    moments = sorted({moment for span in accepted.values() for moment in span})
    for moment in moments:
        clocked.now = max(clocked.now, moment)
        for name in [name for name in inside if accepted[name].end == moment]:
            left = clocked.store.submit(lambda unit, now, name=name: check_out(unit, name, None, now, now)).result(30)
            assert left.state is State.COMPLETED
            del inside[name]
        for name in (name for name, span in accepted.items() if span.start == moment):
            came = clocked.store.submit(lambda unit, now, name=name: check_in(unit, name, None, now, now, RULES)).result(30)
            assert came.stall
            assert came.stall not in inside.values()
            inside[name] = came.stall
    assert not inside
