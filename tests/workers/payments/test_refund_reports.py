"""Refunds as gateways report them: from their dashboards, and such as fail after they had succeeded."""

from dataclasses import replace
from datetime import timedelta

from domain.gateway.refund import GatewayRefundStatus
from tests.workers.payments.harness import PaymentHarness
from workers.payments.reconcile import import_recent
from workers.payments.refund_result import apply_refund

AT_ONCE = timedelta(0)


class TestDashboardRefund:
    def test_takes_the_minutes_back(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()

        harness.memory.refund_from_dashboard(payment_ref, 20_000)
        harness.hear_all()

        [refund] = harness.refunds(order_id)
        assert (refund["origin"], refund["status"], refund["void_seconds"]) == ("gateway", "succeeded", 5_151)

    def test_is_found_when_its_webhook_was_lost(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        harness.memory.refund_from_dashboard(payment_ref, 69_900)
        harness.memory.hints.clear()

        import_recent(harness.context)
        import_recent(harness.context)

        [refund] = harness.refunds(order_id)
        assert refund["void_seconds"] == 18_000
        assert harness.minutes.packages()[0]["state"] == "voided"

    def test_of_used_minutes_takes_what_is_left(self, harness: PaymentHarness) -> None:
        _, payment_ref = harness.bought()
        harness.use(17_000)

        harness.memory.refund_from_dashboard(payment_ref, 35_000)
        harness.hear_all()

        [package] = harness.minutes.packages()
        assert (package["voided_seconds"], harness.minutes.row()["debt_seconds"]) == (1_000, 0)


class TestRestored:
    def test_gives_the_minutes_back_when_a_refund_fails_after_it_had_succeeded(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.refund(order_id, 20_000)
        [refund] = harness.refunds(order_id)
        reported = harness.memory.fetch_refund(refund["refund_ref"])
        for _ in range(2):
            apply_refund(
                harness.context,
                harness.memory.name,
                replace(reported, status=GatewayRefundStatus.FAILED, failure="late"),
            )

        kinds = [(package["kind"], package["left_seconds"]) for package in harness.minutes.packages()]
        assert kinds == [("purchased", 12_849), ("support", 5_151)]
        assert harness.refunds(order_id)[0]["status"] == "failed"

    def test_is_not_refunded_again_unless_the_minutes_are_waived(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.refund(order_id)
        [refund] = harness.refunds(order_id)
        reported = harness.memory.fetch_refund(refund["refund_ref"])
        apply_refund(harness.context, harness.memory.name, replace(reported, status=GatewayRefundStatus.FAILED))

        assert harness.refund(order_id)["code"] == "RestoredBefore"
