"""A subscription from its first press to its end, in each language, at each gateway's page, with scripts and without."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.installation import CURRENCIES, Installation
from tests.browser.test_buying import PATIENCE_MS, PAY, leave_by
from tests.browser.visiting import Look, Visitor
from tests.servers.waiting import wait_until


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
            # The order is paid in one transaction, and the subscription hears of it in the next one.
            wait_until(lambda: self.is_active(visitor), "the subscription has begun", limit_s=30)
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

    @staticmethod
    def is_active(visitor: Visitor) -> bool:
        """Open the page of the subscription, and tell whether it says that there is one."""
        visitor.page.goto("/subscription")
        return visitor.page.locator("main .card .badge.good").count() == 1
