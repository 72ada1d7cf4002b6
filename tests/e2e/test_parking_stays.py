"""Reservations and shared spaces on the parking page, in a real browser: held, paid, changed, waited for, moved, lent."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from feeds.parking.simulated import guest_place, neighbour, neighbour_place
from tests.support.parking_pages import DAY, ParkingPages, close, guest_of, parking_pages, type_plate

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAID = {"timeout": 15_000}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[ParkingPages]:
    with parking_pages(tmp_path_factory.mktemp("stays"), browser) as running:
        yield running
        assert running.wrong == []


def book(page: Page, lot: str, plate: str) -> Locator:
    """Reserves it for the time that is chosen; its card."""
    page.locator("#lots .row").filter(has_text=lot).click()
    type_plate(page, plate)
    page.locator("#sheet form button.main").click()
    card = page.locator("#reservations > li").filter(has_text=lot)
    expect(card).to_have_count(1)
    return card


def details(page: Page, card: Locator, tool: str = "") -> Locator:
    """The sheet of a reservation, with one of its tools open."""
    card.get_by_role("button", name=re.compile("详情|Details")).click()
    if tool:
        page.locator("#sheet .tools").get_by_text(tool, exact=True).click()
    return page.locator("#sheet")


def test_what_costs_is_paid_extended_at_a_price_and_cancelled_by_its_terms(pages: ParkingPages) -> None:
    page = pages.open("en")
    page.get_by_text("Tonight", exact=True).click()
    page.locator("#shorter").click()
    card = book(page, "中心市场", "鲁A54321")
    expect(card.locator(".state")).to_have_text("Reserved", **PAID)
    sheet = details(page, card, "Extend")
    offers = [re.compile("20:30 for ¥2 more"), re.compile("21:00 for ¥4 more"), re.compile("22:00 for ¥8 more")]
    expect(sheet.locator(".inset button")).to_have_text(offers)
    sheet.locator(".inset button").nth(1).click()
    expect(card).to_contain_text("18:00–21:00")
    expect(card.get_by_role("button", name="Pay the balance of ¥4")).to_be_visible()
    card.get_by_role("button", name="Pay the balance of ¥4").click()
    expect(card.get_by_role("button", name="Pay the balance of ¥4")).to_have_count(0, **PAID)
    sheet = details(page, card, "Cancel it")
    expect(sheet.locator(".inset")).to_contain_text("¥12 goes back")
    later = [re.compile("from Today 17:00 on: ¥6 back"), re.compile("from Today 18:00 on: ¥0 back")]
    expect(sheet.locator(".inset .terms li")).to_have_text(later)
    sheet.locator(".inset .main").click()
    expect(page.locator("#reservations .none")).to_be_visible()
    page.locator("#pastbox summary").click()
    gone = page.locator("#past > li")
    expect(gone.locator(".state")).to_have_text("Cancelled")
    sheet = details(page, gone)
    expect(sheet.locator(".receipt")).to_contain_text("Refunded¥12")
    close(page)


def test_a_stay_begins_and_ends_by_the_app_and_its_plate_is_changed_before(pages: ParkingPages) -> None:
    page = pages.open("zh")
    card = book(page, "绣源河站", "鲁AB1234")
    expect(card.locator(".clock")).to_have_text(re.compile(r"^\d+:\d\d 后开始$"))
    sheet = details(page, card, "更换车牌")
    sheet.locator("#plate").fill("鲁AF00007")
    sheet.get_by_text("保存", exact=True).click()
    expect(card).to_contain_text("鲁A·F***07")
    card.get_by_text("我已到达").click()
    expect(card.locator(".state")).to_have_text("停车中")
    expect(card).to_contain_text("1 号位")
    card.get_by_text("我已驶离").click()
    expect(page.locator("#past .state")).to_have_text("已完成")
    close(page)


def test_a_hold_counts_down_and_is_paid_later(pages: ParkingPages) -> None:
    page = pages.open("zh")
    pages.reserve(guest_of(page), "demo-market", "鲁A31000", "20:00", "21:00", confirm=False)
    page.click("#tab-mine")
    card = page.locator("#reservations > li")
    expect(card.locator(".state")).to_have_text("待确认")
    expect(card.locator(".clock")).to_have_text(re.compile(r"^保留至 08:\d\d · 还剩 9:\d\d$"))
    card.get_by_text("支付 ¥4").click()
    expect(card.locator(".state")).to_have_text("已预约", **PAID)
    close(page)


def test_who_waits_sees_the_place_in_line_and_is_offered_what_falls_free(pages: ParkingPages) -> None:
    taken = [pages.reserve(f"rival-{k}", "demo-station", f"鲁A4100{k}", "20:00", "22:00", kind="disabled") for k in range(4)]
    page = pages.open("zh")
    page.select_option("#kind", "disabled")
    page.get_by_text("今晚", exact=True).click()
    for _ in range(8):
        page.click("#later")
    page.click("#shorter")
    expect(page.locator("#lots li").filter(has_text="绣源河站").locator(".room")).to_have_text("该时段已满")
    page.locator("#lots .row").filter(has_text="绣源河站").click()
    type_plate(page, "鲁A41009")
    page.get_by_text("排队等候").click()
    card = page.locator("#reservations > li")
    expect(card.locator(".state")).to_have_text("排队中")
    expect(details(page, card)).to_contain_text("您排在第 1 位")
    page.locator(".shut").click()
    pages.ask("rival-2", "POST", f"/reservations/{taken[2]['id']}/cancel", {}, if_match="*")
    expect(card.locator(".state")).to_have_text("已为您留位")
    expect(card.locator(".clock")).to_have_text(re.compile("还剩 14:"))
    card.get_by_text("确认预约").click()
    expect(card.locator(".state")).to_have_text("已预约")
    close(page)


def share(pages: ParkingPages, who: str, place: str, **window: Any) -> Any:
    body = {"place_id": place, "first_day": DAY, "days": "daily", "start": "00:00", "end": "23:30"}
    return pages.ask(who, "POST", "/shares", body | window)


def test_whose_place_is_withdrawn_chooses_between_another_and_the_money(pages: ParkingPages) -> None:
    page, owners = pages.open("zh"), [neighbour(k) for k in range(3)]
    first, second, _ = (share(pages, owner, neighbour_place(k), price_fen_per_hour=400) for k, owner in enumerate(owners))
    pages.reserve(guest_of(page), "demo-garden", "鲁A51000", "12:00", "14:00", place_id=neighbour_place(0), confirm=False)
    page.click("#tab-mine")
    card = page.locator("#reservations > li")
    card.get_by_text("支付 ¥8").click()
    expect(card.locator(".state")).to_have_text("已预约", **PAID)
    pages.ask(owners[0], "DELETE", f"/shares/{first['id']}", if_match="*")
    expect(card.locator(".state")).to_have_text("请确认换位")
    sheet = details(page, card)
    expect(sheet).to_contain_text("原车位：车位 101 → 新车位：车位 102")
    expect(sheet).to_contain_text("原车位已被收回，我们为您保留了另一个车位")
    expect(sheet).to_contain_text("同一停车场")
    expect(sheet).to_contain_text("不接受则退款 ¥8")
    page.locator(".shut").click()
    card.get_by_text("接受新车位").click()
    expect(card.locator(".state")).to_have_text("已预约")
    pages.ask(owners[1], "DELETE", f"/shares/{second['id']}", if_match="*")
    expect(card.locator(".state")).to_have_text("请确认换位")
    sheet = details(page, card, "不接受，退款")
    sheet.locator(".inset .main.danger").click()
    expect(page.locator("#past .state")).to_have_text("已取消")
    close(page)


def test_a_shared_space_is_found_and_reserved(pages: ParkingPages) -> None:
    share(pages, "ann", "demo-garden.117", price_fen_per_hour=100)
    share(pages, neighbour(3), neighbour_place(3), price_fen_per_hour=500)
    page = pages.open("zh")
    garden = page.locator("#lots li").filter(has_text="花园小区")
    expect(garden.locator(".room.good")).to_be_visible()
    expect(garden.locator(".cost")).to_have_text("共享")
    expect(garden).to_contain_text("含共享")
    garden.locator(".row").click()
    chosen = page.locator("#sheet .offer")
    page.locator("#sheet select").first.select_option("demo-garden.117")
    expect(chosen.locator(".sum")).to_have_text("合计¥2")
    type_plate(page, "鲁A61000")
    page.locator("#sheet form button.main").click()
    card = page.locator("#reservations > li")
    expect(card.locator(".state")).to_have_text("已预约", **PAID)
    expect(card).to_contain_text("车位 117")
    close(page)


def test_a_visitor_shares_a_space_over_midnight_sees_who_comes_and_withdraws_it(pages: ParkingPages) -> None:
    page = pages.open("zh")
    page.click("#tab-share")
    number = guest_of(page)[-2:]
    place = guest_place(int(number) - 1)
    expect(page.locator("#mine-place option:checked")).to_have_text(f"车位 {place.rpartition('.')[2]}")
    page.fill("#share-from", "19:00")
    page.fill("#share-to", "07:30")
    expect(page.locator("#crosses")).to_have_text("次日 07:30")
    page.locator("#publish button.main").click()
    card = page.locator("#shares > li")
    expect(card).to_contain_text("19:00–次日 07:30")
    lines = card.locator(".dayline")
    expect(lines).to_have_count(14)
    expect(lines.nth(1).locator(".said")).to_have_text("0–7, 19–24")
    expect(lines.nth(6).locator(".said")).to_have_text("不开放")
    booked = pages.reserve("bob", "demo-garden", "鲁A71000", "20:00", "22:00", place_id=place, confirm=False)
    pages.ask("bob", "POST", f"/reservations/{booked['id']}/payments", {})
    until = time.monotonic() + 30
    while pages.ask("bob", "GET", f"/reservations/{booked['id']}")["state"] != "confirmed":
        assert time.monotonic() < until, "it was not paid"
        time.sleep(0.2)
    page.click("#tab-mine")
    page.click("#tab-share")
    expect(card.locator(".who li")).to_have_text(re.compile(r"今天 20:00–22:00 · 鲁A·7\*\*00 · 已预约"))
    expect(page.locator("#earnings .sum")).to_have_text("合计¥6")
    expect(page.locator("#earnings li")).to_have_text(re.compile("20:00–22:00 · 已预约 · ¥6"))
    card.get_by_text("停止共享").click()
    expect(page.locator("#sheet")).to_contain_text("1 个已有预约会被换位或全额退款")
    expect(page.locator("#sheet .terms li")).to_have_text(re.compile("今天 20:00–22:00：(换到别的车位|取消并退款 ¥6)"))
    page.locator("#sheet").get_by_text("保留").click()
    expect(card.locator(".state")).to_have_text("¥3/小时")
    card.get_by_text("停止共享").click()
    page.locator("#sheet .danger").click()
    expect(card.locator(".state")).to_have_text("已停止")
    close(page)


def test_an_owner_comes_from_an_app_with_a_token_and_sees_the_own_spaces(pages: ParkingPages) -> None:
    token = pages.issuer.token("ann", pages.server.runtime.clock())
    page = pages.open("zh", path=f"#token={token}")
    assert token not in page.url
    page.click("#tab-share")
    expect(page.locator("#mine-place option")).to_have_text(["车位 117", "其他车位…"])
    close(page)


def test_what_is_free_now_changes_while_one_looks(pages: ParkingPages) -> None:
    page = pages.open("zh")
    square = page.locator("#lots li").filter(has_text="文化广场")
    expect(square).not_to_contain_text("现在空")
    at = clock(pages, 0)
    pages.operate("POST", "/occupancy", {"reports": [{"lot_id": "demo-square", "at": f"{DAY}T{at}:00+08:00", "occupied": 13}]})
    pages.reserve("bob", "demo-square", "鲁A72000", "15:00", "16:00")
    expect(square).to_contain_text("现在空 7", timeout=20_000)
    close(page)


def test_a_window_is_changed_and_days_of_the_week_are_chosen(pages: ParkingPages) -> None:
    page = pages.open("en")
    page.click("#tab-share")
    page.select_option("#days", "some")
    for day in "23456":
        box = page.locator(f"#weekdays input[value='{day}']")
        box.uncheck() if int(day) < 6 else box.check()
    page.check("#gift")
    page.locator("#publish button.main").click()
    card = page.locator("#shares > li")
    expect(card).to_contain_text("Mon, Sat 08:30–17:30")
    expect(card.locator(".state")).to_have_text("Free")
    card.get_by_text("Change").click()
    page.fill("#share-to", "12:00")
    page.get_by_text("Save", exact=True).click()
    expect(card).to_contain_text("Mon, Sat 08:30–12:00")
    first = card.locator(".dayline").first
    expect(first.locator(".said")).to_have_text(re.compile(r"^8:\d\d–11:30$"))
    first.click()
    expect(page.locator("#sheet h2")).to_have_text("Not shared on Today")
    page.locator("#sheet .actions .main").click()
    expect(first.locator(".said")).to_have_text("set aside")
    first.click()
    page.locator("#sheet .actions .main").click()
    expect(first.locator(".said")).to_have_text(re.compile(r"^8:\d\d–11:30$"))
    close(page)


def test_an_overstay_is_on_record_and_appealed_against(pages: ParkingPages) -> None:
    place = {"id": "short.1", "numbered": True}
    pages.operate("PUT", "/lots/demo-short", {"name": "短停区", "lat": 36.7, "lon": 117.5, "grace_s": 1, "places": [place]})
    page = pages.browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{pages.server.url}/parking?lang=zh")
    who = guest_of(page)
    made = pages.reserve(who, "demo-short", "鲁A81000", "08:00", clock(pages, 1))
    pages.ask(who, "POST", f"/reservations/{made['id']}/check-in", {}, if_match="*")
    page.click("#tab-mine")
    expect(page.locator("#reservations .state")).to_have_text("已超时", timeout=90_000)
    page.wait_for_timeout(2500)  # longer than its grace, which is a second
    page.locator("#reservations").get_by_text("我已驶离").click()
    record = page.locator("#conduct .list > li")
    expect(record).to_contain_text("短停区")
    record.get_by_text("申诉").click()
    page.fill("#grounds", "道闸故障，出不去。")
    page.get_by_text("提交申诉").click()
    expect(record).to_contain_text("申诉处理中")
    page.context.close()


def clock(pages: ParkingPages, minutes: int) -> str:
    """HH:MM in so many full minutes."""
    seconds = int(pages.server.runtime.clock()) + 8 * 3600
    minute = seconds // 60 + minutes
    return f"{minute // 60 % 24:02}:{minute % 60:02}"
