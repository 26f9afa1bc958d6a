"""Refunds: whole, in parts, held, refused, and made by hand."""

from dataclasses import replace

import pytest

from domain.gateway.errors import CallRefused, UnableToReach
from domain.gateway.refund import GatewayRefundStatus
from domain.gateway.requests import Buyer
from domain.money import Money
from gateways.yookassa.adapter import YooKassaGateway
from tests.doubles.faults import Fault
from tests.doubles.yookassa.double import YooKassaDouble
from tests.gateways.yookassa.samples import CHECKOUT_REQUEST, a_key, paid, refund_request


class TestRefunding:
    def test_gives_part_of_the_money_back(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        payment = paid(double, gateway)

        refund = gateway.refund(refund_request(payment, 5_000), a_key("rf"))

        assert (refund.status, refund.refund_id, refund.amount) == (
            GatewayRefundStatus.SUCCEEDED,
            "r-1",
            Money(5_000, "RUB"),
        )
        assert refund.payment_ref == payment.payment_ref
        assert gateway.fetch_refund(refund.ref) == refund
        assert gateway.fetch_payment(refund.payment_ref).refunded == Money(5_000, "RUB")
        assert double.books() == {"RUB": (19_900, 5_000)}

    def test_two_equal_parts_are_two_refunds(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        payment = paid(double, gateway)
        first = gateway.refund(refund_request(payment, 5_000), a_key("rf"))

        second = gateway.refund(refund_request(payment, 5_000, refund_id="r-2"), a_key("rf"))

        assert first.ref != second.ref
        assert double.books() == {"RUB": (19_900, 10_000)}

    def test_the_same_key_gives_back_once(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        request, key = refund_request(paid(double, gateway), 5_000), a_key("rf")

        assert gateway.refund(request, key) == gateway.refund(request, key)
        assert double.books() == {"RUB": (19_900, 5_000)}

    def test_one_that_is_held_is_pending_and_found_later(
        self, double: YooKassaDouble, gateway: YooKassaGateway
    ) -> None:
        payment = paid(double, gateway)
        double.hold_refunds = True
        refund = gateway.refund(refund_request(payment, 5_000), a_key("rf"))

        double.end_refund(refund.ref, succeeded=True)

        assert refund.status is GatewayRefundStatus.PENDING
        assert gateway.fetch_refund(refund.ref).status is GatewayRefundStatus.SUCCEEDED

    def test_one_that_fails_later_says_why_without_a_notification(
        self, double: YooKassaDouble, gateway: YooKassaGateway
    ) -> None:
        payment = paid(double, gateway)
        double.hold_refunds = True
        refund = gateway.refund(refund_request(payment, 5_000), a_key("rf"))

        double.end_refund(refund.ref, succeeded=False)

        found = gateway.fetch_refund(refund.ref)
        assert (found.status, found.failure) == (GatewayRefundStatus.FAILED, "insufficient_funds")
        assert [webhook.event for webhook in double.deliveries.sent] == ["payment.succeeded"]
        assert double.books() == {"RUB": (19_900, 0)}

    def test_one_that_is_canceled_at_once_has_failed(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        payment = paid(double, gateway)
        double.faults.plan("refund", Fault.DECLINE, code="rejected_by_payee")

        refund = gateway.refund(refund_request(payment, 5_000), a_key("rf"))

        assert (refund.status, refund.failure) == (GatewayRefundStatus.FAILED, "rejected_by_payee")

    def test_one_made_by_hand_has_no_id_of_ours(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        payment = paid(double, gateway)
        assert payment.payment_ref is not None

        refund = gateway.fetch_refund(double.refund_from_dashboard(payment.payment_ref))

        assert (refund.refund_id, refund.status, refund.amount) == (None, GatewayRefundStatus.SUCCEEDED, payment.price)


class TestARefusal:
    def test_of_more_than_is_left(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        payment = paid(double, gateway)
        gateway.refund(refund_request(payment, 15_000), a_key("rf"))

        with pytest.raises(CallRefused) as refused:
            gateway.refund(refund_request(payment, 4_901, refund_id="r-2"), a_key("rf"))

        assert refused.value.code == "invalid_request"
        assert "amount.value" in str(refused.value)
        assert double.books() == {"RUB": (19_900, 15_000)}

    def test_counts_what_is_held(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        payment = paid(double, gateway)
        double.hold_refunds = True
        gateway.refund(refund_request(payment, 15_000), a_key("rf"))

        with pytest.raises(CallRefused):
            gateway.refund(refund_request(payment, 4_901, refund_id="r-2"), a_key("rf"))

    def test_of_what_is_not_paid(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        checkout = gateway.create_checkout(CHECKOUT_REQUEST, a_key())
        payment = replace(gateway.fetch_payment(checkout.ref), payment_ref=checkout.ref)

        with pytest.raises(CallRefused):
            gateway.refund(refund_request(payment, 100), a_key("rf"))

    def test_of_another_currency(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        request = refund_request(paid(double, gateway), 100, amount=Money(100, "USD"))

        with pytest.raises(CallRefused):
            gateway.refund(request, a_key("rf"))

        assert double.count("refund") == 0


class TestAKeyThatCameBefore:
    def test_with_another_amount_is_unclear(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        payment, key = paid(double, gateway), a_key("rf")
        gateway.refund(refund_request(payment, 5_000), key)

        with pytest.raises(UnableToReach):
            gateway.refund(refund_request(payment, 6_000), key)

        assert double.books() == {"RUB": (19_900, 5_000)}

    def test_for_another_refund_of_the_same_amount_is_unclear(
        self, double: YooKassaDouble, gateway: YooKassaGateway
    ) -> None:
        payment, key = paid(double, gateway), a_key("rf")
        gateway.refund(refund_request(payment, 5_000), key)

        with pytest.raises(UnableToReach):
            gateway.refund(refund_request(payment, 5_000, refund_id="r-2"), key)

    def test_finds_the_refund_that_was_made_when_only_the_buyer_changed(
        self, fiscal: YooKassaDouble, fiscal_gateway: YooKassaGateway
    ) -> None:
        request, key = refund_request(paid(fiscal, fiscal_gateway), 5_000), a_key("rf")
        made = fiscal_gateway.refund(request, key)

        again = fiscal_gateway.refund(replace(request, buyer=Buyer("acc-7", "moved@example.com")), key)

        assert again == made
        assert fiscal.books() == {"RUB": (19_900, 5_000)}
