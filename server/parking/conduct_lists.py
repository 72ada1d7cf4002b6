"""Conduct as it is shown and listed: a client's own record, appeals and bars for operators; plates masked everywhere."""

from __future__ import annotations

import msgspec

from parking.conduct import Record
from parking.conduct_records import Appeal, AppealState, Bar, ConductRules, Overstay
from parking.refusals import Code, Refusal
from parking.unit import Unit
from server.parking import cursors
from server.parking.store import ServiceUnit
from server.parking.views import Json, moment

MOST_STAYS = 10
"""of each plate, the newest"""
_APPEAL = msgspec.msgpack.Decoder(Appeal)
_BAR = msgspec.msgpack.Decoder(Bar)


def rules_view(rules: ConductRules) -> Json:
    """The rules, with the version as data."""
    return msgspec.structs.asdict(rules)


def overstay_view(unit: Unit, one: Overstay) -> Json:
    """An overstay, whether it counts, and until when an appeal may be filed."""
    appeal = unit.appeal(one.reservation_id)
    until = one.noted + unit.conduct_rules(one.rules_version).appeal_s
    return {
        "reservation_id": one.reservation_id, "lot_id": one.lot_id, "plate": one.masked, "ended_at": moment(one.ended),
        "late_s": one.late_s, "noted_at": moment(one.noted), "counts": not one.voided, "voided": one.voided or None,
        "bar_id": one.bar_id or None, "appeal_until": moment(until) if appeal is None and not one.voided else None,
        "appeal": appeal_view(unit, appeal) if appeal else None,
    }  # fmt: skip


def appeal_view(unit: Unit, one: Appeal) -> Json:
    """An appeal with what it is about."""
    against = unit.overstay(one.reservation_id)
    return {
        "reservation_id": one.reservation_id, "state": one.state.value, "version": one.version, "grounds": one.grounds,
        "filed_at": moment(one.filed), "decided_at": moment(one.decided), "reason": one.reason or None,
        "by_rules": one.operator == "rules", "lot_id": against.lot_id if against else None,
        "plate": against.masked if against else None,
        "late_s": against.late_s if against else None, "ended_at": moment(against.ended) if against else None,
        "bar_id": (against.bar_id or None) if against else None, "plate_as_it_should_be": one.plate.masked if one.plate else None,
        "one_character": one.one_off,
    }  # fmt: skip


def stays_view(unit: Unit, one: Appeal) -> list[Json]:
    """What barriers of the car park saw of the plate that was reserved for, and of the one it should have been: for who decides.
    Never for the client: the other plate may be a stranger's."""
    against = unit.overstay(one.reservation_id)
    if against is None:
        return []
    keys = {against.plate_key: True} | ({one.plate.key: False} if one.plate else {})
    return [
        {"plate": stay.plate.masked, "as_reserved": reserved, "entered_at": moment(stay.entered), "left_at": moment(stay.left),
         "reason": stay.reason or None}
        for key, reserved in keys.items() for stay in unit.sessions_of(against.lot_id, key, MOST_STAYS)
    ]  # fmt: skip


def bar_view(one: Bar) -> Json:
    """A bar, lifted or not."""
    return {
        "id": one.id, "plate": one.masked, "since": moment(one.since), "until": moment(one.until), "cause": one.cause,
        "overstays": list(one.overstays), "rules_version": one.rules_version, "lifted": one.lifted or None,
        "reason": one.reason or None, "version": one.version,
    }  # fmt: skip


def record_view(unit: Unit, found: Record, page: tuple[list[Overstay], str | None], now: int) -> Json:
    """A client's own record; overstays a page at a time, the newest first."""
    rules = unit.conduct_rules(None)
    counted = [one for one in found.overstays if not one.voided and not one.bar_id and one.ended > now - rules.within_s]
    bars = sorted(found.bars, key=lambda one: (-one.since, one.id))
    standing = [one.until for one in bars if not one.lifted and one.until > now]
    return {
        "barred_until": moment(max(standing, default=None)), "counted": len(counted), "most": rules.most,
        "bars": [bar_view(one) for one in bars], "overstays": [overstay_view(unit, one) for one in page[0]], "next": page[1],
    }  # fmt: skip


def list_appeals(
    unit: ServiceUnit, client: str | None, state: AppealState | None, limit: int, cursor: str | None
) -> tuple[list[Appeal], str | None]:
    """Of a client or all, first filed first."""
    query, values = "select a.body from appeals a", list[object]()
    where = []
    if client is not None:
        query += " join overstays o on o.reservation_id = a.reservation_id"
        where, values = ["o.client = ?"], [client]
    if state is not None:
        where.append("a.state = ?")
        values.append(state.value)
    after = cursors.take(cursor, int, str)
    if after is not None:
        where.append("(a.filed > ? or (a.filed = ? and a.reservation_id > ?))")
        values += [after[0], after[0], after[1]]
    wanted = f" where {' and '.join(where)}" if where else ""
    rows = unit.sql(f"{query}{wanted} order by a.filed, a.reservation_id limit ?", *values, limit + 1)
    found = [_APPEAL.decode(bytes(body)) for (body,) in rows]
    more = len(found) > limit
    return found[:limit], cursors.give(found[limit - 1].filed, found[limit - 1].reservation_id) if more else None


def list_bars(unit: ServiceUnit, standing: bool, limit: int, cursor: str | None, now: int) -> tuple[list[Bar], str | None]:
    """The newest first; `standing`: those that hold now alone."""
    where, values = ["1 = 1"], list[object]()
    if standing:
        where.append("until > ? and lifted = ''")
        values.append(now)
    before = cursors.take(cursor, int, str)
    if before is not None:
        where.append("(since < ? or (since = ? and id < ?))")
        values += [before[0], before[0], before[1]]
    rows = unit.sql(f"select body from bars where {' and '.join(where)} order by since desc, id desc limit ?", *values, limit + 1)
    found = [_BAR.decode(bytes(body)) for (body,) in rows]
    more = len(found) > limit
    return found[:limit], cursors.give(found[limit - 1].since, found[limit - 1].id) if more else None


def find_appeal(unit: Unit, reservation_id: str, client: str | None) -> Appeal:
    """A client's own, or any for an operator. Raises Refusal(UNKNOWN_APPEAL)."""
    found = unit.appeal(reservation_id)
    if found is None or (client is not None and found.client != client):
        raise Refusal(Code.UNKNOWN_APPEAL, f"there is no appeal of the reservation {reservation_id!r}")
    return found


def find_bar(unit: Unit, bar_id: str) -> Bar:
    """Raises Refusal(UNKNOWN_BAR)."""
    found = unit.bar(bar_id)
    if found is None:
        raise Refusal(Code.UNKNOWN_BAR, f"no bar has the id {bar_id!r}")
    return found
