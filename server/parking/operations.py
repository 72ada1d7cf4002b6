"""What operators tell: barriers (each event once, however often it is sent) and counts of vehicles.

What a passage comes to, `parking.gates` decides. Every event is kept with what became of it; one that matches nothing is kept as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parking import passages
from parking.gate_amendments import amended
from parking.gates import GateRules, passed
from parking.refusals import Code, Refusal
from server.parking.commands import Means
from server.parking.counting import tell
from server.parking.messages import GateEvent, OccupancyReport, seconds
from server.parking.store import ServiceUnit

GATES = GateRules()
AHEAD_S = 300
"""s that the clock of a barrier or a sensor may be ahead"""


def receive(unit: ServiceUnit, means: Means, events: Sequence[GateEvent], now: int) -> dict[str, Any]:
    """Takes barrier events in, corrections among them. → counts and what was refused; what they change in the counts of vehicles is
    written beside (`server.parking.counting`)."""
    counts = {"accepted": 0, "repeated": 0, "matched": 0, "unmatched": 0}
    refused, steps = [], list[tuple[str, int, int]]()
    for place, event in enumerate(events):
        wrong = _wrong(unit, event, now)
        if wrong is not None:
            refused.append({"pointer": f"/body/events/{place}/{wrong[0]}", "detail": wrong[1]})
            continue
        name = f"{event.lot_id}/{event.id}"
        if unit.heard(name) is not None:
            counts["repeated"] += 1
            continue
        heard = hear(unit, means, _passage(means, event, name, now), now)
        steps += [(event.lot_id, at, step) for at, step in heard.all_steps]
        counts["accepted"] += 1
        counts["matched" if heard.reservation_id and not heard.refused else "unmatched"] += 1
    tell(unit, steps, now)
    return {**counts, "errors": refused}


def hear(unit: ServiceUnit, means: Means, event: passages.GateEvent, now: int) -> passages.Heard:
    """What one event comes to. Raises UnknownEvent of an amendment."""
    rule = amended if event.kind in (passages.Passage.CORRECTION, passages.Passage.VOID) else passed
    return rule(unit, event, now, means.rules, GATES, means.plates)


def _wrong(unit: ServiceUnit, event: GateEvent, now: int) -> tuple[str, str] | None:
    """(field, what is wrong with it)."""
    if unit.lot(event.lot_id) is None:
        return "lot_id", "no car park has this id"
    if seconds(event.at) > now + AHEAD_S:
        return "at", "lies in the future: set the barrier's clock, and send it again"
    if event.direction in ("entry", "exit"):
        return ("amends", "is of corrections and void records alone") if event.amends else None
    if not event.amends or unit.heard(f"{event.lot_id}/{event.amends}") is None:
        return "amends", "no event of this car park has this id"
    return None


def report(unit: ServiceUnit, reports: Sequence[OccupancyReport], now: int) -> dict[str, Any]:
    """Takes counts in; an older one than is known changes nothing."""
    accepted = repeated = 0
    refused = []
    for place, one in enumerate(reports):
        at = seconds(one.at)
        if unit.lot(one.lot_id) is None or at > now + AHEAD_S:
            wrong = ("at", "lies in the future") if unit.lot(one.lot_id) else ("lot_id", "no car park has this id")
            refused.append({"pointer": f"/body/reports/{place}/{wrong[0]}", "detail": wrong[1]})
            continue
        rows = unit.sql(
            "insert into occupancy values (?, ?, ?) on conflict (lot_id) do update set at = excluded.at, occupied = excluded.occupied"
            " where occupancy.at < excluded.at returning 1",
            one.lot_id, at, one.occupied,
        )  # fmt: skip
        accepted, repeated = accepted + bool(rows), repeated + (not rows)
    return {"accepted": accepted, "repeated": repeated, "matched": 0, "unmatched": 0, "errors": refused}


def occupancy_of(unit: ServiceUnit, lots: Sequence[str]) -> dict[str, tuple[int, int]]:
    """(at, vehicles inside) as last reported, by lot."""
    if not lots:
        return {}
    rows = unit.sql(f"select lot_id, at, occupied from occupancy where lot_id in ({','.join('?' * len(lots))})", *lots)
    return {lot: (at, occupied) for lot, at, occupied in rows}


def _passage(means: Means, event: GateEvent, name: str, now: int) -> passages.GateEvent:
    """What the rules hear of it; a plate that cannot be one is one that was not read."""
    plate = None
    if event.plate is not None:
        try:
            plate = means.plate(event.plate, "")
        except Refusal as refused:
            if refused.code is not Code.BAD_PLATE:
                raise
    kind, at = passages.Passage(event.direction), max(seconds(event.at), 0)
    amends = f"{event.lot_id}/{event.amends}" if event.amends else ""
    return passages.GateEvent(name, event.lot_id, kind, at, now, plate, event.gate, amends=amends, stall=event.stall or "")
