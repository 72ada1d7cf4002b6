from __future__ import annotations

import asyncio
from pathlib import Path

from server.learned_store import DAMAGED, LEARNED, LearnedStore, recalled_city
from tests.support.live_server import run_async
from tests.support.running_city import EASTBOUND, RunningCity
from tests.support.tiny_city import tiny_network


def test_what_a_server_learned_is_there_when_it_starts_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            await city.drive("鲁A10001", EASTBOUND, trip_id="1E-0700")

    run_async(scenario())
    city = recalled_city(tiny_network(), tmp_path / LEARNED)
    assert city.days_learned == 1


def test_it_is_written_while_the_server_runs(tmp_path: Path) -> None:
    async def scenario() -> None:
        path = tmp_path / "else" / LEARNED
        async with RunningCity(tmp_path).open() as city:
            await city.drive("鲁A10001", EASTBOUND, trip_id="1E-0700")
            engine = city.runtime.pipeline
            writing = asyncio.create_task(LearnedStore(path, lambda: b"all of it", engine.ask, 0.05).run())
            while not path.exists():
                await asyncio.sleep(0.01)
            writing.cancel()
        assert path.read_bytes() == b"all of it"

    run_async(scenario())


def test_a_server_starts_whatever_lies_there(tmp_path: Path) -> None:
    path = tmp_path / LEARNED
    path.write_text("half a file")
    assert recalled_city(tiny_network(), path).days_learned == 0
    assert not path.exists()
    assert (tmp_path / (LEARNED + DAMAGED)).read_text() == "half a file"
