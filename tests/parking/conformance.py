"""What every store does alike: the port (`parking.unit.Unit`) and `server.parking.store.Store`. `test_conformance` runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from parking.changes import event_of
from parking.model import Account, PlateColor, State
from parking.records import Interval, LedgerLine, Lot, Place, Plate, Quote, Reservation, ShareWindow, Terms
from parking.refusals import Code, Refusal
from parking.unit import Unit
from server.parking.store import ClosedStore, Kept, ServiceUnit, Store

NOW, HOUR = 1_772_409_600, 3600
SPACE, OTHER, POOL = Place("S1", "L1", 1, numbered=True), Place("S2", "L1", 1, numbered=True), Place("P1", "L1", 2, slot_s=900)


def made(name: str, start: int = 0, end: int = HOUR, place: str = "S1", state: State = State.HOLD, **fields: Any) -> Reservation:
    """A reservation of Ann's; times from NOW."""
    until = NOW + 600 if state is State.HOLD else None
    common = {"client": "ann", "lot_id": "L1", "terms": Terms(0), "created": NOW, "updated": NOW, "hold_until": until}
    plate = Plate(name.encode(), b"sealed", "鲁A·1**45", PlateColor.BLUE)
    values: dict[str, Any] = {**common, "wanted": Interval(NOW + start, NOW + end), "plate": plate, **fields}
    return Reservation(id=name, place_id=place, state=state, **values)


def lines(key: str, name: str, amount: int) -> list[LedgerLine]:
    """A posting of two sides."""
    return [LedgerLine(key, name, Account.PAYER, "ann", amount, NOW), LedgerLine(key, name, Account.OWNER, "o", -amount, NOW)]


