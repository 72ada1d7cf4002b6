"""Citizens fight over HTTP for hot places of one server process; every answer must be explained by what is stored. Short here, at
length in `python -m bench parking_proof`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.parking_http_proof import LONG, Fight, fought, grown, running, until
from tests.support.parking_rows import rows_of
from tests.support.parking_site import FREE, QUARTER, Site
from tests.support.parking_talk import PATH
from tests.support.postgres import emptied, fresh_database, postgres_server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgres_server("-c", "fsync=off") as server, fresh_database(server) as one:
        yield one


def test_what_three_hot_places_answer_is_explained_by_an_order(tmp_path: Path) -> None:
    told = fought(Site(tmp_path), 1800, 1, ("S1", "S2", "P1")).clean()
    assert told.acknowledged > 200
    assert told.unanswered > 20
    assert told.heard > 20
    assert {"taken", "in_flight", "stale_version", "idempotency_key_reused"} <= set(told.refused)


def test_one_hot_place_whose_holds_lapse_while_they_fight(tmp_path: Path) -> None:
    unanswered, lapsed, seed = 0, False, 2
    while not lapsed or unanswered < 50:
        assert seed < 12, f"{unanswered} unanswered, lapsed: {lapsed}"
        folder = tmp_path / str(seed)
        unanswered += fought(Site(folder, hold_s=1), 1200, seed, ("S1",), cuts=0.2).clean().unanswered
        lapsed |= any(event.data["state"] == "expired" for event in rows_of(f"{folder}/parking.db").events)
        seed += 1


def test_the_same_on_postgres(address: str, tmp_path: Path) -> None:
    told = fought(Site(tmp_path, emptied(address)), 900, 3, ("S1", "P1")).clean()
    assert told.acknowledged > 50


@pytest.mark.parametrize("kind", ["sqlite", "postgres"] if LONG else ["sqlite"])
def test_a_clock_that_steps_by_an_hour_under_load(kind: str, address: str, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("0")
    with running(Site(tmp_path, emptied(address) if kind == "postgres" else "", clock=str(clock), hold_s=20)) as site:
        began, fight = time.time(), Fight(site, 10**9, 4, ("S1", "P1"), 2, 6)
        grown(site, 20)
        for seconds in (-3600, 0, 3600, 0, -3600, 3600):
            time.sleep(0.4)  # while the store's clock stands still (it never goes back) no hold lapses, so nothing need grow
            (tmp_path / "new").write_text(str(seconds))
            (tmp_path / "new").replace(clock)
        until(lambda: any(event.data["state"] in ("expired", "no_show") for event in rows_of(site.where).events))
        told = fight.end(stop=True).clean()
    assert told.acknowledged > 20
    assert rows_of(site.where).now >= began + 3600


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_pool_takes_exactly_what_fits_over_http(kind: str, address: str, tmp_path: Path) -> None:
    """Everybody wants an interval of the same profile at once: as many get one as the profile has room for, whoever they are."""
    with running(Site(tmp_path, emptied(address) if kind == "postgres" else "", most_holds=100)) as site:
        base = int(time.time()) // QUARTER * QUARTER + 8 * QUARTER
        told = [site.ask(PATH, "POST", wish(base, k), **headers(site, k)) for k in range(24)]
    taken = [status for status, _ in told]
    held = rows_of(site.where).held("P1")
    for quarter in range(4):
        at = base + quarter * QUARTER
        assert sum(start <= at < end for _, start, end in held) == 3
    assert taken.count(201) == 12  # 3 stalls, 4 quarters, each for a quarter: no more is possible, and nothing is refused before
    assert taken.count(409) == 12
    assert taken.index(409) >= 4


def wish(base: int, k: int) -> bytes:
    start = base + k % 4 * QUARTER
    times = {"from": datetime.fromtimestamp(start, UTC).isoformat(), "to": datetime.fromtimestamp(start + QUARTER, UTC).isoformat()}
    plate = {"text": f"POOL{k}", "color": "other"}
    return json.dumps({"lot_id": FREE, "place_id": "P1", **times, "plate": plate, "confirm": True}).encode()


def headers(site: Site, k: int) -> dict[str, str]:
    return {"authorization": f"Bearer {site.token(f'c{k}')}", "idempotency_key": f"key-{k}"}
