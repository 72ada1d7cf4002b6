"""Webhooks: events posted to their owner's address, signed, in order, at least once (the headers are those of Standard Webhooks).

Every webhook is a reader of the outbox with a position of its own. An address that does not answer 2xx is asked again after 5 s,
10 s, … up to an hour; after a day of that it rests until its owner asks for a replay. The body is what `reservation:{id}` says.
Headers: webhook-id (of the event: drop what you have seen), webhook-timestamp, webhook-sequence (place in the outbox: it grows),
webhook-signature: `v1,` and base64 HMAC-SHA-256 over `id.timestamp.body` under the secret given at creation.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import secrets
from typing import TYPE_CHECKING, NamedTuple

import httpx
import msgspec
import structlog

from parking.records import Event
from parking.refusals import Code, Refusal
from server.parking.access import Caller
from server.parking.outbox import Told, after
from server.parking.records_codec import pack
from server.parking.store import Rule, ServiceUnit
from server.parking.views import encode, event_view
from server.parking.webhook_targets import BadTarget, pinned

if TYPE_CHECKING:
    from server.parking.service import Parking

MOST = 10
"""webhooks of one owner"""
FIRST, LONGEST, REST = 5, 3600, 24 * 3600
"""s: the first pause, the longest, and after how long of failing it rests"""
_PAUSE, _BATCH, _AT_ONCE, _TIMEOUT = 0.5, 200, 20, 10.0
_COLUMNS = "select id, owner, body, position, failures, next_try, failing_since from webhooks"


class Kept(msgspec.Struct, frozen=True):
    """What is stored of a webhook beside its columns."""

    url: str
    sealed_secret: bytes
    created: int


class Webhook(NamedTuple):
    """One of them."""

    id: str
    owner: str
    kept: Kept
    position: int
    failures: int
    next_try: int
    failing_since: int | None

    def wants(self, event: Event) -> bool:
        """Its owner's events: a citizen's own, those of an app's users, all for an operator."""
        if self.owner.startswith("id:") or self.owner.count(":") > 1:
            return event.client == self.owner
        return self.owner == "operator" or event.client.startswith(f"{self.owner}:")

    def resting(self, now: int) -> bool:
        """Whether it is given up until its owner asks again."""
        return self.failing_since is not None and now - self.failing_since >= REST


_KEPT = msgspec.msgpack.Decoder(Kept)


def owner_of(caller: Caller) -> str:
    """Whose webhooks a caller may see."""
    return "operator" if caller.operator else caller.client or f"app:{caller.app}"


def list_webhooks(unit: ServiceUnit, owner: str | None = None) -> list[Webhook]:
    """Of one owner, or all."""
    rows = unit.sql(_COLUMNS) if owner is None else unit.sql(f"{_COLUMNS} where owner = ?", owner)
    return sorted((Webhook(row[0], row[1], _KEPT.decode(bytes(row[2])), *row[3:]) for row in rows), key=lambda one: one.id)


def find(unit: ServiceUnit, owner: str, webhook_id: str) -> Webhook:
    """One of the owner's. Raises a 404 problem."""
    for one in list_webhooks(unit, owner):
        if one.id == webhook_id:
            return one
    raise Refusal(Code.UNKNOWN_WEBHOOK, f"no webhook of yours has the id {webhook_id!r}")


def add(unit: ServiceUnit, owner: str, webhook_id: str, url: str, sealed: bytes, now: int) -> Webhook:
    """It hears what happens from now on. Raises Refusal(WRONG_STATE) when the owner has enough."""
    if len(list_webhooks(unit, owner)) >= MOST:
        raise Refusal(Code.WRONG_STATE, f"at most {MOST} webhooks; delete one")
    newest = unit.sql("select coalesce(max(id), 0) from outbox")[0][0]
    kept = Kept(url, sealed, now)
    unit.sql("insert into webhooks values (?, ?, ?, ?, 0, ?, null)", webhook_id, owner, pack(kept), newest, now)
    return Webhook(webhook_id, owner, kept, newest, 0, now, None)


