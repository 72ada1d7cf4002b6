"""Alembic's entry: runs the migrations on the database of the configuration, in one transaction."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool

from server.parking.schema import METADATA

engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "", poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=METADATA)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
