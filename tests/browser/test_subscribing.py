"""A subscription from its first press to its end, in each language, at each gateway's page, with scripts and without."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.installation import CURRENCIES, Installation
from tests.browser.test_buying import PATIENCE_MS, PAY, leave_by
from tests.browser.visiting import Look, Visitor

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize(
    ("gateway", "language", "has_scripts"),
    [("stripe", "de", True), ("paypal", "en", False), ("yookassa", "ru", False), ("sandbox", "es", True)],
)
class TestSubscribing:
    def test_is_paid_cancelled_and_kept(
        self, chromium: Browser, installation: Installation, gateway: str, language: str, has_scripts: bool
    ) -> None:
        account = installation.account(currency=CURRENCIES[gateway], locale=language).account
        with Visitor(chromium, installation.address, Look(language, width=320), has_scripts=has_scripts) as visitor:
            visitor.sign_in(installation.entry(account, "/subscription"))
            plan = visitor.page.locator("form:has(input[name=product_id][value=monthly])")
            named = plan.locator(f"button[value={gateway}]")
            leave_by(visitor, named if named.count() else plan.locator("button"))

            visitor.page.locator(PAY).first.click()
            expect(visitor.page.locator(".notice.good")).to_be_visible(timeout=PATIENCE_MS)
            visitor.page.goto("/subscription")
            expect(visitor.page.locator("main .card .badge.good")).to_be_visible()
            assert visitor.page.locator("main tbody tr").count() == 1

            visitor.page.locator("summary").click()
            visitor.page.locator("main details button").click()
            expect(visitor.page.locator("main .card .badge.warn")).to_be_visible()
            visitor.page.locator("form:has(input[value=keep]) button").click()
            expect(visitor.page.locator("main .card .badge.good")).to_be_visible()

            visitor.page.goto("/")
            assert visitor.numbers() == [5]
            assert visitor.page.locator("html").get_attribute("lang") == language
            assert visitor.faults == []