def rewind(unit: ServiceUnit, owner: str, webhook_id: str, position: int, now: int) -> Webhook:
    """Everything after `position` once more, and awake again. Raises a 404 problem."""
    one = find(unit, owner, webhook_id)
    newest = int(unit.sql("select coalesce(max(id), 0) from outbox")[0][0])
    position = min(position, newest)
    unit.sql(
        "update webhooks set position = ?, failures = 0, next_try = ?, failing_since = null where id = ?", position, now, webhook_id
    )
    return one._replace(position=position, failures=0, next_try=now, failing_since=None)


def remove(unit: ServiceUnit, owner: str, webhook_id: str) -> None:
    """Nothing more. Raises a 404 problem."""
    find(unit, owner, webhook_id)
    unit.sql("delete from webhooks where id = ?", webhook_id)


def new_secret() -> str:
    """As Standard Webhooks write them."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def signed(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """The value of webhook-signature."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mark = hmac.digest(key, b"%s.%d.%s" % (event_id.encode(), timestamp, body), "sha256")
    return "v1," + base64.b64encode(mark).decode()


class Webhooks:
    """Sends what webhooks have not got."""

    def __init__(self, parking: Parking) -> None:
        self._parking = parking
        self._log = structlog.get_logger()
        self.sent = 0

    async def run(self) -> None:
        """Until cancelled."""
        async with httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False, trust_env=False) as client:
            slots = asyncio.Semaphore(_AT_ONCE)
            while True:
                try:
                    await self.step(client, slots)
                except Exception:
                    self._log.exception("webhooks_failed")
                await asyncio.sleep(_PAUSE)

    async def step(self, client: httpx.AsyncClient, slots: asyncio.Semaphore) -> None:
        """Every webhook whose turn it is gets what it lacks, a batch at most."""
        now = self._parking.now()
        found = await self._parking.read(lambda unit, _now: list_webhooks(unit))
        await asyncio.gather(*(self._serve(client, slots, one) for one in found if one.next_try <= now and not one.resting(now)))

    async def _serve(self, client: httpx.AsyncClient, slots: asyncio.Semaphore, one: Webhook) -> None:
        told = await self._parking.read(lambda unit, _now: after(unit, one.position, _BATCH, self._parking.holes))
        if not told:
            return
        position, reason = one.position, ""
        async with slots:
            secret = self._parking.means.sealing.open(one.kept.sealed_secret, f"webhook/{one.id}")
            for event in told:
                if one.wants(event.event):
                    reason = await self._send(client, one, secret, event)
                    if reason:
                        break
                position = event.position
        await self._parking.run_rule(_come_to(one, position, bool(reason)))
        if reason:
            self._log.warning("webhook_not_taken", webhook=one.id, reason=reason, failures=one.failures + 1)

    async def _send(self, client: httpx.AsyncClient, one: Webhook, secret: str, told: Told) -> str:
        """→ why it was not taken, or nothing."""
        body, now = encode(event_view(told.event)), self._parking.now()
        event_id = f"{told.event.reservation_id}.{told.event.sequence}"
        headers = {
            "content-type": "application/json", "webhook-id": event_id, "webhook-timestamp": str(now),
            "webhook-sequence": str(told.position), "webhook-signature": signed(secret, event_id, now, body),
        }  # fmt: skip
        try:
            target = await pinned(one.kept.url, self._parking.configuration.webhooks.networks)
            answer = await client.post(target.url, content=body, headers=headers | target.headers, extensions=target.extensions)
        except (httpx.HTTPError, BadTarget, OSError) as wrong:
            return str(wrong) or type(wrong).__name__
        if not answer.is_success:
            return f"status {answer.status_code}"
        self.sent += 1
        return ""


def _come_to(one: Webhook, position: int, failed: bool) -> Rule[None]:
    """Writes down how far it came; whoever was rewound meanwhile stays there."""

    def rule(unit: ServiceUnit, now: int) -> None:
        came = position > one.position
        failures = 0 if not failed else (1 if came else one.failures + 1)
        since = None if not failed else (now if came or one.failing_since is None else one.failing_since)
        pause = min(LONGEST, FIRST * 2 ** min(failures - 1, 12)) if failed else 0
        unit.sql(
            "update webhooks set position = ?, failures = ?, next_try = ?, failing_since = ? where id = ? and position = ?",
            position, failures, now + pause, since, one.id, one.position,
        )  # fmt: skip

    return rule
