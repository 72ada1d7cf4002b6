"""The pages in a real browser: what a rider sees, and that nothing false stays on a screen."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from server.change_schemas import CHANGE
from server.map_view import busiest_stops
from server.pages import map_built
from server.routes import pages
from tests.support.page_server import LIFE, PageServer, page_server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LIVE = re.compile(r"还有\d+站·约\d+分钟|即将进站|已进站")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    with pytest.MonkeyPatch.context() as patch, page_server(tmp_path_factory.mktemp("pages")) as running:
        patch.setattr(pages, "EVERY_MS", 500)
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose scripts may not fail, and that may not ask any other host for anything."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if "//127.0.0.1" not in request.url[:20] else None)
    yield page
    page.close()
    outside = [one for one in wrong if not one.startswith(("data:", "blob:"))]
    assert outside == []


def until(page: Page, question: str, seconds: float = 20.0) -> None:
    """Asks the page till it says yes. `wait_for_function` asks again from inside the page, with an `eval` the pages' policy forbids."""
    ends = time.monotonic() + seconds
    while not page.evaluate(question):
        assert time.monotonic() < ends, question
        page.wait_for_timeout(100)


@pytest.fixture
def stop(server: PageServer) -> str:
    return busiest_stops(server.runtime.network, 1)[0]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_text_of_a_board_is_cut_off(server: PageServer, page: Page, lang: str) -> None:
    cut = """() => [...document.querySelectorAll('#rows td')]
        .filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText)"""
    for stop in busiest_stops(server.runtime.network, 5):
        page.goto(f"{server.url}/board/{stop}?lang={lang}")
        expect(page.locator("#clock")).to_have_text(re.compile("^08:"))
        assert page.evaluate(cut) == []


def test_the_board_shows_lines_minutes_and_the_time(server: PageServer, page: Page, stop: str) -> None:
    page.goto(f"{server.url}/board/{stop}?lang=zh")
    expect(page.locator("#rows td.first").filter(has_text=LIVE).first).to_be_visible()
    expect(page.locator("#rows td.route").first).to_have_text(re.compile("路"))
    expect(page.locator("#clock")).to_have_text(re.compile(r"^08:1\d:\d\d$"))
    expect(page.locator("#message")).to_contain_text("首班")


def test_the_board_blanks_itself_when_the_engine_fails_and_comes_back(server: PageServer, page: Page, stop: str) -> None:
    page.goto(f"{server.url}/board/{stop}?lang=zh")
    live = page.locator("#rows td.first").filter(has_text=LIVE)
    expect(live.first).to_be_visible()
    server.engine.failing.set()
    try:
        expect(live).to_have_count(0, timeout=(LIFE + 6) * 1000)
        expect(page.locator("#mark")).to_have_text("无信号")
        assert page.locator("#rows").inner_text().strip() == ""
        assert page.locator("#message").inner_text().strip() == ""
        assert "分钟" not in httpx.get(f"{server.url}/board/{stop}?lang=zh").text
        assert httpx.get(f"{server.url}/v1/stops/{stop}/board.txt?charset=utf-8").text.strip() == ""
    finally:
        server.engine.failing.clear()
    expect(live.first).to_be_visible(timeout=10_000)
    expect(page.locator("#mark")).to_have_text("")


@pytest.mark.parametrize(
    ("lang", "skips", "words"), [("zh", "不停靠", "道路施工：请走两步"), ("en", "skips", "Road works: please walk")]
)
def test_a_closed_stop_and_its_alert_are_shown_and_the_data_are_not_called_late(
    server: PageServer, page: Page, stop: str, lang: str, skips: str, words: str
) -> None:
    bureau, now = server.runtime.bureau, server.runtime.clock()
    change = CHANGE.validate_python(
        {"kind": "close_stop", "stop_id": stop, "text": {"zh": "道路施工", "en": "Road works"},
         "description": {"zh": "请走两步", "en": "please walk"}}
    )  # fmt: skip
    kept = bureau.add(change, now, server.runtime.network.timezone)
    assert kept is not None
    try:
        page.goto(f"{server.url}/board/{stop}?lang={lang}")
        expect(page.locator("#message")).to_contain_text(words, timeout=10_000)
        expect(page.locator("#rows td.first.none").filter(has_text=re.compile(skips, re.IGNORECASE)).first).to_be_visible()
        expect(page.locator("#panel")).not_to_have_class(re.compile("stale"))
        page.goto(f"{server.url}/stop/{stop}?lang={lang}")
        expect(page.locator("#alert")).to_contain_text(words)
        expect(page.locator("#lines .first.none").first).to_be_visible()
    finally:
        assert bureau.remove(kept.id, now)
    page.goto(f"{server.url}/board/{stop}?lang=zh")
    expect(page.locator("#rows td.first").filter(has_text=LIVE).first).to_be_visible(timeout=10_000)
    expect(page.locator("#message")).not_to_contain_text("道路施工")


