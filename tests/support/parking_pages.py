"""The parking page over the demo's car parks, in a real browser: the phone is in New York, the car parks are not."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, expect

from feeds.parking.simulated import lots, tariffs
from feeds.parking.simulated_walks import walking_streets
from feeds.simulated import District
from server.parking.demo import DemoIssuer, bind_demo, enter_lots
from tests.support.page_server import PageServer, page_server

PHONE = {"width": 390, "height": 844}
DAY = "2026-11-23"
"""a Monday; the server's clock starts at 08:10"""


class ParkingPages:
    """A running server, its issuer, and what goes wrong in the pages that were opened."""

    def __init__(self, server: PageServer, issuer: DemoIssuer, browser: Browser) -> None:
        self.server, self.issuer, self.browser = server, issuer, browser
        self.key, _ = server.runtime.keys.create_key(("parking",), "test", server.runtime.clock())
        self.wrong: list[str] = []

    def open(self, lang: str = "zh", width: int = 390, path: str = "", **options: Any) -> Page:
        """A phone of its own, with the page loaded and searched once."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 844}, timezone_id="America/New_York", has_touch=True, **options
        )  # fmt: skip
        page = context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.goto(f"{self.server.url}/parking?lang={lang}{path}")
        expect(page.locator("#lots .row")).to_have_count(5)
        return page

    def ask(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer to a citizen's request below /v1/parking."""
        token = self.issuer.token(who, self.server.runtime.clock())
        named = {"authorization": f"Bearer {token}", "idempotency-key": os.urandom(8).hex()}
        named |= {name.replace("_", "-"): text for name, text in headers.items()}
        answer = httpx.request(method, f"{self.server.url}/v1/parking{path}", json=body, headers=named, trust_env=False)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def operate(self, method: str, path: str, body: Any) -> Any:
        """With a key for car parks."""
        url, headers = f"{self.server.url}/v1/parking{path}", {"x-api-key": self.key}
        answer = httpx.request(method, url, json=body, headers=headers, trust_env=False)
        assert answer.is_success, answer.text
        return answer.json()

    def reserve(self, who: str, lot: str, plate: str, start: str, end: str, **more: Any) -> Any:
        """At local hours of the day; free of charge and confirmed, unless told otherwise."""
        wish = {"lot_id": lot, "from": f"{DAY}T{start}:00+08:00", "to": f"{DAY}T{end}:00+08:00", "confirm": True}
        return self.ask(who, "POST", "/reservations", wish | {"plate": {"text": plate, "color": "blue"}} | more)


@contextlib.contextmanager
def parking_pages(directory: Path, browser: Browser) -> Iterator[ParkingPages]:
    """While the block runs."""
    issuer = DemoIssuer(directory)
    enter_lots(directory, lots(), lambda: 0.0, tariffs())
    (directory / "parking").mkdir()
    places = [(lot.lat, lot.lon) for lot, _ in lots()]
    (directory / "parking" / "streets.csv").write_text(walking_streets(District(1).streets, places), encoding="utf-8")
    with page_server(directory, lambda runtime: bind_demo(runtime.parking, issuer, directory, runtime.clock)) as server:
        while not server.runtime.parking.catalogue.lots:
            time.sleep(0.02)
        yield ParkingPages(server, issuer, browser)


def guest_of(page: Page) -> str:
    """The name of the visitor the page was opened for, as tokens have it."""
    place = page.evaluate("document.body.dataset.place")
    return f"guest-{int(place.rpartition('.')[2]) - 200:02}"


def type_plate(page: Page, text: str) -> None:
    """On the keypad."""
    page.click("#plate")
    for sign in text:
        page.locator(f'.keys [data-sign="{sign}"]').click()
    page.locator('.keys [data-sign="done"]').click()


def close(page: Page) -> None:
    """The phone is put away."""
    context: BrowserContext = page.context
    context.close()
