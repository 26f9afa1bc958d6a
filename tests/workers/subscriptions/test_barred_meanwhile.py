"""Accounts that are blocked or closed between an intent and its call, or between a page and its payment."""

from datetime import timedelta

import pytest

from domain.subscriptions.trial import METHOD_LOOKED_FOR_AFTER
from messages.access.standing import AccountUnblockRequested
from messages.errors import Unavailable
from messages.payments.reviews import OrderPollRequested
from store.engine import Engine
from store.payments.erasure import NO_LABEL
from tests.doubles.faults import Fault
from tests.doubles.memory import MemoryGateway
from tests.workers.subscriptions.harness import DAY, SubscriptionHarness
from tests.workers.subscriptions.test_standing import block, close, want
from workers.payments.reconcile import poll_open_payments

LATER = timedelta(minutes=11)


@pytest.fixture
def renewing(subscribed: SubscriptionHarness, memory: MemoryGateway) -> SubscriptionHarness:
    """A renewal whose call got no answer, and did nothing."""
    memory.faults.plan("charge", Fault.ERROR_BEFORE)
    subscribed.pass_time(30 * DAY)
    assert memory.calls["charge"] == 1
    return subscribed


class TestARenewalOfUnknownOutcome:
    @pytest.mark.parametrize("end", [block, close])
    def test_is_called_no_more(self, renewing: SubscriptionHarness, memory: MemoryGateway, end: object) -> None:
        assert callable(end)
        end(renewing)

        renewing.offset += LATER
        poll_open_payments(renewing.context)

        assert memory.calls["charge"] == 1
        assert len(renewing.paid()) == 1

    def test_is_not_called_twice_at_once_for_whoever_asks(
        self, renewing: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        order_id = renewing.orders()[-1]["id"]
        asking = {"order_id": order_id, "asked_by": "olga"}

        at_once = want(renewing, OrderPollRequested, asking).answer
        calls = memory.calls["charge"]
        renewing.offset += LATER
        later = want(renewing, OrderPollRequested, asking).answer

        assert (at_once["code"], calls) == ("CallUnderWay", 1)
        assert (later["status"], memory.calls["charge"]) == ("paid", 2)


class TestACheckout:
    def test_that_may_be_open_is_not_opened_for_a_blocked_account(self, engine: Engine, memory: MemoryGateway) -> None:
        harness = SubscriptionHarness(engine, memory, memory)
        memory.faults.plan("create_checkout", Fault.ERROR_BEFORE)
        with pytest.raises(Unavailable):
            harness.start()
        block(harness)

        harness.offset += LATER
        poll_open_payments(harness.context)

        [order] = harness.orders()
        assert (order["status"], order["checkout_ref"]) == ("pending", None)
        assert memory.calls["create_checkout"] == 1


class TestATrial:
    def test_waits_while_its_account_is_blocked(self, engine: Engine, memory: MemoryGateway) -> None:
        harness = SubscriptionHarness(engine, memory, memory)
        setup = harness.start("tried")["setup_id"]
        block(harness)
        harness.buyer_saves(setup)
        harness.deliver()
        assert harness.minutes.entries() == []

        want(harness, AccountUnblockRequested, {"reason": "all is well"})
        harness.pass_time(METHOD_LOOKED_FOR_AFTER + timedelta(minutes=1))
        harness.deliver()

        assert [kind for kind, _ in harness.minutes.entries()] == ["grant"]


class TestAPageThatIsPaidAfterClosing:
    def test_leaves_no_method_that_can_be_charged(self, harness: SubscriptionHarness) -> None:
        order_id = harness.start()["order_id"]
        close(harness)

        harness.buyer_pays(order_id)

        assert harness.order(order_id)["status"] == "paid"
        [method] = harness.minutes.select("SELECT label, end_reason FROM saved_method")
        assert method == {"label": NO_LABEL, "end_reason": "forgotten"}
