"""Changing the catalogue by messages: once, one at a time, and never what was bought before."""

import uuid
from collections.abc import Iterator
from threading import Barrier, Thread
from typing import Any

import pytest

from messages.catalogue.requests import (
    ProductCreateRequested,
    ProductPriceSetRequested,
    ProductSwitchRequested,
    ProductWordingSetRequested,
)
from messages.errors import MessageRejected
from store.catalogue.read import find_product, price_changes
from store.engine import Engine
from store.reading import reading
from tests.workers.payments.harness import PaymentHarness, fill_catalogue, fresh_harness
from workers.catalogue.product import write_products
from workers.submit import Submission, submit


@pytest.fixture
def harness(shared_engine: Engine) -> Iterator[PaymentHarness]:
    """An account of its own, and what is on offer."""
    fill_catalogue(shared_engine)
    return fresh_harness(shared_engine)


@pytest.fixture
def product(harness: PaymentHarness) -> str:
    """A product of its own that costs 10 roubles, and is on sale."""
    product_id = f"p-{uuid.uuid4().hex[:8]}"
    data = {
        "product_id": product_id,
        "minutes": 60,
        "prices_minor": {"RUB": 1_000},
        "wordings": {"en": {"name": "An hour"}},
        "created_by": "ann",
    }
    assert ask(harness, ProductCreateRequested, data) == {"product_id": product_id}
    switched = {"product_id": product_id, "is_active": True, "reason": "it begins", "changed_by": "ann"}
    assert ask(harness, ProductSwitchRequested, switched)["is_active"] is True
    return product_id


