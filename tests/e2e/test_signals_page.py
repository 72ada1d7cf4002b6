"""The signals page in a real browser: facts, ladder, map, one intersection as it changes; in both languages, and on a phone."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.support.page_server import PageServer, page_server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CUT = """() => [...document.querySelectorAll('dt, dd, td, th, h2, h3, p, li, button, .chip, .lamp')].filter((one) => one.offsetParent
    && getComputedStyle(one).overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 1).map((one) => one.innerText)"""
OUTSIDE = """() => [...document.querySelectorAll('dt, dd, h2, h3, p, li, button, .chip, .lamp')].filter((one) => one.offsetParent
    && !one.closest('.scroll') && one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.innerText)"""
PAINTED = """(id) => { const one = document.getElementById(id);
    const data = one.getContext('2d').getImageData(0, 0, one.width, one.height).data;
    const colors = new Set(); for (let k = 0; k < data.length; k += 4) { colors.add(data[k] << 16 | data[k + 1] << 8 | data[k + 2]); }
    return colors.size; }"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    with page_server(tmp_path_factory.mktemp("pages"), signals=True) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that may not say an error nor ask any other host for anything."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    wrong: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if "//127.0.0.1" not in request.url[:20] else None)
    yield page
    page.close()
    assert [one for one in wrong if not one.startswith(("data:", "blob:"))] == []


def until(page: Page, question: str, argument: object = None, seconds: float = 30.0) -> None:
    """Asks the page till it says yes; its policy forbids what `wait_for_function` does."""
    ends = time.monotonic() + seconds
    while not page.evaluate(question, argument):
        assert time.monotonic() < ends, question
        page.wait_for_timeout(100)


def open_page(server: PageServer, page: Page, lang: str) -> None:
    page.goto(f"{server.url}/signals?lang={lang}")
    expect(page.locator("#page")).to_have_attribute("aria-busy", "false", timeout=30_000)


@pytest.mark.parametrize(
    ("lang", "rungs", "effect", "days"),
    [
        ("zh", ["在册", "在线", "申报实时", "确在响应"], "与本路口可比日相比的成效", "各需至少 5 天"),
        ("en", ["Listed", "On line", "Declared", "Adapting"], "Effect beside its own comparable days", "at least 5 days of each kind"),
    ],
)
def test_facts_ladder_and_an_intersection_that_changes(
    server: PageServer, page: Page, lang: str, rungs: list[str], effect: str, days: str
) -> None:
    open_page(server, page, lang)
    expect(page.locator("#facts dd")).to_have_count(4)
    expect(page.locator("#facts dd").first).to_have_text(re.compile(r"\d+\.\d %"))
    for rung in rungs:
        expect(page.locator("#ladder")).to_contain_text(rung)
    until(page, "() => document.querySelectorAll('#trend path, #trend polyline').length > 0")
    name = "ZQ-0404"
    page.goto(f"{server.url}/signals?lang={lang}#{name}")
    page.reload()
    expect(page.locator("#detail .lamp").first).to_be_visible(timeout=30_000)
    lamps = "() => [...document.querySelectorAll('#lamps .lamp')].map((one) => one.className).join()"
    before = page.evaluate(lamps)
    until(page, f"(before) => ({lamps})() !== before", before, 60.0)
    for canvas in ("purdue", "split"):
        until(page, f"(id) => ({PAINTED})(id) > 3", canvas)
    expect(page.locator("#detail")).to_contain_text(effect)
    expect(page.locator("#detail")).to_contain_text(days)
    assert not re.search("undefined|NaN|because_", page.locator("#detail").inner_text())


def test_a_dot_opens_its_intersection(server: PageServer, page: Page) -> None:
    open_page(server, page, "en")
    dot = page.locator("#map .dot").first
    dot.dispatch_event("click")
    expect(page.locator("#detail .detail-head")).to_be_visible(timeout=10_000)
    page.locator("#detail .detail-head button").click()
    expect(page.locator("#detail")).to_be_hidden()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_is_cut_off_on_a_phone(server: PageServer, page: Page, lang: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(server, page, lang)
    page.goto(f"{server.url}/signals?lang={lang}#ZQ-0404")
    page.reload()
    expect(page.locator("#detail .lamp").first).to_be_visible(timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(CUT) == []
    assert page.evaluate(OUTSIDE) == []
