"""Everything one serving process is made of, as `server.bootstrap` put it together; routes find it in `app.state`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from server.accuracy_collector import AccuracyCollector
from server.auth import KeyStore
from server.background import Background
from server.bureau_changes import BureauChanges
from server.change_sources import ChangeSources
from server.hub import Hub
from server.inbox import Inbox
from server.metrics import Metrics
from server.parking.service import Parking
from server.pipeline import Pipeline
from server.published import Published
from server.publisher import Publisher
from server.settings import Settings
from server.signals.renewal import RenewedSignals
from server.signals.service import SignalService
from transit.network import Network


@dataclass(frozen=True)
class Runtime:
    """`clock` gives epoch seconds; `background` runs while the app does, each until it is cancelled."""

    settings: Settings
    network: Network
    keys: KeyStore
    inbox: Inbox
    changes: ChangeSources
    bureau: BureauChanges
    published: Published
    hub: Hub
    publisher: Publisher
    pipeline: Pipeline
    metrics: Metrics
    clock: Callable[[], float]
    accuracy: AccuracyCollector
    renewed_signals: RenewedSignals
    parking: Parking
    background: tuple[Background, ...]

    @property
    def signals(self) -> SignalService:
        """As the inventory's files say at the moment: asked for anew by every request."""
        return self.renewed_signals.service

    @property
    def ready(self) -> bool:
        """Whether there is something to show: the first step is done. Signals may still be preparing (`signals.shown.ready`)."""
        return self.published.snapshot is not None


def runtime_of(connection: HTTPConnection) -> Runtime:
    """The runtime behind a request or a WebSocket."""
    runtime: Runtime = connection.app.state.runtime
    return runtime
