"""The plate vault: what it hides, what it opens, what it refuses."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import msgspec
import pytest

from parking.model import PlateColor
from parking.plates import PlateText, read
from server.parking.vault import FILE, PlateVault, VaultError

MINE = read("鲁A12345", PlateColor.BLUE)


def test_a_plate_is_found_by_its_key_and_only_the_vault_tells_its_text(tmp_path: Path) -> None:
    vault = PlateVault(tmp_path)
    first, second = vault.seal(MINE), vault.seal(read("鲁a·I2345", PlateColor.BLUE))
    assert (first.key, first.masked, first.color) == (second.key, "鲁A·1**45", PlateColor.BLUE)
    assert first.sealed != second.sealed
    assert b"12345" not in first.sealed + first.key
    assert vault.open(first) == vault.open(second) == MINE


def test_a_plate_of_another_colour_is_another_plate(tmp_path: Path) -> None:
    vault = PlateVault(tmp_path)
    assert vault.seal(MINE).key != vault.seal(PlateText("鲁A12345", PlateColor.YELLOW)).key


def test_vehicles_without_plate_are_told_apart_by_their_clients(tmp_path: Path) -> None:
    vault, none = PlateVault(tmp_path), read("无牌", PlateColor.OTHER)
    assert vault.seal(none, "ann").key == vault.seal(none, "ann").key != vault.seal(none, "bob").key
    assert vault.seal(MINE, "ann").key == vault.seal(MINE, "bob").key
    assert vault.open(vault.seal(none, "ann")) == none


def test_the_key_file_is_for_its_owner_alone_and_lasts(tmp_path: Path) -> None:
    sealed = PlateVault(tmp_path).seal(MINE)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == [FILE]
    again = PlateVault(tmp_path)
    assert (again.open(sealed), again.key_of(MINE)) == (MINE, sealed.key)


def test_old_keys_still_open_after_a_rotation_even_in_another_process(tmp_path: Path) -> None:
    one, other = PlateVault(tmp_path), PlateVault(tmp_path)
    old = one.seal(MINE)
    assert one.rotate() == 2
    new = one.seal(MINE)
    assert new.key == old.key
    assert new.sealed[:4] != old.sealed[:4]
    assert one.open(old) == one.open(new) == other.open(new) == MINE
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    (tmp_path / "plates.rotating").touch()
    with pytest.raises(VaultError, match="another rotation"):
        one.rotate()


def test_what_was_changed_or_belongs_to_another_plate_does_not_open(tmp_path: Path) -> None:
    vault = PlateVault(tmp_path)
    mine, yours = vault.seal(MINE), vault.seal(read("鲁A99999", PlateColor.BLUE))
    for wrong in (
        msgspec.structs.replace(mine, sealed=yours.sealed),
        msgspec.structs.replace(mine, sealed=mine.sealed[:-1] + bytes([mine.sealed[-1] ^ 1])),
        msgspec.structs.replace(mine, sealed=b""),
        msgspec.structs.replace(mine, sealed=b"\0\0\0\1short"),
    ):
        with pytest.raises(VaultError):
            vault.open(wrong)


@pytest.mark.parametrize("kept", ["", "{}", '{"index": "ab", "sealing": {"1": "cd"}}', "[]", '{"index": 1, "sealing": {}}', "é"])
def test_what_is_no_key_file_is_refused(tmp_path: Path, kept: str) -> None:
    path = tmp_path / FILE
    path.write_text(kept, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(VaultError, match="not a key file"):
        PlateVault(tmp_path)


def test_a_key_file_that_everybody_can_read_is_refused(tmp_path: Path) -> None:
    PlateVault(tmp_path)
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(VaultError, match="chmod 600"):
        PlateVault(tmp_path)


def test_services_that_start_together_use_the_same_keys(tmp_path: Path) -> None:
    keys: list[bytes] = []
    start = threading.Barrier(8)

    def run() -> None:
        start.wait()
        keys.append(PlateVault(tmp_path).key_of(MINE))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1
    assert os.listdir(tmp_path) == [FILE]
