"""Buying in the portal: one order for one press, the way to the gateway, and a page that says what became of it."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from domain.gateway.decline import Decline, Retry
from domain.payments.route import Route
from store.engine import Engine
from store.payments.method import save_method
from store.promotions.read import gifts_of_account
from store.transaction import transaction
from tests.asgi.running import running
from tests.doubles.faults import Fault
from tests.doubles.memory import MemoryGateway
from tests.web.portal.browser import Browser
from tests.web.portal.test_pages import words
from tests.workers.events import registered
from tests.workers.payments.harness import PaymentHarness, fill_catalogue, fresh_harness
from tests.workers.promotions.harness import PromotionHarness
from web.portal.app import create_portal
from web.portal.settings import Portal


@dataclass(frozen=True, slots=True)
class Shop:
    """A portal that sells through a gateway in the process, and a buyer who is signed in."""

    harness: PaymentHarness
    browser: Browser

    def send(self, product: str, form_id: str | None = None) -> str:
        """Press the button of an offer, and return where it leads."""
        form = {"product_id": product, "form_id": form_id or f"{uuid.uuid4()}-1"}
        location: str = self.browser.send_form("/buy", form, of="/buy").headers["location"]
        return location


@pytest.fixture
def shop(shared_engine: Engine) -> Iterator[Shop]:
    """A shop with a gateway of its own."""
    fill_catalogue(shared_engine)
    harness = fresh_harness(shared_engine)
    harness.minutes.apply(registered(harness.account, locale="ru", time_zone="Europe/Moscow", currency="RUB"))
    portal = Portal(harness.context, "http://127.0.0.1:1")
    with running(create_portal(portal)) as url:
        with Browser(Portal(harness.context, url)) as browser:
            browser.sign_in(harness.account)
            yield Shop(harness, browser)


@pytest.fixture
def two(shop: Shop) -> Shop:
    """The same shop with a second gateway for the same money."""
    second = MemoryGateway()
    second.name = f"second{uuid.uuid4().hex[:8]}"
    context = shop.harness.context
    context.gateways[second.name] = second  # type: ignore[index] # a dict in tests
    routes = (*context.shop.routes, Route(second.name))
    object.__setattr__(context, "shop", replace(context.shop, routes=routes))
    return shop


def saved(harness: PaymentHarness) -> int:
    """A card that is saved for an account."""
    with transaction(harness.engine) as session:
        method = harness.memory.add_method()
        number = save_method(session, harness.account, harness.memory.name, method, at=harness.clock())
    assert number is not None
    return number


class TestOffers:
    def test_are_in_the_buyers_currency_with_the_price_of_an_hour(self, shop: Shop) -> None:
        text = words(shop.browser.get("/buy"))

        assert "Стандартный 300 минут действует без срока 699,00 ₽ 139,80 ₽ за час Купить за 699,00 ₽" in text
        assert "100 минут действует 30 дней 299,00 ₽ 179,40 ₽ за час" in text

    def test_are_those_that_are_bought_once_and_on_offer(self, shop: Shop) -> None:
        offered = re.findall(r'name="product_id" value="([a-z]+)"', shop.browser.get("/buy").text)

        assert offered == ["month", "standard"]


class TestBuying:
    def test_leads_to_the_gateway(self, shop: Shop) -> None:
        path = shop.send("standard")
        [order] = shop.harness.orders()

        page = shop.browser.get(path)

        assert path == f"/pay/{order['id']}"
        assert f'content="0; url={order["redirect_url"]}"' in page.text
        assert f'href="{order["redirect_url"]}"' in page.text
        assert order["return_url"].endswith(f"/return/{order['id']}")

    def test_by_two_presses_is_one_order(self, shop: Shop) -> None:
        form_id = f"{uuid.uuid4()}-1"

        paths = {shop.send("standard", form_id) for _ in range(3)}

        assert len(paths) == len(shop.harness.orders()) == 1

    def test_of_what_is_not_on_offer_says_so_and_moves_nothing(self, shop: Shop) -> None:
        form = {"product_id": "old", "form_id": "x-1"}
        answer = shop.browser.send_form("/buy", form, of="/buy")

        assert answer.status_code == 409
        assert "Сейчас это купить нельзя. Деньги не списаны." in words(answer)
        assert shop.harness.orders() == []

    def test_of_what_costs_more_than_was_shown_charges_nobody(self, shop: Shop) -> None:
        card = saved(shop.harness)
        form = {
            "product_id": "standard",
            "form_id": f"{uuid.uuid4()}-1",
            "expected_minor": "59900",
            "pay_with": f"method/{card}",
        }

        refused = shop.browser.send_form("/buy", form, of="/buy")
        bought = shop.browser.send_form(
            "/buy", form | {"form_id": f"{uuid.uuid4()}-1", "expected_minor": "69900"}, of="/buy"
        )

        assert refused.status_code == 409
        assert "Цена тем временем изменилась" in words(refused)
        assert bought.status_code == 303
        assert [order["price_minor"] for order in shop.harness.orders()] == [69_900]

    def test_by_a_form_without_a_product_answers_a_page(self, shop: Shop) -> None:
        answer = shop.browser.send_form("/buy", {"product_id": "", "form_id": "x-1"}, of="/buy")

        assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")
        assert shop.harness.orders() == []

    def test_while_the_gateway_is_away_can_be_repeated_and_stays_one_order(self, shop: Shop) -> None:
        page = shop.browser.get("/buy").text
        form_id = re.search(r'name="form_id" value="([^"]+-2)"', page)
        assert form_id is not None
        shop.harness.memory.faults.plan("create_checkout", Fault.ERROR_AFTER_COMMIT)
        form = {"product_id": "standard", "form_id": form_id.group(1)}

        answer = shop.browser.send_form("/buy", form, of="/settings/devices")

        assert answer.status_code == 503
        assert "Деньги не списаны" in words(answer)
        assert f'value="{form_id.group(1)}"' in answer.text
        assert shop.send("standard", form_id.group(1)).startswith("/pay/")
        assert len(shop.harness.orders()) == 1


class TestCodes:
    def test_change_the_prices_before_anything_is_bought(self, shop: Shop) -> None:
        code = PromotionHarness(shop.harness.engine, shop.harness).create(share=2_000)["text"]

        text = words(shop.browser.get(f"/buy?code={code.lower()}"))

        assert "Код действует." in text
        assert "559,20 ₽ 699,00 ₽ 111,84 ₽ за час Купить за 559,20 ₽" in text

    def test_are_used_by_buying(self, shop: Shop) -> None:
        promotions = PromotionHarness(shop.harness.engine, shop.harness)
        code = promotions.create(share=2_000)["text"]
        form = {"product_id": "standard", "form_id": f"{uuid.uuid4()}-1", "code": code}

        shop.browser.send_form("/buy", form, of="/buy")

        [order] = shop.harness.orders()
        assert (order["list_price_minor"], order["price_minor"]) == (69_900, 55_920)
        assert promotions.statuses() == ["reserved"]

    def test_that_make_it_free_lead_to_the_minutes(self, shop: Shop) -> None:
        code = PromotionHarness(shop.harness.engine, shop.harness).create(share=10_000)["text"]
        form = {"product_id": "standard", "form_id": f"{uuid.uuid4()}-1", "code": code}

        location = shop.browser.send_form("/buy", form, of="/buy").headers["location"]
        location = shop.browser.get(location).headers["location"]

        assert "Оплачено. Минуты зачислены: 5 ч." in words(shop.browser.get(location))

    def test_that_do_not_count_say_why_and_cannot_be_guessed_for_ever(self, shop: Shop) -> None:
        said = [words(shop.browser.get(f"/buy?code=GUESS{number}")) for number in range(12)]

        assert "Такого кода нет." in said[0]
        assert "Слишком много попыток" in said[-1]
        assert "Купить за 699,00 ₽" in said[-1]

    def test_that_are_used_up_meanwhile_are_refused_without_an_order(self, shop: Shop) -> None:
        promotions = PromotionHarness(shop.harness.engine, shop.harness)
        code = promotions.create(share=2_000)["text"]
        shop.browser.get(f"/buy?code={code}")
        promotions.pause()
        form = {"product_id": "standard", "form_id": f"{uuid.uuid4()}-1", "code": code}

        answer = shop.browser.send_form("/buy", form, of="/buy")

        assert answer.status_code == 409
        assert "Такого кода нет. Деньги не списаны." in words(answer)
        assert shop.harness.orders() == []


class TestGift:
    def test_that_needs_no_purchase_is_taken_where_its_code_is_typed_and_once(self, shop: Shop) -> None:
        gift = {"kind": "bonus_seconds", "seconds": 1_800, "needs_purchase": False}
        code = PromotionHarness(shop.harness.engine, shop.harness).create(**gift)["text"]
        page = shop.browser.get(f"/buy?code={code}")
        form = {"code": code, "form_id": f"{uuid.uuid4()}-gift"}

        answers = [shop.browser.send_form("/buy/gift", form, of="/buy") for _ in range(2)]
        again = shop.browser.send_form("/buy/gift", form | {"form_id": f"{uuid.uuid4()}-gift"}, of="/buy")

        assert "Взять 30 мин" in words(page)
        assert "в подарок" not in words(page)
        assert [answer.headers["location"] for answer in answers] == ["/", "/"]
        assert "30 мин" in words(shop.browser.get("/"))
        with transaction(shop.harness.engine) as session:
            gifts = gifts_of_account(session, shop.harness.account, limit=5)
        assert [(gift.code, gift.seconds) for gift in gifts] == [(code, 1_800)]
        assert (again.status_code, "Вы уже использовали этот код" in words(again)) == (409, True)

    def test_of_a_code_that_needs_a_purchase_is_not_offered(self, shop: Shop) -> None:
        code = PromotionHarness(shop.harness.engine, shop.harness).create(share=2_000)["text"]

        refused = shop.browser.send_form("/buy/gift", {"code": code, "form_id": f"{uuid.uuid4()}-gift"}, of="/buy")

        assert "/buy/gift" not in shop.browser.get(f"/buy?code={code}").text
        assert refused.status_code == 409


class TestWaysToPay:
    def test_of_one_gateway_are_one_button(self, shop: Shop) -> None:
        assert 'name="pay_with"' not in shop.browser.get("/buy").text

    def test_of_several_gateways_are_a_button_each(self, two: Shop) -> None:
        first, second = two.harness.context.gateways
        page = two.browser.get("/buy").text

        assert re.findall(r'name="pay_with" value="([^"]+)"', page)[:2] == [f"gateway/{first}", f"gateway/{second}"]
        form = {"product_id": "standard", "form_id": f"{uuid.uuid4()}-1", "pay_with": f"gateway/{second}"}
        two.browser.send_form("/buy", form, of="/buy")
        assert two.harness.orders()[0]["gateway"] == second

    def test_by_a_gateway_that_is_not_set_up_are_refused(self, shop: Shop) -> None:
        form = {"product_id": "standard", "form_id": f"{uuid.uuid4()}-1", "pay_with": "gateway/nobody"}

        assert shop.browser.send_form("/buy", form, of="/buy").status_code == 409
        assert shop.harness.orders() == []

    def test_by_a_saved_card_pay_at_once_and_once(self, shop: Shop) -> None:
        method_id = saved(shop.harness)
        page = shop.browser.get("/buy")
        assert "Купить за 699,00 ₽: Card *4242" in words(page)
        form = {"product_id": "standard", "form_id": f"{uuid.uuid4()}-1", "pay_with": f"method/{method_id}"}

        paths = {shop.browser.send_form("/buy", form, of="/buy").headers["location"] for _ in range(2)}

        [order] = shop.harness.orders()
        assert order["status"] == "paid"
        assert paths == {f"/pay/{order['id']}"}
        assert shop.browser.get(paths.pop()).headers["location"] == f"/return/{order['id']}"
        assert "Осталось 5 ч" in words(shop.browser.get("/"))
        assert len(shop.harness.memory.vault.charges) == 1

    def test_by_a_card_that_is_declined_say_so_and_offer_the_page(self, shop: Shop) -> None:
        shop.harness.memory.vault.declines.append(Decline(Retry.CUSTOMER_ACTION, "authentication_required"))
        form = {"product_id": "standard", "form_id": "declined-1", "pay_with": f"method/{saved(shop.harness)}"}

        answer = shop.browser.send_form("/buy", form, of="/buy")

        assert answer.status_code == 409
        assert "Карта отклонена. Деньги не списаны." in words(answer)
        assert f'value="gateway/{shop.harness.gateway.name}"' in answer.text

    def test_by_a_card_whose_charge_is_unknown_wait_and_are_not_asked_twice(self, shop: Shop) -> None:
        shop.harness.memory.faults.plan("charge", Fault.ERROR_AFTER_COMMIT)
        form = {"product_id": "standard", "form_id": "unknown-1", "pay_with": f"method/{saved(shop.harness)}"}

        location = shop.browser.send_form("/buy", form, of="/buy").headers["location"]

        [order] = shop.harness.orders()
        assert location == f"/return/{order['id']}"
        assert "не платите второй раз" in words(shop.browser.get(location))

    @pytest.mark.parametrize("way", ["method/0", "method/999999999", "method/x", "gateway/", "x", "method/" + "9" * 30])
    def test_that_nobody_offered_charge_nobody(self, shop: Shop, way: str) -> None:
        form = {"product_id": "standard", "form_id": f"{uuid.uuid4()}-1", "pay_with": way}

        answer = shop.browser.send_form("/buy", form, of="/buy")

        assert answer.status_code in (303, 400, 409)
        assert len(shop.harness.memory.vault.charges) == 0

    def test_by_somebody_elses_card_are_refused(self, shop: Shop) -> None:
        other = fresh_harness(shop.harness.engine)
        other.minutes.apply(registered(other.account))
        form = {"product_id": "standard", "form_id": f"{uuid.uuid4()}-1", "pay_with": f"method/{saved(other)}"}

        assert shop.browser.send_form("/buy", form, of="/buy").status_code == 409
        assert shop.harness.orders() == []

    def test_remember_a_card_where_the_buyer_wants_it(self, shop: Shop) -> None:
        form = {"product_id": "standard", "form_id": f"{uuid.uuid4()}-1", "save": "on"}

        shop.browser.send_form("/buy", form, of="/buy")

        assert shop.harness.orders()[0]["saves_method"] is True


class TestComingBack:
    def test_an_order_that_is_not_paid_leads_to_its_payment_again(self, shop: Shop) -> None:
        order_id = shop.send("standard").removeprefix("/pay/")

        assert f'href="/pay/{order_id}"' in shop.browser.get(f"/receipts/{order_id}").text

    def test_before_the_payment_is_here_looks_again_for_a_minute(self, shop: Shop) -> None:
        order_id = shop.send("standard").removeprefix("/pay/")

        first, last = shop.browser.get(f"/return/{order_id}"), shop.browser.get(f"/return/{order_id}?waited=60")

        assert f'content="2; url=/return/{order_id}?waited=2"' in first.text
        assert "не платите второй раз" in words(first)
        assert "http-equiv" not in last.text
        assert "Если вы заплатили, это может занять больше времени" in words(last)

    def test_after_the_payment_says_what_was_granted(self, shop: Shop) -> None:
        order_id = shop.send("standard").removeprefix("/pay/")
        shop.harness.memory.pay(shop.harness.order(order_id)["checkout_ref"])
        shop.harness.hear_all()

        text = words(shop.browser.get(f"/return/{order_id}"))

        assert "Оплачено. Минуты зачислены: 5 ч." in text
        assert "Осталось 5 ч достаточно" in words(shop.browser.get("/"))
        assert shop.browser.get(f"/pay/{order_id}").headers["location"] == f"/return/{order_id}"

    @pytest.mark.parametrize("path", ["/pay/{}", "/return/{}"])
    def test_to_somebody_elses_order_finds_nothing(self, shop: Shop, path: str) -> None:
        order_id = shop.send("standard").removeprefix("/pay/")
        other = fresh_harness(shop.harness.engine)
        other.minutes.apply(registered(other.account))
        shop.browser.sign_in(other.account)

        assert shop.browser.get(path.format(order_id)).status_code == 404
