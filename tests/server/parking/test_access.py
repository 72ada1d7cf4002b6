from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwk, jwt

from server.errors import SettingsError
from server.parking.access import WINDOW
from server.parking.configuration import FILE, read_configuration
from tests.support.live_server import run_async
from tests.support.running_parking import AUDIENCE, ISSUER, PATH, RunningParking


async def code(parking: RunningParking, **headers: str) -> tuple[int, str]:
    answer = await parking.http.get(PATH, headers={name.replace("_", "-"): text for name, text in headers.items()})
    return answer.status_code, answer.json().get("code", "")


def test_a_token_is_taken_only_when_all_of_it_is_right(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:

            async def with_token(token: str) -> tuple[int, str]:
                return await code(parking, authorization=f"Bearer {token}")

            def made(key: Any, header: dict[str, Any], **claims: Any) -> str:
                said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "exp": int(parking.now) + 60, **claims}
                return jwt.encode(header, said, key, algorithms=[header["alg"]])

            assert await with_token(parking.token("ann")) == (200, "")
            wrong = [
                parking.token("ann", iss="https://other"), parking.token("ann", aud="other"), parking.token("ann", exp=1),
                parking.token("ann", nbf=int(parking.now) + 600), parking.token(""), parking.token("a b"), parking.token("ann")[:-2],
                made(jwk.ECKey.generate_key("P-256", {"kid": "one"}), {"alg": "ES256", "kid": "one"}),
                made(jwk.OctKey.import_key(json.dumps(parking.issuer_key.as_dict(private=False))), {"alg": "HS256"}),
                made(jwk.RSAKey.generate_key(2048), {"alg": "RS256"}), "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "y" * 9000,
            ]  # fmt: skip
            for token in wrong:
                assert await with_token(token) == (401, "bad_token"), token
            good = parking.token("ann")
            assert await with_token(good) == (200, "")
            parking.now += 36_100
            assert await with_token(good) == (401, "bad_token")
            assert await code(parking) == (401, "no_token")

    run_async(scenario())


def test_keys_may_change_while_the_server_runs(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            old = parking.token("ann")
            assert (await parking.ask("ann", "GET", PATH)).status_code == 200
            parking.issuer_key = jwk.ECKey.generate_key("P-256", {"kid": "one"})
            (tmp_path / "jwks.json").write_text(json.dumps({"keys": [parking.issuer_key.as_dict(private=False)]}))
            parking.now += 61
            assert (await parking.ask("ann", "GET", PATH)).status_code == 200
            assert await code(parking, authorization=f"Bearer {old}") == (401, "bad_token")

    run_async(scenario())


def test_an_apps_signature_holds_for_one_request(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:

            async def get(headers: dict[str, str], path: str = PATH) -> tuple[int, str]:
                answer = await parking.http.get(path, headers=headers)
                return answer.status_code, answer.json().get("code", "")

            good = parking.signed("ann", "GET", PATH, b"")
            assert await get(good) == (200, "")
            assert await get(good) == (401, "bad_signature")
            spoilt = [
                ("x-subject", "bob"), ("x-timestamp", str(int(parking.now) + 1)), ("x-nonce", "n" * 20), ("x-key-id", "unknown"),
                ("x-signature", "0" * 64), ("x-nonce", "short"), ("x-timestamp", "now"),
            ]  # fmt: skip
            for part, text in spoilt:
                assert await get(parking.signed("ann", "GET", PATH, b"") | {part: text}) == (401, "bad_signature"), part
            assert await get(parking.signed("ann", "GET", PATH, b""), f"{PATH}?state=hold") == (401, "bad_signature")
            assert await get(parking.signed("ann", "GET", f"{PATH}?state=hold", b""), f"{PATH}?state=hold") == (200, "")
            parking.now += 2 * WINDOW
            for stamp in (int(parking.now) - WINDOW - 1, int(parking.now) + WINDOW + 1):
                assert await get(parking.signed("ann", "GET", PATH, b"", stamp)) == (401, "bad_signature")
            assert await get(parking.signed("", "GET", PATH, b"")) == (403, "not_a_citizen")
            assert await get({"x-api-key": parking.app_key}) == (403, "not_signed")
            assert await get({"x-api-key": parking.key}) == (403, "wrong_scope")
            parking.runtime.keys.revoke_key(parking.app_kept.id, parking.now)
            assert await get(parking.signed("ann", "GET", PATH, b"")) == (401, "bad_signature")

    run_async(scenario())


def test_after_a_restart_no_signature_from_before_is_taken(tmp_path: Path) -> None:
    async def scenario() -> None:
        first = RunningParking(tmp_path)
        async with first.open():
            recorded = first.signed("ann", "GET", PATH, b"")
            assert (await first.http.get(PATH, headers=recorded)).status_code == 200
        second = RunningParking(tmp_path)
        second.now += 5
        second.parking.access._started = second.now
        async with second.open():
            assert (await second.http.get(PATH, headers=recorded)).status_code == 401

    run_async(scenario())


def test_users_of_an_app_and_of_the_issuer_are_different_people(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            body = json.dumps(parking.wish()).encode()
            headers = parking.signed("ann", "POST", PATH, body) | {"idempotency-key": "k"}
            made = await parking.http.post(PATH, content=body, headers=headers)
            assert made.status_code == 201
            path = f"{PATH}/{made.json()['id']}"
            assert (await parking.http.get(path, headers=parking.signed("ann", "GET", path, b""))).status_code == 200
            assert (await parking.ask("ann", "GET", path)).status_code == 404

    run_async(scenario())


@pytest.mark.parametrize(
    "text", ["nonsense", "colour = 1", "[citizens]\nissuer = ''", "database = 'mysql://x'", "[webhooks]\nnetworks = ['10.0.0.0/99']",
             "[citizens]\nissuer='i'\naudience='a'\njwks='j'\nalgorithms=['HS256']",
             "[citizens]\nissuer='i'\naudience='a'\njwks='http://id.example.org/jwks'"],
)  # fmt: skip
def test_a_wrong_configuration_ends_the_start_with_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_configuration(tmp_path)
    assert str(tmp_path / FILE) in str(caught.value)


def test_without_a_configuration_no_token_is_taken(tmp_path: Path) -> None:
    assert read_configuration(tmp_path).citizens is None
