"""Which database a service under test has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.postgres import fresh_database, postgres_server


@pytest.fixture(scope="package")
def postgres_of_the_package() -> Iterator[str]:
    with postgres_server("-c", "fsync=off") as address:
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
def stored(request: pytest.FixtureRequest) -> Iterator[str]:
    """What `parking.toml` says of it."""
    if request.param == "sqlite":
        yield ""
        return
    with fresh_database(request.getfixturevalue("postgres_of_the_package")) as database:
        yield f'database = "{database}"'
