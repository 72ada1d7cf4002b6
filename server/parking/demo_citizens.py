"""Citizens of the demo: they share, reserve, pay, come and go, give up, stay away or stay too long; with own plates and tokens."""

from __future__ import annotations

import heapq
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import httpx
import numpy as np

from feeds.parking.simulated import NEIGHBOURS, guest, guest_place, neighbour, neighbour_place, neighbour_windows
from feeds.parking.simulated_gates import SimulatedGates, new_plate
from feeds.parking.simulated_habits import HABITS, level
from server.parking.demo import DemoIssuer
from server.parking.views import moment

CITIZENS = 60
_ZONE = ZoneInfo("Asia/Shanghai")
_EVERY = 150.0
"""s of simulated time between two wishes, on average, when half of all stalls are taken"""
_PLACES = (("demo-station", 0.4), ("demo-market", 0.3), ("demo-square", 0.18), ("demo-garden", 0.12))
_QUARTER = 900
_GIVES_UP, _STAYS_AWAY, _STAYS_LONG = 0.08, 0.05, 0.04
"""of those who reserved"""
Json = dict[str, Any]


class Due(NamedTuple):
    """A command somebody will give."""

    at: float
    citizen: str
    reservation_id: str
    name: str


class DemoCitizens:
    """`client` reaches the server. Refusals are part of life: whoever is refused goes elsewhere."""

    def __init__(self, client: httpx.AsyncClient, issuer: DemoIssuer, gates: SimulatedGates, generator: np.random.Generator) -> None:
        self._client, self._issuer, self._gates, self._generator = client, issuer, gates, generator
        self._tokens: dict[str, tuple[float, str]] = {}
        self._due: list[Due] = []
        self._next: float | None = None
        self._guest_windows: set[str] = set()
        self.booked = 0
        """reservations made so far"""

    async def share(self, now: float) -> None:
        """What the neighbours offer. Raises httpx.TransportError, as all of these."""
        for number, window in zip(range(NEIGHBOURS), neighbour_windows(), strict=True):
            body = {**window, "place_id": neighbour_place(number), "first_day": (moment(int(now)) or "")[:10]}
            await self._post(neighbour(number), "/shares", body, now)

    async def step(self, now: float) -> None:
        """What is due by now: one wish at most, and the commands that were planned."""
        while self._due and self._due[0].at <= now:
            one = heapq.heappop(self._due)
            await self._post(one.citizen, f"/reservations/{one.reservation_id}/{one.name}", {}, now, {"if-match": "*"})
        if self._next is None:
            self._next = now + 20.0
        if now >= self._next:
            busy = max(0.1, level(HABITS["demo-station"], now))
            self._next = now + float(self._generator.exponential(_EVERY * 0.5 / busy))
            await self._wish(now)

    async def _wish(self, now: float) -> None:
        citizen = f"citizen-{int(self._generator.integers(CITIZENS)) + 1:02}"
        if self._issuer.handed_out and self._generator.random() < 0.5 and await self._visit_guest(citizen, now):
            return
        lot = str(self._generator.choice([name for name, _ in _PLACES], p=[share for _, share in _PLACES]))
        start = (now + float(self._generator.uniform(600, 5400))) // 300 * 300 + 300
        end = start + 1800 * int(self._generator.integers(1, 7))
        place = neighbour_place(int(self._generator.integers(NEIGHBOURS))) if lot == "demo-garden" else None
        await self._book(citizen, lot, place, start, end, now)

    async def _visit_guest(self, citizen: str, now: float) -> bool:
        """Reserves the space of a visitor of the page who shares it, once a window."""
        number = self._issuer.handed_out[int(self._generator.integers(len(self._issuer.handed_out)))]
        answer = await self._client.get("/v1/parking/shares", headers=self._headers(guest(number), now))
        for one in answer.json()["shares"] if answer.status_code == 200 else []:
            if one["active"] and one["id"] not in self._guest_windows:
                self._guest_windows.add(one["id"])
                for days in range(4):
                    day = datetime.fromtimestamp(now, _ZONE).date() + timedelta(days=days)
                    start = datetime.fromisoformat(f"{day}T{one['start']}").replace(tzinfo=_ZONE).timestamp()
                    if await self._book(citizen, one["lot_id"], guest_place(number), start, start + 7200, now):
                        return True
        return False

    async def _book(self, citizen: str, lot: str, place: str | None, start: float, end: float, now: float) -> bool:
        text, color = new_plate(self._generator)
        wish = {"lot_id": lot, "from": moment(int(start)), "to": moment(int(end)), "color": color}
        quote = await self._post(citizen, "/quotes", wish | ({"place_id": place} if place else {}), now)
        if quote is None:
            return False
        free = quote["price"]["amount"] == 0
        body = {"quote_id": quote["id"], "plate": {"text": text, "color": color}, "confirm": free}
        made = await self._post(citizen, "/reservations", body, now)
        if made is None:
            return False
        if not free:
            await self._post(citizen, f"/reservations/{made['id']}/payments", {}, now)
        self.booked += 1
        self._plan(citizen, made["id"], lot, (text, color), start, end, now)
        return True

    def _plan(self, citizen: str, which: str, lot: str, plate: tuple[str, str], start: float, end: float, now: float) -> None:
        draw, generator = float(self._generator.random()), self._generator
        if draw < _GIVES_UP:
            heapq.heappush(self._due, Due(now + 0.5 * (start - now), citizen, which, "cancel"))
            return
        if draw < _GIVES_UP + _STAYS_AWAY:
            return
        comes = start + float(generator.uniform(-480, 720))
        long = draw > 1.0 - _STAYS_LONG
        goes = end + float(generator.uniform(1200, 3600)) if long else end - float(generator.uniform(0.0, 0.4)) * (end - start)
        goes = max(goes, comes + 300)
        if HABITS[lot].gated:
            self._gates.expect(lot, *plate, comes, goes)
        else:
            heapq.heappush(self._due, Due(comes, citizen, which, "check-in"))
            heapq.heappush(self._due, Due(goes, citizen, which, "check-out"))

    async def _post(self, citizen: str, path: str, body: Json, now: float, more: dict[str, str] | None = None) -> Any:
        """The answer, None when it was refused."""
        key = f"demo-{self._generator.integers(2**62):x}"
        headers = {**self._headers(citizen, now), "idempotency-key": key, **(more or {})}
        answer = await self._client.post(f"/v1/parking{path}", json=body, headers=headers)
        if answer.status_code >= 500:
            answer.raise_for_status()
        return answer.json() if answer.is_success else None

    def _headers(self, citizen: str, now: float) -> dict[str, str]:
        until, token = self._tokens.get(citizen, (0.0, ""))
        if now >= until:
            token = self._issuer.token(citizen, now)
            self._tokens[citizen] = now + 3 * 86_400, token
        return {"authorization": f"Bearer {token}"}
