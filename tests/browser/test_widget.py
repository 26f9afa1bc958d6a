"""The balance on other people's pages in a real browser: the element in each of its states, and the frame."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from domain.access.scope import Scope, TokenKind
from tests.browser.installation import Installation
from tests.browser.other_pages import OtherPages, other_pages
from tests.browser.visiting import Look, Visitor
from tests.workers.events import grant, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.access.token import WantedToken, create_token

SCREENSHOTS = os.environ.get("SCREENSHOTS")

TONES = {
    ("good", "light"): "rgb(22, 112, 63)",
    ("good", "dark"): "rgb(95, 211, 154)",
    ("low", "light"): "rgb(154, 91, 0)",
    ("low", "dark"): "rgb(240, 179, 90)",
    ("out", "light"): "rgb(179, 38, 30)",
    ("out", "dark"): "rgb(255, 138, 128)",
    ("loading", "light"): "rgb(95, 90, 82)",
    ("loading", "dark"): "rgb(167, 164, 157)",
}
"""The tokens of LOOK.md, as a browser computes them; the muted one for whatever is not known."""

LIVE_MS = 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """An installation, and the site of somebody else that may show balances of it."""

    installation: Installation
    site: OtherPages
    server: str

    def holder(self) -> MinutesHarness:
        """Open an account whose balance the site shows."""
        account = self.installation.account()
        self.site.answers["/widget-token"] = lambda: (
            200,
            "application/json",
            json.dumps({"token": self.token(account)}),
        )
        return account

    def token(self, account: MinutesHarness) -> str:
        """Ask for the token of a widget, as the site's server does."""
        made = requests.post(
            f"{self.installation.api}/api/v1/accounts/{account.account}/widget-tokens",
            headers={"Authorization": f"Bearer {self.server}"},
            json={"origin": self.site.origin},
            timeout=10,
        )
        assert made.status_code == 201, made.text
        return str(made.json()["token"])

    def element(self, path: str = "/element", **attributes: str) -> str:
        """Put a page there that has the element, as docs/widget.md says."""
        api, portal = self.installation.api, self.installation.address
        more = {"token-url": "/widget-token", "buy": f"{portal}/buy", "lang": "en", "api": api} | attributes
        words = " ".join(f'{name}="{value}"' for name, value in more.items())
        return self.site.show(
            path, f'<script type="module" src="{portal}/widget.js"></script><screph-balance {words}></screph-balance>'
        )

    def frame(self, path: str, source: str) -> str:
        """Put a page there that has a frame."""
        return self.site.show(
            path,
            f'<iframe src="{source}" title="Screph" width="360" height="260"></iframe>'
            '<script type="module" src="/frame.js"></script>',
        )


FRAME_SCRIPT = """
const frame = document.querySelector("iframe");
const portal = new URL(frame.src).origin;
window.told = [];
addEventListener("message", async ({ origin, source, data }) => {
  window.told.push([origin, data.type]);
  if (origin !== portal || source !== frame.contentWindow || data.type !== "screph-token-needed") return;
  const { token } = await (await fetch("/widget-token")).json();
  frame.contentWindow.postMessage({ type: "screph-token", token }, portal);
});
"""


def prepare(site: OtherPages, installation: Installation) -> OtherPages:
    """Give a site the policy that docs/widget.md names, and the script of its frame."""
    portal = installation.address
    site.policy = (
        f"default-src 'none'; script-src 'self' {portal}; connect-src 'self' {installation.api}; frame-src {portal}"
    )
    site.answers["/frame.js"] = (200, "text/javascript", FRAME_SCRIPT)
    site.answers["/favicon.ico"] = (204, "image/x-icon", "")
    return site


@pytest.fixture(scope="module")
def place(installation: Installation) -> Iterator[Place]:
    """The site of somebody else that the installation names."""
    wanted = WantedToken(TokenKind.SERVER, "shop", (Scope.ACCOUNTS_WRITE,))
    server = create_token(installation.portal.context, wanted).text
    with other_pages(installation.other_pages) as site:
        yield Place(installation, prepare(site, installation), server)


@pytest.fixture
def elsewhere(place: Place) -> Iterator[OtherPages]:
    """A site that the installation does not name."""
    with other_pages() as site:
        yield prepare(site, place.installation)


@pytest.fixture
def reader(chromium: Browser, place: Place) -> Iterator[Visitor]:
    """Somebody who reads that site."""
    with Visitor(chromium, place.site.origin, Look(width=320)) as somebody:
        yield somebody


