"""Refunds as gateways report them: from their dashboards, and such as fail after they had succeeded."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.gateway.refund import GatewayRefundStatus
from domain.gateway.webhook import Hint
from messages.errors import Unavailable
from tests.doubles.faults import Fault
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

    @pytest.mark.parametrize(
        ("reports", "sentence"),
        [
            (3, "the 5151 s that this had voided were not given back a second time"),
            (4, "its minutes are void, unless a person gave them back meanwhile"),
            (5, "the 5151 s that this had voided were not given back a second time"),
        ],
    )
    def test_and_voided_in_turns_says_what_became_of_the_minutes(
        self, harness: PaymentHarness, reports: int, sentence: str
    ) -> None:
        order_id, _ = harness.bought()
        harness.refund(order_id, 20_000)
        succeeded = harness.memory.fetch_refund(harness.refunds(order_id)[0]["refund_ref"])
        failed = replace(succeeded, status=GatewayRefundStatus.FAILED, failure="late")

        for number in range(reports):
            apply_refund(harness.context, harness.memory.name, succeeded if number % 2 else failed)

        [(kind, said)] = harness.items()
        assert (kind, "used" in said) == ("refund needs review", False)
        assert said.endswith(sentence)

    def test_and_used_is_used_however_often_it_succeeds_again(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.refund(order_id)
        succeeded = harness.memory.fetch_refund(harness.refunds(order_id)[0]["refund_ref"])
        failed = replace(succeeded, status=GatewayRefundStatus.FAILED, failure="late")
        apply_refund(harness.context, harness.memory.name, failed)
        harness.use(4_000)

        for reported in (succeeded, failed, succeeded):
            apply_refund(harness.context, harness.memory.name, reported)

        [(_, said)] = harness.items()
        assert said.endswith("but for 4000 s that were used before")


class TestHeardOfBeforeItsPayment:
    def refunded_and_not_known(self, harness: PaymentHarness) -> tuple[str, list[Hint]]:
        """An order whose payment was refunded in the dashboard before we heard of either; the order and the hints."""
        order_id = harness.buy()["order_id"]
        checkout_ref = harness.order(order_id)["checkout_ref"]
        harness.memory.pay(checkout_ref)
        payment_ref = harness.memory.payment_ref_of(checkout_ref)
        assert payment_ref is not None
        harness.memory.refund_from_dashboard(payment_ref, 20_000)
        return order_id, harness.memory.take_hints()

    def test_is_applied_with_the_payment(self, harness: PaymentHarness) -> None:
        order_id, (paid, refunded) = self.refunded_and_not_known(harness)

        heard = [harness.hear(hint) for hint in (refunded, paid)]

        [refund] = harness.refunds(order_id)
        assert heard == ["applied", "applied"]
        assert (refund["status"], refund["void_seconds"]) == ("succeeded", 5_151)
        assert harness.minutes.packages()[0]["left_seconds"] == 12_849

    def test_is_applied_once_however_often_it_comes(self, harness: PaymentHarness) -> None:
        order_id, (paid, refunded) = self.refunded_and_not_known(harness)

        heard = [harness.hear(hint) for hint in (refunded, paid, refunded)]

        assert heard == ["applied"] * 3
        assert len(harness.refunds(order_id)) == 1

    def test_is_looked_for_until_the_gateway_answers(self, harness: PaymentHarness) -> None:
        order_id, (paid, _) = self.refunded_and_not_known(harness)
        harness.memory.faults.plan("list_refunds", Fault.ERROR_BEFORE)

        with pytest.raises(Unavailable):
            harness.hear(paid)
        heard = harness.hear(paid)

        assert heard == "applied"
        assert [refund["status"] for refund in harness.refunds(order_id)] == ["succeeded"]

    def test_is_not_looked_for_where_all_is_known(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.refund(order_id, 20_000)

        harness.hear_all()
        import_recent(harness.context)

        assert harness.memory.calls["list_refunds"] == 0
