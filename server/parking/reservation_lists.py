"""Lists of reservations: a citizen's own by change, a car park's by time; each goes on after the last row of the page before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parking.model import State
from parking.records import Interval, Place, Reservation
from server.parking.records_codec import RESERVATION
from server.parking.store import ServiceUnit

Position = tuple[int, str]
"""(moment, id) of the last row that was shown, as `cursors` carry it"""


def own(
    unit: ServiceUnit, client: str, state: State | None, wanted: Interval | None, before: Position | None, limit: int
) -> list[Reservation]:
    """The client's, the last changed first; `wanted`: whose time meets it."""
    where, values = ["client = ?"], [client]
    if before is not None:
        where.append("(updated < ? or (updated = ? and id < ?))")
        values += [before[0], before[0], before[1]]  # type: ignore[list-item]
    if state is not None:
        where.append("state = ?")
        values.append(state.value)
    if wanted is not None:
        where.append("ends > ? and starts < ?")
        values += wanted  # type: ignore[arg-type]
    query = f"select body from reservations where {' and '.join(where)} order by updated desc, id desc limit ?"
    return _decoded(unit.sql(query, *values, limit))


def of_lot(unit: ServiceUnit, places: Sequence[Place], wanted: Interval, after: Position | None, limit: int) -> list[Reservation]:
    """Whatever claims the places then, by start: held, confirmed, inside; closings are nobody's."""
    if not places:
        return []
    marks = ",".join("?" * len(places))
    values: list[object] = [*(place.id for place in places), *wanted]
    beyond = ""
    if after is not None:
        beyond = " and (r.starts > ? or (r.starts = ? and r.id > ?))"
        values += [after[0], after[0], after[1]]
    query = (
        f"select r.body from claims c join reservations r on r.id = c.reservation_id where c.place_id in ({marks}) and c.ends > ?"
        f" and c.starts < ? and r.client <> ''{beyond} order by r.starts, r.id limit ?"
    )
    return _decoded(unit.sql(query, *values, limit))


def _decoded(rows: list[tuple[Any, ...]]) -> list[Reservation]:
    return [RESERVATION.decode(bytes(body)) for (body,) in rows]