def ask(harness: PaymentHarness, model: Any, data: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    """Hand in a message, and return its answer."""
    return submit(harness.context, Submission(model, None, data, "test", key or str(uuid.uuid4()))).answer


def price(product: str, minor: int | None, expected: int | None, *, currency: str = "RUB") -> dict[str, Any]:
    """What asks for a price."""
    wanted = {"product_id": product, "currency": currency, "amount_minor": minor, "expected_minor": expected}
    return wanted | {"reason": "a test", "changed_by": "ann"}


def changes(harness: PaymentHarness, product: str) -> list[tuple[str, int | None, int | None, str]]:
    """The changes of a product's prices, the newest first."""
    with reading(harness.engine) as session:
        found = price_changes(session, product)
    return [
        (one.currency, one.before and one.before.minor, one.amount and one.amount.minor, one.changed_by)
        for one in found
    ]


class TestCreate:
    def test_twice_makes_one(self, harness: PaymentHarness, product: str) -> None:
        data = {
            "product_id": product,
            "seconds": 60,
            "prices_minor": {"EUR": 1},
            "wordings": {"en": {"name": "Another"}},
            "created_by": "bob",
        }

        assert ask(harness, ProductCreateRequested, data)["code"] == "ProductExists"
        with reading(harness.engine) as session:
            found = find_product(session, product)
        assert found is not None
        assert (found.granted_seconds, found.wording("en").name, list(found.prices)) == (3_600, "An hour", ["RUB"])

    @pytest.mark.parametrize(
        "changed",
        [
            {"minutes": None},
            {"seconds": 60},
            {"prices_minor": {}},
            {"prices_minor": {"RUB": 0}},
            {"wordings": {}},
            {"kind": "subscription"},
            {"period": "month"},
            {"trial_days": 7, "trial_seconds": 60},
            {"kind": "subscription", "period": "month", "trial_days": 7},
        ],
    )
    def test_of_what_is_no_product_is_refused(self, harness: PaymentHarness, changed: dict[str, Any]) -> None:
        data = {
            "product_id": "never",
            "minutes": 60,
            "prices_minor": {"RUB": 1_000},
            "wordings": {"en": {"name": "An hour"}},
            "created_by": "ann",
        }

        with pytest.raises(MessageRejected):
            ask(harness, ProductCreateRequested, data | changed)


class TestPrice:
    def test_leaves_open_orders_and_what_was_bought_alone(self, harness: PaymentHarness, product: str) -> None:
        bought, _ = harness.bought(product)
        waiting = harness.buy(product)["order_id"]

        ask(harness, ProductPriceSetRequested, price(product, 2_000, 1_000))
        later = harness.buy(product)["order_id"]

        assert [harness.order(one)["price_minor"] for one in (bought, waiting, later)] == [1_000, 1_000, 2_000]
        assert changes(harness, product) == [("RUB", 1_000, 2_000, "ann"), ("RUB", None, 1_000, "ann")]

    def test_of_two_at_once_one_wins_and_the_other_is_told(self, harness: PaymentHarness, product: str) -> None:
        barrier, answers = Barrier(2), list[dict[str, Any]]()

        def change(minor: int) -> None:
            barrier.wait()
            answers.append(ask(harness, ProductPriceSetRequested, price(product, minor, 1_000)))

        both = [Thread(target=change, args=(minor,)) for minor in (1_100, 1_200)]
        for one in both:
            one.start()
        for one in both:
            one.join()

        assert sorted(answer.get("code", "") for answer in answers) == ["", "PriceChanged"]
        assert len(changes(harness, product)) == 2

    def test_by_the_same_message_again_changes_once(self, harness: PaymentHarness, product: str) -> None:
        key = str(uuid.uuid4())

        first, again = (ask(harness, ProductPriceSetRequested, price(product, 5, 1_000), key) for _ in range(2))

        assert first == again
        assert len(changes(harness, product)) == 2

    def test_of_a_currency_comes_and_goes_and_the_last_one_stays(self, harness: PaymentHarness, product: str) -> None:
        added = ask(harness, ProductPriceSetRequested, price(product, 100, None, currency="EUR"))
        gone = ask(harness, ProductPriceSetRequested, price(product, None, 100, currency="EUR"))
        last = ask(harness, ProductPriceSetRequested, price(product, None, 1_000))

        assert ("code" in added, "code" in gone, last["code"]) == (False, False, "LastPrice")
        assert changes(harness, product)[:2] == [("EUR", 100, None, "ann"), ("EUR", None, 100, "ann")]

    def test_that_an_import_changes_is_written_down(self, harness: PaymentHarness, product: str) -> None:
        with reading(harness.engine) as session:
            found = find_product(session, product)
        assert found is not None

        write_products(harness.context, [found])
        ask(harness, ProductPriceSetRequested, price(product, 3_000, 1_000))
        write_products(harness.context, [found])

        assert changes(harness, product)[0] == ("RUB", 3_000, 1_000, "import")
        assert len(changes(harness, product)) == 3

    def test_of_no_product_is_refused(self, harness: PaymentHarness) -> None:
        assert ask(harness, ProductPriceSetRequested, price("none-such", 1, None))["code"] == "UnknownProduct"


class TestSwitch:
    def test_takes_a_product_off_and_lets_what_is_open_be_paid(self, harness: PaymentHarness, product: str) -> None:
        order_id = harness.buy(product)["order_id"]

        off = {"product_id": product, "is_active": False, "reason": "over", "changed_by": "ann"}
        ask(harness, ProductSwitchRequested, off)
        harness.memory.pay(harness.order(order_id)["checkout_ref"])
        harness.hear_all()

        assert harness.order(order_id)["status"] == "paid"
        assert harness.buy(product)["code"] == "UnknownProduct"


class TestWording:
    def test_adds_a_language_and_changes_one(self, harness: PaymentHarness, product: str) -> None:
        for locale, name in (("de", "Eine Stunde"), ("en", "One hour")):
            data = {"product_id": product, "locale": locale, "wording": {"name": name}, "changed_by": "ann"}
            ask(harness, ProductWordingSetRequested, data)

        with reading(harness.engine) as session:
            found = find_product(session, product)
        assert found is not None
        assert {locale: words.name for locale, words in found.wordings.items()} == {
            "en": "One hour",
            "de": "Eine Stunde",
        }
