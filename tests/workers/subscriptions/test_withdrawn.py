"""What was cancelled, given back or forgotten while its renewal was under way is not charged any more."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.gateway.decline import Decline, Retry
from domain.gateway.payment import GatewayPayment
from domain.gateway.requests import ChargeRequest
from messages.payments.methods import MethodForgetRequested
from messages.queues import PURCHASE
from store.engine import Engine
from tests.doubles.faults import Fault
from tests.doubles.memory import MemoryGateway
from tests.workers.payments.harness import Crash
from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness
from workers.payments.reconcile import poll_open_payments

ONCE = {"RUB": (19_900, 0)}
SOON = timedelta(minutes=20)


class Interrupted(MemoryGateway):
    """A gateway during whose next charge something else happens."""

    meanwhile: Callable[[str], None] | None = None

    def charge_saved_method(self, request: ChargeRequest, key: str) -> GatewayPayment:
        """Let that happen first."""
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile(request.order_id)
        return super().charge_saved_method(request, key)


@pytest.fixture
def memory() -> Interrupted:
    """A gateway in the process."""
    return Interrupted("memory")


def charge_takes_days(harness: SubscriptionHarness, memory: MemoryGateway) -> str:
    """Let the renewal be under way; return its payment."""
    memory.vault.is_slow = True
    harness.until(harness.row()["period_end"] - 6 * HOUR)
    memory.vault.is_slow = False
    return str(harness.orders()[-1]["payment_ref"])


def decline_it(harness: SubscriptionHarness, memory: MemoryGateway, ref: str, retry: Retry) -> None:
    """Let the charge that is under way be declined."""
    memory.end_slow_charge(ref, decline=Decline(retry, "declined"))
    harness.hear_of(ref)


def refund_period(harness: SubscriptionHarness, memory: MemoryGateway) -> None:
    """Let support give the whole price of the present period back."""
    ref = harness.paid()[-1]["payment_ref"]
    memory.refund_from_dashboard(ref, 19_900)
    harness.hear_of(ref)


class TestCancelledAtThePeriodsEnd:
    @pytest.mark.parametrize("retry", list(Retry))
    def test_is_not_tried_again_when_the_charge_under_way_is_declined(
        self, subscribed: SubscriptionHarness, memory: Interrupted, retry: Retry
    ) -> None:
        harness = subscribed
        ref = charge_takes_days(harness, memory)
        harness.cancel("period_end")

        decline_it(harness, memory, ref, retry)
        status = harness.status()
        for _ in range(9):
            harness.pass_time(DAY)

        assert (status, harness.status()) == ("active", "cancelled")
        assert memory.books() == ONCE
        assert harness.kinds() == ["started", "cancelled", "ended"]

    def test_ends_with_its_period_while_nobody_knows_what_became_of_the_charge(
        self, subscribed: SubscriptionHarness, memory: Interrupted
    ) -> None:
        harness = subscribed
        memory.faults.plan("charge", Fault.ERROR_BEFORE)
        harness.until(harness.row()["period_end"] - 6 * HOUR)
        harness.cancel("period_end")

        harness.pass_time(2 * DAY)

        assert harness.status() == "cancelled"
        assert memory.books() == ONCE

    def test_goes_on_with_the_same_charge_when_that_is_taken_back(
        self, subscribed: SubscriptionHarness, memory: Interrupted
    ) -> None:
        harness = subscribed
        memory.faults.plan("charge", Fault.ERROR_BEFORE)
        harness.until(harness.row()["period_end"] - 6 * HOUR)
        harness.cancel("period_end")
        harness.pass_time(SOON)
        assert memory.books() == ONCE

        harness.resume()
        harness.pass_time(SOON)

        assert (harness.status(), len(harness.paid())) == ("active", 2)
        assert harness.paid()[1]["attempt"] == 1

    def test_is_tried_again_when_that_is_taken_back_after_a_decline(
        self, subscribed: SubscriptionHarness, memory: Interrupted
    ) -> None:
        harness = subscribed
        ref = charge_takes_days(harness, memory)
        harness.cancel("period_end")
        decline_it(harness, memory, ref, Retry.LATER)

        harness.resume()
        harness.pass_time(SOON)
        harness.pass_time(SOON)
        assert harness.status() == "past_due"
        harness.pass_time(DAY)

        assert (harness.status(), len(harness.paid())) == ("active", 2)


class TestGivenBack:
    def test_takes_the_renewal_with_it_whose_call_was_never_made(
        self, subscribed: SubscriptionHarness, memory: Interrupted
    ) -> None:
        harness = subscribed
        memory.faults.plan("charge", Fault.ERROR_BEFORE)
        harness.until(harness.row()["period_end"] - 6 * HOUR)

        refund_period(harness, memory)
        for _ in range(5):
            harness.pass_time(DAY)
            poll_open_payments(harness.context)

        assert harness.status() == "cancelled"
        assert memory.books() == {"RUB": (19_900, 19_900)}
        assert harness.orders()[-1]["status"] == "expired"

    def test_closes_the_page_on_which_the_renewal_could_be_paid(
        self, subscribed: SubscriptionHarness, memory: Interrupted
    ) -> None:
        harness = subscribed
        memory.vault.declines.append(Decline(Retry.CUSTOMER_ACTION, "declined"))
        harness.until(harness.row()["period_end"] - 6 * HOUR)
        order_id = harness.pay_by_hand()["order_id"]

        refund_period(harness, memory)

        assert (harness.status(), harness.order(order_id)["status"]) == ("cancelled", "expired")


class TestBetweenTheIntentAndTheCall:
    @pytest.fixture
    def pair(self, engine: Engine, memory: Interrupted) -> tuple[SubscriptionHarness, SubscriptionHarness]:
        """Two accounts whose renewals are decided about in one transaction."""
        buyers = tuple(SubscriptionHarness(engine, memory, memory) for _ in range(2))
        for buyer in buyers:
            buyer.subscribed()
            # One clock for both.
            buyer.offset = buyers[0].offset
        for buyer in buyers:
            buyer.offset += timedelta(days=28)
        buyers[0].context = replace(buyers[0].context, renewal_threads=1)
        return buyers[0], buyers[1]

    def run_and_meanwhile(
        self,
        pair: tuple[SubscriptionHarness, SubscriptionHarness],
        memory: Interrupted,
        act: Callable[[SubscriptionHarness], object],
    ) -> SubscriptionHarness:
        """Let the tick come, and the second buyer do something during the call for the first; return the second."""
        others = []

        def meanwhile(order_id: str) -> None:
            [other] = [one for one in pair if one.orders()[-1]["id"] != order_id]
            act(other)
            others.append(other)

        memory.meanwhile = meanwhile
        pair[0].run()
        return others[0]

    @pytest.mark.parametrize("when", ["now", "period_end"])
    def test_a_cancellation_is_true(
        self, pair: tuple[SubscriptionHarness, SubscriptionHarness], memory: Interrupted, when: str
    ) -> None:
        other = self.run_and_meanwhile(pair, memory, lambda buyer: buyer.cancel(when))

        assert memory.calls["charge"] == 1
        assert len(other.paid()) == 1

    def test_a_method_that_is_forgotten_is_not_charged(
        self, pair: tuple[SubscriptionHarness, SubscriptionHarness], memory: Interrupted
    ) -> None:
        other = self.run_and_meanwhile(pair, memory, forget)

        assert memory.calls["charge"] == 1
        assert other.attempts()[-1] == (1, "declined", "new_method", "method_ended")
        assert (other.status(), other.row()["needs_buyer"]) == ("past_due", True)

    def test_a_worker_that_stops_makes_no_more_calls(
        self, pair: tuple[SubscriptionHarness, SubscriptionHarness], memory: Interrupted
    ) -> None:
        other = self.run_and_meanwhile(pair, memory, lambda _: pair[0].context.stopping.set())

        assert memory.calls["charge"] == 1
        pair[0].context.stopping.clear()
        other.pass_time(SOON)
        assert len(other.paid()) == 2


class TestARepeat:
    def test_charges_no_method_that_was_forgotten_meanwhile(
        self, subscribed: SubscriptionHarness, memory: Interrupted
    ) -> None:
        harness = subscribed
        memory.faults.plan("charge", Fault.ERROR_BEFORE)
        harness.until(harness.row()["period_end"] - 6 * HOUR)
        forget(harness)

        harness.pass_time(SOON)
        for _ in range(6):
            harness.pass_time(DAY)
            poll_open_payments(harness.context)
            harness.deliver()

        assert memory.books() == ONCE
        assert (harness.status(), harness.row()["needs_buyer"]) == ("past_due", True)

    def test_charges_nothing_for_a_subscription_that_is_over(
        self, subscribed: SubscriptionHarness, memory: Interrupted
    ) -> None:
        harness = subscribed
        harness.context = replace(harness.context, renewal_threads=1)
        harness.offset = harness.row()["period_end"] - harness.clock() + harness.offset - HOUR
        harness.plug.transactions = 2
        with pytest.raises(Crash):
            harness.run()

        harness.cancel("now")
        harness.pass_time(SOON)
        poll_open_payments(harness.context)

        assert memory.books() == ONCE


def forget(harness: SubscriptionHarness) -> None:
    """Let the buyer have the saved method forgotten."""
    [method] = harness.minutes.select(
        "SELECT saved_method.id FROM saved_method JOIN account ON account.number = account"
        " WHERE account.id = :account AND ended_at IS NULL"
    )
    event = harness.event(MethodForgetRequested, {"method_id": method["id"]}, PURCHASE)
    harness.handle(event)
