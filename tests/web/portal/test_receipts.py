"""A buyer's own orders, and nobody else's."""

import pytest
from sqlalchemy import text

from store.transaction import transaction
from tests.web.portal.browser import Browser
from tests.web.portal.test_pages import words
from tests.workers.events import registered
from tests.workers.payments.harness import PaymentHarness, fill_catalogue, fresh_harness


def buyer(browser: Browser) -> PaymentHarness:
    """A buyer who is signed in, on the database of the portal."""
    engine = browser.portal.context.engine
    fill_catalogue(engine)
    harness = fresh_harness(engine)
    harness.minutes.apply(registered(harness.account, locale="ru", time_zone="Europe/Moscow", currency="RUB"))
    browser.sign_in(harness.account)
    return harness


class TestReceipts:
    def test_of_whoever_bought_nothing_say_what_will_stand_there(self, signed_in: Browser) -> None:
        assert "Пока ничего не куплено" in words(signed_in.get("/receipts"))

    def test_list_what_was_bought_and_what_was_not_paid(self, browser: Browser) -> None:
        harness = buyer(browser)
        harness.bought("standard", locale="ru")
        harness.buy("month", locale="ru")

        text = words(browser.get("/receipts"))

        assert "Стандартный оплачено 699,00 ₽" in text
        assert "не оплачено 299,00 ₽" in text

    @pytest.mark.parametrize("locale", ["ru", "ru-RU", "ru_RU", "RU"])
    def test_and_packages_are_called_as_the_reader_calls_them(self, browser: Browser, locale: str) -> None:
        harness = buyer(browser)
        harness.minutes.apply(registered(harness.account, locale=locale))
        order_id, _ = harness.bought("standard", locale="en")

        pages = ["/", "/history", "/receipts", f"/receipts/{order_id}", f"/return/{order_id}"]

        assert ["Стандартный" in words(browser.get(page)) for page in pages] == [True] * 5
        assert "Standard" not in words(browser.get("/receipts"))

    def test_keep_a_title_that_its_product_has_no_more(self, browser: Browser) -> None:
        harness = buyer(browser)
        order_id, _ = harness.bought("standard", locale="en")
        with transaction(harness.engine) as session:
            session.execute(text("UPDATE orders SET title = 'Old name' WHERE id = :id"), {"id": order_id})

        assert "Old name оплачено" in words(browser.get("/receipts"))

    def test_say_what_became_of_money_and_minutes(self, browser: Browser) -> None:
        harness = buyer(browser)
        order_id, _ = harness.bought("standard", locale="ru")
        harness.use(3_600)
        harness.refund(order_id, 10_000)
        harness.hear_all()

        text = words(browser.get(f"/receipts/{order_id}"))

        assert "Стандартный оплачено Цена 699,00 ₽" in text
        assert "возвращено 100,00 ₽ 42 мин 56 с" in text
        assert order_id in browser.get(f"/receipts/{order_id}").text

    def test_of_somebody_else_are_as_if_there_were_none(self, browser: Browser) -> None:
        with Browser(browser.portal) as other:
            order_id, _ = buyer(other).bought("standard", locale="ru")
            assert other.get(f"/receipts/{order_id}").status_code == 200
        buyer(browser)

        theirs, nobodys = browser.get(f"/receipts/{order_id}"), browser.get(f"/receipts/{order_id[:-1]}0")

        assert theirs.status_code == nobodys.status_code == 404
        assert words(theirs) == words(nobodys)

    def test_are_not_found_by_a_part_of_their_id(self, browser: Browser) -> None:
        order_id, _ = buyer(browser).bought("standard", locale="ru")

        assert browser.get(f"/receipts/{order_id[:12]}").status_code == 404
