"""Marks that processes on one database share, and an index of the holds of a client.

`now` is the newest time anybody called now; `places` grows with every change of a lot or place.
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Time goes on from the newest that was written down."""
    op.execute("CREATE TABLE marks (name text PRIMARY KEY, value bigint NOT NULL)")
    op.execute("INSERT INTO marks SELECT 'now', coalesce(max(updated), 0) FROM reservations")
    op.execute("INSERT INTO marks VALUES ('places', 0)")
    op.execute("CREATE INDEX IF NOT EXISTS reservations_held ON reservations (client) WHERE state = 'hold'")


def downgrade() -> None:
    """Drops them."""
    op.execute("DROP INDEX IF EXISTS reservations_held")
    op.execute("DROP TABLE marks")
