"""A subscription moves from each gateway to another one, over HTTP: renewed there, refunded where it was paid."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from gateways.settings import GatewaySettings
from messages.payments.methods import SetupRequested, SetupReturned
from messages.queues import PURCHASE
from tests.doubles.faults import Fault
from tests.doubles.paypal.double import PaypalDouble
from tests.doubles.stripe.double import StripeDouble
from tests.doubles.yookassa.double import YooKassaDouble
from tests.servers.find import FoundPostgres
from tests.workers.minutes.harness import audited
from tests.workers.subscriptions.harness import HOUR, SubscriptionHarness
from tests.workers.subscriptions.method_harness import change_method, tried_by
from workers.payments.reconcile import poll_open_payments

DOUBLES: dict[str, type[Any]] = {"stripe": StripeDouble, "paypal": PaypalDouble, "yookassa": YooKassaDouble}
LATER = {"stripe": "insufficient_funds", "paypal": "PAYMENT_DENIED", "yookassa": "insufficient_funds"}
"""A code after which a charge may work later."""

MOVES = [
    ("stripe", "yookassa", "RUB", 19_900),
    ("stripe", "paypal", "USD", 299),
    ("paypal", "stripe", "EUR", 299),
    ("yookassa", "stripe", "RUB", 19_900),
]
"""From which gateway to which one, in which currency, and the price of a period."""


@dataclass(slots=True)
class Move:
    """A subscription at one gateway, and another one to which it may move; `doubles` are by their names."""

    harness: SubscriptionHarness
    doubles: dict[str, Any]
    price_minor: int

    def save_method(self, gateway: str) -> int:
        """Let the buyer save a method on the page of a gateway, without paying; return its number."""
        harness = self.harness
        wanted = {"currency": harness.currency, "gateway": gateway}
        setup_id = harness.handle(harness.event(SetupRequested, wanted, PURCHASE))["setup_id"]
        [setup] = harness.minutes.select("SELECT setup_ref FROM method_setup WHERE id = :id", id=setup_id)
        self.doubles[gateway].finish_setup(setup["setup_ref"])
        saved = harness.handle(harness.event(SetupReturned, {"setup_id": setup_id}, PURCHASE))
        assert saved["status"] == "saved"
        harness.deliver()
        [method] = harness.minutes.select(
            "SELECT saved_method.id FROM saved_method JOIN account ON account.number = account"
            " WHERE account.id = :account AND gateway = :gateway",
            gateway=gateway,
        )
        return int(method["id"])

    def money(self, gateway: str) -> tuple[int, int]:
        """What a gateway has captured and refunded."""
        books: dict[str, tuple[int, int]] = self.doubles[gateway].books()
        return books.get(self.harness.currency, (0, 0))


@pytest.fixture(params=MOVES, ids=[f"{first} to {second} in {currency}" for first, second, currency, _ in MOVES])
def move(request: pytest.FixtureRequest, postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Move]:
    """A subscription at the first gateway, and the second one set up beside."""
    first, second, currency, price_minor = request.param
    url = postgres_server.new_database(copy_of=migrated_database)
    with ExitStack() as stack:
        doubles = {name: stack.enter_context(DOUBLES[name]()) for name in (first, second)}
        engine = stack.enter_context(audited(url))
        gateways = {name: gateway_at(name, double) for name, double in doubles.items()}
        harness = SubscriptionHarness(engine, gateways[first], doubles[first], currency=currency)
        harness.context = replace(harness.context, gateways=gateways)
        harness.subscribed()
        yield Move(harness, doubles, price_minor)
    postgres_server.drop_database(url)


def gateway_at(name: str, double: Any) -> Any:
    """Open a gateway at its double."""
    settings = GatewaySettings(f"{name.upper()}_", double.settings(), is_development=True)
    return import_module(f"gateways.{name}").open_gateway(settings)


class TestEachMove:
    def test_is_renewed_there_and_refunded_where_it_was_paid(self, move: Move) -> None:
        harness, (first, second) = move.harness, move.doubles
        before = harness.row()

        change_method(harness, move.save_method(second))
        for _ in range(2):
            harness.until(harness.row()["period_end"] - HOUR)

        after = harness.row()
        assert (after["id"], after["anchor_at"], after["status"]) == (before["id"], before["anchor_at"], "active")
        assert (move.money(first), move.money(second)) == ((move.price_minor, 0), (2 * move.price_minor, 0))
        assert [order["gateway"] for order in harness.paid()] == [first, second, second]
        assert harness.kinds() == ["started", "changed", "renewed", "renewed"]

        for order in harness.paid()[:2]:
            assert harness.refund(order["id"])["status"] == "succeeded"
        assert move.money(first) == (move.price_minor, move.price_minor)
        assert move.money(second) == (2 * move.price_minor, move.price_minor)
        assert harness.status() == "active"

    def test_heals_a_renewal_that_was_declined(self, move: Move) -> None:
        harness, (first, second) = move.harness, move.doubles
        move.doubles[first].faults.plan("charge", Fault.DECLINE, code=LATER[first])
        harness.until(harness.row()["period_end"] - HOUR)
        assert harness.status() == "past_due"

        change_method(harness, move.save_method(second))
        harness.run()

        assert harness.status() == "active"
        assert (move.money(first), move.money(second)) == ((move.price_minor, 0), (move.price_minor, 0))
        assert tried_by(harness) == [(first, "paid"), (first, "declined"), (second, "paid")]
        assert [order["attempt"] for order in harness.paid()] == [0, 2]

    def test_waits_for_a_charge_without_outcome(self, move: Move) -> None:
        harness, (first, second) = move.harness, move.doubles
        method_id = move.save_method(second)
        # Stripe's SDK repeats a call by itself.
        move.doubles[first].faults.plan("charge", Fault.ERROR_AFTER_COMMIT, times=9)
        harness.until(harness.row()["period_end"] - HOUR)

        answer = change_method(harness, method_id)
        harness.run()
        assert answer["waits_for_order_id"] == harness.orders()[-1]["id"]
        assert move.money(second) == (0, 0)
        move.doubles[first].faults.clear()
        poll_open_payments(harness.context, open_for=timedelta(0))
        harness.deliver()
        harness.run()

        assert (move.money(first), move.money(second)) == ((2 * move.price_minor, 0), (0, 0))
        assert (harness.status(), harness.row()["gateway"]) == ("active", second)


class TestACurrency:
    def test_that_a_gateway_does_not_take_is_refused(self, move: Move) -> None:
        harness, (first, _) = move.harness, move.doubles
        name = "yookassa" if harness.currency != "RUB" else "paypal"
        with DOUBLES[name]() as double:
            move.doubles[name] = double
            gateways = {first: harness.context.gateways[first], name: gateway_at(name, double)}
            harness.context = replace(harness.context, gateways=gateways)
            currency = "EUR" if name == "paypal" else "RUB"
            harness.currency, paid_in = currency, harness.currency
            method_id = move.save_method(name)

            answer = change_method(harness, method_id)

        assert answer["code"] == "OtherCurrency"
        assert answer["reason"].endswith(f"this subscription stays in {paid_in}")
        assert harness.row()["gateway"] == first
