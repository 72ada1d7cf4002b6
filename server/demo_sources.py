"""The simulated district as three sources of positions, each through an input that real ones use.

Of ten vehicles, seven are posted to `/v1/positions` with the key, two stand in a GTFS-Realtime feed that the server's poller
asks for, and one talks on the WebSocket. Cancelled trips and alerts stand in feeds beside the polled positions. Everything goes
over real sockets; nothing is handed to the engine directly. A server that does not answer costs the positions of that second
and is tried again, as a real gateway would.
"""
from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import orjson
import structlog
from google.transit import gtfs_realtime_pb2 as pb
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException

from feeds.gtfs_rt_changes_write import encode_statements
from feeds.simulated import District
from feeds.simulated_changes import Incidents
from feeds.simulated_equipment import Reports, select
from server.serving import bind
from transit.changes import Statements

POSTED, POLLED, SENT = 7, 2, 1
"""of ten vehicles"""
POLL_PATH, UPDATES_PATH, ALERTS_PATH = "/vehicle-positions.pb", "/trip-updates.pb", "/alerts.pb"
_MOST_REQUEST = 8192
_PATIENCE = 10.0
"""s for the answer to a message"""


class PolledFeed:
    """GTFS-Realtime feeds on a port of their own: the newest position of each vehicle, cancelled trips, alerts."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._entities: dict[str, dict[str, Any]] = {}
        self._listener = bind("127.0.0.1", 0)
        self._changes = Statements()
        base = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.url, self.updates_url, self.alerts_url = base + POLL_PATH, base + UPDATES_PATH, base + ALERTS_PATH

    async def run(self) -> None:
        """Answer until cancelled."""
        async with await asyncio.start_server(self._answer, sock=self._listener, limit=_MOST_REQUEST) as listening:
            await listening.serve_forever()

    def put(self, records: list[dict[str, Any]]) -> None:
        """Take in positions (rows of `District.records`) in order of receipt."""
        for record in records:
            known = self._entities.get(record["vehicle_id"])
            if known is None or record["timestamp_unix"] >= known["timestamp_unix"]:
                self._entities[record["vehicle_id"]] = record

    def put_changes(self, changes: Statements) -> None:
        """Take in what is cancelled and closed, in place of what was before."""
        self._changes = changes

    def encode_changes(self, path: str) -> bytes:
        """The feed of cancelled trips or of alerts as it stands."""
        parts = Statements(cancelled=self._changes.cancelled), Statements(alerts=self._changes.alerts)
        return encode_statements(parts[path == ALERTS_PATH], self._clock())

    def encode(self) -> bytes:
        """The feed message as it stands."""
        feed = pb.FeedMessage()
        feed.header.gtfs_realtime_version = "2.0"
        feed.header.timestamp = int(self._clock())
        for vehicle_id, record in self._entities.items():
            entity = feed.entity.add(id=vehicle_id)
            position = entity.vehicle
            position.vehicle.id = vehicle_id
            position.timestamp = int(record["timestamp_unix"])
            position.position.latitude, position.position.longitude = record["lat"], record["lon"]
            if "bearing" in record:
                position.position.bearing = record["bearing"]
            if "speed_mps" in record:
                position.position.speed = record["speed_mps"]
            if "trip_id" in record:
                position.trip.trip_id = record["trip_id"]
            if "route_id" in record:
                position.trip.route_id = record["route_id"]
        return bytes(feed.SerializeToString())

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode("latin-1") if head.count(b" ") >= 2 else ""
            found = path in (POLL_PATH, UPDATES_PATH, ALERTS_PATH)
            body = b"" if not found else self.encode() if path == POLL_PATH else self.encode_changes(path)
            status = b"200 OK" if found else b"404 Not Found"
            writer.write(b"HTTP/1.1 %s\r\nContent-Type: application/x-protobuf\r\n" % status)
            writer.write(b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
            await writer.drain()
        writer.close()


class Sources:
    """Drives a started district by `clock` (epoch s) and sends what its vehicles report, from `ready()` on, as long as `going()`."""

    def __init__(
        self, district: District, clock: Callable[[], float], base: str, key: str, polled: PolledFeed,
        ready: Callable[[], bool], going: Callable[[], bool], seed: int,
    ) -> None:  # fmt: skip
        self._incidents = Incidents(district, seed)
        self._district, self._clock, self._key, self._polled = district, clock, key, polled
        self._ready, self._going = ready, going
        self._http = base
        self._socket_url = base.replace("http", "ws", 1) + "/v1/positions/ws"
        self._socket: ClientConnection | None = None
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Every second, whatever was received since."""
        while not self._ready():
            await asyncio.sleep(0.05)
        headers = {"authorization": f"Bearer {self._key}", "content-type": "application/json"}
        async with httpx.AsyncClient(base_url=self._http, headers=headers, timeout=_PATIENCE, trust_env=False) as client:
            try:
                while self._going():
                    now = self._clock()
                    self._polled.put_changes(self._incidents.advance(now))
                    reports = self._district.advance(now)
                    self._polled.put(self._part(reports, POSTED, POSTED + POLLED))
                    await self._post(client, self._part(reports, 0, POSTED))
                    await self._send(self._part(reports, POSTED + POLLED, POSTED + POLLED + SENT))
                    await asyncio.sleep(1.0)
            finally:
                if self._socket is not None:
                    await self._socket.close()

    def _part(self, reports: Reports, first: int, last: int) -> list[dict[str, Any]]:
        """Rows of the vehicles whose number ends in `first` … `last` - 1."""
        digit = reports.vehicle % (POSTED + POLLED + SENT)
        return self._district.records(select(reports, np.flatnonzero((digit >= first) & (digit < last))))

    async def _post(self, client: httpx.AsyncClient, records: list[dict[str, Any]]) -> None:
        if not records:
            return
        try:
            (await client.post("/v1/positions", content=orjson.dumps(records))).raise_for_status()
        except httpx.HTTPError as wrong:
            self._failed("demo_post_failed", wrong, len(records))

    async def _send(self, records: list[dict[str, Any]]) -> None:
        if not records:
            return
        try:
            if self._socket is None:
                headers = {"authorization": f"Bearer {self._key}"}
                self._socket = await connect(self._socket_url, additional_headers=headers, proxy=None)
            await self._socket.send(orjson.dumps(records).decode())
            async with asyncio.timeout(_PATIENCE):
                await self._socket.recv()
        except (OSError, InvalidHandshake, WebSocketException) as wrong:
            self._socket = None
            self._failed("demo_socket_failed", wrong, len(records))

    def _failed(self, event: str, wrong: Exception, positions: int) -> None:
        if self._going():
            self._log.warning(event, reason=str(wrong) or type(wrong).__name__, positions=positions)
