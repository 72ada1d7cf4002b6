"""Random commands of owners, institutions and operators, for the state machine of parking (`tests/parking/test_machine.py`)."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, multiple, rule

from parking.booking import Hold, confirm, hold
from parking.conduct import decide, file_appeal, lift
from parking.conduct_records import ConductRules
from parking.model import PlateColor, State
from parking.payees import parts
from parking.payments import captured
from parking.records import Interval, Lot, Place, Plate, Quote, ShareWindow, Terms
from parking.refusals import Code
from parking.rules import Rules
from parking.sharing import edit, preview_edit, preview_resize, preview_take_back, publish, resize, take_back
from parking.stays import check_in, check_out, overstay

START, QUARTER = 1_772_409_600, 900
"""2026-03-02 08:00 in Shanghai, a Monday"""
RULES = Rules(most_holds=2, hold_s=600)
LOT = Lot("L1", "东站", 36.7, 117.5, no_show_s=1800, grace_s=900)
CONDUCT = ConductRules(version=1, most=2, within_s=4 * 3600, longest_s=3600, bar_s=3600, appeal_s=7200)
SHARED = (
    Place("S2", "L1", 1, numbered=True, shared_only=True, owner="eve"),
    Place("S3", "L1", 1, numbered=True, shared_only=True, owner="fay"),
    Place("I1", "L1", 2, slot_s=900, shared_only=True, owner="bureau", title=3),
)
WINDOWS = (
    ShareWindow("W1", "S2", "eve", "2026-03-01", "", "daily", 480, 1080, buffer_s=900),
    ShareWindow("W2", "S3", "fay", "2026-03-01", "", "daily", 0, 0),
    ShareWindow("W3", "I1", "bureau", "2026-03-01", "", "workdays", 480, 720, more=(("days_off", 0, 0), ("daily", 720, 1200))),
)
CLIENTS = st.sampled_from(["ann", "bob", "cui"])
ACTORS = st.sampled_from(["own", "own", "own", "eve", None])


class SharingCommands:
    """Part of the machine: it has `now`, `count`, `dicts`, and `both`, which runs a command on both stores and compares."""

    now: int
    count: int
    dicts: Any
    both: Any
    names = Bundle("names")

    @rule(target=names, client=CLIENTS, window=st.sampled_from(["W1", "W2", "W3", "W4"]), start=st.integers(0, 6),
          length=st.integers(1, 8), amount=st.sampled_from([0, 501]), car=st.sampled_from("abc"), sure=st.booleans())  # fmt: skip
    def reserve_shared(self, client: str, window: str, start: int, length: int, amount: int, car: str, sure: bool) -> Any:
        found = self.dicts.all_windows.get(window)
        if found is None:
            return multiple()
        self.count += 1
        begin = START + ((self.now - START) // QUARTER + start) * QUARTER
        terms = Terms(amount, refund_steps=((3600, 100), (900, 33)), overstay_fen_per_hour=300, shares=parts(LOT, found, 1000, 333))
        wanted = Interval(begin, begin + length * QUARTER)
        quote = Quote(f"q{self.count}", client, "L1", found.place_id, wanted, terms, self.now, self.now + 900, window)
        self.both(lambda unit, now: unit.put_quote(quote))
        name, plate = f"r{self.count}", Plate(car.encode(), b"sealed", f"鲁A·{car}**45", PlateColor.BLUE)
        done = self.both(lambda unit, now: hold(unit, Hold(name, client, quote.id, plate), now, RULES))
        if isinstance(done, Code):
            return multiple()
        if sure and amount:
            self.both(lambda unit, now: captured(unit, name, f"sure-{name}", amount, now))
        elif sure:
            self.both(lambda unit, now: confirm(unit, name, client, now))
        return name

    @rule(name=names, late=st.sampled_from([-60, 0, 900, 901, 3600, 4000]), told=st.sampled_from([0, 0, 1800]), swept=st.booleans())
    def whole_stay(self, name: str, late: int, told: int, swept: bool) -> None:
        """It comes in time, leaves `late` s after its end; the barrier tells of it `told` s later still."""
        one = self.dicts.reservations[name]
        if one.state in (State.CONFIRMED, State.RELOCATION_OFFERED):
            self.both(lambda unit, now: confirm(unit, name, one.client, now))
            self.now = max(self.now, one.wanted.start)
            self.both(lambda unit, now: check_in(unit, name, None, now, now, RULES))
        left = max(self.now, one.wanted.end + late)
        self.now = left + told
        if swept and self.dicts.reservations[name].state is State.CHECKED_IN:
            self.both(lambda unit, now: overstay(unit, unit.reservation(name), now, RULES) if now >= one.wanted.end + 900 else None)
        self.both(lambda unit, now: check_out(unit, name, None, left, now))

    @rule(window=st.sampled_from(["W1", "W2", "W3", "W4"]), actor=ACTORS, days=st.sampled_from(["daily", "workdays", "days_off"]),
          start=st.sampled_from([480, 540, 660]), end=st.sampled_from([0, 600, 720, 1080]), buffer_s=st.sampled_from([0, 900]),
          known=st.booleans(), notice=st.sampled_from([0, 0, 1800]))  # fmt: skip
    def edit_window(
        self, window: str, actor: str | None, days: str, start: int, end: int, buffer_s: int, known: bool, notice: int
    ) -> None:
        old = self.dicts.all_windows.get(window) or WINDOWS[0]
        new = msgspec.structs.replace(old, id=window, days=days, start_minute=start, end_minute=end, buffer_s=buffer_s)
        actor = old.owner if actor == "own" else actor
        expected, rules = old.version if known else 1, RULES._replace(share_notice_s=notice)
        shown = self.both(lambda unit, now: preview_edit(unit, new, expected, actor, now, rules))
        assert self.both(lambda unit, now: edit(unit, new, expected, actor, now, rules)) == shown

    @rule(window=st.sampled_from(["W1", "W2", "W3", "W4"]), actor=ACTORS)
    def take_back_window(self, window: str, actor: str | None) -> None:
        old = self.dicts.all_windows.get(window) or WINDOWS[0]
        version, actor = old.version, old.owner if actor == "own" else actor
        shown = self.both(lambda unit, now: preview_take_back(unit, window, version, actor, now, RULES))
        assert self.both(lambda unit, now: take_back(unit, window, version, actor, now, RULES)) == shown

    @rule(place=st.sampled_from(SHARED), actor=ACTORS, again=st.booleans())
    def publish_window(self, place: Place, actor: str | None, again: bool) -> None:
        name = "W4" if again else f"W{len(self.dicts.all_windows) + 1}"
        window = ShareWindow(name, place.id, place.owner, "2026-03-01", "", "daily", 480, 1200, buffer_s=900)
        self.both(lambda unit, now: publish(unit, window, place.owner if actor == "own" else actor, now))

    @rule(capacity=st.integers(0, 3), known=st.booleans())
    def resize_pool(self, capacity: int, known: bool) -> None:
        version = self.dicts.all_places["I1"].version if known else 1
        shown = self.both(lambda unit, now: preview_resize(unit, "I1", capacity, version, "bureau", now, RULES))
        assert self.both(lambda unit, now: resize(unit, "I1", capacity, version, "bureau", now, RULES)) == shown

    @rule(name=names, own=st.sampled_from([True, True, False]), upheld=st.sampled_from([True, False, None]))
    def appeal(self, name: str, own: bool, upheld: bool | None) -> None:
        client = self.dicts.reservations[name].client if own else "eve"
        self.both(lambda unit, now: file_appeal(unit, name, client, "grounds", now))
        if upheld is None:
            return
        self.both(lambda unit, now: decide(unit, name, "operator", upheld, "reason", 1, now))

    @rule(number=st.integers(0, 3), known=st.booleans())
    def lift_bar(self, number: int, known: bool) -> None:
        bars = list(self.dicts.bars.values())
        if number < len(bars):
            one = bars[number]
            self.both(lambda unit, now: lift(unit, one.id, "operator", "reason", one.version if known else 9, now))
