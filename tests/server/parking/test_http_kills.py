"""kill −9 of the server process under load over HTTP, and of the database under it: what was acknowledged is there, what nobody heard
of is there whole or not at all, and the same key asked again gets the right answer. Longer in `python -m bench parking_proof`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.parking_http_proof import LONG, Fight, crash_postgres, fought, grown, running, until
from tests.support.parking_rows import rows_of
from tests.support.parking_site import Site
from tests.support.postgres import emptied, fresh_database, postgres_server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgres_server() as server, fresh_database(server) as one:
        yield one


def test_a_server_on_sqlite_dies_and_comes_back(tmp_path: Path) -> None:
    told = fought(Site(tmp_path), 0, 11, ("S1", "S2", "P1"), kills=2).clean()
    assert told.kills == 2
    assert told.acknowledged > 50
    assert told.unanswered > 5
    assert sum(line.amount for lines in rows_of(f"{tmp_path}/parking.db").lines.values() for line in lines) == 0


def test_a_server_on_postgres_dies_and_comes_back(address: str, tmp_path: Path) -> None:
    told = fought(Site(tmp_path, emptied(address)), 0, 13, ("S1", "P1"), kills=2).clean()
    assert told.acknowledged > 10


def test_postgres_crashes_under_a_server_that_lives_on(address: str, tmp_path: Path) -> None:
    with running(Site(tmp_path, emptied(address))) as site:
        fight = Fight(site, 10**9, 14, ("S1", "P1"), 2, 6)
        for _ in range(2 if LONG else 1):
            grown(site)
            crash_postgres(site, fight.random.uniform(0.0, 0.3))
            until(lambda: "parking_store_failed" in site.log())
            grown(site)
        told = fight.end(stop=True).clean()
    assert told.acknowledged > 10
    assert told.refused["store_failed"] > 0
    assert told.refused["internal_error"] == 0
