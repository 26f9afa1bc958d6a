"""Attempts for one order: through one gateway after another, each with refs of its own."""

from dataclasses import replace

import pytest

from domain.gateway.payment import PaymentStatus
from domain.payments.charge import at_gateway, concerns_present_attempt
from tests.domain.payments.builders import order, payment


class TestAtGateway:
    def test_leaves_an_order_of_the_gateway_as_it_is(self) -> None:
        charged = replace(order(payment_ref="pi_1"), attempt=1, method_id=7)

        assert at_gateway(charged, charged.gateway) == charged

    def test_drops_what_says_nothing_to_another_gateway(self) -> None:
        charged = replace(
            order(payment_ref="pi_1"), attempt=1, method_id=7, checkout_ref="co_1", redirect_url="https://x"
        )

        moved = at_gateway(charged, "another")

        assert (moved.gateway, moved.id, moved.attempt) == ("another", charged.id, 1)
        assert {moved.method_id, moved.checkout_ref, moved.payment_ref, moved.redirect_url} == {None}


class TestConcernsPresentAttempt:
    @pytest.mark.parametrize("status", [PaymentStatus.FAILED, PaymentStatus.EXPIRED, PaymentStatus.APPROVED])
    def test_is_false_of_another_gateway_whose_ref_looks_the_same(self, status: PaymentStatus) -> None:
        charged, reported = replace(order(payment_ref="pi_1"), attempt=2), payment(status, payment_ref="pi_1")

        assert concerns_present_attempt(charged, reported, gateway=charged.gateway)
        assert not concerns_present_attempt(charged, reported, gateway="another")

    def test_is_true_of_money_whatever_its_gateway(self) -> None:
        charged, reported = replace(order(), attempt=2), payment(PaymentStatus.PAID, payment_ref="pi_9")

        assert concerns_present_attempt(charged, reported, gateway="another")
