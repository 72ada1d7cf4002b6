"""Gate events, and the stays that were made of them."""

from __future__ import annotations

from alembic import op

from server.parking.schema import METADATA, PASSAGES, SESSIONS

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates them, where the first tables were made by an older version."""
    METADATA.create_all(op.get_bind(), tables=[PASSAGES, SESSIONS])


def downgrade() -> None:
    """Drops them."""
    METADATA.drop_all(op.get_bind(), tables=[PASSAGES, SESSIONS])
