"""Requests that come before, or again after, what happened to an order has been heard of."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.gateway.decline import Decline, Retry
from messages.errors import Unavailable
from messages.queues import SUBSCRIPTION
from messages.read import Event
from messages.subscriptions.requests import SubscriptionChangeRequested
from store.engine import Engine
from tests.doubles.faults import Fault
from tests.doubles.memory import MemoryGateway
from tests.workers.subscriptions.harness import DAY, SubscriptionHarness
from workers.payments.gateway_object import apply_object
from workers.payments.reconcile import poll_open_payments
from workers.queues import subscription


class TestAPaidStartThatNobodyHasHeardOf:
    @pytest.fixture
    def harness(self, engine: Engine, memory: MemoryGateway) -> SubscriptionHarness:
        """An account whose first order is paid, and whose subscription does not know it yet."""
        harness = SubscriptionHarness(engine, memory, memory)
        ref = harness.order(harness.start()["order_id"])["checkout_ref"]
        memory.pay(ref)
        apply_object(harness.context, memory.name, memory.fetch_payment(ref))
        return harness

    def test_is_not_thrown_away_by_a_second_one(self, harness: SubscriptionHarness) -> None:
        assert harness.start("large")["code"] == "AlreadySubscribed"
        harness.deliver()

        assert harness.status() == "active"
        assert harness.kinds() == ["started"]

    def test_is_told_before_it_is_cancelled(self, harness: SubscriptionHarness) -> None:
        harness.cancel("now")
        harness.deliver()

        assert harness.status() == "cancelled"
        assert harness.kinds() == ["started", "cancelled", "ended"]


class TestAChangeThatIsAskedForAgain:
    def test_opens_no_checkout_for_what_has_ended_meanwhile(
        self, subscribed: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        harness = subscribed
        memory.vault.declines.append(Decline(Retry.CUSTOMER_ACTION, "confirm"))
        memory.faults.plan("charge", Fault.ERROR_AFTER_COMMIT)
        event = harness.event(SubscriptionChangeRequested, {"product_id": "large"}, SUBSCRIPTION, key="twice")
        with pytest.raises(Unavailable):
            ask_again(harness, event)
        harness.offset += timedelta(minutes=11)
        poll_open_payments(harness.context)
        harness.deliver()
        harness.cancel("period_end")

        answer = ask_again(harness, event)

        assert answer["code"] == "Declined"
        assert {order["status"] for order in harness.orders()} == {"paid", "failed"}
        assert memory.calls["create_checkout"] == 1


class TestAChangeWhereNothingMayBeChargedWithoutTheBuyer:
    def test_is_paid_by_a_checkout(self, subscribed: SubscriptionHarness, memory: MemoryGateway) -> None:
        harness = subscribed
        shop = replace(harness.context.shop, without_renewals=frozenset({memory.name}))
        harness.context = replace(harness.context, shop=shop)

        answer = harness.change("large")
        assert memory.calls["charge"] == 0
        harness.pass_time(timedelta(hours=1))
        memory.pay(harness.order(answer["order_id"])["checkout_ref"])
        harness.hear_of(harness.order(answer["order_id"])["checkout_ref"])

        assert answer["url"]
        [large] = harness.minutes.select("SELECT number FROM product WHERE id = 'large'")
        assert (harness.status(), harness.row()["product"]) == ("active", large["number"])


class TestNotices:
    def test_of_an_owed_renewal_name_the_next_product(self, engine: Engine, memory: MemoryGateway) -> None:
        harness = SubscriptionHarness(engine, memory, memory)
        harness.subscribed("large")
        harness.change("small")
        memory.vault.declines += [Decline(Retry.LATER, "no"), Decline(Retry.CUSTOMER_ACTION, "no")]

        harness.until(harness.row()["period_end"] - timedelta(hours=6))
        harness.pass_time(DAY)

        owed = harness.owed("payment_failed", "action_needed")
        assert [one["kind"] for one in owed] == ["payment_failed", "action_needed"]
        for one in owed:
            assert one["content"]["title"] == "Small"
            assert one["content"]["price"] == {"minor": 19_900, "currency": "RUB"}


def ask_again(harness: SubscriptionHarness, event: Event) -> dict[str, object]:
    """Hand in the very message that was handed in before, and return its answer."""
    [outcome] = subscription.handle(harness.context, [event])
    return outcome.answer
