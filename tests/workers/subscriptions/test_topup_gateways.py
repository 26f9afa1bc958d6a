"""Auto top-up through every gateway: a method is saved without paying, charged, declined, refunded and disputed."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.gateway.decline import Retry
from messages.payments.methods import SetupRequested, SetupReturned
from messages.queues import PURCHASE, RENEWAL, SUBSCRIPTION
from messages.subscriptions.topup import TopupDue, TopupSetRequested, TopupSettled, TopupsRequested
from store.engine import Engine
from tests.doubles.faults import Fault
from tests.gateways.contract.abilities import Abilities, Double, settings_of
from tests.gateways.contract.marks import ABILITIES
from tests.workers.payments.harness import PaymentHarness, fill_catalogue
from workers.queues import renewal, subscription

PRICES = {"RUB": 69_900, "JPY": 1_000}


class Shop:
    """One account at one gateway, with a method that was saved without a payment and auto top-up below 600 seconds."""

    def __init__(self, engine: Engine, able: Abilities, double: Double) -> None:
        self.able, self.double = able, double
        # PayPal takes no roubles.
        self.currency = "RUB" if able.price.currency == "RUB" else "JPY"
        self.payments = PaymentHarness(engine, able.folder.open_gateway(settings_of(able, double.settings())))
        answer = self.ask(SetupRequested, {"currency": self.currency}, PURCHASE)
        [setup] = self.payments.minutes.select(
            "SELECT setup_ref FROM method_setup WHERE id = :id", id=answer["setup_id"]
        )
        double.finish_setup(setup["setup_ref"])
        assert self.ask(SetupReturned, {"setup_id": answer["setup_id"]}, PURCHASE)["status"] == "saved"
        said = {"is_on": True, "threshold_seconds": 600, "product_id": "standard", "currency": self.currency}
        self.answer = self.ask(TopupSetRequested, said, SUBSCRIPTION)

    def ask(self, model: Any, data: dict[str, Any], queue: str) -> dict[str, Any]:
        """Handle a message and return its answer."""
        event = self.payments.event(model, data, queue)
        if queue == PURCHASE:
            return self.payments.handle(event)
        [outcome] = (subscription if queue == SUBSCRIPTION else renewal).handle(self.payments.context, [event])
        return outcome.answer

    def row(self) -> dict[str, Any]:
        """The row of the account's auto top-up."""
        [row] = self.payments.minutes.select(
            "SELECT topup.* FROM topup JOIN account ON number = account WHERE account.id = :account"
        )
        return row


@pytest.fixture(params=ABILITIES, ids=lambda able: able.name)
def open_gateway(request: pytest.FixtureRequest, shared_engine: Engine) -> Iterator[tuple[Engine, Abilities, Double]]:
    """The shared database, a gateway, and its double."""
    fill_catalogue(shared_engine)
    with request.param.new_double() as double:
        yield shared_engine, request.param, double


class TestTopup:
    def test_is_charged_refunded_and_gone(self, open_gateway: tuple[Engine, Abilities, Double]) -> None:
        shop = Shop(*open_gateway)
        price = PRICES[shop.currency]

        [order] = shop.payments.orders()
        assert (order["kind"], order["status"], order["price_minor"]) == ("top_up", "paid", price)
        assert shop.double.books()[shop.currency] == (price, 0)
        shop.ask(TopupSettled, {"order_id": order["id"]}, RENEWAL)
        shop.ask(TopupDue, {}, RENEWAL)
        shop.ask(TopupsRequested, {}, RENEWAL)
        assert len(shop.payments.orders()) == 1

        shop.payments.refund(order["id"])

        assert shop.double.books()[shop.currency] == (price, price)
        [package] = shop.payments.minutes.packages()
        assert (package["left_seconds"], package["voided_seconds"]) == (0, 18_000)
        assert shop.row()["is_on"]

    def test_is_stopped_by_a_decline(self, open_gateway: tuple[Engine, Abilities, Double]) -> None:
        _, able, double = open_gateway
        double.faults.plan("charge", Fault.DECLINE, code=able.declines[Retry.NEW_METHOD])

        shop = Shop(*open_gateway)

        assert double.books().get(shop.currency, (0, 0)) == (0, 0)
        row = shop.row()
        assert (row["is_on"], row["stop"], row["stop_code"]) == (False, "declined", able.declines[Retry.NEW_METHOD])
        [fact] = shop.payments.minutes.facts("topup.failed")
        assert fact["data"]["reason"] == "declined"

    def test_that_needs_the_buyer_is_stopped(self, open_gateway: tuple[Engine, Abilities, Double]) -> None:
        _, able, double = open_gateway
        double.faults.plan("charge", Fault.DECLINE, code=able.asks_buyer[0])

        shop = Shop(*open_gateway)

        assert (shop.row()["is_on"], shop.row()["stop"]) == (False, "declined")
        assert double.books().get(shop.currency, (0, 0)) == (0, 0)
