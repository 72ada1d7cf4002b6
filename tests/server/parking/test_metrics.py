"""What /metrics tells of parking."""

from __future__ import annotations

from pathlib import Path

from server.parking.simulated_provider import Manners, SimulatedProvider
from tests.support.live_server import run_async
from tests.support.running_parking import RunningParking


def test_readiness_faults_webhooks_and_the_provider_are_counted(tmp_path: Path) -> None:
    async def scenario() -> None:
        parking = RunningParking(tmp_path)
        parking.parking.provider = SimulatedProvider(b"secret", lambda: parking.now, 1, Manners(failing=0.0))
        assert "baimai_parking_ready 0.0" in parking.runtime.metrics.text().decode()
        async with parking.open():
            await parking.http.post("/v1/parking/payments/notices", content=b"nonsense")
            text = (await parking.get("/metrics")).text
            assert "baimai_parking_ready 1.0" in text
            assert "baimai_parking_store_failures_total 0.0" in text
            assert "baimai_parking_webhooks_sent_total 0.0" in text
            assert 'baimai_parking_cashier_total{outcome="notice_' in text

    run_async(scenario())
