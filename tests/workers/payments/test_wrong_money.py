"""Money that is not the price: nothing is granted, and a person must review it."""

from dataclasses import replace
from datetime import timedelta

from domain.gateway.payment import PaymentStatus
from domain.money import Money
from tests.workers.payments.harness import PaymentHarness
from workers.payments.payment import apply_payment

AT_ONCE = timedelta(0)


class TestWrongMoney:
    def test_needs_review_whatever_comes_later(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]
        checkout_ref = harness.order(order_id)["checkout_ref"]
        wrong = replace(harness.memory.fetch_payment(checkout_ref), price=Money(100, "RUB"), at=harness.clock())

        paid = replace(wrong, status=PaymentStatus.PAID, payment_ref=f"pi_wrong_{order_id}")
        apply_payment(harness.context, harness.memory.name, paid)
        harness.memory.fail(checkout_ref, PaymentStatus.EXPIRED)
        harness.hear_all()

        order = harness.order(order_id)
        assert harness.minutes.packages() == []
        assert (order["needs_review"], order["payment_ref"]) == (True, paid.payment_ref)
        assert "1.00 RUB was paid for an order of 699.00 RUB" in order["failure"]

    def test_stays_before_a_person_when_the_right_money_comes_after_it(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]
        checkout_ref = harness.order(order_id)["checkout_ref"]
        right = replace(harness.memory.fetch_payment(checkout_ref), status=PaymentStatus.PAID, at=harness.clock())
        wrong = replace(right, price=Money(100, "RUB"), payment_ref=f"pi_wrong_{order_id}")

        for payment in (wrong, replace(right, payment_ref=f"pi_right_{order_id}")):
            apply_payment(harness.context, harness.memory.name, payment)

        assert harness.order(order_id)["status"] == "paid"
        assert harness.items() == [
            (
                "order needs review",
                "1.00 RUB was paid for an order of 699.00 RUB; nothing is granted before a person agrees",
            )
        ]
        apply_payment(harness.context, harness.memory.name, replace(wrong, refunded=wrong.price))
        assert harness.items() == []

    def test_is_not_taken_when_it_is_only_approved(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]
        harness.memory.takes_itself = False
        payment = harness.memory.fetch_payment(harness.order(order_id)["checkout_ref"])

        reported = replace(payment, status=PaymentStatus.APPROVED, price=Money(100, "RUB"))
        apply_payment(harness.context, harness.memory.name, reported)

        assert harness.memory.calls["complete_checkout"] == 0
        assert harness.order(order_id)["needs_review"]
