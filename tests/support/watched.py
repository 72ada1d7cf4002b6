"""Drives buses past a whole City every 20 s and keeps what supervision said: the short way to write an event as a test."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from server.city import City
from tests.support.lines import DAY
from tests.support.ride import Fix, along, positions
from tests.support.streets import Line, evenly, streets
from transit.alert_book import Alert
from transit.network import Network
from transit.snapshot import Snapshot
from transit.supervision import SupervisionPicture

EIGHT = 8 * 3600
STEP = 20.0
LINE = Line([(0, 0), (6000, 0)], evenly(6000.0, 13), starts=[EIGHT - 3600 + 600 * k for k in range(24)])
"""A bus every ten minutes from seven to eleven, 12.5 min from end to end."""


def line_network(line: Line = LINE) -> Network:
    """The network of one line."""
    return streets(line)


def bus(name: str, trip: int, clock: float, begin: float = 0.0, end: float = 6000.0, aside: float = 0.0) -> list[Fix]:
    """Fixes of a bus on LINE at its speed; it stands at its first stop for a minute when it begins there."""
    waits = [Fix(clock - 60.0 + 10.0 * k, 0.0, 0.0, vehicle=name, trip=f"T{trip}") for k in range(6)] if begin == 0.0 else []
    return waits + along(LINE, begin, end, clock, aside=aside, vehicle=name, trip=f"T{trip}")


def around(name: str, trip: int, clock: float, begin: float = 2000.0, end: float = 3000.0) -> list[Fix]:
    """The same of a bus that goes around a span of LINE, 300 m aside."""
    before = bus(name, trip, clock, 0.0, begin)
    away = along(LINE, begin, end, before[-1].clock + 40.0, aside=300.0, vehicle=name, trip=f"T{trip}")
    return before + away + bus(name, trip, away[-1].clock + 40.0, end + 60.0)


def watch(fixes: Iterable[Fix], until: float | None = None, city: City | None = None) -> list[Snapshot]:
    """A snapshot every STEP s; the newest last."""
    ordered: Sequence[Fix] = sorted(fixes, key=lambda one: one.clock)
    city, shots, at = city or City(line_network()), [], 0
    now = ordered[0].clock
    end = until if until is not None else ordered[-1].clock + STEP
    while now < end:
        now += STEP
        taken = [one for one in ordered[at:] if one.clock + one.delay <= now]
        at += len(taken)
        shots.append(city.step(DAY + now, [positions(taken)] if taken else []))
    return shots


def told(snapshot: Snapshot) -> SupervisionPicture:
    """What the snapshot says to supervisors."""
    assert snapshot.supervision is not None
    return snapshot.supervision


def of_kind(shots: Sequence[Snapshot], kind: str) -> list[Alert]:
    """Every alert of a kind that was ever open, each as it was last told, in order of opening."""
    found: dict[str, Alert] = {}
    for one in shots:
        for alert in (*told(one).current, *told(one).closed):
            if alert.condition.kind == kind:
                found[alert.id] = alert
    return list(found.values())
