from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from server.auth import KeyStore, presented_key
from server.errors import KeyFileError, ServerError, UnknownKey


def test_a_created_key_is_found_by_its_text_and_by_no_other(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    text, key = store.create_key(("positions",), "bus 7", now=5.0)
    assert store.find_key(text, 10.0) == key
    for other in (text[:-1], text + "x", text.swapcase(), f"baimai_{key.id}_", f"baimai_{key.id}", "", "_", "baimai__x"):
        assert store.find_key(other, 10.0) is None


def test_the_file_holds_no_secret_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    text, _ = KeyStore(tmp_path).create_key(("admin",), "me", now=0.0)
    file = tmp_path / "keys.json"
    assert text.split("_", 2)[2] not in file.read_text()
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".new"] == []


def test_admin_may_do_what_every_scope_may_and_a_scope_no_more_than_itself(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    assert store.create_key(("admin",), "", 0.0)[1].allows("positions")
    assert not store.create_key(("positions",), "", 0.0)[1].allows("admin")


def test_a_revoked_key_opens_nothing_and_stays_in_the_list(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    text, key = store.create_key(("positions",), "bus 7", now=5.0)
    store.revoke_key(key.id, now=6.0)
    assert store.find_key(text, 10.0) is None
    assert [(one.id, one.revoked) for one in store.list_keys()] == [(key.id, 6.0)]


def test_a_running_server_notices_keys_made_and_revoked_by_another_process(tmp_path: Path) -> None:
    server, command = KeyStore(tmp_path), KeyStore(tmp_path)
    assert server.find_key("baimai_a_b", 100.0) is None
    text, key = command.create_key(("positions",), "new", now=0.0)
    assert server.find_key(text, 100.5) is None, "the file is looked at once a second"
    assert server.find_key(text, 101.1) is not None
    command.revoke_key(key.id, now=0.0)
    assert server.find_key(text, 102.2) is None


def test_two_processes_do_not_lose_each_others_keys(tmp_path: Path) -> None:
    one, two = KeyStore(tmp_path), KeyStore(tmp_path)
    one.create_key(("positions",), "a", 1.0)
    two.create_key(("positions",), "b", 2.0)
    one.create_key(("positions",), "c", 3.0)
    assert [key.name for key in KeyStore(tmp_path).list_keys()] == ["a", "b", "c"]


def test_wrong_use_is_told_in_a_sentence(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    known = "positions, signals, operations, parking, parking:app, admin"
    with pytest.raises(ServerError, match=f"scope 'fly' does not exist; there are: {known}"):
        store.create_key(("fly",), "", 0.0)
    with pytest.raises(ServerError, match="at least one scope"):
        store.create_key((), "", 0.0)
    with pytest.raises(UnknownKey, match="no API key has the id 'abc'"):
        store.revoke_key("abc", 0.0)
    (tmp_path / "keys.json").write_text("{")
    with pytest.raises(KeyFileError, match=r"keys\.json: cannot be read as a file of API keys"):
        KeyStore(tmp_path).list_keys()


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({"authorization": "Bearer abc"}, "abc"),
        ({"authorization": "bearer  abc "}, "abc"),
        ({"x-api-key": "abc"}, "abc"),
        ({"authorization": "Basic abc"}, None),
        ({"authorization": "Bearer "}, None),
        ({"x-api-key": ""}, None),
        ({}, None),
    ],
)
def test_a_key_comes_as_a_bearer_token_or_in_its_own_header(headers: dict[str, str], key: str | None) -> None:
    assert presented_key(headers) == key
