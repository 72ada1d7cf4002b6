"""Finding a place on the parking page in a real browser, on a phone's screen: where, when, at what price, with which plate."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from feeds.parking.simulated import lots
from parking.model import PlateColor
from parking.plates import read
from server.routes import parking_page
from tests.support.parking_pages import ParkingPages, close, parking_pages, type_plate

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MACHINE_WORDS = re.compile(r"demo-|[0-9a-f]{24}|undefined|NaN|null|\{\w+\}|\[object")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[ParkingPages]:
    with parking_pages(tmp_path_factory.mktemp("pages"), browser) as running:
        yield running
        assert running.wrong == []


def shown(page: Page) -> str:
    return str(page.evaluate("document.body.innerText"))


def fits(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert MACHINE_WORDS.search(shown(page)) is None, MACHINE_WORDS.search(shown(page))


@pytest.mark.parametrize(("width", "lang"), [(1280, "zh"), (390, "zh"), (390, "en"), (320, "zh"), (320, "en")])
def test_every_part_fits_the_screen_and_speaks_no_machine_words(pages: ParkingPages, width: int, lang: str) -> None:
    page = pages.open(lang, width)
    fits(page, width)
    page.locator("#lots .row").first.click()
    page.click("#plate")
    expect(page.locator(".keys")).to_be_visible()
    fits(page, width)
    assert page.evaluate("document.getElementById('sheet').scrollWidth") <= width
    page.locator(".shut").click()
    for tab in ("mine", "share"):
        page.click(f"#tab-{tab}")
        expect(page.locator(f"#{tab} .none").first).to_be_visible()
        fits(page, width)
    close(page)


def test_every_control_has_a_name(pages: ParkingPages) -> None:
    page = pages.open("zh")
    page.locator("#lots .row").first.click()
    page.click("#plate")
    nameless = page.evaluate(
        """[...document.querySelectorAll('button, input, select, a, textarea')].filter((one) => !(
        (one.textContent || '').trim() || one.getAttribute('aria-label') || (one.labels && one.labels.length)
        )).map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert nameless == []
    close(page)


def test_times_are_the_car_parks_own_wherever_the_phone_is(pages: ParkingPages) -> None:
    page = pages.open("zh")
    expect(page.locator("#clock")).to_have_value("08:15")
    expect(page.locator("#leaves")).to_have_text("10:15 离开")
    page.click("#longer")
    expect(page.locator("#length")).to_have_text("3 小时")
    page.click("#later")
    page.locator("#lots .row").filter(has_text="绣源河站").click()
    expect(page.locator("#sheet")).to_contain_text("今天 08:30–11:30 · 3 小时")
    close(page)


def test_a_time_is_chosen_in_one_tap_and_the_next_workday_is_the_decreed_one(pages: ParkingPages) -> None:
    page = pages.open("en")
    expect(page.locator("#quick .chip")).to_have_text(["Now", "In 2 h", "Tonight", "Tomorrow, work"])
    page.get_by_text("Tomorrow, work").click()
    expect(page.locator("#clock")).to_have_value("08:30")
    expect(page.locator("#day option:checked")).to_have_text("Tomorrow")
    page.click("#earlier")
    expect(page.locator("#clock")).to_have_value("08:15")
    page.get_by_text("Tonight", exact=True).click()
    expect(page.locator("#quick .chip").nth(2)).to_have_attribute("aria-pressed", "true")
    school = page.locator("#lots li").filter(has_text="实验学校")
    expect(school.locator(".room")).to_have_text("24 free for your time")
    for _ in range(3):
        page.click("#longer")
    expect(school.locator(".room")).to_have_text("closed at that time")
    expect(school).to_contain_text("open 07:00–22:00")
    close(page)


