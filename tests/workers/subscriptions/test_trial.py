"""Trials: free for some days, once for each account, and then charged like a renewal."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from domain.gateway.errors import CallRefused
from messages.errors import MessageRejected
from messages.queues import RENEWAL, SUBSCRIPTION
from messages.subscriptions.reminders import SubscriptionMethodReady
from messages.subscriptions.requests import SubscriptionStartRequested
from store.engine import Engine
from store.payments.method import save_method
from store.transaction import transaction
from tests.doubles.faults import Fault
from tests.doubles.memory import MemoryGateway
from tests.doubles.sandbox.double import SandboxDouble
from tests.workers.payments.harness import Crash
from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness
from tests.workers.subscriptions.method_harness import change_method, save_card, second_gateway
from workers.payments.reconcile import poll_open_payments
from workers.queues import renewal, subscription

FREE = (0, 0)
PAID = (19_900, 0)


def save_a_method(harness: SubscriptionHarness, memory: MemoryGateway) -> None:
    """Let the account have a saved method already."""
    with transaction(harness.engine) as session:
        session.execute(text("INSERT INTO account (id) VALUES (:id)"), {"id": harness.account})
        save_method(session, harness.account, memory.name, memory.add_method(), at=harness.clock())


@pytest.fixture
def at_memory(engine: Engine, memory: MemoryGateway) -> SubscriptionHarness:
    """An account that has not subscribed, at the gateway in the process."""
    return SubscriptionHarness(engine, memory, memory)


class TestStart:
    def test_asks_for_a_method_and_for_no_money(self, harness: SubscriptionHarness, double: SandboxDouble) -> None:
        answer = harness.start("tried")

        assert (answer["status"], answer["trial_days"], answer["trial_seconds"]) == ("pending", 14, 1_800)
        assert answer["url"].startswith(double.url)
        assert (answer["amount_minor"], answer["currency"]) == (19_900, "RUB")
        [fact] = harness.minutes.facts("method.link_ready")
        assert (fact["data"]["setup_id"], fact["data"]["url"]) == (answer["setup_id"], answer["url"])
        assert (harness.orders(), harness.minutes.packages(), harness.kinds()) == ([], [], [])

    def test_begins_when_the_method_is_saved(self, harness: SubscriptionHarness) -> None:
        harness.on_trial()

        row = harness.row()
        assert (row["status"], row["paid_order_id"]) == ("active", None)
        assert row["period_end"] == row["trial_ends_at"] == row["next_attempt_at"] == row["period_start"] + 14 * DAY
        [package] = harness.minutes.packages()
        assert (package["kind"], package["granted_seconds"], package["priority"]) == ("promo", 1_800, 10)
        assert (package["activated_at"], package["expires_at"]) == (row["period_start"], row["trial_ends_at"])
        [fact] = harness.minutes.facts("subscription.started")
        assert "order_id" not in fact["data"] or fact["data"]["order_id"] is None
        assert fact["data"]["trial_ends_at"].startswith(row["trial_ends_at"].strftime("%Y-%m-%dT%H:%M"))
        assert fact["data"]["granted_seconds"] == 1_800
        assert harness.minutes.facts("balance.changed")[-1]["data"]["available_seconds"] == 1_800
        assert harness.money() == FREE

    def test_begins_at_once_where_a_method_is_saved(
        self, at_memory: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        save_a_method(at_memory, memory)

        answer = at_memory.start("tried")

        assert (answer["status"], "url" in answer, "setup_id" in answer) == ("active", False, False)
        assert answer["trial_ends_at"] == at_memory.row()["trial_ends_at"].isoformat()
        assert answer["next_attempt_at"] == answer["trial_ends_at"]
        assert memory.calls["create_setup"] == 0
        assert len(at_memory.minutes.packages()) == 1

    def test_twice_by_the_same_message_is_one(self, harness: SubscriptionHarness) -> None:
        event = harness.event(SubscriptionStartRequested, {"product_id": "tried"}, SUBSCRIPTION, key=harness.account)
        [first] = subscription.handle(harness.context, [event])
        harness.buyer_saves(first.answer["setup_id"])

        [second] = subscription.handle(harness.context, [event])

        assert (second.answer["subscription_id"], second.answer["status"]) == (harness.row()["id"], "active")
        assert len(harness.minutes.packages()) == 1
        assert harness.minutes.select("SELECT count(*) AS n FROM method_setup")[0]["n"] == 1
        assert harness.kinds() == ["started"]
        with pytest.raises(MessageRejected):
            harness.ask(SubscriptionStartRequested, {"product_id": "small"}, key=harness.account)

    def test_of_many_at_once_is_one(self, at_memory: SubscriptionHarness, memory: MemoryGateway) -> None:
        save_a_method(at_memory, memory)

        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: at_memory.start("tried"), range(6)))

        assert sorted(answer.get("code", answer.get("status")) for answer in answers) == [
            *["AlreadySubscribed"] * 5,
            "active",
        ]
        assert (len(at_memory.minutes.packages()), at_memory.kinds()) == (1, ["started"])

    def test_is_found_where_nobody_has_heard_of_the_method(
        self, at_memory: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        at_memory.start("tried")
        with transaction(at_memory.engine) as session:
            save_method(session, at_memory.account, memory.name, memory.add_method(), at=at_memory.clock())

        at_memory.pass_time(7 * HOUR)
        at_memory.deliver()

        assert at_memory.status() == "active"
        assert len(at_memory.minutes.packages()) == 1

    def test_begins_once_however_often_the_method_is_told_of(self, harness: SubscriptionHarness) -> None:
        harness.on_trial()
        [method] = harness.minutes.select("SELECT id FROM saved_method")
        ready = harness.event(SubscriptionMethodReady, {"method_id": method["id"]}, RENEWAL)

        renewal.handle(harness.context, [ready, ready])

        assert (len(harness.minutes.packages()), harness.kinds()) == (1, ["started"])

    def test_does_not_begin_with_a_method_of_another_gateway(
        self, at_memory: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        at_memory.start("tried")
        with transaction(at_memory.engine) as session:
            other = save_method(session, at_memory.account, "other", memory.add_method(), at=at_memory.clock())

        renewal.handle(at_memory.context, [at_memory.event(SubscriptionMethodReady, {"method_id": other}, RENEWAL)])
        at_memory.pass_time(7 * HOUR)

        assert (at_memory.status(), at_memory.deliver()) == ("pending", 0)

    def test_that_nobody_goes_on_with_ends_without_a_word(self, harness: SubscriptionHarness) -> None:
        harness.start("tried")

        for _ in range(6):
            harness.pass_time(DAY)

        assert (harness.status(), harness.kinds(), harness.minutes.packages()) == ("cancelled", [], [])

    def test_that_was_given_up_leaves_the_trial_for_the_next_one(self, harness: SubscriptionHarness) -> None:
        first = harness.start("tried")
        second = harness.start("tried")

        harness.buyer_saves(first["setup_id"])

        assert (harness.row()["id"], harness.status()) == (second["subscription_id"], "active")
        assert len(harness.minutes.packages()) == 1

    @pytest.mark.parametrize("is_after_commit", [True, False])
    @pytest.mark.parametrize("number", range(1, 10))
    def test_that_is_killed_anywhere_grants_once(
        self, at_memory: SubscriptionHarness, memory: MemoryGateway, number: int, is_after_commit: bool
    ) -> None:
        harness = at_memory
        event = harness.event(SubscriptionStartRequested, {"product_id": "tried"}, SUBSCRIPTION)
        harness.plug.transactions, harness.plug.is_after_commit = number, is_after_commit
        for _ in range(3):
            try:
                subscription.handle(harness.context, [event])
                for ref in memory.vault.setups:
                    memory.finish_setup(ref)
                poll_open_payments(harness.context, open_for=timedelta(0))
                harness.deliver()
            except Crash:
                harness.plug.transactions = 0

        assert harness.status() == "active"
        assert [package["granted_seconds"] for package in harness.minutes.packages()] == [1_800]
        assert harness.kinds() == ["started"]
        assert (len(memory.vault.setups), harness.orders()) == (1, [])


class TestAStartWithoutATrial:
    def test_has_had_one_and_is_paid_at_once(self, harness: SubscriptionHarness) -> None:
        harness.on_trial()
        harness.cancel("now")

        answer = harness.start("tried")

        assert (answer["trial_refused"], answer["amount_minor"]) == ("TrialUsed", 19_900)
        [fact] = harness.minutes.facts("subscription.trial_refused")
        assert (fact["data"]["code"], fact["data"]["amount_minor"]) == ("TrialUsed", 19_900)
        harness.buyer_pays(answer["order_id"])
        assert (harness.status(), harness.row()["trial_ends_at"], harness.money()) == ("active", None, PAID)

    def test_is_that_of_a_gateway_which_saves_nothing_without_a_payment(
        self, at_memory: SubscriptionHarness, memory: MemoryGateway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise CallRefused("not_enabled", "saving is not allowed")

        monkeypatch.setattr(memory, "create_setup", refuse)
        event = at_memory.event(SubscriptionStartRequested, {"product_id": "tried"}, SUBSCRIPTION)

        [first], [second] = (subscription.handle(at_memory.context, [event]) for _ in range(2))

        assert first.answer == second.answer
        assert first.answer["trial_refused"] == "MethodNotSaved"
        assert [fact["data"]["code"] for fact in at_memory.minutes.facts("subscription.trial_refused")] == [
            "MethodNotSaved"
        ]
        at_memory.buyer_pays(first.answer["order_id"])
        assert (at_memory.status(), at_memory.row()["trial_days"], at_memory.money()) == ("active", None, PAID)

    def test_of_a_product_without_one_says_nothing_about_it(self, harness: SubscriptionHarness) -> None:
        assert "trial_refused" not in harness.start()
        assert harness.minutes.facts("subscription.trial_refused") == []


class TestTheEnd:
    def test_is_charged_and_not_before(self, harness: SubscriptionHarness) -> None:
        harness.on_trial()
        end = harness.row()["trial_ends_at"]

        harness.until(end - timedelta(minutes=1))
        assert (harness.orders(), harness.money()) == ([], FREE)
        harness.until(end)

        [order] = harness.paid()
        assert (order["kind"], order["period_start"], order["attempt"]) == ("first", end, 1)
        row = harness.row()
        assert (row["status"], row["period_start"], row["paid_order_id"]) == ("active", end, order["id"])
        assert (row["anchor_at"], row["trial_ends_at"]) == (end, end)
        assert [package["kind"] for package in harness.minutes.packages()] == ["promo", "subscription"]
        assert harness.kinds() == ["started", "renewed"]
        assert harness.money() == PAID
        harness.until(row["period_end"] - HOUR)
        assert [order["kind"] for order in harness.paid()] == ["first", "renewal"]

    def test_of_whoever_has_bought_before_is_no_first_purchase(
        self, at_memory: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        order_id = at_memory.buy()["order_id"]
        memory.pay(at_memory.order(order_id)["checkout_ref"])
        at_memory.hear_of(at_memory.order(order_id)["checkout_ref"])
        at_memory.on_trial()

        at_memory.until(at_memory.row()["trial_ends_at"])

        assert [order["kind"] for order in at_memory.paid()] == ["first", "repeat"]

    def test_that_is_declined_is_tried_again(self, harness: SubscriptionHarness, double: SandboxDouble) -> None:
        harness.on_trial()
        double.state.next_declines += ["insufficient_funds"]

        harness.until(harness.row()["trial_ends_at"])
        assert (harness.status(), harness.row()["failed_attempts"]) == ("past_due", 1)
        harness.until(harness.row()["first_failed_at"] + DAY)

        assert (harness.status(), harness.money()) == ("active", PAID)
        assert harness.kinds() == ["started", "past_due", "renewed"]

    def test_that_nobody_ever_pays_ends_it(self, harness: SubscriptionHarness, double: SandboxDouble) -> None:
        harness.on_trial()
        double.state.next_declines += ["insufficient_funds"] * 9
        harness.until(harness.row()["trial_ends_at"])

        for _ in range(16):
            harness.pass_time(DAY)

        assert (harness.status(), harness.money(), harness.row()["paid_order_id"]) == ("cancelled", FREE, None)
        assert harness.kinds()[-1] == "ended"

    def test_without_charges_waits_for_the_buyer(self, at_memory: SubscriptionHarness, memory: MemoryGateway) -> None:
        harness = at_memory
        shop = replace(harness.context.shop, without_renewals=frozenset({memory.name}))
        harness.context = replace(harness.context, shop=shop)
        assert harness.start("tried")["status"] == "active"

        harness.until(harness.row()["trial_ends_at"])
        assert (harness.status(), harness.row()["needs_buyer"]) == ("past_due", True)
        answer = harness.pay_by_hand()
        harness.buyer_pays(answer["order_id"])

        assert (harness.status(), harness.money()) == ("active", PAID)

    def test_is_charged_once_whatever_is_not_answered(
        self, at_memory: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        at_memory.on_trial()
        memory.faults.plan("charge", Fault.ERROR_AFTER_COMMIT)

        at_memory.until(at_memory.row()["trial_ends_at"])
        for _ in range(3):
            at_memory.pass_time(timedelta(minutes=16))

        assert (at_memory.status(), at_memory.money(), len(at_memory.paid())) == ("active", PAID, 1)


class TestWithin:
    def test_cancelled_it_costs_nothing_and_ends_with_the_trial(self, harness: SubscriptionHarness) -> None:
        harness.on_trial()
        end = harness.row()["trial_ends_at"]

        answer = harness.cancel()
        harness.until(end - HOUR)
        assert (answer["cancel_at_period_end"], harness.status()) == (True, "active")
        harness.until(end)
        harness.pass_time(30 * DAY)

        assert (harness.status(), harness.money(), harness.orders()) == ("cancelled", FREE, [])
        assert harness.kinds() == ["started", "cancelled", "ended"]

    def test_cancelled_now_it_is_over_and_its_minutes_stay(self, harness: SubscriptionHarness) -> None:
        harness.on_trial()

        harness.cancel("now")
        harness.pass_time(30 * DAY)

        assert (harness.status(), harness.money()) == ("cancelled", FREE)
        assert harness.minutes.packages()[0]["left_seconds"] == 1_800

    def test_a_cancellation_that_is_taken_back_is_charged(self, harness: SubscriptionHarness) -> None:
        harness.on_trial()
        harness.cancel()

        harness.resume()
        harness.until(harness.row()["trial_ends_at"])

        assert harness.money() == PAID

    def test_paused_it_is_charged_when_it_goes_on(self, harness: SubscriptionHarness) -> None:
        harness.on_trial()
        harness.pause()
        harness.until(harness.row()["trial_ends_at"] + 3 * DAY)
        assert harness.money() == FREE

        harness.resume()
        harness.pass_time(timedelta(minutes=1))

        assert (harness.status(), harness.money()) == ("active", PAID)
        assert harness.row()["period_start"] > harness.row()["trial_ends_at"] + 3 * DAY

    def test_a_change_waits_for_the_end_and_is_free_until_then(self, harness: SubscriptionHarness) -> None:
        harness.on_trial()

        assert harness.change("large", when="now")["code"] == "OnTrial"
        assert harness.change("large")["next_product_id"] == "large"
        assert harness.money() == FREE
        harness.until(harness.row()["trial_ends_at"])

        assert harness.money() == (49_900, 0)
        assert harness.minutes.packages()[-1]["granted_seconds"] == 18_000

    def test_another_method_is_charged_at_the_end(self, at_memory: SubscriptionHarness, memory: MemoryGateway) -> None:
        at_memory.on_trial()
        other = second_gateway(at_memory)

        answer = change_method(at_memory, save_card(at_memory, other))
        at_memory.until(at_memory.row()["trial_ends_at"])

        assert (answer["gateway"], "trial_ends_at" in answer) == ("other", True)
        assert (at_memory.status(), memory.books(), other.books()) == ("active", {}, {"RUB": PAID})

    def test_minutes_are_burnt_before_what_was_paid_for(self, harness: SubscriptionHarness) -> None:
        harness.on_trial()

        harness.use(600)

        assert [package["left_seconds"] for package in harness.minutes.packages()] == [1_200]


class TestNotices:
    def test_say_when_and_how_much_is_charged_first(self, harness: SubscriptionHarness) -> None:
        harness.on_trial()

        started, coming = harness.owed("subscription_started", "renewal_coming")
        end = harness.row()["trial_ends_at"]
        content = started["content"]
        assert (content["price"], content["trial_seconds"]) == ({"minor": 19_900, "currency": "RUB"}, 1_800)
        assert content["trial_ends_at"] == content["renews_at"] == end.isoformat()
        assert (coming["content"]["ends_trial"], coming["content"]["charged_at"]) == (True, end.isoformat())
        assert coming["not_before"].startswith((end - 3 * DAY).strftime("%Y-%m-%dT%H:%M"))

    def test_of_the_first_payment_are_a_receipt(self, harness: SubscriptionHarness) -> None:
        harness.on_trial()
        harness.until(harness.row()["trial_ends_at"])

        assert [one["kind"] for one in harness.owed("purchase_receipt", "renewed")] == ["purchase_receipt"]
        assert [one["content"]["ends_trial"] for one in harness.owed("renewal_coming")] == [True, False]

    def test_of_a_cancellation_know_the_trial(self, harness: SubscriptionHarness) -> None:
        harness.on_trial()
        harness.cancel()

        assert harness.owed("subscription_cancelled")[0]["content"]["is_on_trial"] is True
