"""One mail for a payment: the receipt says what the payment has begun, renewed or changed."""

from dataclasses import replace

import pytest

from domain.notices.content import PurchaseReceipt
from domain.notices.notice import NoticeKind
from domain.subscriptions.subscription import SubscriptionStatus
from tests.domain.notices.contents import NOW, filled
from tests.domain.subscriptions.builders import subscription
from tests.doubles.sandbox.double import SandboxDouble
from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness
from workers.notices.subscription_reason import as_paid

RECEIPTS = ("purchase_receipt", "renewed", "topup_done", "subscription_started", "subscription_changed")


class TestAReceipt:
    def test_of_a_first_payment_says_that_the_subscription_has_begun(self, harness: SubscriptionHarness) -> None:
        subscription_id = harness.subscribed()

        [receipt] = harness.owed(*RECEIPTS)
        assert (receipt["kind"], receipt["subject"]) == ("purchase_receipt", harness.paid()[0]["id"])
        said = receipt["content"]
        assert (said["subscription_id"], said["is_start"], said["period"]) == (subscription_id, True, "month")
        assert said["renews_at"] == harness.row()["period_end"].isoformat()

    def test_of_a_purchase_says_nothing_of_a_subscription(self, harness: SubscriptionHarness) -> None:
        harness.buyer_pays(harness.buy("standard", currency="RUB")["order_id"])

        [receipt] = harness.owed(*RECEIPTS)
        assert receipt["content"]["is_start"] is False
        assert "subscription_id" not in receipt["content"]

    def test_of_a_renewal_is_the_only_mail_about_it(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()
        harness.until(harness.row()["period_end"] - HOUR)

        _, receipt = harness.owed(*RECEIPTS)
        assert (receipt["kind"], receipt["subject"]) == ("renewed", harness.paid()[1]["id"])
        assert "old_title" not in receipt["content"]

    def test_of_a_change_at_once_names_both_products_and_the_credit(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()
        harness.change("large")

        _, receipt = harness.owed(*RECEIPTS)
        assert receipt["kind"] == "renewed"
        said = receipt["content"]
        assert (said["old_title"], said["title"]) == ("Small", "Large")
        assert (said["list_price"]["minor"], said["credit"]["minor"], said["price"]["minor"]) == (
            49_900,
            19_900,
            30_000,
        )

    def test_of_a_renewal_with_another_product_names_both(self, harness: SubscriptionHarness) -> None:
        harness.subscribed("large")
        harness.change("small")
        end = harness.row()["period_end"]
        harness.until(end - HOUR)

        _, confirmed, receipt = harness.owed(*RECEIPTS)
        assert (confirmed["kind"], confirmed["content"]["effective_at"]) == ("subscription_changed", end.isoformat())
        assert (confirmed["content"]["old_title"], confirmed["content"]["title"]) == ("Large", "Small")
        assert (receipt["kind"], receipt["content"]["old_title"]) == ("renewed", "Large")

    def test_is_owed_for_money_that_comes_after_the_end(
        self, harness: SubscriptionHarness, double: SandboxDouble
    ) -> None:
        harness.subscribed()
        double.state.next_declines += ["authentication_required"]
        harness.until(harness.row()["period_end"] - HOUR)
        order_id = harness.pay_by_hand()["order_id"]
        ref = harness.order(order_id)["checkout_ref"]
        double.pay(ref)
        harness.cancel("now")

        harness.hear_of(ref)

        assert (harness.status(), harness.order(order_id)["status"]) == ("cancelled", "paid")
        _, receipt = harness.owed(*RECEIPTS)
        assert (receipt["kind"], receipt["subject"], receipt["content"]["has_ended"]) == ("renewed", order_id, True)


class TestWhatAReceiptSaysOfTheNextPayment:
    @pytest.fixture
    def receipt(self) -> PurchaseReceipt:
        """The receipt of a start, as it is owed."""
        content = filled(NoticeKind.PURCHASE_RECEIPT)
        assert isinstance(content, PurchaseReceipt)
        return replace(content, renews_at=NOW + 30 * DAY)

    def test_is_when_it_will_be_charged(self, receipt: PurchaseReceipt) -> None:
        active = subscription(next_attempt_at=NOW + 5 * DAY)
        pending = subscription(status=SubscriptionStatus.PENDING)

        assert as_paid(active, receipt).renews_at == NOW + 5 * DAY
        # It has not heard of its payment yet.
        assert as_paid(pending, receipt).renews_at == NOW + 30 * DAY - 6 * HOUR

    def test_is_nothing_where_nobody_charges_again(self, receipt: PurchaseReceipt) -> None:
        cancelled = subscription(cancel_at_period_end=True, next_attempt_at=None)
        ended = subscription(status=SubscriptionStatus.CANCELLED, ended_at=NOW)

        assert as_paid(cancelled, receipt) == replace(receipt, renews_at=None)
        assert as_paid(ended, receipt) == replace(receipt, renews_at=None, is_start=False)
