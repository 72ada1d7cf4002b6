"""The whole application with car parks, as a process of its own: `python -m bench.parking_server FOLDER`; says its port.

FOLDER gets the database, an issuer's key and `tokens.json`: a token for each client. Beside parking, the engine steps every second.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from joserfc import jwk, jwt

from bench.full_server import runtime_of_fleet
from parking.records import Lot, Place
from server.app import create_app
from server.parking.configuration import DATABASE, FILE
from server.parking.sqlite_store import SqliteStore
from server.parking.store import ServiceUnit
from server.serving import bind, make_server, settle
from server.settings import Settings

LOTS, CAPACITY, CLIENTS = 500, 100, 64
HOT = "hot.1"
"""a numbered space that everybody wants"""
_ISSUER, _AUDIENCE = "https://bench", "parking"


def prepare(folder: Path) -> None:
    """Car parks, the issuer's key, tokens."""
    key = jwk.ECKey.generate_key("P-256", {"kid": "bench"})
    (folder / "jwks.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    (folder / FILE).write_text(f'[citizens]\nissuer = "{_ISSUER}"\naudience = "{_AUDIENCE}"\njwks = "jwks.json"\n')
    claims = {"iss": _ISSUER, "aud": _AUDIENCE, "exp": int(time.time()) + 86_400}
    tokens = [jwt.encode({"alg": "ES256", "kid": "bench"}, {**claims, "sub": f"c{k}"}, key) for k in range(CLIENTS)]
    (folder / "tokens.json").write_text(json.dumps(tokens))
    store = SqliteStore(folder / DATABASE, time.time)
    store.submit(_enter).result()
    store.close()


def _enter(unit: ServiceUnit, _now: int) -> None:
    for k in range(LOTS):
        unit.put_lot(Lot(f"L{k}", f"停车场{k}", 36.6 + k % 25 / 200, 117.4 + k // 25 / 200))
        unit.put_place(Place(f"L{k}.1", f"L{k}", CAPACITY))
    unit.put_lot(Lot("hot", "东站", 36.7, 117.5))
    unit.put_place(Place(HOT, "hot", 1, numbered=True))


def main() -> None:
    """Serve until told to end."""
    folder = Path(sys.argv[1])
    prepare(folder)
    settings = Settings(data_dir=folder)
    app = create_app(runtime_of_fleet(settings, clock=time.time))
    listener = bind("127.0.0.1", 0)
    settle()
    print(listener.getsockname()[1], flush=True)
    make_server(app, settings).run(sockets=[listener])


if __name__ == "__main__":
    main()
