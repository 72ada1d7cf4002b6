"""The first tables. Written out, so that this revision stays what it is when `server.parking.schema` goes on.

PostgreSQL also gets the exclusion constraint of numbered spaces and the counters of pools. The constraint compares a 64-bit hash of the
place: an index over texts takes three times as long, and what two places of one hash could do is refuse a reservation, never allow one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = (
    "lots", "places", "windows", "tariffs", "quotes", "reservations", "claims", "postings", "ledger", "payments", "payouts",
    "outbox", "answers", "relayed", "webhooks", "occupancy", "passages", "sessions", "residents", "overstays", "bars", "appeals",
    "conduct_rules", "settlements", "open_passages", "passage_steps", "hand_counts", "stay_hours",
)  # fmt: skip


def upgrade() -> None:
    """Creates them."""
    for part in (_catalogue, _reservations, _money, _service, _gates, _counts, _conduct, _marks):
        part()
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        op.execute(
            "ALTER TABLE claims ADD CONSTRAINT one_at_a_time EXCLUDE USING gist"
            " (hashtextextended(place_id, 0) WITH =, int8range(starts, ends) WITH &&) WHERE (numbered)"
        )
        op.execute(
            "CREATE TABLE pool_slots (place_id text NOT NULL, slot bigint NOT NULL, claimed integer NOT NULL,"
            " room integer NOT NULL, PRIMARY KEY (place_id, slot), CONSTRAINT room_enough CHECK (claimed BETWEEN 0 AND room))"
        )


def downgrade() -> None:
    """Drops them."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_table("pool_slots")
    for name in ("marks", *_TABLES):
        op.drop_table(name)


def _index(name: str, table: str, columns: list[str], where: str | None = None) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)


def _catalogue() -> None:
    op.create_table(
        "lots",
        sa.Column("id", sa.Text, primary_key=True), sa.Column("body", sa.LargeBinary, nullable=False),
    )  # fmt: skip
    op.create_table(
        "places",
        sa.Column("id", sa.Text, primary_key=True), sa.Column("lot_id", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )  # fmt: skip
    _index("ix_places_lot_id", "places", ["lot_id"])
    op.create_table(
        "windows",
        sa.Column("id", sa.Text, primary_key=True), sa.Column("place_id", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False), sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )  # fmt: skip
    _index("ix_windows_owner", "windows", ["owner"])
    _index("ix_windows_place_id", "windows", ["place_id"])
    op.create_table(
        "tariffs",
        sa.Column("id", sa.Text, primary_key=True), sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )  # fmt: skip
    op.create_table(
        "quotes",
        sa.Column("id", sa.Text, primary_key=True), sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )  # fmt: skip
    _index("ix_quotes_expires", "quotes", ["expires"])


def _reservations() -> None:
    op.create_table(
        "reservations",
        sa.Column("id", sa.Text, primary_key=True), sa.Column("client", sa.Text, nullable=False),
        sa.Column("lot_id", sa.Text, nullable=False), sa.Column("place_id", sa.Text, nullable=False),
        sa.Column("starts", sa.BigInteger, nullable=False), sa.Column("ends", sa.BigInteger, nullable=False),
        sa.Column("plate_key", sa.LargeBinary, nullable=False), sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False), sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False), sa.Column("due", sa.BigInteger),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )  # fmt: skip
    _index("reservations_due", "reservations", ["due"], "due IS NOT NULL")
    _index("reservations_held", "reservations", ["client"], "state = 'hold'")
    _index("reservations_inside", "reservations", ["place_id"], "state IN ('checked_in', 'overstay')")
    _index("reservations_of_client", "reservations", ["client", "updated", "id"])
    _index("reservations_of_plate", "reservations", ["plate_key", "ends"])
    _index("reservations_waiting", "reservations", ["lot_id", "created"], "state = 'waiting'")
    op.create_table(
        "claims",
        sa.Column("reservation_id", sa.Text, primary_key=True), sa.Column("place_id", sa.Text, nullable=False),
        sa.Column("starts", sa.BigInteger, nullable=False), sa.Column("ends", sa.BigInteger, nullable=False),
        sa.Column("numbered", sa.Boolean, nullable=False),
    )  # fmt: skip
    _index("claims_of_place", "claims", ["place_id", "ends", "starts"])


def _money() -> None:
    op.create_table(
        "postings",
        sa.Column("posting", sa.Text, primary_key=True),
    )  # fmt: skip
    op.create_table(
        "ledger",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True), sa.Column("posting", sa.Text, nullable=False),
        sa.Column("reservation_id", sa.Text, nullable=False), sa.Column("account", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False), sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False), sa.Column("memo", sa.Text, nullable=False),
    )  # fmt: skip
    _index("ix_ledger_reservation_id", "ledger", ["reservation_id"])
    _index("ledger_of_holder", "ledger", ["holder", "account", "at"])
    op.create_table(
        "payments",
        sa.Column("id", sa.Text, primary_key=True), sa.Column("reservation_id", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False), sa.Column("due", sa.BigInteger),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )  # fmt: skip
    _index("ix_payments_reservation_id", "payments", ["reservation_id"])
    _index("payments_due", "payments", ["due"], "due IS NOT NULL")
    op.create_table(
        "payouts",
        sa.Column("key", sa.Text, primary_key=True), sa.Column("due", sa.BigInteger),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )  # fmt: skip
    _index("payouts_due", "payouts", ["due"], "due IS NOT NULL")


