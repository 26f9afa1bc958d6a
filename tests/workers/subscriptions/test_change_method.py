"""A subscription is charged by another saved method, of its own gateway or of another one; it stays what it was."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.gateway.decline import Decline, Retry
from messages.payments.methods import MethodForgetRequested
from messages.queues import PURCHASE, SUBSCRIPTION
from messages.subscriptions.requests import SubscriptionChangeRequested
from tests.doubles.faults import Fault
from tests.doubles.memory import MemoryGateway
from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness
from tests.workers.subscriptions.method_harness import (
    change_method,
    changes,
    hear,
    notices_owed,
    save_card,
    second_gateway,
    tried_by,
)
from workers.payments.charge import call_charge, clear_charges
from workers.payments.payment import apply_reports
from workers.payments.reconcile import poll_open_payments
from workers.queues import subscription
from workers.subscriptions.due import Progress, take_due
from workers.subscriptions.follow import follow_cases
from workers.subscriptions.renew import renew_due

PRICE = 19_900
NOTHING: dict[str, tuple[int, int]] = {}
ONCE, TWICE = {"RUB": (PRICE, 0)}, {"RUB": (2 * PRICE, 0)}
SOON = timedelta(minutes=20)


@pytest.fixture
def harness(subscribed: SubscriptionHarness) -> SubscriptionHarness:
    """An account that is subscribed through the gateway `memory`."""
    return subscribed


@pytest.fixture
def other(harness: SubscriptionHarness) -> MemoryGateway:
    """Another gateway that is set up."""
    return second_gateway(harness)


def renew(harness: SubscriptionHarness) -> None:
    """Let the next renewal come."""
    harness.until(harness.row()["period_end"] - 6 * HOUR)


def declined(harness: SubscriptionHarness, memory: MemoryGateway, retry: Retry = Retry.LATER) -> None:
    """Let the next renewal be declined."""
    memory.vault.declines.append(Decline(retry, "declined"))
    renew(harness)
    assert harness.status() in ("past_due", "unpaid")


class TestChangeOfMethod:
    def test_keeps_everything_but_the_gateway(self, harness: SubscriptionHarness, other: MemoryGateway) -> None:
        card, before = save_card(harness, other), harness.row()

        answer = change_method(harness, card, changed_by="olga", reason="a better card")

        after = harness.row()
        assert (answer["gateway"], answer["method_id"], answer["method"]) == ("other", card, "Card *4242")
        assert (answer["is_paid_by_hand"], "waits_for_order_id" in answer) == (False, False)
        assert {name for name in after if after[name] != before[name]} == {"gateway", "updated_at"}
        [kept] = changes(harness)
        assert (kept["old_gateway"], kept["gateway"], kept["method_id"]) == ("memory", "other", card)
        assert (kept["changed_by"], kept["reason"]) == ("olga", "a better card")
        fact = harness.minutes.facts("subscription.changed")[-1]["data"]
        assert (fact["what"], fact["gateway"], fact["method_id"]) == ("method", "other", card)

    def test_is_renewed_by_the_other_and_refunded_by_the_first(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        first, start = harness.orders()[0], harness.row()
        change_method(harness, save_card(harness, other))
        renew(harness)

        renewed = harness.row()
        assert (memory.books(), other.books()) == (ONCE, ONCE)
        assert (renewed["id"], renewed["anchor_at"]) == (start["id"], start["anchor_at"])
        assert renewed["period_start"] == start["period_end"]
        assert [order["gateway"] for order in harness.paid()] == ["memory", "other"]
        assert harness.kinds() == ["started", "changed", "renewed"]

        assert harness.refund(first["id"])["status"] == "succeeded"
        assert (memory.books(), other.books()) == ({"RUB": (PRICE, PRICE)}, ONCE)
        assert harness.status() == "active"

    def test_to_one_of_the_same_gateway_charges_that_one(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        [first] = harness.minutes.select("SELECT id FROM saved_method")
        second = save_card(harness, memory)

        change_method(harness, first["id"])
        renew(harness)

        assert harness.orders()[-1]["method_id"] == first["id"] != second
        assert memory.books() == TWICE

    def test_and_back_again_is_kept_twice(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        [first] = harness.minutes.select("SELECT id FROM saved_method")
        change_method(harness, save_card(harness, other))
        change_method(harness, first["id"])
        renew(harness)

        assert [(one["old_gateway"], one["gateway"]) for one in changes(harness)] == [
            ("memory", "other"),
            ("other", "memory"),
        ]
        assert (memory.books(), other.books()) == (TWICE, NOTHING)

    def test_asked_for_twice_by_one_message_is_made_once(
        self, harness: SubscriptionHarness, other: MemoryGateway
    ) -> None:
        data = {"method_id": save_card(harness, other)}
        event = harness.event(SubscriptionChangeRequested, data, SUBSCRIPTION, key="once")

        [first], [second] = (subscription.handle(harness.context, [event]) for _ in range(2))

        assert first.answer == second.answer
        assert first.answer["gateway"] == "other"
        assert (len(changes(harness)), harness.kinds()) == (1, ["started", "changed"])

    def test_of_a_paused_one_counts_when_it_goes_on(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        harness.pause()
        change_method(harness, save_card(harness, other))
        harness.until(harness.row()["period_end"] + DAY)
        assert (harness.status(), other.books()) == ("paused", NOTHING)

        harness.resume()
        harness.pass_time(SOON)

        assert (harness.status(), memory.books(), other.books()) == ("active", ONCE, ONCE)

    def test_of_one_that_ends_with_its_period_charges_nothing(
        self, harness: SubscriptionHarness, other: MemoryGateway
    ) -> None:
        harness.cancel()
        assert change_method(harness, save_card(harness, other))["status"] == "active"
        harness.until(harness.row()["period_end"] + HOUR)
        assert (harness.status(), other.books()) == ("cancelled", NOTHING)

    def test_is_told_to_its_buyer(self, harness: SubscriptionHarness, other: MemoryGateway) -> None:
        change_method(harness, save_card(harness, other))

        content = notices_owed(harness)[-1]["content"]
        assert notices_owed(harness)[-1]["kind"] == "subscription_changed"
        assert (content["method_label"], content["gateway"], content["title"]) == ("Card *4242", "other", "Small")


class TestRefusals:
    def test_name_what_is_wrong_with_the_method(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        [present] = harness.minutes.select("SELECT id FROM saved_method")
        strange = fellow(harness, memory)
        forgotten = save_card(harness, other)
        harness.handle(harness.event(MethodForgetRequested, {"method_id": forgotten}, PURCHASE))
        expired = save_card(harness, other, expires_on=date(2026, 1, 30))
        good = save_card(harness, other, expires_on=date(2026, 1, 31))

        assert change_method(harness, 999)["code"] == "NoSuchMethod"
        assert change_method(harness, save_card(strange, other))["code"] == "NoSuchMethod"
        assert change_method(harness, forgotten)["code"] == "NoSuchMethod"
        assert "was good until 2026-01-30" in change_method(harness, expired)["reason"]
        assert change_method(harness, present["id"])["code"] == "NoChange"
        other.currencies = frozenset({"EUR"})
        assert "stays in RUB" in change_method(harness, good)["reason"]
        gateways = harness.context.gateways
        harness.context = replace(harness.context, gateways={"memory": gateways["memory"]})
        assert change_method(harness, good)["code"] == "NoGateway"

        assert (harness.row()["gateway"], changes(harness), harness.kinds()) == ("memory", [], ["started"])
        harness.context, other.currencies = replace(harness.context, gateways=gateways), None
        assert change_method(harness, good)["gateway"] == "other"

    def test_name_what_is_wrong_with_the_subscription(self, harness: SubscriptionHarness, other: MemoryGateway) -> None:
        card, subscription_id = save_card(harness, other), harness.row()["id"]
        harness.cancel("now")

        assert change_method(harness, card)["code"] == "NoSubscription"
        assert change_method(harness, card, subscription_id=subscription_id)["code"] == "Ended"
        harness.start()
        assert change_method(harness, card)["code"] == "NotActive"

    def test_name_a_method_that_was_declined_for_what_is_owed(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        [first] = harness.minutes.select("SELECT id FROM saved_method")
        declined(harness, memory, Retry.NEW_METHOD)
        other.vault.declines.append(Decline(Retry.LATER, "declined"))
        change_method(harness, save_card(harness, other))
        harness.run()

        assert change_method(harness, first["id"])["code"] == "MethodDeclined"


class TestAnOwedRenewal:
    @pytest.mark.parametrize("retry", [Retry.LATER, Retry.NEW_METHOD, Retry.CUSTOMER_ACTION, Retry.NEVER])
    def test_is_charged_to_the_other_at_once(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway, retry: Retry
    ) -> None:
        end = harness.row()["period_end"]
        declined(harness, memory, retry)

        change_method(harness, save_card(harness, other))
        assert other.books() == NOTHING
        harness.run()

        order = harness.orders()[-1]
        assert (harness.status(), harness.row()["period_start"]) == ("active", end)
        assert (order["gateway"], order["attempt"], len(harness.orders())) == ("other", 2, 2)
        assert (memory.books(), other.books()) == (ONCE, ONCE)
        assert tried_by(harness) == [("memory", "paid"), ("memory", "declined"), ("other", "paid")]
        assert harness.refund(order["id"])["status"] == "succeeded"
        assert other.books() == {"RUB": (PRICE, PRICE)}

    def test_that_waited_for_its_buyer_cannot_be_confirmed_beside(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        declined(harness, memory, Retry.CUSTOMER_ACTION)

        change_method(harness, save_card(harness, other))

        assert memory.calls["cancel"] == 1

    def test_is_paid_by_hand_through_the_other_gateway(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        declined(harness, memory)
        change_method(harness, save_card(harness, other))

        ref = harness.order(harness.pay_by_hand()["order_id"])["checkout_ref"]
        other.pay(ref)
        hear(harness, other, ref)

        assert (harness.status(), memory.books(), other.books()) == ("active", ONCE, ONCE)
        assert [gateway for gateway, _ in tried_by(harness)] == ["memory", "memory", "other"]

    def test_waits_while_its_buyer_may_be_paying_by_hand(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        declined(harness, memory)
        order_id = harness.pay_by_hand()["order_id"]

        assert change_method(harness, save_card(harness, other))["waits_for_order_id"] == order_id
        harness.pass_time(HOUR)
        assert other.books() == NOTHING
        harness.pass_time(DAY)
        harness.pass_time(SOON)

        assert (harness.status(), memory.books(), other.books()) == ("active", ONCE, ONCE)

    def test_goes_on_where_the_first_gateway_is_not_set_up_any_more(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        declined(harness, memory, Retry.CUSTOMER_ACTION)
        card = save_card(harness, other)
        harness.context = replace(harness.context, gateways={"other": other})

        change_method(harness, card)
        harness.run()

        assert (harness.status(), other.books()) == ("active", ONCE)


class TestAChargeWithoutOutcome:
    def test_that_took_the_money_is_the_only_one(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        memory.faults.plan("charge", Fault.ERROR_AFTER_COMMIT, times=1)
        renew(harness)

        answer = change_method(harness, save_card(harness, other))
        assert answer["waits_for_order_id"] == harness.orders()[-1]["id"]
        for _ in range(3):
            harness.run()
        assert other.calls["charge"] == 0
        harness.offset += SOON
        poll_open_payments(harness.context)
        harness.deliver()
        harness.run()

        assert (memory.books(), other.books()) == (TWICE, NOTHING)
        assert (harness.status(), harness.row()["gateway"]) == ("active", "other")
        renew(harness)
        assert (memory.books(), other.books()) == (TWICE, ONCE)

    def test_that_has_failed_is_followed_by_one_of_the_other_at_once(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        memory.faults.plan("charge", Fault.ERROR_BEFORE, times=1)
        memory.vault.declines.append(Decline(Retry.LATER, "insufficient_funds"))
        renew(harness)
        change_method(harness, save_card(harness, other))
        harness.run()
        assert other.calls["charge"] == 0

        harness.offset += SOON
        poll_open_payments(harness.context)
        harness.deliver()
        harness.run()

        assert (harness.status(), memory.books(), other.books()) == ("active", ONCE, ONCE)
        assert tried_by(harness)[1:] == [("memory", "declined"), ("other", "paid")]

    def test_is_not_repeated_by_the_threads_of_the_other_gateway(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        memory.faults.plan("charge", Fault.ERROR_BEFORE, times=9)
        renew(harness)
        change_method(harness, save_card(harness, other))
        calls = memory.calls["charge"]

        harness.pass_time(SOON)
        harness.pass_time(SOON)

        assert (memory.calls["charge"], other.calls["charge"]) == (calls, 0)

    def test_that_nobody_finds_out_is_never_charged_to_the_other(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        memory.lists_charges = False
        memory.faults.plan("charge", Fault.ERROR_AFTER_COMMIT, times=1)
        renew(harness)
        change_method(harness, save_card(harness, other))
        memory.faults.plan("charge", Fault.ERROR_BEFORE, times=99)

        for _ in range(16):
            harness.pass_time(DAY)
            poll_open_payments(harness.context)

        assert (harness.status(), other.calls["charge"]) == ("cancelled", 0)

    def test_of_money_that_takes_days_is_waited_for(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        memory.vault.is_slow = True
        renew(harness)
        ref = harness.orders()[-1]["payment_ref"]
        change_method(harness, save_card(harness, other))
        harness.pass_time(2 * DAY)
        assert other.books() == NOTHING

        memory.end_slow_charge(ref, decline=Decline(Retry.LATER, "insufficient_funds"))
        hear(harness, memory, ref)
        harness.run()

        assert (harness.status(), memory.books(), other.books()) == ("active", ONCE, ONCE)

    def test_of_a_change_of_product_leaves_the_renewal_to_the_other(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        memory.vault.is_slow = True
        harness.change("large")
        ref = harness.orders()[-1]["payment_ref"]
        change_method(harness, save_card(harness, other))
        memory.end_slow_charge(ref, decline=Decline(Retry.LATER, "insufficient_funds"))
        hear(harness, memory, ref)
        harness.run()
        assert (harness.status(), other.books()) == ("active", NOTHING)

        renew(harness)

        assert (memory.books(), other.books()) == (ONCE, ONCE)


class TestAtTheSameMoment:
    def test_a_charge_that_was_decided_about_is_made_and_no_other(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        card = save_card(harness, other)
        harness.offset += timedelta(days=28)
        taken = harness.context.transact(
            lambda session: take_due(session, harness.context, "memory", limit=10, progress=Progress())
        )

        assert change_method(harness, card)["waits_for_order_id"] == harness.orders()[-1]["id"]
        [charge], known = clear_charges(harness.context, taken.charges, follow=follow_cases)
        assert known == []
        apply_reports(harness.context, [call_charge(harness.context, charge, follow=follow_cases)])
        harness.pass_time(SOON)

        assert (memory.books(), other.books()) == (TWICE, NOTHING)
        assert (harness.status(), harness.row()["gateway"]) == ("active", "other")

    def test_two_workers_charge_one_gateway_once(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        buyers = [harness, *(fellow(harness, memory) for _ in range(9))]
        cards = [save_card(buyer, other) for buyer in buyers]
        for buyer in buyers:
            buyer.offset += timedelta(days=28)

        works: list[Callable[[], Any]] = [lambda: renew_due(harness.context), lambda: renew_due(harness.context)]
        works += [
            lambda buyer=buyer, card=card: change_method(buyer, card) for buyer, card in zip(buyers, cards, strict=True)
        ]
        with ThreadPoolExecutor(6) as pool:
            for done in [pool.submit(work) for work in works]:
                done.result()
        for _ in range(3):
            harness.pass_time(SOON)

        assert {len(buyer.paid()) for buyer in buyers} == {2}
        captured = memory.books()["RUB"][0] + other.books().get("RUB", (0, 0))[0]
        assert captured == 20 * PRICE
        assert {buyer.row()["gateway"] for buyer in buyers} == {"other"}


class TestLateMoneyOfTheFirstGateway:
    def test_beside_that_of_the_other_is_put_before_a_person_and_given_back(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        declined(harness, memory)
        ref = harness.orders()[-1]["payment_ref"]
        change_method(harness, save_card(harness, other))
        harness.run()
        paid = harness.orders()[-1]

        memory.end_slow_charge(ref)
        hear(harness, memory, ref)

        order = harness.orders()[-1]
        assert (order["gateway"], order["payment_ref"]) == ("other", paid["payment_ref"])
        assert order["needs_review"]
        assert "again by" in order["failure"]
        [unapplied] = harness.minutes.select("SELECT gateway, payment_ref FROM unapplied_payment")
        assert unapplied == {"gateway": "memory", "payment_ref": ref}
        assert len(harness.paid()) == 2

        memory.refund_from_dashboard(ref, PRICE)
        hear(harness, memory, ref)

        assert not harness.orders()[-1]["needs_review"]

    def test_before_that_of_the_other_pays_and_is_refunded_there(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        declined(harness, memory)
        ref = harness.orders()[-1]["payment_ref"]
        other.vault.declines.append(Decline(Retry.LATER, "insufficient_funds"))
        change_method(harness, save_card(harness, other))
        harness.run()

        memory.end_slow_charge(ref)
        hear(harness, memory, ref)

        order = harness.orders()[-1]
        assert (harness.status(), order["gateway"], order["payment_ref"]) == ("active", "memory", ref)
        assert harness.refund(order["id"])["status"] == "succeeded"
        assert (memory.books(), other.books()) == ({"RUB": (2 * PRICE, PRICE)}, NOTHING)

    def test_while_the_other_has_no_outcome_is_found_to_be_the_second(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        declined(harness, memory)
        ref = harness.orders()[-1]["payment_ref"]
        other.faults.plan("charge", Fault.ERROR_AFTER_COMMIT, times=1)
        change_method(harness, save_card(harness, other))
        harness.run()

        memory.end_slow_charge(ref)
        hear(harness, memory, ref)
        [charge] = other.vault.charges
        hear(harness, other, charge)

        order = harness.orders()[-1]
        assert (order["gateway"], order["payment_ref"], order["needs_review"]) == ("memory", ref, True)
        assert len(harness.paid()) == 2
        other.refund_from_dashboard(charge, PRICE)
        hear(harness, other, charge)
        assert not harness.orders()[-1]["needs_review"]

    def test_a_failure_that_is_heard_of_late_ends_nothing(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        declined(harness, memory)
        ref = harness.orders()[-1]["payment_ref"]
        other.vault.is_slow = True
        change_method(harness, save_card(harness, other))
        harness.run()

        hear(harness, memory, ref)

        assert (harness.orders()[-1]["status"], harness.orders()[-1]["gateway"]) == ("pending", "other")

    def test_of_another_account_is_unknown_as_ever(
        self, harness: SubscriptionHarness, memory: MemoryGateway, other: MemoryGateway
    ) -> None:
        ref = other.sell_for_another_shop(harness.orders()[0]["id"], PRICE)

        hear(harness, other, ref)

        assert (harness.orders()[0]["needs_review"], len(harness.paid())) == (False, 1)


def fellow(harness: SubscriptionHarness, memory: MemoryGateway) -> SubscriptionHarness:
    """Another account that is subscribed in the same way, with the same gateways."""
    made = SubscriptionHarness(harness.engine, memory, memory)
    made.subscribed()
    made.context = replace(made.context, gateways=harness.context.gateways)
    return made
