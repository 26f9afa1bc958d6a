"""What buyers and support ask for: cancelling, pausing, resuming, changing; and what stops every try."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from messages.subscriptions.requests import (
    SubscriptionCancelRequested,
    SubscriptionChangeRequested,
    SubscriptionPauseRequested,
    SubscriptionPaymentRequested,
    SubscriptionResumeRequested,
)
from store.transaction import transaction
from tests.doubles.sandbox.double import SandboxDouble
from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness


class TestCancel:
    def test_at_the_end_of_the_period_charges_nothing_more(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()
        end = harness.row()["period_end"]

        answer = harness.cancel(reason="too dear")
        harness.until(end - HOUR)
        assert (answer["status"], harness.status()) == ("active", "active")
        harness.until(end)

        row = harness.row()
        assert (row["status"], row["cancelled_by"], row["cancel_reason"]) == ("cancelled", "buyer", "too dear")
        assert harness.kinds() == ["started", "cancelled", "ended"]
        assert harness.money() == (19_900, 0)

    def test_is_over_with_the_period_however_late_that_is_seen(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()
        end = harness.row()["period_end"]
        harness.cancel()

        harness.until(end + 40 * DAY)

        assert (harness.status(), harness.row()["ended_at"]) == ("cancelled", end)
        [fact] = (one for one in harness.minutes.facts() if one["type"] == "screph.subscription.ended.v1")
        assert datetime.fromisoformat(fact["data"]["ended_at"]) == end
        [notice] = harness.owed("subscription_ended")
        assert datetime.fromisoformat(notice["content"]["ended_at"]) == end

    def test_after_the_period_was_over_unseen_is_over_then(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()
        harness.offset += 40 * DAY
        harness.cancel()

        harness.pass_time(DAY)

        row = harness.row()
        assert (row["status"], row["ended_at"]) == ("cancelled", row["cancelled_at"])

    @pytest.mark.parametrize(("state", "word"), [("paused", "paused"), ("past_due", "not paid"), ("pending", "nobody")])
    def test_of_what_does_not_go_on_ends_it_at_once_and_says_so(
        self, harness: SubscriptionHarness, double: SandboxDouble, state: str, word: str
    ) -> None:
        if state == "pending":
            harness.start()
        else:
            harness.subscribed()
        if state == "paused":
            harness.pause()
        if state == "past_due":
            double.state.next_declines += ["insufficient_funds"]
            harness.until(harness.row()["period_end"] - HOUR)
        assert harness.status() == state

        answer = harness.cancel()

        assert answer["status"] == "cancelled"
        assert word in answer["note"]

    def test_that_is_asked_for_at_once_needs_no_word_of_it(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()
        assert "note" not in harness.cancel()

        assert "note" not in harness.cancel("now")

    def test_leaves_nothing_to_be_asked_for(self, harness: SubscriptionHarness, double: SandboxDouble) -> None:
        subscription_id = harness.subscribed()
        double.state.next_declines += ["insufficient_funds"]
        harness.until(harness.row()["period_end"] - HOUR)
        harness.cancel()

        named = {"subscription_id": subscription_id}
        answers = [
            harness.ask(SubscriptionPaymentRequested, named),
            harness.ask(SubscriptionChangeRequested, named | {"product_id": "large"}),
            harness.ask(SubscriptionPauseRequested, named),
            harness.ask(SubscriptionResumeRequested, named),
            harness.ask(SubscriptionCancelRequested, named | {"cancelled_by": "buyer"}),
        ]

        assert {answer["code"] for answer in answers} == {"Ended"}

    def test_can_be_taken_back_before_the_end(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()
        harness.cancel()

        assert harness.resume()["cancel_at_period_end"] is False
        harness.until(harness.row()["period_end"] - HOUR)

        assert len(harness.paid()) == 2

    def test_now_stops_every_retry(self, harness: SubscriptionHarness, double: SandboxDouble) -> None:
        harness.subscribed()
        double.state.next_declines += ["insufficient_funds"]
        harness.until(harness.row()["period_end"] - HOUR)

        harness.cancel("now")
        harness.pass_time(30 * DAY)

        assert harness.status() == "cancelled"
        assert len(harness.attempts()) == 2
        assert harness.cancel()["code"] == "NoSubscription"

    def test_lets_another_one_begin(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()
        harness.cancel("now")

        harness.subscribed("large")

        assert harness.status() == "active"


class TestPause:
    def test_charges_nothing_until_it_is_resumed(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()
        assert harness.pause()["status"] == "paused"

        harness.pass_time(50 * DAY)
        assert len(harness.paid()) == 1
        harness.resume()
        harness.run()

        renewal = harness.paid()[1]
        assert abs(renewal["period_start"] - harness.clock()) < timedelta(minutes=1)
        assert harness.row()["anchor_at"] == renewal["period_start"]

    def test_ends_by_itself(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()
        harness.pause(until=(harness.clock() + 40 * DAY).isoformat())

        harness.pass_time(41 * DAY)
        harness.pass_time(HOUR)

        assert (harness.status(), len(harness.paid())) == ("active", 2)
        assert harness.kinds() == ["started", "changed", "changed", "renewed"]

    def test_within_the_period_changes_no_date(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()
        end = harness.row()["period_end"]
        harness.pause()
        harness.pass_time(DAY)

        harness.resume()
        harness.until(end - HOUR)

        assert harness.paid()[1]["period_start"] == end


class TestChange:
    def test_to_a_higher_price_is_charged_now_less_what_is_unused(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()
        harness.use(1_500)

        answer = harness.change("large")

        worth = 19_900 * 4_500 // 6_000
        assert (answer["product_id"], answer["order_status"]) == ("large", "paid")
        said = (answer["charged_minor"], answer["list_price_minor"], answer["worth_minor"], answer["unused_seconds"])
        assert said == (49_900 - worth, 49_900, worth, 4_500)
        assert harness.money() == (19_900 + 49_900 - worth, 0)
        old, new = harness.minutes.packages()
        assert (old["left_seconds"], old["voided_seconds"], new["left_seconds"]) == (0, 4_500, 18_000)
        row = harness.row()
        assert (row["price_minor"], row["granted_seconds"]) == (49_900, 18_000)
        assert row["period_start"] == new["activated_at"]
        assert harness.refund(harness.paid()[0]["id"])["code"] == "NothingLeft"

    def test_that_is_declined_changes_nothing(self, harness: SubscriptionHarness, double: SandboxDouble) -> None:
        harness.subscribed()
        double.state.next_declines += ["insufficient_funds"]

        assert harness.change("large")["code"] == "Declined"

        assert (harness.status(), harness.row()["price_minor"], harness.row()["order_id"]) == ("active", 19_900, None)
        harness.until(harness.row()["period_end"] - HOUR)
        assert harness.money() == (2 * 19_900, 0)

    def test_that_the_buyer_must_confirm_is_paid_by_a_checkout(
        self, harness: SubscriptionHarness, double: SandboxDouble
    ) -> None:
        harness.subscribed()
        double.state.next_declines += ["authentication_required"]

        answer = harness.change("large")
        harness.use(600)
        harness.buyer_pays(answer["order_id"])

        old, new = harness.minutes.packages()
        # The 600 seconds that were used after the price was made are taken from the new ones.
        assert (old["voided_seconds"], new["voided_seconds"], new["left_seconds"]) == (5_400, 600, 17_400)
        assert harness.row()["price_minor"] == 49_900

    def test_to_a_lower_price_waits_for_the_end(self, harness: SubscriptionHarness) -> None:
        harness.subscribed("large")

        answer = harness.change("small")
        assert (answer["product_id"], answer["next_product_id"]) == ("large", "small")
        harness.until(harness.row()["period_end"] - HOUR)

        row = harness.row()
        assert (row["price_minor"], row["granted_seconds"], row["next_product_id"]) == (19_900, 6_000, None)
        assert harness.money() == (49_900 + 19_900, 0)


class TestWhatStopsIt:
    def test_a_full_refund_of_the_present_period(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()

        harness.refund(harness.paid()[0]["id"])
        harness.deliver()

        assert (harness.status(), harness.row()["cancel_reason"]) == (
            "cancelled",
            "the money of the present period was given back",
        )

    def test_a_part_of_it_does_not(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()

        harness.refund(harness.paid()[0]["id"], 100)
        harness.deliver()
        harness.until(harness.row()["period_end"] - HOUR)

        assert len(harness.paid()) == 2

    @pytest.mark.parametrize("column", ["blocked_at", "closed_at"])
    def test_an_account_that_is_blocked_or_closed(self, harness: SubscriptionHarness, column: str) -> None:
        harness.subscribed()
        with transaction(harness.engine) as session:
            session.execute(text(f"UPDATE account SET {column} = now() WHERE id = :id"), {"id": harness.account})

        harness.until(harness.row()["period_end"] - HOUR)
        assert harness.status() == ("active" if column == "blocked_at" else "cancelled")
        for _ in range(20):
            harness.pass_time(DAY)

        assert (harness.status(), harness.money()) == ("cancelled", (19_900, 0))

    def test_an_open_dispute_until_it_is_decided(self, harness: SubscriptionHarness, double: SandboxDouble) -> None:
        harness.subscribed()
        ref = double.open_dispute(str(harness.paid()[0]["payment_ref"]))
        harness.report_dispute(harness.paid()[0]["id"], "open", ref)
        harness.until(harness.row()["period_end"] - HOUR)
        assert len(harness.paid()) == 1

        harness.report_dispute(harness.paid()[0]["id"], "won", ref)
        harness.pass_time(2 * DAY)

        assert len(harness.paid()) == 2
