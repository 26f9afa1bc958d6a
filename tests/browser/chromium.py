"""Debian's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.servers.memory import folder_in_memory

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")

MISSING = "there is no Chromium here: apt-get install chromium"

OPTIONS = (
    # On a machine without one, its process stops now and then, and pages with it.
    "--disable-gpu",
    # Whatever a page would load from elsewhere fails, and is seen.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def find_chromium() -> str | None:
    """Return the path of the browser; None: there is none."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


@contextmanager
def open_chromium(program: str) -> Iterator[Browser]:
    """Start the browser, without a window, until the context ends."""
    # Root has no sandbox; everybody else keeps it.
    options = [*OPTIONS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    if folder_in_memory() is None:
        options.append("--disable-dev-shm-usage")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=options)
        yield browser
        browser.close()
