"""Money back by a quote: exactly what was shown, once, and nothing when it has changed or is somebody else's."""

import re

import httpx
import pytest

from tests.doubles.faults import Fault
from tests.web.portal.browser import Browser
from tests.web.portal.test_buying import Shop, shop
from tests.web.portal.test_pages import words
from tests.workers.events import registered
from tests.workers.payments.harness import fresh_harness

__all__ = ["shop"]


def bought(shop: Shop) -> str:
    """An order that is paid."""
    order_id, _ = shop.harness.bought("standard", locale="ru")
    return order_id


def form_of(browser: Browser, order_id: str) -> dict[str, str]:
    """The form of the page that quotes."""
    page = browser.get(f"/receipts/{order_id}/refund").text
    found = re.findall(r'name="(form_secret|form_id|amount_minor)" value="([^"]*)"', page)
    return dict(found)


def send(browser: Browser, order_id: str, form: dict[str, str]) -> httpx.Response:
    """Press its button."""
    return browser.post(f"/receipts/{order_id}/refund", form)


class TestQuote:
    def test_says_what_goes_back_and_which_minutes_go_with_it(self, shop: Shop) -> None:
        order_id = bought(shop)
        shop.harness.use(3_600)

        text = words(shop.browser.get(f"/receipts/{order_id}/refund"))

        assert "559,20 ₽ Столько можно вернуть сейчас" in text
        assert "Вы заплатили 699,00 ₽ Спишется с баланса 4 ч" in text
        assert shop.harness.refunds(order_id) == []

    def test_of_what_is_used_up_says_so(self, shop: Shop) -> None:
        order_id = bought(shop)
        shop.harness.use(18_000)

        page = shop.browser.get(f"/receipts/{order_id}/refund")

        assert "Вернуть нечего." in words(page)
        assert "amount_minor" not in page.text

    def test_of_an_order_that_is_not_paid_offers_nothing(self, shop: Shop) -> None:
        order_id = shop.send("standard").removeprefix("/pay/")

        assert "Этот заказ не оплачен." in words(shop.browser.get(f"/receipts/{order_id}/refund"))
        assert "/refund" not in shop.browser.get(f"/receipts/{order_id}").text

    def test_where_its_gateway_is_gone_leads_to_support(self, shop: Shop) -> None:
        order_id = bought(shop)
        shop.harness.context.gateways.clear()  # type: ignore[attr-defined] # a dict in tests

        assert "Напишите в поддержку" in words(shop.browser.get(f"/receipts/{order_id}/refund"))


class TestGivingBack:
    def test_gives_back_what_was_shown_and_says_so(self, shop: Shop) -> None:
        order_id = bought(shop)
        shop.harness.use(3_600)

        answer = send(shop.browser, order_id, form_of(shop.browser, order_id) | {"reason": "too many"})
        shop.harness.hear_all()

        assert answer.headers["location"] == f"/receipts/{order_id}#refunds"
        [refund] = shop.harness.refunds(order_id)
        assert (refund["amount_minor"], refund["requested_by"], refund["reason"]) == (55_920, "buyer", "too many")
        assert "возвращено 559,20 ₽ 4 ч" in words(shop.browser.get(f"/receipts/{order_id}"))
        assert "Осталось 0 с" in words(shop.browser.get("/"))

    def test_by_two_presses_gives_back_once(self, shop: Shop) -> None:
        order_id = bought(shop)
        form = form_of(shop.browser, order_id)

        statuses = [send(shop.browser, order_id, form).status_code for _ in range(3)]

        assert statuses == [303, 303, 303]
        assert len(shop.harness.refunds(order_id)) == 1

    def test_is_refused_when_minutes_were_used_since_it_was_shown(self, shop: Shop) -> None:
        order_id = bought(shop)
        form = form_of(shop.browser, order_id)
        shop.harness.use(3_600)

        answer = send(shop.browser, order_id, form)

        assert answer.status_code == 409
        assert "За это время условия изменились, поэтому деньги не возвращены." in words(answer)
        assert 'name="amount_minor" value="55920"' in answer.text
        assert shop.harness.refunds(order_id) == []

    @pytest.mark.parametrize("amount", ["", "0", "-1", "abc", "69900.5", str(2**60)])
    def test_of_an_amount_that_nobody_was_shown_changes_nothing(self, shop: Shop, amount: str) -> None:
        order_id = bought(shop)

        answer = send(shop.browser, order_id, form_of(shop.browser, order_id) | {"amount_minor": amount})

        assert answer.status_code == 422
        assert shop.harness.refunds(order_id) == []

    def test_while_the_gateway_is_away_is_noted_and_not_asked_for_twice(self, shop: Shop) -> None:
        order_id = bought(shop)
        form = form_of(shop.browser, order_id)
        shop.harness.memory.faults.plan("refund", Fault.ERROR_AFTER_COMMIT)

        answer = send(shop.browser, order_id, form)

        assert answer.status_code == 503
        assert "продолжится сам" in words(answer)
        assert len(shop.harness.refunds(order_id)) == 1
        assert send(shop.browser, order_id, form).status_code == 303
        assert len(shop.harness.refunds(order_id)) == 1

    def test_of_somebody_elses_order_finds_nothing(self, shop: Shop) -> None:
        order_id = bought(shop)
        form = form_of(shop.browser, order_id)
        other = fresh_harness(shop.harness.engine)
        other.minutes.apply(registered(other.account))
        shop.browser.sign_in(other.account)
        form |= {"form_secret": shop.browser.form_secret()}

        assert shop.browser.get(f"/receipts/{order_id}/refund").status_code == 404
        assert send(shop.browser, order_id, form).status_code == 404
        assert shop.harness.refunds(order_id) == []


class TestOrders:
    def test_are_bought_again_by_one_press_at_todays_price(self, shop: Shop) -> None:
        order_id = bought(shop)
        page = shop.browser.get(f"/receipts/{order_id}")
        form = dict(re.findall(r'name="(form_secret|form_id|product_id)" value="([^"]*)"', page.text))
        assert "Купить ещё раз за 699,00 ₽" in words(page)

        locations = {shop.browser.post("/buy", form).headers["location"] for _ in range(2)}

        assert len(locations) == 1
        assert len(shop.harness.orders()) == 2

    def test_note_when_their_buyer_went_to_pay(self, shop: Shop) -> None:
        path = shop.send("standard")
        assert shop.harness.orders()[0]["opened_at"] is None

        shop.browser.get(path)
        [first] = shop.harness.orders()
        shop.browser.get(path)

        assert first["opened_at"] is not None
        assert shop.harness.orders()[0]["opened_at"] == first["opened_at"]
