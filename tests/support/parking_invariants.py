"""What must hold of parking after every command, told by looking at the rows alone (invariants I1, I2, I5, I6, I9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from parking.model import TRANSITIONS, State
from parking.records import Event, Interval, LedgerLine, Lot, Place, Reservation
from parking.windows import covers
from tests.support.dict_parking import DictStore

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
        if one.blocks(now) and (one.wanted.end > now or one.state in INSIDE):  # what is over and not swept yet keeps nobody out
            by_place[one.place_id].append(one)
    for place_id, found in by_place.items():
        place = places[place_id]
        spans = [span_of(one, place, now) for one in found]
        for moment in {span.start for span in spans}:
            at_once = sum(span.start <= moment < span.end for span in spans)
            staying = sum(span.start <= moment < span.end and one.state in INSIDE for one, span in zip(found, spans, strict=True))
            room = max(place.room, staying) if place.shared_only else place.room  # a pool that became smaller throws nobody out
            assert at_once <= room, f"{place_id}: {at_once} at {moment}, room for {place.room}"
        stalls = [one.stall for one in found if one.state in INSIDE and one.stall]
        assert len(stalls) == len(set(stalls)), f"{place_id}: a stall is bound twice: {stalls}"


def check_end(before: Reservation | None, after: Reservation) -> None:
    """I2: what has ended stays as it ended, but for money that still comes or goes; a price changes only with a longer stay (I7)."""
    if before is None:
        return
    assert after.version >= before.version
    assert (after.version == before.version) == (after == before)
    moved = after.place_id != before.place_id  # whoever's place it is now earns it; the price is the same
    terms = msgspec.structs.replace(after.terms, shares=before.terms.shares) if moved else after.terms
    if before.state is State.WAITING and after.window_id:  # offered at the owner's price, up to what was agreed
        assert after.terms.amount <= (before.terms.amount if before.most_fen is None else before.most_fen)
        return
    assert terms == before.terms or after.wanted.end > before.wanted.end


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


def check_shared(reservations: Iterable[Reservation], store: DictStore, lot: Lot, now: int) -> None:
    """I5: whoever may still come lies in a window of the place as it is shared now, less the return buffer; private places are never
    reserved without one."""
    for one in reservations:
        if one.blocks(now) and one.state not in INSIDE and now < one.wanted.end:
            window = store.all_windows.get(one.window_id)
            assert window is not None or not store.all_places[one.place_id].shared_only, one
            if window is not None:
                assert window.active, one
                assert window.place_id == one.place_id, one
                assert covers(window, one.wanted, lot.timezone) is True, one


def check_conduct(store: DictStore, seen: Mapping[str, Reservation], lot: Lot, now: int) -> None:
    """Overstays are those of the stays; what counts is in one bar at most, enough of it in one; who is barred reserves nothing new."""
    for name, one in store.reservations.items():
        known, upheld = store.overstays.get(name), name in store.all_appeals and store.all_appeals[name].state == "upheld"
        if one.state is State.COMPLETED:
            late = (one.left or 0) - one.wanted.end > lot.grace_s
            forgiven = upheld or (known is not None and known.voided == "bar_lifted")
            assert (known is not None and not known.voided) == (late and not forgiven), one
        if name not in seen:
            assert store.bars_on(one.plate.key, now) is None, one
    for bar in store.bars.values():
        causes = [store.overstays[name] for name in bar.overstays]
        if not bar.lifted:
            assert all(cause.bar_id == bar.id and not cause.voided for cause in causes), bar
            rules = store.rules[bar.rules_version]
            assert len(causes) >= rules.most or causes[0].late_s > rules.longest_s, bar
    for stay in store.overstays.values():
        assert not stay.bar_id or not store.bars[stay.bar_id].lifted, stay
        if not stay.bar_id and not stay.voided:
            rules = store.rules[stay.rules_version]
            lately = [
                o
                for o in store.overstays_of(stay.plate_key)
                if not o.bar_id and not o.voided and 0 <= stay.ended - o.ended < rules.within_s
            ]
            assert len(lately) < rules.most, lately
            assert stay.late_s <= rules.longest_s, stay
