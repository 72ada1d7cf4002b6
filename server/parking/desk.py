"""Where citizens' commands arrive: request in, HTTP answer out, whichever way the request came (FastAPI route or short cut).

Who asks, what is sent and which version is meant are checked here; the command runs in the store; refusals become problems.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import structlog

from parking.changes import own
from parking.records import Reservation
from parking.refusals import Code, Refusal
from parking.unit import Unit
from server.answers import JSON
from server.parking.access import Caller, lower_headers
from server.parking.commands import ACTIONS, check_reserve, new_id, reserve, wait
from server.parking.idempotency import KeyReused, Reply, key_of, key_reused, once
from server.parking.messages import Extend, Reserve, Wait, decoded, invalid
from server.parking.service import Parking
from server.parking.store import ServiceUnit
from server.parking.views import encode, moment, reservation_view
from server.problems import MEDIA_TYPE, ProblemException

PREFIX = "/v1/parking/reservations"
_JSON = (b"content-type", JSON.encode())
_PRIVATE = (b"cache-control", b"no-store")
_TAG = re.compile(r'\s*"(\d{1,9})"\s*')
_TAGS = re.compile(r'\s*(W/)?"[^"]*"\s*(,\s*(W/)?"[^"]*"\s*)*')
_RETRYABLE = frozenset({Code.TOO_EARLY, Code.TOO_MANY_HOLDS, Code.NOT_PAID, Code.PLATE_BUSY})
_POINTERS = {"start_minute": "start", "end_minute": "end"}
"""fields of the rules as requests name them"""
Raw = list[tuple[bytes, bytes]]


class Desk:
    """Of one service."""

    def __init__(self, parking: Parking) -> None:
        self._parking = parking

    async def handle(self, path: str, raw: Raw, body: bytes, query: bytes = b"") -> Reply:
        """The answer to a POST of a citizen below PREFIX, or to the waiting list; problems included."""
        try:
            headers = lower_headers(raw)
            target = f"{path}?{query.decode('latin-1')}" if query else path
            caller = self._parking.access.citizen(headers, "POST", target, body)
            return await self._handled(caller, path, headers, body)
        except ProblemException as wrong:
            return problem_reply(wrong, path)
        except Exception:  # it stands before FastAPI, whose handlers never hear of it
            structlog.get_logger().exception("request_failed", path=path)
            return problem_reply(ProblemException(500, "internal_error", "the server failed to answer; the fault is logged"), path)

    async def _handled(self, caller: Caller, path: str, headers: dict[str, str], body: bytes) -> Reply:
        if path == PREFIX:
            return await self._create(caller, path, headers, body, Reserve)
        if path == "/v1/parking/waitlist":
            return await self._create(caller, path, headers, body, Wait)
        which, _, name = path[len(PREFIX) + 1 :].partition("/")
        action = ACTIONS.get(name)
        if action is None or not which:
            raise ProblemException(404, "not_found", f"there is nothing at {path}")
        said = decoded(action.message, body)
        if isinstance(said, Extend) and (said.quote_id is None) == (said.end is None):
            raise invalid("/body", "name a quote_id or a moment `to`")
        means, expected = self._parking.means, expected_versions(headers)

        def command(unit: ServiceUnit, now: int) -> Reservation:
            found = own(unit, which, caller.client)
            if expected is not None and found.version not in expected:
                raise Refusal(Code.STALE_VERSION, "it has changed meanwhile; look at it again", {"version": found.version})
            done: Reservation = action.run(unit, means, caller.client, which, said, now)
            return done

        return await self._run(caller, path, headers, said, command, 200, False)

    async def _create(self, caller: Caller, path: str, headers: dict[str, str], body: bytes, kind: type[Reserve] | type[Wait]) -> Reply:
        said: Reserve | Wait = decoded(kind, body)
        if isinstance(said, Reserve):
            check_reserve(said)
        means, new = self._parking.means, new_id(self._parking.clock())

        def command(unit: ServiceUnit, now: int) -> Reservation:
            if isinstance(said, Reserve):
                return reserve(unit, means, caller.client, said, new, now)
            return wait(unit, means, caller.client, said, new, now)

        return await self._run(caller, path, headers, said, command, 201, True)

    async def _run(
        self, caller: Caller, path: str, headers: dict[str, str], said: Any, command: Callable[[ServiceUnit, int], Reservation],
        status: int, must: bool,
    ) -> Reply:  # fmt: skip
        def answered(unit: ServiceUnit, now: int) -> Reply:
            return reservation_reply(command(unit, now), status)

        return await run_keyed(self._parking, caller.client, headers, path, said, answered, must)


async def run_keyed(
    parking: Parking, who: str, headers: Mapping[str, str], path: str, said: Any, command: Callable[[ServiceUnit, int], Reply],
    must: bool,
) -> Reply:  # fmt: skip
    """The command's answer; the same request of the same caller with the same Idempotency-Key gets it byte for byte. `must`: a key is
    required. Raises a problem for what it refuses."""
    key = key_of(headers, must)
    try:
        if key is None:
            return await parking.run_rule(command)
        fingerprint = parking.means.sealing.fingerprint(path.encode(), msgspec.json.encode(said))

        def rule(unit: ServiceUnit, now: int) -> Reply:
            return once(unit, who, key, fingerprint, now, lambda: command(unit, now))

        with parking.in_flight.one(who, key):
            return await parking.run_rule(rule)
    except Refusal as refused:
        raise refusal_problem(refused) from None
    except KeyReused:
        raise key_reused() from None


def refusal_problem(refused: Refusal) -> ProblemException:
    """RFC 9457, from what a rule says: times as people write them, and a pointer to the field that is wrong."""
    facts = {name: moment(at) if name in ("from", "until") and isinstance(at, int) else at for name, at in refused.facts.items()}
    field = refused.facts.get("field")
    errors = [{"pointer": f"/body/{_POINTERS.get(str(field), field)}", "detail": refused.detail}] if field else []
    return ProblemException(
        refused.status, str(refused.code), refused.detail, errors, facts=facts, retryable=refused.code in _RETRYABLE
    )


def reservation_reply(one: Reservation, status: int) -> Reply:
    """Its view, plate masked, with its version as the tag."""
    headers = (_JSON, _PRIVATE, (b"etag", b'"%d"' % one.version))
    if status == 201:
        headers = (*headers, (b"location", f"{PREFIX}/{one.id}".encode()))  # type: ignore[assignment]
    return Reply(status, headers, encode(reservation_view(one)))


def problem_reply(wrong: ProblemException, path: str) -> Reply:
    """A problem as an answer."""
    more = tuple((name.encode(), value.encode("latin-1")) for name, value in wrong.headers.items())
    return Reply(wrong.status, ((b"content-type", MEDIA_TYPE.encode()), _PRIVATE, *more), wrong.body(path))


def expected_versions(headers: dict[str, str]) -> frozenset[int] | None:
    """What If-Match says; None is any (`*`). Raises a 428 problem without the header, 400 for what is no ETag."""
    said = headers.get("if-match")
    if said is None:
        detail = 'this needs If-Match with the ETag of what you change as you last saw it, such as "1"'
        raise ProblemException(428, "if_match_required", detail, [{"pointer": "/header/if-match", "detail": "is missing"}])
    if said.strip() == "*":
        return None
    if not _TAGS.fullmatch(said):
        detail = 'If-Match is an ETag with its quotation marks, such as "1"'
        raise ProblemException(400, "bad_request", detail, [{"pointer": "/header/if-match", "detail": "is no ETag"}])
    return frozenset(int(found[1]) for one in said.split(",") if (found := _TAG.fullmatch(one)))


def see(unit: Unit, which: str, client: str) -> Reservation:
    """The client's own reservation. Raises a 404 problem for another's as for none."""
    try:
        return own(unit, which, client)
    except Refusal as refused:
        raise refusal_problem(refused) from None
