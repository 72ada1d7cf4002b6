"""Statements: opening plus lines gives closing, and the next one opens with it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parking.accounts import statement
from parking.model import Account
from parking.records import Interval, LedgerLine
from tests.support.dict_parking import DictStore

POSTED = st.lists(st.tuples(st.integers(0, 30), st.integers(-500, 500), st.sampled_from(["o", "p"])), max_size=20)


@given(POSTED, st.integers(0, 30), st.integers(0, 15), st.integers(0, 15))
def test_a_statement_opens_with_what_the_last_closed_with(posted: list[tuple[int, int, str]], start: int, one: int, two: int) -> None:
    store = DictStore()
    for k, (at, amount, holder) in enumerate(sorted(posted)):
        sides = ((Account.OWNER, amount), (Account.PAYER, -amount))
        store.post([LedgerLine(f"k{k}", "r", account, holder, fen, at) for account, fen in sides])
    first = statement(store, Account.OWNER, "o", Interval(start, start + one))
    second = statement(store, Account.OWNER, "o", Interval(start + one, start + one + two))
    assert first.closing == first.opening - sum(line.amount for line in first.lines) == second.opening
    assert first.opening == -sum(amount for at, amount, holder in posted if at < start and holder == "o")
    assert statement(store, Account.OWNER, "o", Interval(0, 99)).closing == -store.balance(Account.OWNER, "o")