@pytest.fixture(params=["light", "dark"])
def themed(chromium: Browser, place: Place, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """Somebody who reads that site, by day and by night."""
    with Visitor(chromium, place.site.origin, Look(theme=request.param, width=320)) as somebody:
        yield somebody


def theme_of(page: Page) -> str:
    """How it is looked at."""
    return "dark" if page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"


def shows(page: Page, state: str, *words: str, figure: str, place: Page | FrameLocator | None = None) -> None:
    """Wait until the balance says so, in the colour that goes with it."""
    found: Locator = (place or page).locator("screph-balance")
    expect(found.locator(f"div.{state}")).to_have_count(1, timeout=LIVE_MS)
    expect(found.locator(".figure")).to_have_text(figure, timeout=LIVE_MS)
    for word in words:
        expect(found.locator(".word")).to_contain_text(word)
    tone = found.locator(".figure").evaluate("it => getComputedStyle(it).color")
    theme = theme_of(page)
    assert tone == TONES.get((state, theme), TONES["loading", theme])
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        kind = "frame" if place else "element"
        page.screenshot(path=Path(SCREENSHOTS) / f"widget-{kind}-{state}-{theme}.png")


class TestTheElement:
    def test_goes_through_its_states_as_the_balance_does(self, place: Place, themed: Visitor) -> None:
        account, page = place.holder(), themed.page
        account.apply(grant(account.account, 3_720))

        page.goto(place.element())
        shows(page, "good", "enough", figure="1 h 2 min")
        account.apply(usage(account.account, 3_720 - 480))
        shows(page, "low", "little left", figure="8 min")
        account.apply(usage(account.account, 420))
        shows(page, "out", "almost nothing left", figure="1 min")

        assert page.locator("screph-balance a").get_attribute("href") == f"{place.installation.address}/buy"
        assert page.locator("screph-balance a").get_attribute("target") == "_blank"
        assert page.context.cookies() == []
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
        assert themed.faults == []

    def test_says_what_it_does_not_know_and_never_a_zero(self, place: Place, reader: Visitor) -> None:
        account, page = place.holder(), reader.page
        account.apply(grant(account.account, 3_720))
        events = re.compile(r"/api/v1/account/events")

        # The server of the site hangs: nothing is known yet.
        page.route("**/widget-token", lambda _route: None)
        page.goto(place.element())
        shows(page, "loading", "Loading", figure="—")

        page.unroute_all(behavior="ignoreErrors")
        page.route("**/widget-token", lambda route: route.fulfill(status=401, json={}))
        page.reload()
        shows(page, "unknown", "not known", figure="—")

        page.unroute_all(behavior="ignoreErrors")
        page.reload()
        shows(page, "good", figure="1 h 2 min")
        # What was last known stays, and is said to be perhaps out of date.
        page.route(events, lambda route: route.abort())
        page.locator("screph-balance").evaluate("it => { it.token = it.token; }")
        shows(page, "offline", "may be out of date", figure="1 h 2 min")

    def test_reads_nothing_on_a_page_of_somebody_else(
        self, place: Place, elsewhere: OtherPages, reader: Visitor
    ) -> None:
        account, page = place.holder(), reader.page
        account.apply(grant(account.account, 3_720))
        elsewhere.answers["/widget-token"] = (200, "application/json", json.dumps({"token": place.token(account)}))
        place.element()
        elsewhere.answers["/element"] = place.site.answers["/element"]

        page.goto(f"{elsewhere.origin}/element")

        expect(page.locator("screph-balance div:is(.offline, .unknown)")).to_have_count(1, timeout=LIVE_MS)
        expect(page.locator("screph-balance .figure")).to_have_text("—")


class TestTheFrame:
    def test_shows_the_balance_on_a_page_that_may(self, place: Place, reader: Visitor) -> None:
        account, page = place.holder(), reader.page
        account.apply(grant(account.account, 3_720))
        source = f"{place.installation.address}/widget?origin={place.site.origin}&lang=de&theme={theme_of(page)}"

        page.goto(place.frame("/framed", source))

        inside = page.frame_locator("iframe")
        shows(page, "good", "genug", figure="1 h 2 min", place=inside)
        account.apply(usage(account.account, 3_720 - 480))
        shows(page, "low", "wenig", figure="8 min", place=inside)
        portal = place.installation.address
        assert page.evaluate("window.told")[0] == [portal, "screph-token-needed"]
        assert page.context.cookies() == []
        assert inside.locator("form").count() == 0
        assert reader.faults == []

    def test_is_empty_on_a_page_that_may_not(self, place: Place, elsewhere: OtherPages, reader: Visitor) -> None:
        place.holder()
        page, portal = reader.page, place.installation.address
        for number, named in enumerate((place.site.origin, elsewhere.origin)):
            with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
                page.goto(
                    elsewhere.show(
                        f"/framed-{number}",
                        f'<iframe src="{portal}/widget?origin={named}" title="Screph"></iframe>'
                        '<script type="module" src="/frame.js"></script>',
                    )
                )

            [frame] = page.frames[1:]
            assert frame.url.startswith("chrome-error:")
            assert page.evaluate("window.told ?? []") == []

    def test_is_the_only_page_that_can_be_framed(self, place: Place, reader: Visitor) -> None:
        page, portal = reader.page, place.installation.address
        for path in ("/enter", "/buy", "/offline"):
            with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
                page.goto(place.frame(f"/framed{path}", f"{portal}{path}"))

            assert page.frames[1].url.startswith("chrome-error:")

    def test_takes_a_token_from_the_page_around_it_alone(self, place: Place, reader: Visitor) -> None:
        account, page = place.holder(), reader.page
        account.apply(grant(account.account, 3_720))
        source = f"{place.installation.address}/widget?origin={place.site.origin}&lang=en"
        place.site.answers["/widget-token"] = (200, "application/json", json.dumps({"token": ""}))
        page.goto(place.frame("/framed-quiet", source))
        inside = page.frames[1]
        inside.wait_for_selector("screph-balance", state="attached")

        # From the frame itself: the sender's origin is the portal's, not that of the page around it.
        inside.evaluate("token => postMessage({ type: 'screph-token', token }, '*')", place.token(account))
        page.wait_for_timeout(500)

        expect(page.frame_locator("iframe").locator("screph-balance .figure")).to_have_text("—")
