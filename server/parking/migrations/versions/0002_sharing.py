"""Residents, overstays, bars with their causes, appeals, rules of conduct."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.parking.schema import APPEALS, BARS, CONDUCT_RULES, LEDGER, METADATA, OVERSTAYS, RESIDENTS

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
_TABLES = [RESIDENTS, OVERSTAYS, BARS, APPEALS, CONDUCT_RULES]


def upgrade() -> None:
    """Creates them where the first tables were made by an older version; bars had no causes then, and nothing wrote any."""
    bind = op.get_bind()
    if "id" not in {column["name"] for column in sa.inspect(bind).get_columns("bars")}:
        op.drop_table("bars")
    METADATA.create_all(bind, tables=_TABLES)
    if "ledger_of_holder" not in {index["name"] for index in sa.inspect(bind).get_indexes("ledger")}:
        next(index for index in LEDGER.indexes if index.name == "ledger_of_holder").create(bind)


def downgrade() -> None:
    """Drops them."""
    METADATA.drop_all(op.get_bind(), tables=_TABLES)
    op.drop_index("ledger_of_holder", "ledger")
    op.create_table("bars", sa.Column("plate_key", sa.LargeBinary, primary_key=True), sa.Column("until", sa.BigInteger, nullable=False))
