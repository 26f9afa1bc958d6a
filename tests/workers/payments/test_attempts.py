"""What is stored of a purchase for later: its kind, its attempts, its moments, and when we wrote them."""

from datetime import timedelta

import pytest

from domain.gateway.errors import CallRefused
from domain.gateway.payment import Checkout, GatewayPayment, PaymentStatus
from domain.gateway.requests import CheckoutRequest
from tests.workers.payments.harness import PaymentHarness
from workers.payments.reconcile import poll_open_payments


def attempts(harness: PaymentHarness, order_id: str) -> list[tuple[object, ...]]:
    """The attempts of an order: number, outcome, class and code."""
    query = "SELECT number, outcome, retry, code FROM payment_attempt WHERE order_id = :id ORDER BY number"
    return [tuple(row.values()) for row in harness.minutes.select(query, id=order_id)]


class TestKindOfPurchase:
    def test_is_first_and_then_repeat(self, harness: PaymentHarness) -> None:
        first, second = harness.bought()[0], harness.bought()[0]

        assert [harness.order(order_id)["kind"] for order_id in (first, second)] == ["first", "repeat"]

    def test_is_first_again_after_everything_was_refunded(self, harness: PaymentHarness) -> None:
        before, _ = harness.bought()
        harness.refund(before)

        again, _ = harness.bought()

        assert [harness.order(order_id)["kind"] for order_id in (before, again)] == ["first", "first"]

    def test_of_two_open_orders_is_first_for_the_one_that_is_paid_first(self, harness: PaymentHarness) -> None:
        earlier, later = harness.buy()["order_id"], harness.buy()["order_id"]
        for order_id in (later, earlier):
            harness.memory.pay(harness.order(order_id)["checkout_ref"])
            harness.hear_all()

        assert [harness.order(order_id)["kind"] for order_id in (earlier, later)] == ["repeat", "first"]


class TestAttempts:
    def test_of_a_payment_are_declined_and_paid(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]
        checkout_ref = harness.order(order_id)["checkout_ref"]
        harness.memory.fail(checkout_ref, PaymentStatus.FAILED)
        harness.hear_all()
        harness.memory.pay(checkout_ref)
        harness.hear_all()

        first, second = attempts(harness, order_id)
        assert (first[:2], second[:2]) == ((1, "declined"), (2, "paid"))

    def test_of_an_expired_checkout_are_none(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]
        harness.memory.fail(harness.order(order_id)["checkout_ref"], PaymentStatus.EXPIRED)
        harness.hear_all()

        assert attempts(harness, order_id) == []

    def test_of_a_refused_checkout_has_the_gateways_code(
        self, harness: PaymentHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(purchase: CheckoutRequest, key: str) -> Checkout:
            raise CallRefused("amount_too_small", f"{purchase.price} is too little, {key}")

        monkeypatch.setattr(harness.memory, "create_checkout", refuse)

        answer = harness.buy()

        assert (answer["status"], answer["code"]) == ("failed", "amount_too_small")
        assert attempts(harness, answer["order_id"]) == [(1, "checkout_refused", None, "amount_too_small")]
        assert harness.order(answer["order_id"])["failed_at"] is not None

    def test_of_money_that_is_not_given_is_written_once_however_often_it_is_polled(
        self, harness: PaymentHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(checkout_ref: str, key: str) -> GatewayPayment:
            raise CallRefused("PAYER_ACTION_REQUIRED", f"{checkout_ref} waits for its buyer, {key}")

        harness.memory.takes_itself = False
        monkeypatch.setattr(harness.memory, "complete_checkout", refuse)
        order_id = harness.buy()["order_id"]
        harness.memory.pay(harness.order(order_id)["checkout_ref"])
        harness.hear_all()

        for _ in range(3):
            poll_open_payments(harness.context, open_for=timedelta(0))

        assert attempts(harness, order_id) == [(1, "capture_refused", None, "PAYER_ACTION_REQUIRED")]


class TestMoments:
    def test_of_a_purchase_are_stored(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought("standard", country="DE")

        order = harness.order(order_id)
        assert order["created_at"] <= order["link_ready_at"] <= order["recorded_at"]
        assert (order["failed_at"], order["expired_at"]) == (None, None)
        assert (order["country"], order["list_price_minor"], order["discount_minor"]) == ("DE", 69_900, 0)

    def test_of_an_expired_checkout_says_when(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]
        harness.memory.fail(harness.order(order_id)["checkout_ref"], PaymentStatus.EXPIRED)
        harness.hear_all()

        assert harness.order(order_id)["expired_at"] is not None

    def test_of_a_refund_and_a_dispute_are_ours_and_stay(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()
        harness.refund(order_id, 20_000)
        [before] = harness.refunds(order_id)
        harness.offset += timedelta(hours=1)
        harness.memory.open_dispute(payment_ref)
        harness.hear_all()

        [after] = harness.refunds(order_id)
        [dispute] = harness.minutes.select("SELECT * FROM dispute WHERE order_id = :id", id=order_id)
        assert before["recorded_at"] is not None
        assert after["recorded_at"] == before["recorded_at"]
        assert dispute["recorded_at"] >= before["recorded_at"] + timedelta(hours=1)
