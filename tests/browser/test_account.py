"""What buyers manage themselves, without scripts: subscription, codes, friends, notices, language and colours."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from i18n.language import LANGUAGES
from tests.browser.installation import Installation, mailed
from tests.browser.test_buying import PATIENCE_MS, PAY, button_of
from tests.browser.visiting import Look, Visitor
from tests.servers.waiting import wait_until
from tests.workers.promotions.harness import PromotionHarness


@pytest.fixture
def plain(chromium: Browser, installation: Installation) -> Iterator[Visitor]:
    """Somebody whose browser runs no scripts, at the width of a telephone."""
    with Visitor(chromium, installation.address, Look(width=320), has_scripts=False) as somebody:
        yield somebody
        assert somebody.faults == []


class TestMenu:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_stands_in_one_row_on_a_wide_screen(
        self, chromium: Browser, installation: Installation, language: str
    ) -> None:
        with Visitor(chromium, installation.address, Look(language=language, width=1280)) as visitor:
            visitor.sign_in(installation.entry(installation.account().account))
            visitor.page.goto(f"{installation.address}/")
            links = visitor.page.locator(".top .links a")
            rows = {links.nth(number).evaluate("link => link.offsetTop") for number in range(links.count())}

        assert len(rows) == 1


class TestSubscription:
    def test_is_cancelled_by_two_presses_and_kept_by_one(self, plain: Visitor, installation: Installation) -> None:
        account = installation.account(currency="KZT").account
        installation.subscribe(account)
        plain.sign_in(installation.entry(account, "/subscription"))
        assert "It renews on" in plain.words()

        plain.page.locator("summary").click()
        plain.page.locator("textarea").fill("too dear")
        plain.press("Cancel the subscription")
        expect(plain.page.locator("main .badge.warn")).to_be_visible()
        assert "Until then its minutes are yours; nothing more is charged." in plain.words()

        plain.press("Keep the subscription")
        expect(plain.page.locator("main .badge.good").first).to_be_visible()
        assert "It renews on" in plain.words()


class TestCodes:
    def test_change_the_price_that_is_paid(self, plain: Visitor, installation: Installation) -> None:
        promotion = PromotionHarness(installation.engine)
        promotion.create(share=5_000)
        plain.sign_in(installation.entry(installation.account(currency="KZT").account, "/buy"))

        plain.page.locator("#code").fill(promotion.code.lower())
        plain.press("Check the code")
        expect(plain.page.locator(".notice.good")).to_be_visible()
        offer = button_of(plain, "starter")
        assert "747.50" in offer.inner_text()
        offer.click()
        plain.page.locator(PAY).click()
        expect(plain.page.locator(".notice.good")).to_be_visible(timeout=PATIENCE_MS)

        assert promotion.statuses() == ["confirmed"]

    def test_that_make_it_free_need_no_gateway(self, plain: Visitor, installation: Installation) -> None:
        promotion = PromotionHarness(installation.engine)
        promotion.create(share=10_000)
        plain.sign_in(installation.entry(installation.account(currency="KZT").account, "/buy"))

        plain.page.locator("#code").fill(promotion.code)
        plain.press("Check the code")
        button_of(plain, "starter").click()
        expect(plain.page.locator(".notice.good")).to_be_visible(timeout=PATIENCE_MS)
        plain.press("To your balance")

        assert plain.numbers() == [1, 40]


class TestFriends:
    def test_come_by_a_link(self, chromium: Browser, plain: Visitor, installation: Installation) -> None:
        plain.sign_in(installation.entry(installation.account().account, "/friends"))
        plain.press("Make my link")
        link = plain.page.locator("main .copyable code").inner_text()
        assert link.startswith(f"{installation.address}/invited/")

        with Visitor(chromium, installation.address) as friend:
            friend.page.goto(link)
            assert "A friend invites you to Screph" in friend.words()
            friend.sign_in(installation.entry(installation.account().account))
            friend.page.goto(link)
            friend.press("Take the invitation")
            friend.page.wait_for_url(lambda url: "/invited/" not in url)
            assert friend.faults == []

        plain.page.reload()
        assert "has not bought yet" in plain.words()


class TestNotices:
    def test_end_by_the_link_of_a_mail(self, plain: Visitor, installation: Installation) -> None:
        account = installation.account().account

        plain.page.goto(installation.unsubscribe_path(account))
        plain.press("Unsubscribe")
        expect(plain.page.locator(".notice.good")).to_be_visible()

        plain.sign_in(installation.entry(account, "/settings/notices"))
        low = plain.page.locator("input[value='low_balance.mail']")
        assert not low.is_checked()
        low.check()
        plain.press("Save")
        expect(plain.page.locator(".notice.good")).to_be_visible()
        assert plain.page.locator("input[value='low_balance.mail']").is_checked()


class TestSigningIn:
    def test_goes_by_a_mailed_code_and_ends_by_a_press(self, plain: Visitor, installation: Installation) -> None:
        account = installation.account().account
        plain.page.goto("/history")
        plain.page.locator("#mail").fill(f"{account}@example.org")
        plain.press("Email me a code")
        wait_until(lambda: mailed(installation.mails, account), "the code is mailed", limit_s=30)
        [code] = set(re.findall(r"\b\d{6}\b", mailed(installation.mails, account)[0].partition("\n\n")[2]))

        plain.page.locator("#code").fill("000000" if code != "000000" else "000001")
        plain.press("Sign me in")
        assert "This is not the code." in plain.words()
        plain.page.locator("#code").fill(code)
        plain.press("Sign me in")
        plain.page.wait_for_url("**/history")

        plain.press("Sign out")
        plain.page.wait_for_url("**/enter")
        plain.page.goto("/history")
        assert "/enter" in plain.page.url


class TestAppearance:
    def test_is_chosen_on_any_page_and_stays(self, plain: Visitor, installation: Installation) -> None:
        plain.sign_in(installation.entry(installation.account().account, "/history"))
        titles = set()

        for number, language in enumerate(LANGUAGES):
            theme = ("dark", "light")[number % 2]
            plain.page.locator("#language").select_option(language)
            plain.page.locator("#theme").select_option(theme)
            plain.page.locator("form[action='/appearance'] button").click()
            expect(plain.page.locator(f"html[lang={language}][data-theme={theme}]")).to_have_count(1)
            assert plain.page.url.endswith("/history")
            ground = plain.page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
            assert (ground == "rgb(20, 22, 26)") is (theme == "dark")
            titles.add(plain.page.locator("h1").inner_text())

        assert len(titles) == len(LANGUAGES)
