"""Commands beside reservations: run durably, once for each Idempotency-Key, refusals told as problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Request, Response

from parking.refusals import Refusal
from server.answers import JSON
from server.parking.access import lower_headers
from server.parking.desk import expected_versions, refusal_problem, run_keyed
from server.parking.idempotency import Reply
from server.parking.service import Parking
from server.parking.short_cut import with_length
from server.parking.store import Rule, ServiceUnit
from server.parking.views import encode


async def run(parking: Parking, rule: Rule[Any]) -> Any:
    """What the rule gives, durably. Raises a problem for what it refuses."""
    try:
        return await parking.run_rule(rule)
    except Refusal as refused:
        raise refusal_problem(refused) from None


async def ask(parking: Parking, question: Rule[Any]) -> Any:
    """What is committed says. Raises a problem for what the question refuses."""
    try:
        return await parking.read(question)
    except Refusal as refused:
        raise refusal_problem(refused) from None


async def run_once(
    parking: Parking, request: Request, who: str, said: Any, command: Callable[[ServiceUnit, int], Reply], must: bool
) -> Response:  # fmt: skip
    """The command's answer; the same request with the same Idempotency-Key gets it byte for byte. `must`: a key is required."""
    return response(await run_keyed(parking, who, lower_headers(request.scope["headers"]), request.scope["path"], said, command, must))


def reply(value: Mapping[str, Any], status: int = 200, version: int | None = None, location: str = "") -> Reply:
    """JSON that nobody else keeps, with its version as the tag."""
    headers = [(b"content-type", JSON.encode()), (b"cache-control", b"no-store")]
    if version is not None:
        headers.append((b"etag", b'"%d"' % version))
    if location:
        headers.append((b"location", location.encode()))
    return Reply(status, tuple(headers), encode(value))


def response(made: Reply) -> Response:
    """As it is sent."""
    answer = Response(made.body, made.status)
    answer.raw_headers = with_length(made)
    return answer


def seen(request: Request) -> frozenset[int] | None:
    """Versions that If-Match names; None: any. Raises a 428 problem without the header."""
    return expected_versions(lower_headers(request.scope["headers"]))


def unchanged(request: Request, version: int) -> Response | None:
    """304 for who has this version."""
    said = request.headers.get("if-none-match")
    tag = f'"{version}"'
    if said is None or not any(one.strip().removeprefix("W/") in (tag, "*") for one in said.split(",")):
        return None
    return Response(status_code=304, headers={"cache-control": "no-store", "etag": tag})


def the_one(version: int, expected: frozenset[int] | None) -> int:
    """The version that If-Match means, if it is this one; else one that never was."""
    return version if expected is None or version in expected else -1
