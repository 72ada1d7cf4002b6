"""Alembic's entry: runs the migrations on the database of the configuration, in one transaction."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool

from server.parking.schema import METADATA

engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "", poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=METADATA)
    with context.begin_transaction():
        if engine.dialect.name == "postgresql":  # processes that start together upgrade one after another
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(5150001)")
        context.run_migrations()
engine.dispose()
