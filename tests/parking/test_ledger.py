"""Double entry: splits to the fen, reversals that leave everybody the share of what is kept, and that rounding is caught."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking import ledger
from parking.booking import Hold, confirm, hold
from parking.model import Account, PayoutKind, PlateColor, State
from parking.records import Interval, LedgerLine, Lot, Payout, Place, Plate, Quote, Reservation, Terms
from parking.rules import Rules
from tests.support.dict_parking import DictStore

WHO = [(Account.OWNER, "o"), (Account.OPERATOR, "p"), (Account.PLATFORM, ""), (Account.TAX, "")]


@st.composite
def shares(draw: st.DrawFn) -> tuple[tuple[Account, str, int], ...]:
    borders = sorted(draw(st.lists(st.integers(0, 10_000), max_size=3)))
    parts = [end - start for start, end in zip([0, *borders], [*borders, 10_000], strict=True)]
    return tuple((*who, part) for who, part in zip(WHO, parts, strict=False))


def reservation(terms: Terms) -> Reservation:
    return Reservation("r", "ann", "L1", "S1", Interval(0, 9), Plate(b"", b"", "", PlateColor.BLUE), State.CONFIRMED, terms, 0, 0)


@given(st.integers(0, 10**9), shares())
def test_a_split_is_exact_and_nobody_is_a_fen_away_from_its_part(amount: int, parts: ledger.Shares) -> None:
    found = ledger.split(amount, parts)
    assert sum(fen for _, _, fen in found) == amount
    assert all(abs(fen - amount * part / 10_000) < 1 for (_, _, fen), (_, _, part) in zip(found, parts, strict=True))


@pytest.mark.parametrize("parts", [[(Account.OWNER, "", 9_999)], [(Account.OWNER, "", 10_001), (Account.TAX, "", -1)]])
def test_shares_that_are_no_shares_are_refused(parts: ledger.Shares) -> None:
    with pytest.raises(ValueError, match=r"10,000"):
        ledger.split(1, parts)


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=4), shares(), st.data())
def test_a_reversal_leaves_everybody_the_share_of_what_is_kept(charges: list[int], parts: ledger.Shares, data: st.DataObject) -> None:
    one = reservation(Terms(0, shares=tuple(parts)))
    lines = [line for k, fen in enumerate(charges) for line in ledger.charge(one, f"charge:{k}", fen, 0, "")]
    for k in range(2):
        charged = ledger.charged(lines)
        kept = data.draw(st.integers(0, charged))
        if kept == charged:
            continue
        back = ledger.reversal(one, lines, kept, f"reversal:{k}", 0, "")
        assert sum(line.amount for line in back) == 0
        lines += back
        assert ledger.charged(lines) == kept
        for account, holder, fen in ledger.split(kept, parts):
            assert -sum(line.amount for line in lines if (line.account, line.holder) == (account, holder)) == fen


@pytest.mark.parametrize("kind", list(PayoutKind))
def test_every_posting_adds_up_to_zero(kind: PayoutKind) -> None:
    one = reservation(Terms(0, shares=((Account.OWNER, "o", 3333), (Account.TAX, "", 6667))))
    postings: list[list[LedgerLine]] = [
        ledger.charge(one, "charge:r", 100, 0, ""), ledger.capture(one, "p", 100, 0), ledger.refund(one, "refund:r", 40, 0, ""),
        ledger.compensation(one, "c", 9, (Account.OWNER, "o"), 0), ledger.settlement("s", Account.OWNER, "o", 7, 0),
        ledger.paid_out(Payout("k", kind, "r", "ann", 40, 0), 0),
    ]  # fmt: skip
    assert [sum(line.amount for line in posting) for posting in postings] == [0] * 6
    assert all(len({line.posting for line in posting}) == 1 for posting in postings)
    owed = Account.REFUNDS if kind is PayoutKind.REFUND else Account.CREDIT
    assert ledger.balance(postings[-1], owed) == 40


def test_a_split_that_rounds_is_caught_by_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: everybody's share rounded by itself."""
    store = DictStore()
    store.put_lot(Lot("L1", "东站", 36.7, 117.5))
    store.put_place(Place("S1", "L1", 1, numbered=True))
    terms = Terms(1, shares=((Account.OWNER, "o", 5000), (Account.PLATFORM, "", 5000)))
    store.put_quote(Quote("q", "ann", "L1", "S1", Interval(10, 20), terms, 0, 100))
    store.run(hold, Hold("r", "ann", "q", Plate(b"p", b"", "", PlateColor.BLUE)), 0, Rules())
    store.reservations["r"] = paid = reservation(terms)
    store.reservations["r"] = Reservation(**{name: getattr(paid, name) for name in paid.__struct_fields__} | {
        "state": State.HOLD, "hold_until": 600, "paid": 1, "wanted": Interval(10, 20)})  # fmt: skip
    monkeypatch.setattr(ledger, "split", lambda amount, parts: [(a, h, round(amount * p / 10_000)) for a, h, p in parts])
    with pytest.raises(ValueError, match="zero"):
        store.run(confirm, "r", "ann", 1)
