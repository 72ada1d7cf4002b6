"""Proofs of parking at length: contended operations and kill −9 under load, on SQLite and PostgreSQL, in one process and over HTTP.

On one to three hot places; over HTTP against a server process. BAIMAI_PROOF_OPERATIONS and BAIMAI_PROOF_KILLS name the size: a tenth of
the operations and a fifth of the kills (of PostgreSQL a tenth) go over HTTP. BAIMAI_PROOF_ONLY=http leaves the others out.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench.rows import Row
from tests.support.parking_http_proof import Fought, fought, long_fight
from tests.support.parking_proof import killed, million
from tests.support.parking_site import Site
from tests.support.postgres import fresh_database, postgres_server

OPERATIONS = int(os.environ.get("BAIMAI_PROOF_OPERATIONS", "1000000"))
KILLS = int(os.environ.get("BAIMAI_PROOF_KILLS", "100"))
ONLY = os.environ.get("BAIMAI_PROOF_ONLY", "")


def run(smoke: bool) -> Iterator[Row | str]:
    """Raises where something is violated; the rows say how much was tried."""
    operations, kills = (2_000, 2) if smoke else (OPERATIONS, KILLS)
    if ONLY != "http":
        yield from _in_process(operations, kills)
    yield from _over_http(1_000 if smoke else operations // 10, 1 if smoke else max(1, kills // 5))


def _in_process(operations: int, kills: int) -> Iterator[Row | str]:
    began = time.perf_counter()
    done = million(operations, 32, 1)
    yield Row("contended operations without a violation", done, operations, "as many as were to be tried", "operations", True)
    yield f"{done:,} contended operations on SQLite in {time.perf_counter() - began:.0f} s, every history explained by an order"
    for name in ("SQLite", "PostgreSQL"):
        began = time.perf_counter()
        if name == "SQLite":
            with tempfile.TemporaryDirectory() as folder:
                told, cut = killed(f"{folder}/parking.db", kills, 1)
        else:
            with postgres_server() as server, fresh_database(server) as address:
                told, cut = killed(address, kills, 2, workers=2)
        yield Row(f"{name}: kill -9 without a loss", kills, kills, "as many as were to be tried", "kills", True)
        yield (
            f"{name}: {kills} kills in {time.perf_counter() - began:.0f} s, {told:,} acknowledged operations all there,"
            f" {cut} unanswered ones whole or not at all"
        )


def _over_http(operations: int, kills: int) -> Iterator[Row | str]:
    rounds = long_fight(operations, 1)
    done = sum(one.attempts for one in rounds)
    yield from _told("HTTP, SQLite", rounds)
    yield Row("HTTP: contended operations without a violation", done, operations, "as many as were to be tried", "operations", True)
    deaths_of = {"SQLite": kills, "SQLite, `python -m server serve`": max(1, kills // 10), "PostgreSQL": max(1, kills // 2)}
    for name, deaths in deaths_of.items():
        with tempfile.TemporaryDirectory(prefix="baimai-proof-") as folder:
            if name != "PostgreSQL":
                one = fought(Site(Path(folder), forked="serve" not in name), 0, 50, ("S1", "S2", "P1"), kills=deaths)
            else:
                with postgres_server() as server, fresh_database(server) as address:
                    one = fought(Site(Path(folder), address), 0, 51, ("S1", "S2", "P1"), kills=deaths, every=(0.5, 2.0))
        yield from _told(f"HTTP, {name}, killed", [one])
        yield Row(f"HTTP, {name}: kill -9 without a loss", one.kills, deaths, "as many as were to be tried", "kills", True)


def _told(name: str, rounds: list[Fought]) -> Iterator[str]:
    """What was tried. Raises AssertionError when anything was violated."""
    wrong = Counter(one.partition(":")[0] for each in rounds for one in each.violations)
    done, unknown, heard = (sum(getattr(one, what) for one in rounds) for what in ("acknowledged", "unanswered", "heard"))
    tried, seconds = sum(one.attempts for one in rounds), sum(one.seconds for one in rounds)
    yield (
        f"{name}: {tried:,} operations in {seconds:.0f} s, {done:,} carried out,"
        f" {unknown:,} cut off, {heard:,} messages of topics, {sum(one.kills for one in rounds)} kills;"
        f" violations: {dict(wrong) or 'none'}"
    )
    for one in rounds:
        one.clean()
