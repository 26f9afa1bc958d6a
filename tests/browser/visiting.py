"""Somebody at a browser, and what the browser has to complain about."""

import re
from dataclasses import dataclass
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, ViewportSize

Theme = Literal["light", "dark"]

HEIGHTS = {320: 640, 768: 1024, 1280: 800, 1440: 900}


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is looked at."""

    language: str = "en"
    theme: Theme = "light"
    width: int = 1280

    def __str__(self) -> str:
        """Return it as a part of a file's name."""
        return f"{self.language}-{self.theme}-{self.width}"


class Visitor:
    """
    One person's browser, with cookies of its own.

    `faults` gathers what must never be: a violation of the policy of contents, an error of a script, a request that
    leaves this machine. Only the product's own pages count; the doubles' are no part of it.
    """

    def __init__(self, browser: Browser, address: str, look: Look | None = None, *, has_scripts: bool = True) -> None:
        look = look or Look()
        self.address = address
        self.faults: list[str] = []
        self._context = browser.new_context(
            base_url=address,
            locale=look.language,
            color_scheme=look.theme,
            viewport=_viewport(look.width),
            java_script_enabled=has_scripts,
            reduced_motion="reduce",
        )
        self._context.set_default_timeout(30_000)
        self._context.on("console", self._hear)
        self._context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        self._context.on("request", self._watch)
        self.page: Page = self._context.new_page()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._context.close()

    def choose(self, look: Look) -> None:
        """Take another look; cookies are set as the portal's own form sets them."""
        cookies: list[Any] = [
            {"name": name, "value": value, "url": self.address}
            for name, value in (("language", look.language), ("theme", look.theme))
        ]
        self._context.add_cookies(cookies)
        self.page.set_viewport_size(_viewport(look.width))

    def sign_in(self, path: str) -> None:
        """Open a link that signs in, and press its button."""
        self.page.goto(path)
        self.page.locator("main form button").click()
        self.page.wait_for_url(lambda url: "/enter" not in url)

    def stay_here(self) -> None:
        """Let no page of elsewhere open: whatever leads there stays where it is, and can be looked at."""
        self._context.route(lambda url: not url.startswith(self.address), lambda route: route.fulfill(status=204))

    def take_cookies(self, cookies: dict[str, str]) -> None:
        """Take the cookies of another browser."""
        found: list[Any] = [{"name": name, "value": value, "url": self.address} for name, value in cookies.items()]
        self._context.add_cookies(found)

    def cookies(self) -> list[Any]:
        """Return the cookies of this browser."""
        return list(self._context.cookies())

    def forget(self) -> None:
        """Lose all cookies."""
        self._context.clear_cookies()

    def press(self, text: str) -> None:
        """Press the button or link with a text."""
        found = self.page.get_by_role("button", name=text).or_(self.page.get_by_role("link", name=text))
        found.first.click()

    def numbers(self) -> list[int]:
        """Return the numbers of the large figure: hours and minutes, or whatever is left of them."""
        return [int(number) for number in re.findall(r"\d+", self.page.locator("main .figure").first.inner_text())]

    def words(self) -> str:
        """Return what stands in the page's main part; spaces are spaces."""
        return " ".join(self.page.locator("main").inner_text().replace("\u00a0", " ").replace("\u202f", " ").split())

    def _hear(self, message: ConsoleMessage) -> None:
        place = str(message.location.get("url", "")) or self.page.url
        if message.type in ("error", "warning") and place.startswith(self.address):
            # A page that answers 404 or 409 is no fault of the page.
            if "Failed to load resource" in message.text and place == self.page.url:
                return
            self.faults.append(f"{self.page.url}: {message.text} ({place})")

    def _watch(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in ("127.0.0.1", "localhost"):
            self.faults.append(f"{self.page.url} asks {parts.hostname}")


def _viewport(width: int) -> ViewportSize:
    return {"width": width, "height": HEIGHTS.get(width, 800)}
