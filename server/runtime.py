"""Everything one serving process is made of, as `server.bootstrap` put it together; routes find it in `app.state`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from starlette.requests import HTTPConnection

from server.accuracy_collector import AccuracyCollector
from server.auth import KeyStore
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
from transit.network import Network

Background = Callable[[], Coroutine[Any, Any, None]]


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
    parking: Parking
    background: tuple[Background, ...]


def runtime_of(connection: HTTPConnection) -> Runtime:
    """The runtime behind a request or a WebSocket."""
    runtime: Runtime = connection.app.state.runtime
    return runtime
