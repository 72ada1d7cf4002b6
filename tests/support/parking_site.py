"""A deployment for proofs: a data directory, an issuer's key, hot car parks, and a server process that may die and come back."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

from joserfc import jwk, jwt

from parking.records import Lot, Place
from parking.tariffs import Band, Step, Tariff
from parking.unit import Unit
from server.parking.configuration import DATABASE, FILE
from server.parking.postgres_store import PostgresStore
from server.parking.sqlite_store import SqliteStore
from server.parking.store import Store
from tests.support.tiny_city import tiny_network
from transit.network_file import network_to_bytes

ROOT = Path(__file__).parents[2]
QUARTER = 900
ISSUER, AUDIENCE = "https://proof.invalid", "parking"
FREE, PRICED = "free", "priced"
PLACES = (
    Place("S1", FREE, 1, numbered=True), Place("S2", FREE, 1, numbered=True), Place("P1", FREE, 3, slot_s=QUARTER),
    Place("T1", PRICED, 1, numbered=True), Place("T2", PRICED, 1, numbered=True),
)  # fmt: skip
BY_ID = {one.id: one for one in PLACES}
TARIFF = Tariff("t", "T", (Band("all", (Step(333, 60),)),), refund_steps=((7200, 100), (0, 50)))


class Site:
    """`database`: of PostgreSQL; without it SQLite in the folder. `options`: of `tests.support.parking_server.serve`."""

    def __init__(self, folder: Path, database: str = "", forked: bool = True, **options: Any) -> None:
        self.folder, self.database, self.options, self._forked = folder, database, options, forked
        folder.mkdir(parents=True, exist_ok=True)
        self.where = database or f"{folder}/{DATABASE}"
        self._key = jwk.ECKey.generate_key("P-256", {"kid": "proof"})
        (folder / "jwks.json").write_text(json.dumps({"keys": [self._key.as_dict(private=False)]}))
        named = f'database = "{database}"\n' if database else ""
        (folder / FILE).write_text(f'{named}[citizens]\nissuer = "{ISSUER}"\naudience = "{AUDIENCE}"\njwks = "jwks.json"\n')
        (folder / "network.npz").write_bytes(_network())
        self.store(_furnish)
        self.port = _free_port()
        self.pid = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.visitors: list[subprocess.Popen[bytes]] = []
        """processes of citizens, which end with the server at the latest"""

    def store(self, rule: Any) -> Any:
        """Runs a rule while no server does."""
        store: Store = PostgresStore(self.database, time.time) if self.database else SqliteStore(Path(self.where), time.time)
        try:
            return store.submit(rule).result(60)
        finally:
            store.close()

    def token(self, subject: str) -> str:
        """A citizen's."""
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "exp": int(time.time()) + 7 * 86_400}
        return jwt.encode({"alg": "ES256", "kid": "proof"}, claims, self._key)

    def start(self, environment: dict[str, str] | None = None) -> None:
        """Until it answers for parking. With an `environment`, or `forked` off: an interpreter of its own, without options exactly
        what a user starts."""
        if self._forked and environment is None:
            said = {"folder": str(self.folder), "port": self.port, "log": f"{self.folder}/log", **self.options}
            self.pid = _forks().start(said)
        else:
            self._process = self._own_process(environment or {})
            self.pid = self._process.pid
        self.wait()

    def wait(self) -> None:
        """Until parking answers."""
        ends = time.monotonic() + 60
        while self.ask("/v1/parking/lots?limit=1")[0] != 200:
            if time.monotonic() > ends:
                raise RuntimeError(f"the server did not start: {self.log()[-3000:]}")
            time.sleep(0.02)

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """(status, body) of one request; status 0: no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def kill(self, number: int = signal.SIGKILL) -> None:
        """-9, and until it is gone."""
        if not self.pid:
            return
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            raise RuntimeError(f"the server had ended by itself: {self.log()[-3000:]}") from None
        if self._process is not None:
            self._process.wait(30)
            self._process = None
        ends = time.monotonic() + 30
        while _alive(self.pid):
            assert time.monotonic() < ends, "it does not die"
            time.sleep(0.005)
        self.pid = 0

    def log(self) -> str:
        """What it said."""
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _own_process(self, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        said = {"folder": str(self.folder), "port": self.port, **self.options}
        command = [sys.executable, "-m", "tests.support.parking_server", json.dumps(said)]
        if not self.options and not environment:
            command = [sys.executable, "-m", "server", "serve", "--network", f"{self.folder}/network.npz", "--port", str(self.port),
                       "--data-dir", str(self.folder)]  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT, env=_environment() | environment)


class _Forks:
    """The process that servers are forked off; it ends with this one."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.support.parking_server"]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen(command, cwd=ROOT, env=_environment(), **pipes)

    def start(self, said: dict[str, Any]) -> int:
        """→ its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(said), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


def _environment() -> dict[str, str]:
    """This process's, without what a server would take for settings: those of tests and benches begin like them."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BAIMAI_")}


def _free_port() -> int:
    """None of those that the system gives to clients: one of them, asking for a server that is dead, might be given its port."""
    for port in random.Random(os.urandom(8)).sample(range(10_000, 32_000), 100):
        with socket.socket() as free:
            try:
                free.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")


@cache
def _forks() -> _Forks:
    return _Forks()


@cache
def _network() -> bytes:
    return network_to_bytes(tiny_network())


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # the file of one that goes just then is opened and cannot be read
        return False


def _furnish(unit: Unit, now: int) -> None:
    if unit.lot(FREE) is not None:
        return
    unit.put_tariff(TARIFF)
    for name, tariff in ((FREE, ""), (PRICED, TARIFF.id)):
        unit.put_lot(Lot(name, "东站", 36.7, 117.5, operator="op", tariff_id=tariff, no_show_s=36_000, grace_s=36_000))
    for one in PLACES:
        unit.put_place(one)
