"""What the service keeps beside reservations: how far events were told, webhooks, counts of vehicles."""

from __future__ import annotations

from alembic import op

from server.parking.schema import METADATA

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
TABLES = ("relayed", "webhooks", "occupancy")


def upgrade() -> None:
    """Creates those that are not there (the first revision makes all tables that its program knows)."""
    METADATA.create_all(op.get_bind(), tables=[METADATA.tables[name] for name in TABLES])


def downgrade() -> None:
    """Drops them."""
    METADATA.drop_all(op.get_bind(), tables=[METADATA.tables[name] for name in TABLES])
