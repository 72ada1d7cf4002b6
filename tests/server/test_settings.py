from __future__ import annotations

from pathlib import Path

import pytest

from server.errors import SettingsError
from server.settings import Settings, describe, load_settings


@pytest.fixture(autouse=True)
def no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in os.environ:
        if name.startswith("BAIMAI_") and not name.startswith("BAIMAI_TEST_"):
            monkeypatch.delenv(name)


def test_an_option_beats_the_environment_which_beats_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "baimai.toml"
    file.write_text('host = "::"\nport = 1\nhistory = 2\n')
    monkeypatch.setenv("BAIMAI_PORT", "3")
    monkeypatch.setenv("BAIMAI_HISTORY", "4")
    settings = load_settings(file, history=5, port=None)
    assert (settings.host, settings.port, settings.history) == ("::", 3, 5)


def test_every_setting_has_a_help_and_every_duration_or_size_a_unit() -> None:
    rows = list(describe(load_settings()))
    assert len(rows) == len(Settings.model_fields) <= 30
    assert all(len(row.help) > 10 for row in rows)
    named = {row.name: row.unit for row in rows}
    assert all(unit == "s" for name, unit in named.items() if name.endswith("_seconds"))
    assert all(unit == "bytes" for name, unit in named.items() if name.endswith("_bytes"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("step_seconds = 0", "step_seconds ({}): input should be greater than 0, got 0"),
        ("port = 99999", "port ({}): input should be less than or equal to 65535, got 99999"),
        ('log_level = "loud"', "log_level ({}): input should be 'debug', 'info', 'warning' or 'error', got 'loud'"),
        ("prot = 1", "prot ({}): there is no such setting; did you mean port?"),
        ("zzz = 1", "zzz ({}): there is no such setting; `baimai settings` lists them all"),
        ("port = ]", "{}: is not TOML: Invalid value"),
    ],
)
def test_a_wrong_file_is_told_in_one_sentence_with_the_field(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "b.toml"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    assert str(caught.value).startswith(sentence.format(file))


@pytest.mark.parametrize(
    ("name", "text", "start"),
    [
        ("BAIMAI_PORT", "x", "port (environment): input should be a valid integer"),
        ("BAIMAI_PROT", "1", "BAIMAI_PROT (environment): there is no such setting; did you mean port?"),
        ("BAIMAI_POSITIONS_URLS", "a,b", 'environment: error parsing value for field "positions_urls"'),
    ],
)
def test_a_wrong_variable_is_told_likewise(name: str, text: str, start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(start)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read \(No such file or directory\)"):
        load_settings(tmp_path / "none.toml")