def _service() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True), sa.Column("reservation_id", sa.Text, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False), sa.Column("type", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False), sa.Column("client", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("reservation_id", "sequence", name="outbox_sequence"), sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_table(
        "answers",
        sa.Column("client", sa.Text, primary_key=True), sa.Column("key", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False), sa.Column("status", sa.Integer, nullable=False),
        sa.Column("headers", sa.LargeBinary, nullable=False), sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )  # fmt: skip
    _index("ix_answers_at", "answers", ["at"])
    op.create_table(
        "relayed",
        sa.Column("name", sa.Text, primary_key=True), sa.Column("position", sa.BigInteger, nullable=False),
    )  # fmt: skip
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Text, primary_key=True), sa.Column("owner", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False), sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False), sa.Column("next_try", sa.BigInteger, nullable=False),
        sa.Column("failing_since", sa.BigInteger),
    )  # fmt: skip
    _index("ix_webhooks_owner", "webhooks", ["owner"])
    op.create_table(
        "occupancy",
        sa.Column("lot_id", sa.Text, primary_key=True), sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("occupied", sa.Integer, nullable=False),
    )  # fmt: skip


def _gates() -> None:
    op.create_table(
        "passages",
        sa.Column("id", sa.Text, primary_key=True), sa.Column("lot_id", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False), sa.Column("body", sa.LargeBinary, nullable=False),
    )  # fmt: skip
    _index("ix_passages_at", "passages", ["at"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text, primary_key=True), sa.Column("lot_id", sa.Text, nullable=False),
        sa.Column("plate_key", sa.LargeBinary, nullable=False), sa.Column("stay", sa.Text, nullable=False),
        sa.Column("moment", sa.BigInteger, nullable=False), sa.Column("due", sa.BigInteger),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )  # fmt: skip
    _index("sessions_due", "sessions", ["due"], "due IS NOT NULL")
    _index("sessions_ended", "sessions", ["moment"], "stay <> 'inside'")
    _index("sessions_inside", "sessions", ["lot_id", "moment"], "stay = 'inside'")
    _index("sessions_of_plate", "sessions", ["plate_key", "lot_id", "moment"])


def _counts() -> None:
    op.create_table(
        "open_passages",
        sa.Column("id", sa.Text, primary_key=True), sa.Column("lot_id", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )  # fmt: skip
    _index("open_passages_by_time", "open_passages", ["at"])
    _index("open_passages_of_lot", "open_passages", ["lot_id", "at"])
    op.create_table(
        "passage_steps",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True), sa.Column("lot_id", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False), sa.Column("step", sa.Integer, nullable=False),
        sa.Column("told", sa.BigInteger, nullable=False), sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_table(
        "hand_counts",
        sa.Column("lot_id", sa.Text, primary_key=True), sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("occupied", sa.Integer, nullable=False),
    )  # fmt: skip
    op.create_table(
        "stay_hours",
        sa.Column("lot_id", sa.Text, primary_key=True), sa.Column("hour", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("stays", sa.Integer, nullable=False), sa.Column("reserved", sa.Integer, nullable=False),
        sa.Column("incomplete", sa.Integer, nullable=False), sa.Column("seconds", sa.BigInteger, nullable=False),
    )  # fmt: skip


def _conduct() -> None:
    op.create_table(
        "residents",
        sa.Column("community", sa.Text, primary_key=True), sa.Column("client", sa.Text, primary_key=True),
    )  # fmt: skip
    op.create_table(
        "overstays",
        sa.Column("reservation_id", sa.Text, primary_key=True), sa.Column("plate_key", sa.LargeBinary, nullable=False),
        sa.Column("client", sa.Text, nullable=False), sa.Column("ended", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )  # fmt: skip
    _index("ix_overstays_client", "overstays", ["client"])
    _index("ix_overstays_plate_key", "overstays", ["plate_key"])
    op.create_table(
        "bars",
        sa.Column("id", sa.Text, primary_key=True), sa.Column("plate_key", sa.LargeBinary, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False), sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("lifted", sa.Text, nullable=False), sa.Column("body", sa.LargeBinary, nullable=False),
    )  # fmt: skip
    _index("bars_of_plate", "bars", ["plate_key", "until"])
    op.create_table(
        "appeals",
        sa.Column("reservation_id", sa.Text, primary_key=True), sa.Column("state", sa.Text, nullable=False),
        sa.Column("filed", sa.BigInteger, nullable=False), sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )  # fmt: skip
    _index("appeals_by_state", "appeals", ["state", "filed"])
    op.create_table(
        "conduct_rules",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False), sa.Column("body", sa.LargeBinary, nullable=False),
    )  # fmt: skip
    op.create_table(
        "settlements",
        sa.Column("key", sa.Text, primary_key=True), sa.Column("account", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False), sa.Column("day", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
    )  # fmt: skip
    _index("settlements_by_time", "settlements", ["created", "key"])
    _index("settlements_of_holder", "settlements", ["account", "holder", "created"])


def _marks() -> None:
    """Which processes on one database share: `now` is the newest time anybody called now, `places` grows with every change of one."""
    op.execute("CREATE TABLE marks (name text PRIMARY KEY, value bigint NOT NULL)")
    op.execute("INSERT INTO marks VALUES ('now', 0), ('places', 0)")