def test_the_price_of_the_time_stands_in_the_list_and_on_the_map(pages: ParkingPages) -> None:
    page = pages.open("zh")
    market, pin = page.locator("#lots li").filter(has_text="中心市场"), page.locator(".pin[aria-label^=中心市场]")
    expect(market.locator(".cost")).to_have_text("¥8")
    expect(pin).to_have_text("¥8")
    page.click("#longer")
    expect(market.locator(".cost")).to_have_text("¥12")
    expect(pin).to_have_text("¥12")
    page.click("#sort-cheap")
    expect(page.locator("#lots .cost.good").last).to_have_text("¥12")
    page.click("#sort-room")
    expect(page.locator("#lots .name").first).to_have_text("绣源河站停车场")
    close(page)


def test_a_destination_is_a_name_a_point_of_the_map_or_where_one_is(pages: ParkingPages) -> None:
    (market,) = [lot for lot, _ in lots() if lot.id == "demo-market"]
    page = pages.open("zh", geolocation={"latitude": market.lat + 2e-4, "longitude": market.lon}, permissions=["geolocation"])
    expect(page.locator("#lots li").first).not_to_contain_text("米")
    page.fill("#where", "汽车站")
    page.locator("#places button").filter(has_text="章丘汽车站").click()
    expect(page.locator("#lots li").first).to_contain_text(re.compile(r"步行 \d+ 分 · [\d.]+ 公里"))
    expect(page.locator("#where")).to_have_value("章丘汽车站")
    page.click("#here")
    expect(page.locator("#where")).to_have_value("我的位置")
    expect(page.locator("#lots .name").first).to_have_text("中心市场停车场")
    page.click("#nowhere")
    expect(page.locator(".mark")).to_have_count(0)
    box = page.locator("#map").bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + 20, box["y"] + 20)
    expect(page.locator("#where")).to_have_value("地图上的点")
    expect(page.locator(".mark")).to_have_count(1)
    close(page)


def test_who_keeps_the_place_secret_is_told_to_tap_the_map(pages: ParkingPages) -> None:
    page = pages.open("en")
    page.click("#here")
    expect(page.locator("#note")).to_contain_text("tap your destination on the map")
    close(page)


def test_pins_and_rows_are_chosen_together(pages: ParkingPages) -> None:
    page = pages.open("zh")
    page.locator(".pin[aria-label^=文化广场]").click()
    expect(page.locator("#lots .chosen .name")).to_have_text("文化广场路侧泊位")
    page.locator("#lots .row").filter(has_text="中心市场").click()
    page.locator(".shut").click()
    expect(page.locator(".pin.chosen")).to_have_attribute("aria-label", re.compile("^中心市场"))
    expect(page.locator("#lots .chosen")).to_have_count(1)
    close(page)


def test_the_map_is_moved_and_zoomed_by_finger_wheel_and_keys(pages: ParkingPages) -> None:
    page = pages.open("zh")
    pin, box = page.locator(".pin[aria-label^=绣源河站]"), page.locator("#map").bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def where() -> tuple[float, float]:
        found = pin.bounding_box()
        assert found
        return found["x"], found["y"]

    before = where()
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 70, box["y"] + 50, steps=4)
    page.mouse.up()
    moved = where()
    assert abs(moved[0] - before[0] - 40) < 1.5
    assert abs(moved[1] - before[1] - 20) < 1.5
    expect(page.locator("#where")).to_have_value("")
    page.locator("#map").focus()
    page.keyboard.press("ArrowLeft")
    assert where()[0] > moved[0] + 40
    page.keyboard.press("ArrowRight")
    spread = pins_apart(page)
    page.mouse.move(*middle)
    page.mouse.wheel(0, -400)
    assert pins_apart(page) > 1.3 * spread
    page.get_by_label("显示全部").click()
    assert abs(pins_apart(page) - spread) < 0.3 * spread
    close(page)


def pins_apart(page: Page) -> float:
    """px between two pins."""
    boxes = [page.locator(f".pin[aria-label^={name}]").bounding_box() for name in ("绣源河站", "中心市场")]
    assert boxes[0]
    assert boxes[1]
    return float(abs(boxes[0]["x"] - boxes[1]["x"]))


