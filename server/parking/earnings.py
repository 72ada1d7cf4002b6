"""What shared places and car parks earned, and who was paid when: statements by reservation, as JSON and CSV, and settlements."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from zoneinfo import ZoneInfo

from parking import payouts
from parking.model import Account
from parking.records import Interval, Payout
from parking.statements import Earned, Statement
from server.parking import cursors
from server.parking.records_codec import PAYOUT
from server.parking.store import ServiceUnit
from server.parking.views import ZONE, Json, moment, money, span_view

PAID = (Account.OWNER, Account.OPERATOR, Account.TREASURY)
"""beneficiaries that are settled with; what the platform and the tax office are owed leaves by other ways"""
COLUMNS = (
    "reservation_id", "place_id", "from", "to", "state", "charged_fen", "share_fen", "fee_fen", "tax_fen", "compensation_fen",
    "earned_fen",
)  # fmt: skip


def statement_view(found: Statement, page: list[Earned], following: str | None) -> Json:
    """A page of it, with the sums of all of it: charged = share + fee + tax, earned = share − compensation, to the fen."""
    earned = found.earned
    return {
        "account": found.account.value, "holder": found.holder, **span_view(found.span), "reservations": [_view(one) for one in page],
        "sums": {
            "charged": money(sum(one.charged for one in earned)), "share": money(sum(one.share for one in earned)),
            "fee": money(sum(one.fee for one in earned)), "tax": money(sum(one.tax for one in earned)),
            "compensation": money(sum(one.compensation for one in earned)), "earned": money(found.total),
        },
        "count": len(earned), "next": following,
    }  # fmt: skip


def statement_csv(found: Statement) -> bytes:
    """All of it, with a last row of sums; UTF-8 with the mark that makes spreadsheets read it as such."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for one in found.earned:
        table.writerow((one.reservation_id, one.place_id, moment(one.start), moment(one.end), one.state, *_figures(one)))
    sums = [sum(column) for column in zip(*(_figures(one) for one in found.earned), strict=True)] or [0] * 6
    table.writerow(("total", "", moment(found.span.start), moment(found.span.end), "", *sums))
    return text.getvalue().encode("utf-8-sig")


def _figures(one: Earned) -> tuple[int, ...]:
    return one.charged, one.share, one.fee, one.tax, one.compensation, one.fen


def _view(one: Earned) -> Json:
    return {
        "reservation_id": one.reservation_id, "place_id": one.place_id, "from": moment(one.start), "to": moment(one.end),
        "state": one.state, "charged": money(one.charged), "share": money(one.share), "fee": money(one.fee), "tax": money(one.tax),
        "compensation": money(one.compensation), "earned": money(one.fen),
        "postings": [{"at": moment(at), "text": text, "amount": fen} for at, text, fen in one.parts],
    }  # fmt: skip


def beneficiaries(unit: ServiceUnit, account: Account | None, holder: str) -> list[tuple[Account, str]]:
    """Who may be owed something: one that is named, or all."""
    if account is not None:
        return [(account, holder)]
    sides = [one.value for one in PAID]
    rows = unit.sql(f"select distinct account, holder from ledger where account in ({','.join('?' * len(sides))})", *sides)
    return sorted((Account(side), str(name)) for side, name in rows)


def settle(unit: ServiceUnit, account: Account, holder: str, day: str, now: int) -> Payout | None:
    """As `parking.payouts.settle`, and put on the list of settlements."""
    made = payouts.settle(unit, account, holder, day, now)
    if made is not None:
        row = (made.key, account.value, holder, day, made.created)
        unit.sql("insert into settlements (key, account, holder, day, created) values (?, ?, ?, ?, ?) on conflict do nothing", *row)
    return made


def today(now: int) -> str:
    """The day of the payees' calendar."""
    found: date = datetime.fromtimestamp(now, ZoneInfo(ZONE)).date()
    return found.isoformat()


def list_settlements(
    unit: ServiceUnit, whose: tuple[Account, str] | None, limit: int, cursor: str | None
) -> tuple[list[Json], str | None]:
    """Of one beneficiary or all, the newest first."""
    where, values = ["1 = 1"], list[object]()
    if whose is not None:
        where.append("s.account = ? and s.holder = ?")
        values += [whose[0].value, whose[1]]
    before = cursors.take(cursor, int, str)
    if before is not None:
        where.append("(s.created < ? or (s.created = ? and s.key < ?))")
        values += [before[0], before[0], before[1]]
    columns = "select s.account, s.holder, s.day, s.created, s.key, p.body from settlements s join payouts p on p.key = s.key"
    rows = unit.sql(f"{columns} where {' and '.join(where)} order by s.created desc, s.key desc limit ?", *values, limit + 1)
    found = [settlement_view(account, holder, day, PAYOUT.decode(bytes(body))) for account, holder, day, _, _, body in rows]
    following = cursors.give(int(rows[limit - 1][3]), str(rows[limit - 1][4])) if len(rows) > limit else None
    return found[:limit], following


def settlement_view(account: str, holder: str, day: str, one: Payout) -> Json:
    """To whom, when, and whether the provider has confirmed it."""
    return {
        "id": one.key, "account": account, "holder": holder, "day": day, "amount": money(one.amount),
        "state": "sent" if one.done is None else "paid", "created_at": moment(one.created), "paid_at": moment(one.done),
        "tries": one.tries,
    }  # fmt: skip


def owed_view(unit: ServiceUnit, account: Account, holder: str) -> Json:
    """What could be paid out now, and what the account says in all."""
    return {"payable": money(unit.payable(account, holder)), "balance": money(-unit.balance(account, holder))}


def year_at_most(span: Interval) -> bool:
    """Whether a statement may be asked for it."""
    return 0 < span.end - span.start <= 366 * 86_400