class Conformance:
    """`opened` opens the store (again) on what is kept; `self.now` is the machine's clock."""

    now: float = NOW
    opened: Callable[[], Store]

    @pytest.fixture
    def store(self, opened: Callable[[], Store]) -> Any:
        store = opened()
        self.run(store, lambda unit: (unit.put_lot(Lot("L1", "东站", 36.7, 117.5)), [unit.put_place(p) for p in (SPACE, OTHER, POOL)]))
        yield store
        store.close()

    def run(self, store: Store, rule: Callable[[Unit], Any]) -> Any:
        return store.submit(lambda unit, now: rule(unit)).result(30)

    def put(self, store: Store, *found: Reservation, due: int | None = None) -> None:
        self.run(store, lambda unit: [(unit.insert(one, due), unit.emit(event_of(one))) for one in found])

    def claim(self, store: Store, one: Reservation, place: Place = SPACE) -> bool:
        return bool(self.run(store, lambda unit: unit.claim(one, place, place.claim(one.wanted))))

    def test_half_open_intervals_touch_and_overlaps_are_refused(self, store: Store) -> None:
        a, b, c = made("a"), made("b", HOUR, 2 * HOUR), made("c", HOUR - 1, HOUR + 1)
        self.put(store, a, b, c)
        assert [self.claim(store, one) for one in (a, b, c)] == [True, True, False]
        assert [one.id for one in store.read(lambda unit: unit.claimants("S1", Interval(NOW, NOW + HOUR)))] == ["a"]

    def test_a_claim_replaces_the_one_before_and_a_refused_one_leaves_it(self, store: Store) -> None:
        a, b = made("a"), made("b", HOUR, 2 * HOUR)
        self.put(store, a, b)
        assert self.claim(store, a)
        assert self.claim(store, b)
        longer = msgspec.structs.replace(a, wanted=Interval(NOW, NOW + HOUR + 1))
        assert not self.claim(store, longer)
        assert self.claimed(store, "S1", 0, HOUR) == ["a"]
        assert self.run(store, lambda unit: unit.claim(a, OTHER, a.wanted))
        assert (self.claimed(store, "S1", 0, HOUR), self.claimed(store, "S2", 0, HOUR)) == ([], ["a"])
        assert self.claim(store, a)
        assert self.claim(store, msgspec.structs.replace(a, wanted=Interval(NOW - HOUR, NOW + HOUR)))
        assert self.claimed(store, "S1", -HOUR, -HOUR + 1) == ["a"]

    def claimed(self, store: Store, place: str, start: int, end: int) -> list[str]:
        return [one.id for one in store.read(lambda unit: unit.claimants(place, Interval(NOW + start, NOW + end)))]

    def test_what_one_command_claims_gives_up_and_claims_is_counted_in_order(self, store: Store) -> None:
        a, b, c, d = (made(name, place="P1") for name in "abcd")
        self.put(store, a, b, c, d)

        def play(unit: Unit) -> list[bool]:
            span = POOL.claim(a.wanted)
            done = [unit.claim(one, POOL, span) for one in (a, b, c)]
            unit.release("a")
            done += [unit.claim(c, POOL, span), unit.claim(d, POOL, span), unit.claim(b, POOL, span)]
            return done

        assert self.run(store, play) == [True, True, False, True, False, True]
        assert self.claimed(store, "P1", 0, 1) == ["b", "c"]
        self.run(store, lambda unit: (unit.release("b"), unit.release("nobody")))
        assert self.claim(store, d, POOL)

    def test_a_pool_with_other_slots_or_less_room_keeps_what_is_claimed(self, store: Store) -> None:
        pool = [made(name, place="P1") for name in "abc"]
        self.put(store, *pool)
        assert self.claim(store, pool[0], POOL)
        assert self.claim(store, pool[1], POOL)
        small = msgspec.structs.replace(POOL, capacity=1, slot_s=300)
        self.run(store, lambda unit: unit.put_place(small))
        assert not self.claim(store, pool[2], small)
        self.run(store, lambda unit: unit.release("a"))
        assert not self.claim(store, pool[2], small)
        self.run(store, lambda unit: unit.release("b"))
        assert self.claim(store, pool[2], small)
        assert self.run(store, lambda unit: unit.place("P1")) == small

    def test_what_raises_leaves_nothing_behind(self, store: Store) -> None:
        a, b = made("a"), made("b")
        self.put(store, a)
        assert self.claim(store, a)

        def fails(unit: Unit) -> None:
            unit.release("a")
            assert unit.claim(b, SPACE, b.wanted)
            unit.insert(b, None)
            unit.emit(event_of(b))
            unit.post(lines("p", "b", 5))
            unit.put_place(msgspec.structs.replace(SPACE, capacity=9))
            assert [one.id for one in unit.claimants("S1", b.wanted)] == ["b"]
            raise Refusal(Code.TOO_LATE, "after all")

        with pytest.raises(Refusal):
            self.run(store, fails)
        assert self.claimed(store, "S1", 0, HOUR) == ["a"]
        kept = store.read(lambda unit: (unit.reservation("b"), unit.place("S1"), unit.ledger("b")))
        assert (kept[0], kept[1], list(kept[2])) == (None, SPACE, [])
        self.put(store, b)
        assert self.run(store, lambda unit: (unit.place("S1"), unit.post(lines("p", "b", 5)))) == (SPACE, True)

    def test_only_the_next_version_is_saved(self, store: Store) -> None:
        a = made("a")
        self.put(store, a)
        for wrong in (1, 3):
            with pytest.raises(Refusal) as refused:
                self.run(store, lambda unit, v=wrong: unit.save(msgspec.structs.replace(a, version=v), None))
            assert refused.value.code is Code.STALE_VERSION
        second = msgspec.structs.replace(a, version=2)
        third = msgspec.structs.replace(a, version=3, state=State.CONFIRMED)
        self.run(store, lambda unit: (unit.save(second, None), unit.save(third, None)))
        assert store.read(lambda unit: unit.reservation("a")) == third
        with pytest.raises(Refusal):
            self.run(store, lambda unit: unit.save(made("nobody", version=2), None))

    def test_an_id_is_new_once(self, store: Store) -> None:
        self.put(store, made("a"))
        for one in (made("a"), made("b", version=2)):
            with pytest.raises(Exception, match=r"(?i)version 1|unique"):
                self.run(store, lambda unit, one=one: unit.insert(one, None))

    def test_a_posting_is_posted_once_and_adds_up(self, store: Store) -> None:
        self.put(store, made("a"), made("b"))
        assert self.run(store, lambda unit: (unit.post(lines("p", "a", 5)), unit.post(lines("p", "a", 5)))) == (True, False)
        assert self.run(store, lambda unit: (unit.post(lines("p", "b", 7)), unit.post(lines("q", "a", 7)))) == (False, True)
        with pytest.raises(ValueError, match="add up"):
            self.run(store, lambda unit: unit.post(lines("r", "a", 5)[:1]))
        with pytest.raises(ValueError, match="add up"):
            self.run(store, lambda unit: unit.post([]))
        assert list(store.read(lambda unit: unit.ledger("a"))) == lines("p", "a", 5) + lines("q", "a", 7)
        assert list(self.run(store, lambda unit: unit.ledger("b"))) == []

    def test_events_of_a_reservation_have_no_gap(self, store: Store) -> None:
        a = made("a")
        self.put(store, a)
        third = event_of(msgspec.structs.replace(a, version=3))
        with pytest.raises(ValueError, match="gap"):
            self.run(store, lambda unit: unit.emit(third))
        second = event_of(msgspec.structs.replace(a, version=2))
        self.run(store, lambda unit: (unit.emit(second), unit.emit(third)))
        with pytest.raises(ValueError, match="gap"):
            self.run(store, lambda unit: unit.emit(event_of(msgspec.structs.replace(made("b"), version=2))))

    def test_what_is_due_comes_oldest_first(self, store: Store) -> None:
        for name, due in (("c", NOW + 5), ("a", NOW + 9), ("b", NOW + 5), ("d", None), ("e", NOW + 99)):
            self.put(store, made(name), due=due)
        due = lambda limit: [one.id for one in self.run(store, lambda unit: unit.due(NOW + 9, limit))]  # noqa: E731
        assert (due(9), due(2)) == (["b", "c", "a"], ["b", "c"])
        self.run(store, lambda unit: unit.save(msgspec.structs.replace(made("b"), version=2), None))
        assert due(9) == ["c", "a"]

    def test_lapsed_holds_are_those_in_the_way(self, store: Store) -> None:
        a, b, c = made("a"), made("b", HOUR, 2 * HOUR), made("c", 2 * HOUR, 3 * HOUR, state=State.CONFIRMED)
        pool = made("p", place="P1")
        self.put(store, a, b, c, pool, due=NOW + 600)
        assert all(self.claim(store, one) for one in (a, b, c))
        assert self.claim(store, pool, POOL)
        lapsed = lambda place, end, now: [  # noqa: E731
            one.id for one in self.run(store, lambda unit: unit.lapsed(place, Interval(NOW, NOW + end), now))
        ]
        assert lapsed("S1", HOUR, NOW + 599) == []
        assert (lapsed("S1", HOUR, NOW + 600), lapsed("S1", 9 * HOUR, NOW + 600)) == (["a"], ["a", "b"])
        assert lapsed("P1", HOUR, NOW + 600) == ["p"]
        self.run(store, lambda unit: unit.release("a"))
        assert lapsed("S1", HOUR, NOW + 600) == []

    def test_plates_clients_and_who_waits(self, store: Store) -> None:
        plate = Plate(b"k", b"", "鲁A·1**45", PlateColor.BLUE)
        ended = made("c", state=State.CANCELLED, plate=plate)
        first = made("w2", place="", state=State.WAITING, created=NOW - 9)
        self.put(store, made("a", plate=plate), made("b", HOUR, 2 * HOUR, plate=plate, client="bob"), ended, due=NOW + 600)
        self.put(store, made("w1", place="", state=State.WAITING), first, made("w3", place="", state=State.WAITING))
        span = Interval(NOW, NOW + HOUR)

        def ask(unit: Unit) -> Any:
            holds = [unit.holds_of("ann", NOW + 599), unit.holds_of("ann", NOW + 600), unit.holds_of("eve", NOW)]
            plates, waiting = unit.of_plate(b"k", span), unit.waiting("L1", span, 2)
            return [one.id for one in plates], holds, [one.id for one in waiting], unit.bars_on(b"k", NOW)

        wanted = (["a"], [1, 0, 0], ["w2", "w1"], None)
        assert self.run(store, ask) == wanted
        assert store.read(ask) == wanted
        count = lambda unit: [unit.waits_of(name) for name in ("ann", "bob")]  # noqa: E731
        assert self.run(store, count) == store.read(count) == [3, 0]

    def test_a_command_sees_what_it_wrote(self, store: Store) -> None:
        a = made("a", place="P1")
        inside = msgspec.structs.replace(a, version=2, state=State.CHECKED_IN, stall="2")

        def play(unit: Unit) -> Any:
            unit.insert(a, NOW + 600)
            seen = [unit.holds_of("ann", NOW), len(unit.of_plate(b"a", a.wanted)), len(unit.due(NOW + 600, 9))]
            unit.save(inside, None)
            unit.put_quote(Quote("q", "ann", "L1", "P1", a.wanted, Terms(0), NOW, NOW + 9))
            quote = unit.quote("q")
            return seen, unit.holds_of("ann", NOW), list(unit.occupied("P1")), unit.count_states("P1"), quote and quote.client

        assert self.run(store, play) == ([1, 1, 1], 0, ["2"], {State.CHECKED_IN: 1}, "ann")
        assert store.read(lambda unit: unit.count_states("P1")) == {State.CHECKED_IN: 1}

    def test_lots_places_windows_are_replaced(self, store: Store) -> None:
        window = ShareWindow("w", "S1", "o", "2026-03-01", "", "daily", 0, 600)
        closed = msgspec.structs.replace(window, id="v", active=False)
        named = Lot("L1", "西站", 36.7, 117.5)
        self.run(store, lambda unit: (unit.put_window(window), unit.put_window(closed), unit.put_lot(named)))

        def ask(unit: Unit) -> Any:
            ids = [one.id for one in unit.places("L1")]
            return unit.lot("L1"), list(unit.windows("S1")), unit.window("v"), ids, unit.lot("?")

        assert self.run(store, ask) == store.read(ask) == (named, [window], closed, ["P1", "S1", "S2"], None)

    def test_commands_together_are_carried_out_each_for_itself(self, store: Store) -> None:
        many = [made(f"r{k}", k % 3 * HOUR, (k % 3 + 1) * HOUR) for k in range(30)]

        def command(one: Reservation) -> Callable[[Unit, int], str]:
            def rule(unit: Unit, now: int) -> str:
                unit.insert(one, None)
                if not unit.claim(one, SPACE, one.wanted):
                    raise Refusal(Code.TAKEN, "taken")
                unit.emit(event_of(one))
                return one.id

            return rule

        futures = [store.submit(command(one)) for one in many]
        done = [future.result(30) for future in futures if future.exception(30) is None]
        refused = [future.exception() for future in futures if future.exception() is not None]
        assert len(done) == 3
        assert all(isinstance(one, Refusal) and one.code is Code.TAKEN for one in refused)
        kept = store.read(lambda unit: [one.id for one in many if unit.reservation(one.id)])
        assert sorted(kept) == sorted(done)

    def test_an_answer_is_there_exactly_when_its_command_is(self, store: Store) -> None:
        kept, runs = Kept(b"f", 201, b"h", b""), []

        def once(unit: ServiceUnit, now: int, name: str = "a", fail: bool = False) -> Kept:
            before = unit.answer("ann", "key")
            if before is not None:
                return before
            unit.insert(made(name), None)
            unit.keep_answer("ann", "key", kept, now)
            if fail:
                raise Refusal(Code.TAKEN, "after all")
            runs.append(name)
            return kept

        with pytest.raises(Refusal):
            store.submit(lambda unit, now: once(unit, now, fail=True)).result(30)
        assert store.read(lambda unit: unit.answer("ann", "key")) is None
        futures = [store.submit(lambda unit, now, k=k: once(unit, now, f"r{k}")) for k in range(20)]
        assert {future.result(30) for future in futures} == {kept}
        assert store.read(lambda unit: (unit.answer("ann", "key"), unit.answer("bob", "key"))) == (kept, None)
        assert [k for k in range(20) if store.read(lambda unit, k=k: unit.reservation(f"r{k}"))] == [int(runs[-1][1:])]

    def test_reading_goes_on_while_somebody_writes_and_sees_what_is_committed(self, store: Store, opened: Callable[[], Store]) -> None:
        self.put(store, made("a"))
        seen = []

        def rule(unit: Unit, now: int) -> None:
            unit.save(msgspec.structs.replace(made("a"), version=2), None)
            seen.append(now)

        future = store.submit(rule)
        found = store.read(lambda unit: unit.reservation("a"))
        future.result(30)
        assert found is not None
        assert found.version in (1, 2)
        assert store.read(lambda unit: unit.reservation("a")).version == 2  # type: ignore[union-attr]

    def test_closed_and_opened_again_it_has_everything_and_no_earlier_clock(self, store: Store, opened: Callable[[], Store]) -> None:
        one = made("a")
        self.put(store, one)
        assert self.claim(store, one)
        self.now = NOW + 50
        assert store.submit(lambda unit, now: now).result(30) == NOW + 50
        store.close()
        with pytest.raises(ClosedStore):
            store.submit(lambda unit, now: now)
        store.close()
        self.now = NOW - HOUR
        again = opened()
        assert again.submit(lambda unit, now: now).result(30) == NOW + 50
        assert again.read(lambda unit: unit.reservation("a")) == one
        assert not self.claim(again, made("b"))
        again.close()

    def test_time_never_runs_backwards(self, store: Store) -> None:
        heard = []
        for step in (0, 3600, -3600, 7, -7200, 3601):
            self.now = NOW + step
            heard.append(store.submit(lambda unit, now: now).result(30))
        assert heard == [NOW, NOW + 3600, NOW + 3600, NOW + 3600, NOW + 3600, NOW + 3601]
