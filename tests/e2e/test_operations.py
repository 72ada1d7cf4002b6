"""The operations page in a real browser: fits every screen, renews itself, and blanks what is no longer so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from server.routes import operations_page
from tests.support.page_server import PageServer, page_server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    with pytest.MonkeyPatch.context() as patch, page_server(tmp_path_factory.mktemp("pages")) as running:
        patch.setattr(operations_page, "EVERY_MS", 500)
        yield running


@pytest.mark.parametrize(("width", "lang"), [(1280, "zh"), (390, "zh"), (390, "en"), (320, "en")])
def test_the_page_fits_the_screen(server: PageServer, browser: Browser, width: int, lang: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto(f"{server.url}/operations?lang={lang}")
    expect(page.locator("tbody tr").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_the_page_renews_itself_and_blanks_when_the_engine_stands(server: PageServer, browser: Browser) -> None:
    page = browser.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{server.url}/operations?lang=en")
    stamp = page.locator(".facts dd").last
    before = stamp.inner_text()
    expect(stamp).not_to_have_text(before, timeout=10_000)
    server.engine.failing.set()
    try:
        expect(stamp).to_have_text("–", timeout=20_000)
        expect(page.locator("tbody")).to_have_text("No data")
        expect(page.locator("body")).not_to_contain_text("No open alerts")
    finally:
        server.engine.failing.clear()
    expect(stamp).not_to_have_text("–", timeout=20_000)
    assert wrong == []
    page.close()
