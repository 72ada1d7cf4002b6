"""Brings a parking database to the newest tables (Alembic). Old databases are upgraded in place; newer ones are refused."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

HERE = Path(__file__).parent


def configuration(url: str) -> Config:
    """Alembic's, for the database at `url` (SQLAlchemy form)."""
    config = Config()
    config.set_main_option("script_location", str(HERE / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def migrate(url: str) -> None:
    """Upgrades to the newest tables; does nothing when they are there. Raises NewerDatabase for one of a later version."""
    try:
        command.upgrade(configuration(url), "head")
    except CommandError as wrong:
        raise NewerDatabase(f"the parking database was made by a newer version of Baimai: {wrong}") from None


def head() -> str:
    """The newest revision."""
    return str(ScriptDirectory.from_config(configuration("sqlite://")).get_current_head())


class NewerDatabase(Exception):
    """Its tables are of a version this program does not know."""