def test_the_board_is_readable_without_scripts(server: PageServer, browser: Browser, stop: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/board/{stop}?lang=en&rows=3")
    expect(page.locator("#rows tr")).to_have_count(3)
    expect(page.locator("#rows td.first").first).to_have_text(re.compile(r"min|Arriving|At stop|Waiting"))
    context.close()


def test_a_board_with_more_lines_than_rows_turns_its_pages(server: PageServer, page: Page, stop: str) -> None:
    page.clock.install()
    page.goto(f"{server.url}/board/{stop}?lang=zh&rows=1")
    row = page.locator("#rows tr td.to")
    first = row.inner_text()
    seen = {first}
    for _ in range(8):
        page.clock.run_for(3000)
        seen.add(row.inner_text())
    assert len(seen) > 1


@pytest.mark.parametrize(("lang", "words"), [("zh", "更新于"), ("en", "updated")])
def test_the_phone_page_speaks_both_languages(server: PageServer, page: Page, stop: str, lang: str, words: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server.url}/stop/{stop}?lang={lang}")
    expect(page.locator("#updated")).to_contain_text(words)
    expect(page.locator("#lines .badge").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("header a").click()
    expect(page.locator("#updated")).to_contain_text("updated" if lang == "zh" else "更新于")


def test_an_unknown_stop_is_said_to_be_unknown(server: PageServer, page: Page) -> None:
    answer = page.goto(f"{server.url}/stop/<b>17?lang=en")
    assert answer is not None
    assert answer.status == 404
    expect(page.locator("main")).to_contain_text("No stop of the timetable has the id “<b>17”")


def test_the_first_page_shows_boards_that_go_on(server: PageServer, page: Page) -> None:
    page.goto(f"{server.url}/?lang=zh")
    expect(page.locator("article")).to_have_count(pages.CARDS)
    expect(page.locator("article .first").filter(has_text=LIVE).first).to_be_visible()
    with page.expect_response(re.compile("/arrivals$"), timeout=10_000):
        pass


def test_the_map_draws_buses_that_move_or_the_page_says_how_to_build_it(server: PageServer, page: Page) -> None:
    page.goto(f"{server.url}/?lang=zh")
    if not map_built():
        expect(page.locator("#no-map")).to_contain_text("npm run build")
        return
    page.wait_for_selector("#map[data-ready]", timeout=60_000)
    until(page, "() => Number(document.getElementById('map').dataset.buses) > 10")
    expect(page.locator("#health")).to_have_text("实时")
    expect(page.locator("#legend .chip")).to_have_count(len(server.runtime.network.route_ids))
    places = """() => Object.fromEntries(window.baimai.queryRenderedFeatures({layers: ['bus']})
        .map(one => [one.properties.id, one.geometry.coordinates.join()]))"""
    until(page, f"() => Object.keys(({places})()).length > 10")
    before = page.evaluate(places)
    page.wait_for_timeout(4000)
    after = page.evaluate(places)
    assert sum(after.get(one, where) != where for one, where in before.items()) >= 5


def test_a_bus_on_the_map_tells_its_next_stops_and_a_stop_its_board(server: PageServer, page: Page) -> None:
    page.goto(f"{server.url}/?lang=en")
    if not map_built():
        expect(page.locator("#no-map")).to_contain_text("npm run build")
        return
    page.wait_for_selector("#map[data-ready]", timeout=60_000)
    page.locator("[data-stop]").first.click()
    expect(page.locator("#panel .line").first).to_be_visible(timeout=10_000)
    page.locator("#panel .close").click()
    expect(page.locator("#panel")).to_be_hidden()
    until(page, "() => window.baimai.queryRenderedFeatures({layers: ['bus']}).length > 10")
    page.evaluate("""() => { const map = window.baimai, box = map.getCanvas().getBoundingClientRect();
        for (const bus of map.queryRenderedFeatures({layers: ['bus']})) {
            const at = map.project(bus.geometry.coordinates);
            if (bus.properties.opacity === 1 && at.x > 40 && at.x < box.width - 450) { map.fire('click', {point: at}); return; }
        } }""")
    expect(page.locator("#panel .call").first).to_be_visible(timeout=10_000)
    expect(page.locator("#panel .call .first").first).to_have_text(re.compile(r"^\d\d:\d\d$"))


LINKS = {"parking_lot.js": {"https://uri.amap.com", "https://www.openstreetmap.org"}}
"""where a citizen may be led by a link; nothing is loaded from there (the fixture `page` hears of every request)"""


def test_the_files_of_the_pages_name_no_other_host() -> None:
    web = Path(pages.__file__).parents[1] / "web"
    for path in [*web.glob("static/*"), *web.glob("templates/*"), *web.glob("src/*")]:
        hosts = re.findall(r"https?://[a-z0-9.-]+", path.read_text(encoding="utf-8"))
        assert set(hosts) <= {"http://www.w3.org"} | LINKS.get(path.name, set()), path


@pytest.mark.parametrize(("lang", "heading"), [("zh", "预测准确度"), ("en", "Prediction accuracy")])
def test_the_accuracy_page_has_plots_that_fit_a_phone_and_a_desk(server: PageServer, page: Page, lang: str, heading: str) -> None:
    server.score_past()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(f"{server.url}/accuracy?lang={lang}")
        expect(page.locator("h1")).to_have_text(heading)
        assert page.locator("svg.plot rect.s0").count() >= 10
        expect(page.locator("#worst-stops tbody tr").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    words = page.locator("main").inner_text()
    assert ("引擎自己" if lang == "zh" else "own detection") in words
    assert re.search("nan|None|undefined", words) is None


def test_the_accuracy_page_needs_no_scripts_and_says_when_nothing_is_known(server: PageServer, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    answer = page.goto(f"{server.url}/accuracy?lang=en&date=2026-11-01")
    assert answer is not None
    assert answer.status == 404
    expect(page.locator("#no-data")).to_contain_text("Nothing was scored on this day")
    context.close()
