"""One Chromium a module: Playwright's synchronous side keeps an event loop running, which no other test may meet."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.page_server import CHROMIUM_OPTIONS, find_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        executable = find_chromium(os.environ.get("BAIMAI_TEST_CHROMIUM"))
        browser = playwright.chromium.launch(executable_path=executable, chromium_sandbox=False, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()
