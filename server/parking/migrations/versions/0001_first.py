"""The first tables. PostgreSQL also gets the exclusion constraint of numbered spaces and the counters of pools."""

from __future__ import annotations

from alembic import op

from server.parking.schema import METADATA

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates them."""
    METADATA.create_all(op.get_bind())
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
        op.execute("DROP TABLE pool_slots")
    METADATA.drop_all(op.get_bind())
