"""The list of settlements: who was paid for which day."""

from __future__ import annotations

from alembic import op

from server.parking.schema import METADATA

revision = "0010"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates it where it is not there (the first revision makes all tables that its program knows)."""
    METADATA.create_all(op.get_bind(), tables=[METADATA.tables["settlements"]])


def downgrade() -> None:
    """Drops it."""
    METADATA.drop_all(op.get_bind(), tables=[METADATA.tables["settlements"]])
