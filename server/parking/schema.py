"""The tables of parking, for SQLite and PostgreSQL alike; `migrations/` builds them. Bodies are the records as MessagePack."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint, text

METADATA = MetaData()
_SERIAL = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by INTEGER alone, of 64 bits; PostgreSQL's has 32"""

LOTS = Table("lots", METADATA, Column("id", Text, primary_key=True), Column("body", LargeBinary, nullable=False))
PLACES = Table(
    "places", METADATA,
    Column("id", Text, primary_key=True), Column("lot_id", Text, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)  # fmt: skip
WINDOWS = Table(
    "windows", METADATA,
    Column("id", Text, primary_key=True), Column("place_id", Text, nullable=False, index=True),
    Column("owner", Text, nullable=False, index=True), Column("active", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False),
)  # fmt: skip
TARIFFS = Table(
    "tariffs", METADATA,
    Column("id", Text, primary_key=True), Column("version", Integer, primary_key=True), Column("body", LargeBinary, nullable=False),
)  # fmt: skip
QUOTES = Table(
    "quotes", METADATA,
    Column("id", Text, primary_key=True), Column("expires", BigInteger, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)  # fmt: skip
RESERVATIONS = Table(
    "reservations", METADATA,
    Column("id", Text, primary_key=True), Column("client", Text, nullable=False), Column("lot_id", Text, nullable=False),
    Column("place_id", Text, nullable=False), Column("starts", BigInteger, nullable=False), Column("ends", BigInteger, nullable=False),
    Column("plate_key", LargeBinary, nullable=False), Column("state", Text, nullable=False), Column("version", Integer, nullable=False),
    Column("created", BigInteger, nullable=False), Column("updated", BigInteger, nullable=False), Column("due", BigInteger),
    Column("body", LargeBinary, nullable=False),
)  # fmt: skip
Index("reservations_of_client", RESERVATIONS.c.client, RESERVATIONS.c.updated, RESERVATIONS.c.id)
Index("reservations_of_plate", RESERVATIONS.c.plate_key, RESERVATIONS.c.ends)
_DUE = text("due IS NOT NULL")
Index("reservations_due", RESERVATIONS.c.due, sqlite_where=_DUE, postgresql_where=_DUE)
_WAITING = text("state = 'waiting'")
Index("reservations_waiting", RESERVATIONS.c.lot_id, RESERVATIONS.c.created, sqlite_where=_WAITING, postgresql_where=_WAITING)
_HELD = text("state = 'hold'")
Index("reservations_held", RESERVATIONS.c.client, sqlite_where=_HELD, postgresql_where=_HELD)
_INSIDE = text("state IN ('checked_in', 'overstay')")
Index("reservations_inside", RESERVATIONS.c.place_id, sqlite_where=_INSIDE, postgresql_where=_INSIDE)
CLAIMS = Table(
    "claims", METADATA,
    Column("reservation_id", Text, primary_key=True), Column("place_id", Text, nullable=False),
    Column("starts", BigInteger, nullable=False), Column("ends", BigInteger, nullable=False),
    Column("numbered", Boolean, nullable=False),
)  # fmt: skip
Index("claims_of_place", CLAIMS.c.place_id, CLAIMS.c.ends, CLAIMS.c.starts)
POSTINGS = Table("postings", METADATA, Column("posting", Text, primary_key=True))
LEDGER = Table(
    "ledger", METADATA,
    Column("id", _SERIAL, primary_key=True, autoincrement=True), Column("posting", Text, nullable=False),
    Column("reservation_id", Text, nullable=False, index=True), Column("account", Text, nullable=False),
    Column("holder", Text, nullable=False), Column("amount", BigInteger, nullable=False), Column("at", BigInteger, nullable=False),
    Column("memo", Text, nullable=False),
)  # fmt: skip
PAYMENTS = Table(
    "payments", METADATA,
    Column("id", Text, primary_key=True), Column("reservation_id", Text, nullable=False, index=True),
    Column("created", BigInteger, nullable=False), Column("due", BigInteger), Column("body", LargeBinary, nullable=False),
)  # fmt: skip
Index("payments_due", PAYMENTS.c.due, sqlite_where=_DUE, postgresql_where=_DUE)
PAYOUTS = Table(
    "payouts", METADATA,
    Column("key", Text, primary_key=True), Column("due", BigInteger), Column("body", LargeBinary, nullable=False),
)  # fmt: skip
Index("payouts_due", PAYOUTS.c.due, sqlite_where=_DUE, postgresql_where=_DUE)
OUTBOX = Table(
    "outbox", METADATA,
    Column("id", _SERIAL, primary_key=True, autoincrement=True), Column("reservation_id", Text, nullable=False),
    Column("sequence", Integer, nullable=False), Column("type", Text, nullable=False), Column("at", BigInteger, nullable=False),
    Column("client", Text, nullable=False), Column("data", LargeBinary, nullable=False),
    UniqueConstraint("reservation_id", "sequence", name="outbox_sequence"), sqlite_autoincrement=True,
)  # fmt: skip
ANSWERS = Table(
    "answers", METADATA,
    Column("client", Text, primary_key=True), Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False), Column("status", Integer, nullable=False),
    Column("headers", LargeBinary, nullable=False), Column("body", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
)  # fmt: skip
"""outcomes of requests with an Idempotency-Key, written in the transaction of the command itself"""
PASSAGES = Table(
    "passages", METADATA,
    Column("id", Text, primary_key=True), Column("lot_id", Text, nullable=False), Column("at", BigInteger, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)  # fmt: skip
SESSIONS = Table(
    "sessions", METADATA,
    Column("id", Text, primary_key=True), Column("lot_id", Text, nullable=False), Column("plate_key", LargeBinary, nullable=False),
    Column("stay", Text, nullable=False), Column("moment", BigInteger, nullable=False), Column("due", BigInteger),
    Column("body", LargeBinary, nullable=False),
)  # fmt: skip
Index("sessions_of_plate", SESSIONS.c.plate_key, SESSIONS.c.lot_id, SESSIONS.c.moment)
_ENDED = text("stay <> 'inside'")
Index("sessions_ended", SESSIONS.c.moment, sqlite_where=_ENDED, postgresql_where=_ENDED)
_STAYING = text("stay = 'inside'")
Index("sessions_inside", SESSIONS.c.lot_id, SESSIONS.c.moment, sqlite_where=_STAYING, postgresql_where=_STAYING)
Index("sessions_due", SESSIONS.c.due, sqlite_where=_DUE, postgresql_where=_DUE)
Index("ledger_of_holder", LEDGER.c.holder, LEDGER.c.account, LEDGER.c.at)
RESIDENTS = Table("residents", METADATA, Column("community", Text, primary_key=True), Column("client", Text, primary_key=True))
OVERSTAYS = Table(
    "overstays", METADATA,
    Column("reservation_id", Text, primary_key=True), Column("plate_key", LargeBinary, nullable=False, index=True),
    Column("client", Text, nullable=False, index=True), Column("ended", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)  # fmt: skip
BARS = Table(
    "bars", METADATA,
    Column("id", Text, primary_key=True), Column("plate_key", LargeBinary, nullable=False), Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False), Column("lifted", Text, nullable=False), Column("body", LargeBinary, nullable=False),
)  # fmt: skip
Index("bars_of_plate", BARS.c.plate_key, BARS.c.until)
APPEALS = Table(
    "appeals", METADATA,
    Column("reservation_id", Text, primary_key=True), Column("state", Text, nullable=False),
    Column("filed", BigInteger, nullable=False), Column("version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)  # fmt: skip
Index("appeals_by_state", APPEALS.c.state, APPEALS.c.filed)
CONDUCT_RULES = Table(
    "conduct_rules", METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False), Column("body", LargeBinary, nullable=False),
)  # fmt: skip
SETTLEMENTS = Table(
    "settlements", METADATA,
    Column("key", Text, primary_key=True), Column("account", Text, nullable=False), Column("holder", Text, nullable=False),
    Column("day", Text, nullable=False), Column("created", BigInteger, nullable=False),
)  # fmt: skip
"""payouts of the kind settlement, by whom they go to"""
Index("settlements_of_holder", SETTLEMENTS.c.account, SETTLEMENTS.c.holder, SETTLEMENTS.c.created)
Index("settlements_by_time", SETTLEMENTS.c.created, SETTLEMENTS.c.key)
RELAYED = Table("relayed", METADATA, Column("name", Text, primary_key=True), Column("position", BigInteger, nullable=False))
"""how far each reader of the outbox has come (its `id`)"""
WEBHOOKS = Table(
    "webhooks", METADATA,
    Column("id", Text, primary_key=True), Column("owner", Text, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False), Column("position", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("next_try", BigInteger, nullable=False), Column("failing_since", BigInteger),
)  # fmt: skip
OCCUPANCY = Table(
    "occupancy", METADATA,
    Column("lot_id", Text, primary_key=True), Column("at", BigInteger, nullable=False), Column("occupied", Integer, nullable=False),
)  # fmt: skip
"""the newest count an operator reported of each lot"""
OPEN_PASSAGES = Table(
    "open_passages", METADATA,
    Column("id", Text, primary_key=True), Column("lot_id", Text, nullable=False), Column("at", BigInteger, nullable=False),
)  # fmt: skip
"""events of barriers that people must look at"""
Index("open_passages_of_lot", OPEN_PASSAGES.c.lot_id, OPEN_PASSAGES.c.at)
Index("open_passages_by_time", OPEN_PASSAGES.c.at)
PASSAGE_STEPS = Table(
    "passage_steps", METADATA,
    Column("id", _SERIAL, primary_key=True, autoincrement=True), Column("lot_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False), Column("step", Integer, nullable=False), Column("told", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)  # fmt: skip
"""what passages change in the count of their lot, in the order in which they were told; without plates, kept for two days"""
HAND_COUNTS = Table(
    "hand_counts", METADATA,
    Column("lot_id", Text, primary_key=True), Column("at", BigInteger, nullable=False), Column("occupied", Integer, nullable=False),
)  # fmt: skip
"""the newest count of vehicles that people made of each lot"""
STAY_HOURS = Table(
    "stay_hours", METADATA,
    Column("lot_id", Text, primary_key=True), Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("stays", Integer, nullable=False), Column("reserved", Integer, nullable=False),
    Column("incomplete", Integer, nullable=False), Column("seconds", BigInteger, nullable=False),
)  # fmt: skip
"""stays whose sessions were forgotten, by the hour in which they began"""
