"""What must hold of parking after every command, told by looking at the rows alone (invariants I1, I2, I6, I9 of the design)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from parking.model import TRANSITIONS, State
from parking.records import Event, Interval, LedgerLine, Place, Reservation

INSIDE = (State.CHECKED_IN, State.OVERSTAY)


def span_of(one: Reservation, place: Place, now: int) -> Interval:
    """What it keeps others from using: its time, from its arrival if that was earlier, and on as long as it overstays."""
    start = min(one.wanted.start, one.arrived if one.arrived is not None else one.wanted.start)
    end = max(one.wanted.end, now + 1) if one.state is State.OVERSTAY else one.wanted.end
    return place.claim(Interval(start, end))


def check_room(reservations: Iterable[Reservation], places: Mapping[str, Place], now: int) -> None:
    """I1: at every instant at most as many blocking reservations as there is room; no stall is bound twice."""
    by_place: dict[str, list[Reservation]] = defaultdict(list)
    for one in reservations:
        if one.blocks(now):
            by_place[one.place_id].append(one)
    for place_id, found in by_place.items():
        place = places[place_id]
        spans = [span_of(one, place, now) for one in found]
        for moment in {span.start for span in spans}:
            at_once = sum(span.start <= moment < span.end for span in spans)
            assert at_once <= place.room, f"{place_id}: {at_once} at {moment}, room for {place.room}"
        stalls = [one.stall for one in found if one.state in INSIDE and one.stall]
        assert len(stalls) == len(set(stalls)), f"{place_id}: a stall is bound twice: {stalls}"


def check_end(before: Reservation | None, after: Reservation) -> None:
    """I2: what has ended stays as it ended, but for money that still comes or goes; a price changes only with a longer stay (I7)."""
    if before is None:
        return
    assert after.version >= before.version
    assert (after.version == before.version) == (after == before)
    assert after.terms == before.terms or after.wanted.end > before.wanted.end


def check_money(reservation: Reservation, lines: Sequence[LedgerLine]) -> None:
    """I6: lines add up to zero by posting; refunds never exceed what was captured."""
    postings: dict[str, int] = defaultdict(int)
    captured = refunded = 0
    for line in lines:
        postings[line.posting] += line.amount
        captured += line.amount if line.posting.startswith("capture:") and line.amount > 0 else 0
        refunded += -line.amount if line.posting.startswith("refund:") and line.account == "refunds" else 0
    assert all(total == 0 for total in postings.values()), postings
    assert (captured, refunded) == (reservation.paid, reservation.refunded)
    assert refunded <= captured
    owed = sum(line.amount for line in lines if line.account == "payer" and line.posting.startswith(("charge:", "reversal:")))
    assert owed >= 0
    if reservation.state in (State.CANCELLED, State.EXPIRED):
        assert owed == captured - refunded, "what has ended unused owes nothing and keeps nothing that is not owed"
    elif reservation.state in (State.HOLD, State.OFFERED, State.WAITING):
        assert owed == 0
    else:
        assert owed == reservation.terms.amount + reservation.fees
        assert captured - refunded <= owed, "what was paid twice goes back"


def check_events(events: Iterable[Event], reservations: Mapping[str, Reservation]) -> None:
    """I2, I9: the events of a reservation are numbered without a gap up to its version, and its states follow the table."""
    told: dict[str, list[int]] = defaultdict(list)
    states: dict[str, State] = {}
    for event in events:
        told[event.reservation_id].append(event.sequence)
        after, before = State(str(event.data["state"])), states.get(event.reservation_id)
        assert before is None or after is before or after in TRANSITIONS[before], (event.reservation_id, before, after)
        states[event.reservation_id] = after
    assert told == {name: list(range(1, one.version + 1)) for name, one in reservations.items()}
    assert states == {name: one.state for name, one in reservations.items()}
