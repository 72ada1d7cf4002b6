"""Tariffs, payments, payouts."""

from __future__ import annotations

from alembic import op

from server.parking.schema import METADATA

revision = "0002_money"
down_revision = "0001"
branch_labels = None
depends_on = None
TABLES = ("tariffs", "payments", "payouts")


def upgrade() -> None:
    """Creates those that are not there (the first revision makes all tables that its program knows)."""
    METADATA.create_all(op.get_bind(), tables=[METADATA.tables[name] for name in TABLES])
    op.create_index("ledger_of_holder", "ledger", ["account", "holder", "at"], if_not_exists=True)


def downgrade() -> None:
    """Drops them."""
    op.drop_index("ledger_of_holder", "ledger")
    METADATA.drop_all(op.get_bind(), tables=[METADATA.tables[name] for name in TABLES])
