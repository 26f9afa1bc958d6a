"""Refunds that we begin: minutes follow the money, and nobody uses what is being given back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from messages.errors import MessageRejected, Unavailable
from store.engine import Engine
from tests.doubles.faults import Fault
from tests.workers.payments.harness import Crash, PaymentHarness, fresh_harness
from workers.context import NotSetUp
from workers.payments.reconcile import import_recent, poll_open_payments

AT_ONCE = timedelta(0)


class TestRefund:
    def test_in_full_voids_everything(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()

        answer = harness.refund(order_id)

        [package] = harness.minutes.packages()
        assert answer["status"] == "succeeded"
        assert (package["left_seconds"], package["voided_seconds"], package["state"]) == (0, 18_000, "voided")
        assert harness.memory.books_of(harness.order(order_id)["checkout_ref"]) == (69_900, 69_900)
        [fact] = harness.minutes.facts("refund.completed")
        assert (fact["data"]["amount_minor"], fact["data"]["voided_seconds"]) == (69_900, 18_000)

    def test_in_part_voids_the_share_rounded_up(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()

        harness.refund(order_id, 20_000)

        [package] = harness.minutes.packages()
        assert package["voided_seconds"] == 5_151
        assert package["state"] == "active"

    def test_knows_what_was_used(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.use(9_000)

        answer = harness.refund(order_id)

        assert answer["amount_minor"] == 34_950
        [package] = harness.minutes.packages()
        assert (package["consumed_seconds"], package["voided_seconds"], package["left_seconds"]) == (9_000, 9_000, 0)

    def test_repeated_in_parts_never_gives_back_more_than_was_paid(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()

        answers = [harness.refund(order_id, 30_000) for _ in range(3)]

        assert [answer.get("status", answer.get("code")) for answer in answers] == ["succeeded", "succeeded", "TooMuch"]
        assert harness.memory.books_of(harness.order(order_id)["checkout_ref"])[1] == 60_000

    def test_gets_one_answer_and_one_effect_for_one_message(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.refund(order_id, 10_000)
        harness.hear_all()
        import_recent(harness.context)

        [refund] = harness.refunds(order_id)
        assert (refund["status"], refund["void_seconds"]) == ("succeeded", 2_576)
        assert len(harness.minutes.facts("refund.completed")) == 1

    def test_that_is_pending_freezes_and_is_voided_at_its_end(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.memory.hold_refunds = True

        harness.refund(order_id)
        [before] = harness.minutes.packages()
        harness.memory.end_refund(harness.memory.pending_refunds()[0], succeeded=True)
        harness.hear_all()

        [after] = harness.minutes.packages()
        assert (before["frozen_seconds"], before["left_seconds"]) == (18_000, 0)
        assert (after["frozen_seconds"], after["voided_seconds"]) == (0, 18_000)

    def test_that_fails_releases_the_minutes(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.memory.hold_refunds = True
        harness.refund(order_id, 20_000)

        harness.memory.end_refund(harness.memory.pending_refunds()[0], succeeded=False)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["left_seconds"], package["frozen_seconds"], package["state"]) == (18_000, 0, "active")
        [fact] = harness.minutes.facts("refund.failed")
        assert fact["data"]["code"] == "failed"

    def test_of_unknown_outcome_stays_frozen_and_is_asked_again_with_the_same_key(
        self, harness: PaymentHarness
    ) -> None:
        order_id, _ = harness.bought()
        harness.memory.faults.plan("refund", Fault.ERROR_AFTER_COMMIT)

        with pytest.raises(Unavailable):
            harness.refund(order_id)
        [frozen] = harness.minutes.packages()
        poll_open_payments(harness.context, open_for=AT_ONCE)

        [package] = harness.minutes.packages()
        assert frozen["frozen_seconds"] == 18_000
        assert package["voided_seconds"] == 18_000
        assert harness.memory.books_of(harness.order(order_id)["checkout_ref"]) == (69_900, 69_900)

    def test_needs_review_once_its_key_protects_no_longer(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.memory.faults.plan("refund", Fault.ERROR_AFTER_COMMIT)
        with pytest.raises(Unavailable):
            harness.refund(order_id)

        harness.offset = timedelta(hours=21)
        poll_open_payments(harness.context, open_for=AT_ONCE)

        [refund] = harness.refunds(order_id)
        assert (refund["status"], refund["needs_review"]) == ("unknown", True)
        assert harness.memory.calls["refund"] == 1
        harness.hear_all()
        assert harness.refunds(order_id)[0]["status"] == "succeeded"

    def test_of_something_else_than_was_shown_is_refused(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()

        assert harness.refund(order_id, 10_000, expected_refundable_minor=69_900)["status"] == "succeeded"
        refused = harness.refund(order_id, 10_000, expected_refundable_minor=69_900)

        assert refused["code"] == "Changed"
        assert "599.00 RUB may be refunded now" in refused["reason"]
        assert len(harness.refunds(order_id)) == 1
        assert harness.refund(order_id, 10_000, expected_refundable_minor=59_900)["status"] == "succeeded"

    def test_of_another_account_is_rejected(self, harness: PaymentHarness, shop: Engine) -> None:
        order_id, _ = harness.bought()

        with pytest.raises(MessageRejected, match="another account"):
            fresh_harness(shop).refund(order_id)

    def test_of_what_is_not_paid_is_refused(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]

        assert harness.refund(order_id)["code"] == "NotPaid"
        assert harness.refund("no-such-order")["code"] == "UnknownOrder"

    def test_with_minutes_waived_leaves_them(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.use(9_000)

        answer = harness.refund(order_id, waive_minutes=True)

        [package] = harness.minutes.packages()
        assert (answer["amount_minor"], package["left_seconds"], package["voided_seconds"]) == (69_900, 9_000, 0)

    @pytest.mark.parametrize("transactions", range(1, 8))
    @pytest.mark.parametrize("is_after_commit", [True, False])
    def test_a_crash_between_any_two_steps_loses_and_doubles_nothing(
        self, harness: PaymentHarness, transactions: int, is_after_commit: bool
    ) -> None:
        order_id, _ = harness.bought()
        harness.plug.transactions, harness.plug.is_after_commit = transactions, is_after_commit

        try:
            harness.refund(order_id, 20_000)
        except Crash:
            pass
        harness.plug.transactions = 0
        poll_open_payments(harness.context, open_for=AT_ONCE)
        harness.hear_all()
        poll_open_payments(harness.context, open_for=AT_ONCE)

        [package] = harness.minutes.packages()
        given_back = harness.memory.books_of(harness.order(order_id)["checkout_ref"])[1]
        statuses = [refund["status"] for refund in harness.refunds(order_id)]
        assert (given_back, statuses) in ((20_000, ["succeeded"]), (0, []))
        assert package["voided_seconds"] == (5_151 if given_back else 0)
        assert package["frozen_seconds"] == 0

    def test_that_ends_after_the_rest_was_waived_leaves_what_was_waived(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.memory.hold_refunds = True
        harness.refund(order_id, 20_000)
        harness.memory.hold_refunds = False
        harness.refund(order_id, waive_minutes=True)

        harness.memory.end_refund(harness.memory.pending_refunds()[0], succeeded=True)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["state"], package["left_seconds"]) == ("active", 12_849)


class TestGatewayTakenAway:
    def test_is_an_error_at_once_and_changes_nothing(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.context = replace(harness.context, gateways={})

        with pytest.raises(NotSetUp, match="is not set up"):
            harness.refund(order_id)

        assert harness.minutes.packages()[0]["frozen_seconds"] == 0
