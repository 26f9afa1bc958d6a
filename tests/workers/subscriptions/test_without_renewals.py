"""A gateway that lets nobody charge without the buyer (`GATEWAYS_WITHOUT_RENEWALS`): every renewal waits for the buyer."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.gateway.decline import Decline, Retry
from messages.queues import RENEWAL
from messages.subscriptions.reminders import SubscriptionMethodReady
from tests.doubles.memory import MemoryGateway
from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness
from tests.workers.subscriptions.method_harness import (
    change_method,
    hear,
    notices_owed,
    save_card,
    second_gateway,
)
from workers.payments.reconcile import poll_open_payments
from workers.queues import renewal

PRICE = 19_900
SOON = timedelta(minutes=20)


def forbid_renewals(harness: SubscriptionHarness, *gateways: str) -> None:
    """Let the contracts with gateways allow no charges without the buyer."""
    shop = replace(harness.context.shop, without_renewals=frozenset(gateways))
    harness.context = replace(harness.context, shop=shop)


def renew(harness: SubscriptionHarness) -> None:
    """Let the next renewal come."""
    harness.until(harness.row()["period_end"] - 6 * HOUR)


def pay_by_hand(harness: SubscriptionHarness, gateway: MemoryGateway) -> None:
    """Let the buyer pay what is owed on the page of a gateway."""
    ref = harness.order(harness.pay_by_hand()["order_id"])["checkout_ref"]
    gateway.pay(ref)
    hear(harness, gateway, ref)


@pytest.fixture
def harness(subscribed: SubscriptionHarness) -> SubscriptionHarness:
    """An account that is subscribed through a gateway without renewals, and has a saved method there."""
    forbid_renewals(subscribed, "memory")
    return subscribed


class TestARenewal:
    def test_waits_for_the_buyer_and_charges_nothing(self, harness: SubscriptionHarness, memory: MemoryGateway) -> None:
        renew(harness)

        assert (harness.status(), harness.row()["needs_buyer"], memory.calls["charge"]) == ("past_due", True, 0)
        assert harness.attempts() == [(0, "paid", None, None), (1, "declined", "customer_action", "renewals_off")]
        fact = harness.minutes.facts("subscription.past_due")[-1]["data"]
        assert (fact["needs_buyer"], fact["code"], fact["next_attempt_at"]) == (True, "renewals_off", None)

    def test_is_paid_by_hand_each_time(self, harness: SubscriptionHarness, memory: MemoryGateway) -> None:
        for _ in range(2):
            end = harness.row()["period_end"]
            renew(harness)
            pay_by_hand(harness, memory)
            assert (harness.status(), harness.row()["period_start"]) == ("active", end)

        assert (memory.calls["charge"], memory.books()) == (0, {"RUB": (3 * PRICE, 0)})
        assert harness.kinds() == ["started", "past_due", "renewed", "past_due", "renewed"]

    def test_that_nobody_pays_is_given_up_and_ends(self, harness: SubscriptionHarness, memory: MemoryGateway) -> None:
        renew(harness)
        harness.pass_time(7 * DAY)
        assert harness.status() == "unpaid"
        harness.pass_time(7 * DAY)
        poll_open_payments(harness.context)

        assert (harness.status(), memory.calls["charge"], memory.books()) == ("cancelled", 0, {"RUB": (PRICE, 0)})

    def test_can_still_be_paid_when_it_was_given_up(self, harness: SubscriptionHarness, memory: MemoryGateway) -> None:
        renew(harness)
        harness.pass_time(7 * DAY)

        pay_by_hand(harness, memory)

        assert (harness.status(), memory.books()) == ("active", {"RUB": (2 * PRICE, 0)})

    def test_is_not_tried_with_a_method_that_is_saved_meanwhile(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        renew(harness)
        method_id = save_card(harness, memory)
        renewal.handle(harness.context, [harness.event(SubscriptionMethodReady, {"method_id": method_id}, RENEWAL)])
        harness.pass_time(SOON)

        assert (memory.calls["charge"], len(harness.attempts())) == (0, 2)
        assert harness.kinds() == ["started", "past_due"]

    def test_that_was_declined_before_the_contract_ended_waits_at_its_next_try(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        forbid_renewals(harness)
        memory.vault.declines.append(Decline(Retry.LATER, "insufficient_funds"))
        renew(harness)
        forbid_renewals(harness, "memory")

        harness.pass_time(DAY)

        assert (memory.calls["charge"], harness.row()["needs_buyer"]) == (1, True)
        assert harness.attempts()[-1] == (2, "declined", "customer_action", "renewals_off")


class TestNotices:
    def test_say_once_that_the_buyer_has_to_pay(self, harness: SubscriptionHarness) -> None:
        renew(harness)
        for _ in range(3):
            harness.pass_time(DAY)

        [owed] = [one for one in notices_owed(harness) if one["kind"] in ("action_needed", "payment_failed")]
        assert (owed["kind"], owed["content"]["retry"]) == ("action_needed", "customer_action")
        assert owed["content"]["is_paid_by_hand"]

    def test_say_again_when_it_is_given_up_by_when_it_is_to_be_paid(self, harness: SubscriptionHarness) -> None:
        renew(harness)
        harness.pass_time(7 * DAY)

        owed = [one for one in notices_owed(harness) if one["kind"] in ("action_needed", "payment_failed")]
        assert [one["kind"] for one in owed] == ["action_needed", "action_needed"]
        first, second = (datetime.fromisoformat(one["content"]["until"]) for one in owed)
        assert second - first == 7 * DAY

    def test_say_otherwise_where_a_bank_wants_the_buyer(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        forbid_renewals(harness)
        memory.vault.declines.append(Decline(Retry.CUSTOMER_ACTION, "authentication_required"))
        renew(harness)

        assert not notices_owed(harness)[-1]["content"].get("is_paid_by_hand")


class TestAChangeOfMethod:
    def test_to_it_is_made_and_says_so(self, subscribed: SubscriptionHarness, memory: MemoryGateway) -> None:
        harness, other = subscribed, second_gateway(subscribed)
        forbid_renewals(harness, "other")

        answer = change_method(harness, save_card(harness, other))
        assert (answer["gateway"], answer["is_paid_by_hand"]) == ("other", True)
        assert notices_owed(harness)[-1]["content"]["is_paid_by_hand"]
        renew(harness)
        assert (harness.status(), other.calls["charge"]) == ("past_due", 0)
        pay_by_hand(harness, other)

        assert (harness.status(), memory.books(), other.books()) == ("active", {"RUB": (PRICE, 0)}, {"RUB": (PRICE, 0)})

    def test_to_it_lets_what_is_owed_wait_for_the_buyer(
        self, subscribed: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        harness, other = subscribed, second_gateway(subscribed)
        forbid_renewals(harness, "other")
        memory.vault.declines.append(Decline(Retry.LATER, "insufficient_funds"))
        renew(harness)

        change_method(harness, save_card(harness, other))
        harness.run()

        row = harness.row()
        assert (row["status"], row["needs_buyer"], row["next_attempt_at"]) == ("past_due", True, None)
        assert (memory.calls["charge"], other.calls["charge"]) == (1, 0)

    def test_away_from_it_charges_what_waits_at_once(self, harness: SubscriptionHarness, memory: MemoryGateway) -> None:
        other = second_gateway(harness)
        renew(harness)

        change_method(harness, save_card(harness, other))
        harness.run()

        assert (harness.status(), memory.books(), other.books()) == ("active", {"RUB": (PRICE, 0)}, {"RUB": (PRICE, 0)})
        renew(harness)
        assert (harness.status(), other.calls["charge"]) == ("active", 2)
