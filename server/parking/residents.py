"""The register of a residential community: clients who come first in its car parks. Entered and taken off in bulk, as CSV or JSON;
a row that is no client is named by line and field, and nothing else is lost by it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from feeds.counters import Counters
from feeds.errors import FeedError
from feeds.parking.rows import Unusable, read_rows
from parking.refusals import Code, Refusal
from server.parking import cursors
from server.parking.catalogue_store import all_lots
from server.parking.messages import invalid
from server.parking.store import ServiceUnit
from server.parking.views import Json
from server.problems import ProblemException

AT_ONCE = 500
"""rows of one transaction"""
MOST_ERRORS = 1000
"""shown of one request; all are counted"""
_CLIENT = re.compile(r"id:[\x21-\x7e]{1,200}|app:[A-Za-z0-9_-]{1,64}:[\x21-\x7e]{1,150}")
_WANTED = "is no client: `id:SUBJECT` of a citizen's token, or `app:KEY:SUBJECT` of an app's user"
ALIASES = {"resident": "client", "subject": "client", "住户": "client"}


class Sent(NamedTuple):
    """What was sent: clients in order, each once, and what is wrong with the others."""

    clients: list[str]
    errors: list[Json]
    refused: int
    repeated: int


def read_residents(body: bytes, as_csv: bool) -> Sent:
    """CSV with a column `client`, or `{"residents": [...]}`. Raises a 422 problem only where nothing can be read."""
    clients: dict[str, int] = {}
    errors: list[Json] = []
    repeated = 0
    for where, client, wrong in _csv(body) if as_csv else _json(body):
        if wrong:
            errors.append({**where, "detail": wrong})
        elif client in clients:
            repeated += 1
        else:
            clients[client] = len(clients)
    return Sent(list(clients), errors[:MOST_ERRORS], len(errors), repeated)


def _json(body: bytes) -> Iterator[tuple[Json, str, str]]:
    try:
        found: Any = msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ProblemException(400, "bad_request", "the body is not JSON; send CSV as text/csv") from None
    rows = found.get("residents") if isinstance(found, dict) else None
    if not isinstance(rows, list) or set(found) != {"residents"}:
        raise invalid("/body/residents", 'send {"residents": ["id:…", …]} and nothing else, or CSV with a column `client`')
    for number, one in enumerate(rows):
        good = isinstance(one, str) and _CLIENT.fullmatch(one) is not None
        where = {"line": number + 1, "field": "client", "pointer": f"/body/residents/{number}"}
        yield where, one if good else "", "" if good else _WANTED


def _csv(body: bytes) -> Iterator[tuple[Json, str, str]]:
    counters = Counters(keep=MOST_ERRORS)
    try:
        for row in read_rows("body", body, ("client",), counters, ALIASES):
            where = {"line": row.line, "field": "client", "pointer": f"/body/{row.line}/client"}
            try:
                client = row.required("client")
            except Unusable as why:
                yield where, "", why.detail
                continue
            yield (where, client, "") if _CLIENT.fullmatch(client) else (where, "", _WANTED)
    except FeedError as wrong:
        raise invalid("/body", str(wrong)) from None
    for refusal in counters.examples:  # rows with more cells than the header
        line = int(refusal.where.rsplit(" ", 1)[1])
        yield {"line": line, "field": "", "pointer": f"/body/{line}"}, "", refusal.detail


def enter(unit: ServiceUnit, community: str, clients: list[str]) -> int:
    """Onto the register; how many were not on it."""
    new = [one for one in clients if not unit.is_resident(community, one)]
    for one in new:
        unit.put_resident(community, one)
    return len(new)


def take_off(unit: ServiceUnit, community: str, clients: list[str]) -> int:
    """Off the register; how many were on it. What they have reserved stays theirs."""
    there = [one for one in clients if unit.is_resident(community, one)]
    for one in there:
        unit.drop_resident(community, one)
    return len(there)


def list_residents(unit: ServiceUnit, community: str, limit: int, cursor: str | None) -> tuple[list[str], str | None]:
    """By name."""
    after = cursors.take(cursor, str)
    query, values = "select client from residents where community = ?", [community, *(after or [])]
    rows = unit.sql(f"{query}{' and client > ?' if after else ''} order by client limit ?", *values, limit + 1)
    found = [str(client) for (client,) in rows]
    return found[:limit], cursors.give(found[limit - 1]) if len(found) > limit else None


def community_view(unit: ServiceUnit, community: str) -> Json:
    """Its car parks and how many live there."""
    lots = [one.id for one in all_lots(unit) if (one.community or one.id) == community]
    count = unit.sql("select count(*) from residents where community = ?", community)[0][0]
    return {"id": community, "lots": lots, "residents": int(count)}


def list_communities(unit: ServiceUnit, limit: int, cursor: str | None) -> tuple[list[Json], str | None]:
    """Those that have residents, or car parks that name them; by id."""
    after = cursors.take(cursor, str)
    counts = {str(name): int(count) for name, count in unit.sql("select community, count(*) from residents group by community")}
    lots: dict[str, list[str]] = {}
    for lot in all_lots(unit):
        if lot.community or lot.id in counts:
            lots.setdefault(lot.community or lot.id, []).append(lot.id)
    names = sorted(name for name in counts.keys() | lots.keys() if after is None or name > str(after[0]))
    page = [{"id": name, "lots": lots.get(name, []), "residents": counts.get(name, 0)} for name in names[:limit]]
    return page, cursors.give(names[limit - 1]) if len(names) > limit else None


def set_lots(unit: ServiceUnit, community: str, lots: tuple[str, ...]) -> None:
    """In these car parks its residents come first, and in no others. Raises Refusal(UNKNOWN_LOT)."""
    for name in lots:
        if unit.lot(name) is None:
            raise Refusal(Code.UNKNOWN_LOT, f"no car park has the id {name!r}", {"field": "lots"})
    for lot in all_lots(unit):
        wanted = community if lot.id in lots else "" if lot.community == community else lot.community
        if wanted != lot.community and (wanted or lot.id) != (lot.community or lot.id):
            unit.put_lot(msgspec.structs.replace(lot, community=wanted, version=lot.version + 1))