def test_the_keypad_offers_what_a_plate_can_have_and_the_phone_remembers_it(pages: ParkingPages) -> None:
    page = pages.open("zh")
    page.locator("#lots .row").filter(has_text="绣源河站").click()
    page.click("#plate")
    expect(page.locator(".keys [data-sign=鲁]")).to_be_visible()
    expect(page.locator(".keys [data-sign=A]")).to_have_count(0)
    page.locator(".keys [data-sign=鲁]").click()
    for sign in "OI":
        expect(page.locator(f".keys [data-sign={sign}]")).to_have_count(0)
    expect(page.locator(".keys [data-sign='1']")).to_have_count(0)
    page.locator(".keys [data-sign=back]").click()
    type_plate(page, "鲁AD12345")
    expect(page.locator("#color")).to_have_value("green")
    page.locator("#sheet form button.main").click()
    expect(page.locator("#reservations .state")).to_have_text("已预约")
    page.click("#tab-find")
    page.locator("#lots .row").filter(has_text="中心市场").click()
    expect(page.locator("#plate")).to_have_value("鲁A·D12345")
    expect(page.locator("#color")).to_have_value("green")
    page.get_by_label("在本机忘记车牌 鲁A·D12345").click()
    assert page.evaluate("localStorage.getItem('parking-plates')") == "[]"
    close(page)


def test_a_wrong_plate_is_told_in_one_sentence_of_ones_language(pages: ParkingPages) -> None:
    said = {"zh": "车牌写法不对：请核对省份简称、位数和颜色。", "en": "That is no valid plate: check province, length and colour."}
    for lang, sentence in said.items():
        page = pages.open(lang)
        page.locator("#lots .row").filter(has_text="绣源河站").click()
        page.fill("#plate", "鲁A12")
        page.locator("#sheet form button.main").click()
        expect(page.locator("#sheet .note")).to_have_text(sentence)
        close(page)


def test_colours_are_guessed_and_plates_normalised_as_the_server_does(pages: ParkingPages) -> None:
    page = pages.open("zh")
    told = page.evaluate(
        """(texts) => import('/static/parking_plate.js').then((one) => texts.map(
        (text) => [one.normalise(text), one.guessColor(one.normalise(text))]))""",
        ["鲁a·o2i45", "鲁AD12345", "鲁A12345F", "鲁A1234学", "鲁A1234警", "粤Z1234港", "使014578"],
    )
    assert told[0] == ["鲁A02145", "blue"]
    for text, color in told:
        assert read(text, PlateColor(color)).text == text
    close(page)


def test_the_forecast_is_a_curve_with_its_interval_and_a_sentence(pages: ParkingPages) -> None:
    page = pages.open("en")
    drawn = page.evaluate(
        """import('/static/parking_forecast.js').then(({ sparkline }) => {
        const ahead = [['08:30', 9, 6, 12], ['09:00', 7, 3, 12]].map(([at, free, low, high]) => ({
          at: `2026-11-23T${at}:00+08:00`, free, free_p10: low, free_p90: high }));
        const one = sparkline(10, ahead), points = (name) => one.querySelector(name).getAttribute('points').split(' ').length;
        return [points('.mid'), points('.band'), one.lastChild.textContent, sparkline(10, null), sparkline(null, [])];
        })"""
    )
    assert drawn == [3, 6, "about 7 free at 09:00 (3–12)", None, None]
    close(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(pages: ParkingPages, scheme: str) -> None:
    assert parking_page.router.routes
    page = pages.open("zh", color_scheme=scheme)
    pairs = "ink ground, ink sheet, quiet ground, quiet sheet, on accent, live sheet, now sheet, plan sheet, accent sheet"
    for ink, ground in (pair.split() for pair in pairs.split(", ")):
        assert contrast(page, ink, ground) >= 4.5, (ink, ground)
    close(page)


def contrast(page: Page, ink: str, ground: str) -> float:
    """WCAG 2 ratio of two of the page's colours."""
    lights = []
    for name in (ink, ground):
        text = str(page.evaluate("(name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`)", name)).strip()
        parts = [int(text[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)
