"""The parking page in a real browser, on a phone's screen: find, reserve, pay, cancel, share."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from feeds.parking.simulated import lots, tariffs
from server.parking.demo import DemoIssuer, bind_demo, enter_lots
from server.routes import parking_page
from tests.support.page_server import CHROMIUM_OPTIONS, PageServer, find_chromium, page_server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MORNING = datetime.datetime(2026, 11, 23, 10, 0)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    assert parking_page.router.routes
    directory = tmp_path_factory.mktemp("pages")
    issuer = DemoIssuer(directory)
    enter_lots(directory, lots(), lambda: 0.0, tariffs())
    with page_server(directory, lambda runtime: bind_demo(runtime.parking, issuer, directory, runtime.clock)) as running:
        while not running.runtime.parking.ready:
            time.sleep(0.02)
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        executable = find_chromium(os.environ.get("BAIMAI_TEST_CHROMIUM"))
        browser = playwright.chromium.launch(executable_path=executable, chromium_sandbox=False, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


def opened(server: PageServer, browser: Browser, lang: str, wrong: list[str], width: int = 390) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 844}, timezone_id="Asia/Shanghai")
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{server.url}/parking?lang={lang}")
    look(page)
    return page


def look(page: Page, start: int = 0) -> None:
    """Search for two hours, so many hours after ten."""
    for name, hours in (("from", start), ("to", start + 2)):
        page.fill(f"#{name}", (MORNING + datetime.timedelta(hours=hours)).isoformat()[:16])
    page.locator("#search button").click()
    expect(page.locator("#lots .row")).to_have_count(5)


def reserve(page: Page, lot: str, plate: str) -> None:
    page.locator("#lots .row").filter(has_text=lot).click()
    page.fill("#plate", plate)
    page.locator("#sheet form button.main").click()


@pytest.mark.parametrize(("width", "lang"), [(1280, "zh"), (390, "zh"), (390, "en"), (320, "en")])
def test_the_page_fits_the_screen(server: PageServer, browser: Browser, width: int, lang: str) -> None:
    page = opened(server, browser, lang, [], width)
    for tab in ("mine", "share", "find"):
        page.click(f"#tab-{tab}")
        expect(page.locator(f"#{tab}")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_what_is_free_is_reserved_at_once_and_cancelled(server: PageServer, browser: Browser) -> None:
    wrong: list[str] = []
    page = opened(server, browser, "zh", wrong)
    reserve(page, "绣源河站", "鲁A12345")
    mine = page.locator("#reservations li")
    expect(mine.locator(".state")).to_have_text("已预约")
    mine.get_by_text("取消预约").click()
    page.locator("#sheet button.main").click()
    expect(mine.locator(".state")).to_have_text("已取消")
    assert wrong == []
    page.close()


def test_what_costs_is_confirmed_when_it_is_paid(server: PageServer, browser: Browser) -> None:
    wrong: list[str] = []
    page = opened(server, browser, "en", wrong)
    reserve(page, "中心市场", "鲁A54321")
    mine = page.locator("#reservations li")
    expect(mine.locator(".state")).to_have_text("To be confirmed")
    page.get_by_text("Pay CNY 8.00").click()
    expect(mine.locator(".state")).to_have_text("Reserved", timeout=15_000)
    page.get_by_text("Cancel", exact=True).click()
    expect(page.locator("#sheet")).to_contain_text("CNY 8.00 will go back")
    assert wrong == []
    page.close()


def test_a_guest_shares_a_space_and_withdraws_it(server: PageServer, browser: Browser) -> None:
    wrong: list[str] = []
    owner = opened(server, browser, "zh", wrong)
    owner.click("#tab-share")
    assert owner.input_value("#place").startswith("demo-garden.2")
    owner.locator("#publish button.main").click()
    shared = owner.locator("#shares li")
    expect(shared.locator(".state")).to_have_text("08:30–17:30")
    shared.get_by_text("撤回").click()
    expect(shared.locator(".state")).to_have_text("已撤回")
    assert wrong == []
    owner.close()
