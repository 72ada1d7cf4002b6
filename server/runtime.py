"""Everything one serving process is made of, as `server.bootstrap` put it together; routes find it in `app.state`."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from server.auth import KeyStore
from server.hub import Hub
from server.inbox import Inbox
from server.metrics import Metrics
from server.pipeline import Pipeline
from server.published import Published
from server.settings import Settings
from transit.network import Network


@dataclass(frozen=True)
class Runtime:
    """`clock` gives epoch seconds."""

    settings: Settings
    network: Network
    keys: KeyStore
    inbox: Inbox
    published: Published
    hub: Hub
    pipeline: Pipeline
    metrics: Metrics
    clock: Callable[[], float]


def runtime_of(connection: HTTPConnection) -> Runtime:
    """The runtime behind a request or a WebSocket."""
    runtime: Runtime = connection.app.state.runtime
    return runtime
