"""A person in marketing at work: a code is tried, made, used by a buyer and switched off; and the keys on every page."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from domain.access.role import Role
from tests.asgi.running import running
from tests.browser.visiting import Visitor
from tests.web.admin.browser import OperatorBrowser
from tests.web.admin.conftest import admin, shared_engine
from tests.web.admin.desk import Desk, open_desk
from tests.web.portal.browser import Browser as Buyer
from tests.web.portal.browser import Clock
from web.admin.navigation import NAVIGATION
from web.admin.settings import Admin
from web.portal.app import create_portal
from web.portal.settings import Portal

__all__ = ["admin", "shared_engine"]


@pytest.fixture(scope="module")
def clock() -> Clock:
    """A clock near that of the harness of payments, which is the host's."""
    return Clock(datetime.now(UTC))


@pytest.fixture(scope="module")
def desk(admin: Admin, clock: Clock) -> Desk:
    """An account that has bought standard; and an owner, so that there is one."""
    with OperatorBrowser(admin, clock) as owner:
        owner.enter(Role.OWNER)
    return open_desk(admin)


def enter(chromium: Browser, admin: Admin, clock: Clock, role: Role) -> Visitor:
    """Return the browser of somebody with a role."""
    visitor = Visitor(chromium, admin.address)
    with OperatorBrowser(admin, clock) as browser:
        browser.enter(role)
        visitor.take_cookies(dict(browser.client.cookies))
    return visitor


@pytest.fixture
def marketing(chromium: Browser, admin: Admin, clock: Clock, desk: Desk) -> Iterator[Visitor]:
    """Somebody in marketing."""
    with enter(chromium, admin, clock, Role.MARKETING) as visitor:
        yield visitor
        assert visitor.faults == []


@pytest.fixture
def buyer(chromium: Browser, desk: Desk) -> Iterator[Visitor]:
    """The account's own browser, at a portal of the same installation."""
    context = desk.harness.context
    with running(create_portal(Portal(context, "http://127.0.0.1:1"))) as url, Visitor(chromium, url) as visitor:
        with Buyer(Portal(context, url)) as browser:
            browser.sign_in(desk.account)
            visitor.take_cookies(dict(browser.client.cookies))
        yield visitor


class TestMarketing:
    def test_makes_a_code_that_a_buyer_uses_and_switches_it_off(
        self, marketing: Visitor, buyer: Visitor, desk: Desk
    ) -> None:
        page = marketing.page
        page.goto("/promotions")
        marketing.press("Make a promotion")
        page.get_by_label("Its name").fill("autumn-2026")
        page.get_by_label("Percent", exact=True).fill("half")
        page.get_by_label("Code", exact=True).fill("AUTUMN50")
        marketing.press("Show what it would cost")

        # What is wrong is said beside the field, and nothing is lost.
        percent = page.get_by_label("Percent", exact=True)
        expect(percent).to_have_attribute("aria-invalid", "true")
        assert "percent-error" in (percent.get_attribute("aria-describedby") or "")
        expect(page.get_by_label("Code", exact=True)).to_have_value("AUTUMN50")
        percent.fill("50")
        page.get_by_label("Uses in all").fill("10")
        marketing.press("Show what it would cost")

        expect(page.get_by_text("Nothing is made yet.")).to_be_visible()
        half = desk.order()["list_price_minor"] / 200
        assert f"1 purchase would have used it: RUB {half:.2f} less" in marketing.words()
        page.get_by_label("Why").fill("the autumn letter")
        marketing.press("Make the promotion")
        expect(page.get_by_text("It is made.")).to_be_visible()

        buyer.page.goto("/buy?code=AUTUMN50")
        assert "The code counts." in buyer.words()
        desk.harness.buy("standard", codes=["AUTUMN50"])
        page.reload()
        assert "1 of 10" in marketing.words()

        page.locator('form[action="/promotion/switch"] input[name="reason"]').fill("it leaked")
        marketing.press("Switch off now")
        expect(page.get_by_text("It is paused.")).to_be_visible()
        buyer.page.goto("/buy?code=AUTUMN50")
        expect(buyer.page.locator("#code")).to_have_attribute("aria-invalid", "true")

    def test_changes_a_price_and_sees_what_buyers_see(self, marketing: Visitor, desk: Desk) -> None:
        marketing.page.goto("/product?id=standard")
        form = marketing.page.locator('form[action="/product/price"]').last
        form.get_by_label("New price").fill("777.00 RUB")
        form.get_by_label("Why").fill("a rounder one")
        form.get_by_role("button", name="Change the price").click()

        expect(marketing.page.get_by_text("The price is changed")).to_be_visible()
        assert "RUB 777.00" in marketing.words()
        expect(marketing.page.locator('section[lang="de"]')).to_contain_text("777,00")


class TestKeys:
    def test_lead_to_the_search_box_and_to_help_on_every_page(
        self, chromium: Browser, admin: Admin, clock: Clock, desk: Desk
    ) -> None:
        without = []
        with enter(chromium, admin, clock, Role.OWNER) as owner:
            for path in [entry.path for entry in NAVIGATION] + ["/promotion/new", "/product?id=standard"]:
                owner.page.goto(path)
                owner.page.keyboard.press("/")
                is_focused = owner.page.evaluate("document.activeElement.id") == "q"
                owner.page.evaluate("document.activeElement.blur()")
                owner.page.keyboard.press("?")
                is_open = owner.page.locator("#keys").is_visible()
                owner.page.keyboard.press("Escape")
                if not (is_focused and is_open and not owner.page.locator("#keys").is_visible()):
                    without.append(path)

        assert without == []
