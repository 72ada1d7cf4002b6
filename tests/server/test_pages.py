"""How a page is put together: language, and JSON that cannot break out of its script element."""

from __future__ import annotations

import json
import re

import pytest

from server.pages import WEB, embedded_value, language_of, render


@pytest.mark.parametrize(
    ("lang", "accept", "language"),
    [
        ("en", "zh-CN", "en"),
        ("zh", "en", "zh"),
        (None, "en-GB,en;q=0.9,zh;q=0.8", "en"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "de,en;q=0.5", "en"),
        (None, "fr", "zh"),
        (None, None, "zh"),
    ],
)
def test_the_reader_chooses_the_language_else_the_browser(lang: str | None, accept: str | None, language: str) -> None:
    assert language_of(lang, accept) == language


def test_embedded_json_cannot_end_its_element() -> None:
    hostile = {"name": "</script><script>alert(1)</script><!-- \u2028"}
    text = str(embedded_value(hostile))
    assert "<" not in text
    assert json.loads(text) == hostile


def test_names_in_a_page_are_escaped() -> None:
    body = bytes(render("no_stop.html", stop_id="<img src=x>", lang="en").body).decode()
    assert "&lt;img src=x&gt;" in body
    assert "<img" not in body


def test_the_scripts_of_boards_use_only_what_old_browsers_know() -> None:
    modern = re.compile(r"=>|`|\blet\b|\bconst\b|\bclass\b\s+\w+\s*\{|\bfetch\(|\bPromise\b|\basync\b|\.\.\.")
    for name in ("feed.js", "board.js"):
        source = (WEB / "static" / name).read_text(encoding="utf-8")
        code = re.sub(r"/\*.*?\*/|\"[^\"\n]*\"", "", source, flags=re.DOTALL)
        assert modern.search(code) is None, name


def test_the_map_is_locked_without_addresses() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
    assert all("resolved" not in package and "integrity" in package for path, package in lock["packages"].items() if path)
