"""
What must hold of every page: nothing that keeps people with disabilities out, nothing of elsewhere, and little to load.

Each page is looked at in both themes and widths, and all of them in every language; ALL_LOOKS=1 (`make looks`) takes all
sixteen looks. With SCREENSHOTS=folder (`make screenshots`) each page is photographed in Russian and German instead.
"""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from i18n.language import LANGUAGES
from tests.browser.checking import MAX_BYTES, Checks
from tests.browser.installation import Installation
from tests.browser.samples import FILES, OTHERS, PAGES, PATHS, Sample, Things, Who
from tests.browser.visiting import Look, Visitor

SHORT = (Look("ru", "dark", 320), Look("de", "light", 320), Look("en", "light", 1280), Look("es", "dark", 1280))

WHOLE = tuple(itertools.starmap(Look, itertools.product(LANGUAGES, ("light", "dark"), (320, 1280))))

PHOTOGRAPHED = tuple(itertools.starmap(Look, itertools.product(("ru", "de"), ("light", "dark"), (320, 768, 1440))))

SCREENSHOTS = os.environ.get("SCREENSHOTS")

LOOKS = PHOTOGRAPHED if SCREENSHOTS else WHOLE if os.environ.get("ALL_LOOKS") else SHORT


# The first test waits for servers, product, doubles and browser.
pytestmark = pytest.mark.timeout(900)


class Walk:
    """Walks through pages as three people, each in one browser."""

    def __init__(self, chromium: Browser, installation: Installation) -> None:
        self.installation = installation
        self.things = Things(installation)
        self.visitors = {who: Visitor(chromium, installation.address) for who in ("rich", "new", "nobody")}
        for who in ("rich", "new"):
            self.visitors[who].sign_in(installation.entry(self.things.account(who)))
        for visitor in self.visitors.values():
            visitor.stay_here()
        self.checks = Checks()

    def visitor(self, who: Who) -> Visitor:
        """Return who looks, without faults."""
        visitor = self.visitors[who]
        visitor.faults.clear()
        return visitor

    def close(self) -> None:
        """Close the browsers."""
        for visitor in self.visitors.values():
            visitor.__exit__()

    def open(self, sample: Sample, look: Look) -> tuple[Visitor, bytes]:
        """Open a page in one look; return who looks, and what the server has answered."""
        visitor = self.visitor(sample.who)
        visitor.choose(look)
        sample.before(visitor)
        address = sample.address(self.things).replace("{language}", look.language)
        response = visitor.page.goto(address, wait_until="load")
        assert response is not None
        assert response.headers["content-type"].startswith("text/html"), response.url
        return visitor, response.body()

    def look(self, sample: Sample, look: Look, name: str) -> list[str]:
        """Open a page in one look, and return what is wrong with it."""
        visitor, html = self.open(sample, look)
        wrong = self.checks.wrong_with(visitor, html, look.language)
        if SCREENSHOTS:
            folder = Path(SCREENSHOTS)
            folder.mkdir(parents=True, exist_ok=True)
            visitor.page.screenshot(path=folder / f"{name}-{look}.png", full_page=True)
        return [f"{name} in {look}: {one}" for one in wrong]


@pytest.fixture(scope="module")
def walk(chromium: Browser, installation: Installation) -> Iterator[Walk]:
    """Three people who walk through all pages of these tests."""
    walk = Walk(chromium, installation)
    yield walk
    walk.close()


class TestEveryPage:
    @pytest.mark.parametrize("path", [*(path for path in PATHS if path not in FILES), *OTHERS])
    def test_keeps_nobody_out(self, walk: Walk, path: str) -> None:
        samples = PAGES.get(path) or OTHERS.get(path) or ()
        assert samples, f"{path} has no sample in tests/browser/samples.py"

        wrong = [
            fault
            for number, sample in enumerate(samples)
            for look in looks_at(path, number)
            for fault in walk.look(sample, look, _name(path, number))
        ]

        assert wrong == []

    @pytest.mark.parametrize("path", FILES)
    def test_that_is_none_is_a_file(self, walk: Walk, path: str) -> None:
        sample = FILES[path]
        assert path in PATHS
        cookies = {cookie["name"]: cookie["value"] for cookie in walk.visitor(sample.who).cookies()}

        address = walk.installation.address + sample.address(walk.things)
        with httpx.stream("GET", address, cookies=cookies, trust_env=False) as answer:
            assert answer.status_code in (200, 404)
            assert "html" not in answer.headers.get("content-type", "")

    def test_that_is_spoilt_is_seen(self, walk: Walk) -> None:
        visitor, html = walk.open(PAGES["/settings/devices"][0], Look(width=320))
        visitor.page.evaluate("document.querySelector('main').innerHTML += '<img src=https://a.example/>'")
        visitor.page.evaluate("document.querySelector('main').style.minWidth = '999px'")
        visitor.page.wait_for_timeout(100)

        wrong = " ".join(walk.checks.wrong_with(visitor, html + os.urandom(MAX_BYTES), "ru"))

        for fault in ("image-alt", "it scrolls sideways", "it speaks en", "it weighs", "Content Security Policy"):
            assert fault in wrong

    def test_has_samples_of_routes_that_are_there(self) -> None:
        assert PAGES.keys() | FILES.keys() <= set(PATHS)


def looks_at(path: str, number: int) -> tuple[Look, ...]:
    """Return how a page's n-th sample is looked at; in the short walk in both themes and widths, further states once."""
    if LOOKS is not SHORT:
        return LOOKS
    chosen = SHORT[(sum(path.encode()) + number) % 2 :: 2]
    return chosen[:1] if number else chosen


def _name(path: str, number: int) -> str:
    words = path.strip("/").replace("/", "-").replace("{", "").replace("}", "") or "home"
    return f"{words}-{number + 1}" if number else words
