"""Counts of vehicles without plates: steps of the barriers, counts by hand, stays by hour; and what people must look at."""

from __future__ import annotations

from alembic import op

from server.parking.schema import METADATA

revision = "0015"
down_revision = "0010"
branch_labels = None
depends_on = None
TABLES = ("open_passages", "passage_steps", "hand_counts", "stay_hours")


def upgrade() -> None:
    """Creates those that are not there (the first revision makes all tables that its program knows)."""
    METADATA.create_all(op.get_bind(), tables=[METADATA.tables[name] for name in TABLES])


def downgrade() -> None:
    """Drops them."""
    METADATA.drop_all(op.get_bind(), tables=[METADATA.tables[name] for name in TABLES])
