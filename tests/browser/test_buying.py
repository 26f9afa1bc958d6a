"""From the home page to the new balance and the receipt, by the pages of each gateway, with scripts and without."""

import re

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.installation import CURRENCIES, Installation
from tests.browser.visiting import Look, Visitor

PAY = "button[formaction$='/pay'], button:text-is('Pay')"
"""The one that pays: the sandbox's page has several buttons in one form, and the doubles a form for each."""

PATIENCE_MS = 30_000


@pytest.mark.parametrize(
    ("gateway", "language", "has_scripts"),
    [
        ("stripe", "en", True),
        ("stripe", "de", False),
        ("paypal", "es", True),
        ("paypal", "ru", False),
        ("yookassa", "ru", True),
        ("yookassa", "es", False),
        ("sandbox", "de", True),
        ("sandbox", "en", False),
    ],
)
class TestBuying:
    def test_leads_to_the_minutes_and_the_receipt(
        self, chromium: Browser, installation: Installation, gateway: str, language: str, has_scripts: bool
    ) -> None:
        account = installation.account(currency=CURRENCIES[gateway], locale=language).account
        with Visitor(chromium, installation.address, Look(language), has_scripts=has_scripts) as visitor:
            visitor.sign_in(installation.entry(account))
            assert visitor.numbers() == [0]

            open_checkout(visitor, "starter", gateway)
            visitor.page.locator(PAY).click()
            expect(visitor.page.locator(".notice.good")).to_be_visible(timeout=PATIENCE_MS)
            assert "/return/" in visitor.page.url
            visitor.page.locator("main a[href^='/receipts/']").click()
            expect(visitor.page.locator("main .badge.good")).to_be_visible()
            visitor.page.locator("header a.brand").click()

            assert visitor.numbers() == [1, 40]
            assert visitor.page.locator("html").get_attribute("lang") == language
            assert visitor.faults == []


class TestAPaymentThatFails:
    def test_moves_nothing_and_offers_another_try(self, visitor: Visitor, installation: Installation) -> None:
        visitor.sign_in(installation.entry(installation.account(currency="KZT").account))

        open_checkout(visitor, "starter", "sandbox")
        visitor.page.locator("button[formaction$='/decline']").click()
        expect(visitor.page.locator(".notice.bad")).to_be_visible(timeout=PATIENCE_MS)

        assert "No money was taken for this order." in visitor.words()
        visitor.press("Choose again")
        visitor.page.wait_for_url("**/buy")
        visitor.page.goto("/")
        assert visitor.numbers() == [0]

    def test_is_another_one_for_whoever_comes_back_without_paying(
        self, visitor: Visitor, installation: Installation
    ) -> None:
        visitor.sign_in(installation.entry(installation.account(currency="KZT").account))

        open_checkout(visitor, "starter", "sandbox")
        visitor.page.goto("/receipts")
        visitor.page.locator("main a[href^='/receipts/']").click()
        visitor.page.locator("main a[href^='/pay/']").click()
        visitor.page.locator(PAY).click()
        expect(visitor.page.locator(".notice.good")).to_be_visible(timeout=PATIENCE_MS)

        visitor.page.goto("/receipts")
        assert visitor.page.locator("main tbody tr").count() == 1


def open_checkout(visitor: Visitor, product: str, gateway: str) -> None:
    """Go from the home page to a gateway's page for a product."""
    visitor.page.locator("main a.primary[href='/buy']").first.click()
    leave_by(visitor, button_of(visitor, product, gateway))


def leave_by(visitor: Visitor, button: Locator) -> None:
    """Press a button that leads to a gateway's page, and wait until that is there."""
    button.click()
    visitor.page.wait_for_url(re.compile(f"^(?!{re.escape(visitor.address)})"), timeout=PATIENCE_MS)


def button_of(visitor: Visitor, product: str, gateway: str = "sandbox") -> Locator:
    """Return the button of an offer that leads to a gateway."""
    offer = visitor.page.locator(f"form:has(input[name=product_id][value={product}])")
    named = offer.locator(f"button[value='gateway/{gateway}']")
    # Where there is one gateway alone, or nothing to pay, no button names one.
    return named if named.count() else offer.locator("button")
