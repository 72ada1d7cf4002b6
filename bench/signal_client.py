"""Controllers and readers of the stream bench, a process of their own: `python -m bench.signal_client MODE PORT KEY …` prints JSON.

`live PORT KEY CONTROLLERS SECONDS BEGAN`: posts what CONTROLLERS that began at BEGAN (epoch ms) log as it happens, and waits on the
WebSocket for every change of a phase; with the key `none` the server is the echo. `flood PORT KEY CONTROLLERS SECONDS RATE`: posts
events as fast as RATE says (0: as fast as they are answered).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence

import numpy as np
import orjson
import uvloop
from websockets.asyncio.client import ClientConnection, connect

from bench.signal_workload import SEED, bodies, busy_sites
from feeds.signals.simulated import SimulatedSignals
from signals.events import join_batches, no_events
from signals.kernels.columns import EventColumns

BATCH = 0.05
"""s between two requests: a gateway of 300 controllers forwards that often"""
PER_SOCKET = 150
"""topics a socket subscribes"""
FLOOD = 5000
"""events a request of the flood"""
LANES, FASTEST = 4, 200_000.0
"""connections of the flood, and events/s that it has ready where it is to be as fast as it can"""
_SHOWS = {1: "green", 8: "yellow", 10: "red_clearance", 11: "red"}


class Posting:
    """One keep-alive connection."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._head = f"POST /v1/signals/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nx-api-key: {key}\r\n"

    async def open(self) -> Posting:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def post(self, body: bytes) -> tuple[int, int]:
        """(status, events accepted)."""
        self._writer.write(f"{self._head}content-length: {len(body)}\r\n\r\n".encode() + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        answer = orjson.loads(await self._reader.readexactly(length))
        return int(head[9:12]), int(answer.get("accepted", 0))


async def live(port: int, key: str, count: int, seconds: float, began: int) -> dict[str, object]:
    """ms from the begin of a POST to the message that shows the change, over all changes of a phase."""
    echo, signals = key == "none", SimulatedSignals(SEED, began, busy_sites(count))
    signals.advance(int(time.time() * 1000))
    events = signals.advance(int((time.time() + seconds) * 1000) + 5000)
    sent: dict[tuple[str, int, int], float] = {}
    taken: list[float] = []
    names = dict(zip(signals.inventory.intersection_ids, signals.inventory.device_ids))
    sockets = await _subscribed(port, list(names), echo)
    hearing = [asyncio.create_task(_hear(socket, names, sent, taken, echo)) for socket in sockets]
    posting = await Posting(port, key).open()
    await _post_as_it_happens(posting, events, signals.inventory.device_ids, sent, seconds)
    await asyncio.sleep(1.0)
    for task in hearing:
        task.cancel()
    lost = len(sent) - len(taken) if not echo else 0
    rate = len(events.time) / (int(events.time[-1] - events.time[0]) / 1000)
    told = np.percentile(taken, [50, 99, 100]).tolist() if taken else [float("nan")] * 3
    return {"p50": told[0], "p99": told[1], "worst": told[2], "changes": len(taken), "lost": lost, "rate": rate}


async def _subscribed(port: int, ids: Sequence[str], echo: bool) -> list[ClientConnection]:
    sockets = []
    for first in range(0, 1 if echo else len(ids), PER_SOCKET):
        socket = await connect(f"ws://127.0.0.1:{port}/v1/ws", proxy=None, max_size=None)
        topics = [f"intersection:{one}" for one in ids[first : first + PER_SOCKET]]
        await socket.send(json.dumps({"op": "subscribe", "topics": topics}))
        for _ in () if echo else topics:
            await socket.recv()
        sockets.append(socket)
    return sockets


async def _hear(
    socket: ClientConnection, names: dict[str, str], sent: dict[tuple[str, int, int], float], taken: list[float], echo: bool
) -> None:
    async for message in socket:
        now = time.perf_counter()
        told = orjson.loads(message)
        if echo:
            keys = [(one["device_id"], one["parameter"], round(one["timestamp_unix"] * 1000)) for one in told]
        else:
            keys = [(names[told["data"]["id"]], one["phase"], one["since_ms"]) for one in told["data"]["phases"]]
        for key in keys:
            at = sent.get(key)
            if at is not None and at > 0:
                taken.append((now - at) * 1e3)
                sent[key] = -1.0


async def _post_as_it_happens(
    posting: Posting, events: EventColumns, ids: Sequence[str], sent: dict[tuple[str, int, int], float], seconds: float
) -> None:
    shows = np.isin(events.code, list(_SHOWS))
    first = int(np.searchsorted(events.time, int(time.time() * 1000)))
    for body in bodies(EventColumns._make(column[:first] for column in events), ids, FLOOD):
        await posting.post(body)  # what came while the sockets were opened
    ends = time.time() + seconds
    while (now := time.time()) < ends:
        last = int(np.searchsorted(events.time, int(now * 1000)))
        if last > first:
            part = EventColumns._make(column[first:last] for column in events)
            body, begun = bodies(part, ids, last - first)[0], time.perf_counter()
            for row in np.flatnonzero(shows[first:last]).tolist():
                sent[ids[part.device[row]], int(part.parameter[row]), int(part.time[row])] = begun
            status, _ = await posting.post(body)
            if status != 202:
                raise RuntimeError(f"POST was answered {status}")
            first = last
        await asyncio.sleep(BATCH - time.time() % BATCH)


async def flood(port: int, key: str, count: int, seconds: float, rate: float) -> dict[str, object]:
    """Events/s accepted, and how many requests were refused. Stamps pass as fast as the clock does, so nothing is late or twice."""
    nominal = rate or FASTEST
    signals, wanted = SimulatedSignals(SEED, 0, busy_sites(count)), int(seconds * nominal)
    parts, upto = [no_events()], 0
    while sum(len(one.time) for one in parts) < wanted:
        upto += 600_000
        parts.append(signals.advance(upto))
    events = EventColumns._make(column[:wanted] for column in join_batches(parts))
    began = int(time.time() * 1000)
    stamps = began + (np.arange(wanted) * 1000 / nominal).astype(np.int64)
    ready = bodies(events._replace(time=stamps), signals.inventory.device_ids, FLOOD)
    accepted, refused = 0, 0
    start = time.perf_counter()

    async def lane(number: int) -> None:
        nonlocal accepted, refused
        posting = await Posting(port, key).open()
        for turn in range(number, len(ready), LANES):
            passed = time.perf_counter() - start
            if passed > seconds:
                break
            if rate and (early := turn * FLOOD / rate - passed) > 0:
                await asyncio.sleep(early)
            status, taken = await posting.post(ready[turn])
            accepted += taken
            refused += status == 503

    await asyncio.gather(*(lane(number) for number in range(LANES)))
    return {"rate": accepted / (time.perf_counter() - start), "refused": refused, "accepted": accepted}


def main() -> None:
    """One run."""
    mode, port, key, count, seconds, last = sys.argv[1:7]
    run = live(int(port), key, int(count), float(seconds), int(last)) if mode == "live" else flood(
        int(port), key, int(count), float(seconds), float(last)
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(run)), flush=True)


if __name__ == "__main__":
    main()
