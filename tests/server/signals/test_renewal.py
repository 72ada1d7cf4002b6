"""The inventory's files change under a running server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from server.signals.inbox import InboxFull, SignalInbox
from server.signals.renewal import RenewedSignals, stamps
from tests.support.live_server import run_async
from tests.support.running_signals import RunningSignals


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RenewedSignals, "look_every", 0.05)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.02)


def test_what_a_new_inventory_lists_is_there_without_a_restart_and_what_was_known_stays(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningSignals(tmp_path).open() as city:
            renewed = city.runtime.renewed_signals
            await city.send([(-1, "D1", 1, 2)])
            await city.settle()
            file = tmp_path / "signals" / "inventory.csv"
            file.write_text(f"{file.read_text()}D9,J9,11,22,36.71,117.51,新\n")
            await until(lambda: renewed.renewals == 1 and renewed.service.shown.ready)
            listed = (await city.get("/v1/signals/intersections")).json()["intersections"]
            assert [one["id"] for one in listed] == ["J0a", "J0b", "J1", "J2", "J9"]
            answer = await city.send([(-1, "D9", 1, 2)])
            assert (answer.status_code, answer.json()["refused"]) == (202, {})
            await city.settle()
            assert (await city.get("/v1/signals/intersections/J9")).json()["heard"]
            assert "baimai_signal_accepted" in (await city.http.get("/metrics")).text

    run_async(scenario())


def test_files_that_cannot_be_used_change_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def scenario() -> None:
        async with RunningSignals(tmp_path).open() as city:
            renewed = city.runtime.renewed_signals
            before = renewed.service
            file = tmp_path / "signals" / "inventory.csv"
            good = file.read_text()
            file.write_text("no,such,columns\n1,2,3\n")
            await until(lambda: renewed._seen == stamps(file.parent))
            await asyncio.sleep(0.3)
            assert renewed.service is before
            assert (await city.send([(-1, "D1", 1, 2)])).status_code == 202
            file.write_text(good.replace("J2", "J3"))
            await until(lambda: renewed.renewals == 1)

    run_async(scenario())
    assert "inventory_not_taken" in capsys.readouterr().out


def test_a_closed_inbox_takes_nothing_more() -> None:
    async def scenario() -> None:
        inbox = SignalInbox(10)
        inbox.close()
        with pytest.raises(InboxFull):
            inbox._make_room(0)

    asyncio.run(scenario())
