"""Proofs of parking at length: contended operations on one to three hot places, and kill −9 under load, on SQLite and PostgreSQL."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator

from bench.rows import Row
from tests.support.parking_proof import killed, million
from tests.support.postgres import fresh_database, postgres_server

OPERATIONS = int(os.environ.get("BAIMAI_PROOF_OPERATIONS", "1000000"))
KILLS = int(os.environ.get("BAIMAI_PROOF_KILLS", "100"))


def run(smoke: bool) -> Iterator[Row | str]:
    """Raises where something is violated; the rows say how much was tried."""
    operations, kills = (2_000, 2) if smoke else (OPERATIONS, KILLS)
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
