"""The sandbox's adapter against its server, over HTTP."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain.gateway.decline import Retry
from domain.gateway.dispute import DisputeStatus
from domain.gateway.errors import CallRefused, NotFound
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.port import Gateway
from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from domain.money import Money
from tests.doubles.sandbox.double import SandboxDouble
from tests.gateways.sandbox.samples import PRICE, checkout_request, paid, refund_request


class TestCheckout:
    def test_opens_pending_and_is_paid_once_the_buyer_pays(self, double: SandboxDouble, gateway: Gateway) -> None:
        checkout = gateway.create_checkout(checkout_request(), "co-1")
        before = gateway.fetch_payment(checkout.ref)
        payment_ref = double.pay(checkout.ref)
        after = gateway.fetch_payment(checkout.ref)

        assert checkout.redirect_url == f"{double.url}/pay/{checkout.ref}"
        assert checkout.expires_at is not None
        assert timedelta(minutes=59) < checkout.expires_at - datetime.now(UTC) <= timedelta(hours=1)
        assert (before.status, before.payment_ref) == (PaymentStatus.PENDING, None)
        assert (after.status, after.payment_ref, after.checkout_ref) == (PaymentStatus.PAID, payment_ref, checkout.ref)
        assert (after.order_id, after.price, after.refunded) == ("order-1", PRICE, Money(0, "RUB"))
        assert after.method is None
        assert gateway.fetch_payment(payment_ref) == after
        assert gateway.complete_checkout(checkout.ref, "cp-1") == after
        assert double.books() == {"RUB": (29_900, 0)}

    @pytest.mark.parametrize("price", [Money(500, "JPY"), Money(1_250, "KWD"), Money(1, "USD")])
    def test_amounts_arrive_to_the_last_digit(self, double: SandboxDouble, gateway: Gateway, price: Money) -> None:
        checkout = gateway.create_checkout(checkout_request(price=price), "co-1")

        assert gateway.fetch_payment(checkout.ref).price == price

    def test_a_decline_ends_it_with_a_code(self, double: SandboxDouble, gateway: Gateway) -> None:
        checkout = gateway.create_checkout(checkout_request(), "co-1")

        double.decline(checkout.ref, "insufficient_funds")

        payment = gateway.fetch_payment(checkout.ref)
        assert payment.status is PaymentStatus.FAILED
        assert payment.decline is not None
        assert (payment.decline.code, payment.decline.retry) == ("insufficient_funds", Retry.LATER)

    def test_3d_secure_names_the_page_that_goes_on(self, double: SandboxDouble, gateway: Gateway) -> None:
        checkout = gateway.create_checkout(checkout_request(), "co-1")

        double.need_action(checkout.ref)

        payment = gateway.fetch_payment(checkout.ref)
        assert payment.status is PaymentStatus.ACTION_REQUIRED
        assert payment.action_url == f"{checkout.redirect_url}/3ds"
        double.pay(checkout.ref)
        assert gateway.fetch_payment(checkout.ref).status is PaymentStatus.PAID

    def test_expires_by_hand_and_by_itself(self, double: SandboxDouble, gateway: Gateway) -> None:
        by_hand = gateway.create_checkout(checkout_request(), "co-1")
        by_itself = gateway.create_checkout(checkout_request(), "co-2")

        double.expire(by_hand.ref)
        assert gateway.fetch_payment(by_hand.ref).status is PaymentStatus.EXPIRED
        assert gateway.fetch_payment(by_itself.ref).status is PaymentStatus.PENDING

        double.state.clock = lambda: datetime.now(UTC) + timedelta(hours=1)
        assert gateway.fetch_payment(by_itself.ref).status is PaymentStatus.EXPIRED
        assert [one.event for one in double.deliveries.sent] == ["checkout.expired", "checkout.expired"]

    def test_one_that_is_over_cannot_be_paid(self, double: SandboxDouble, gateway: Gateway) -> None:
        checkout = gateway.create_checkout(checkout_request(), "co-1")
        double.expire(checkout.ref)

        answer = httpx.post(f"{double.url}/_control/pay", json={"checkout_ref": checkout.ref})

        assert answer.status_code == 409
        assert gateway.fetch_payment(checkout.ref).status is PaymentStatus.EXPIRED

    def test_an_unknown_one_is_not_found(self, gateway: Gateway) -> None:
        for fetch in (gateway.fetch_payment, gateway.fetch_refund, gateway.fetch_dispute):
            with pytest.raises(NotFound):
                fetch("sbx_none/../x")


class TestRefund:
    def test_in_parts_until_nothing_is_left(self, double: SandboxDouble, gateway: Gateway) -> None:
        ref = paid(double, gateway).payment_ref or ""

        first = gateway.refund(refund_request(ref, 10_000), "rf-1")
        second = gateway.refund(refund_request(ref, 19_900, refund_id="refund-2"), "rf-2")
        with pytest.raises(CallRefused) as refused:
            gateway.refund(refund_request(ref, 1, refund_id="refund-3"), "rf-3")

        assert (first.status, first.refund_id, first.amount) == (
            GatewayRefundStatus.SUCCEEDED,
            "refund-1",
            Money(10_000, "RUB"),
        )
        assert second.payment_ref == ref
        assert refused.value.code == "amount_too_large"
        assert gateway.fetch_payment(ref).refunded == PRICE

    def test_what_is_pending_counts_and_what_failed_does_not(self, double: SandboxDouble, gateway: Gateway) -> None:
        ref = paid(double, gateway).payment_ref or ""
        double.hold_refunds = True
        refund = gateway.refund(refund_request(ref, 29_900), "rf-1")
        assert refund.status is GatewayRefundStatus.PENDING
        assert gateway.fetch_payment(ref).refunded == Money(0, "RUB")
        with pytest.raises(CallRefused):
            gateway.refund(refund_request(ref, 1, refund_id="refund-2"), "rf-2")

        double.end_refund(refund.ref, succeeded=False)

        failed = gateway.fetch_refund(refund.ref)
        assert (failed.status, failed.failure) == (GatewayRefundStatus.FAILED, "bank_refused")
        again = gateway.refund(refund_request(ref, 29_900, refund_id="refund-3"), "rf-3")
        double.end_refund(again.ref, succeeded=True)
        assert double.books() == {"RUB": (29_900, 29_900)}

    def test_from_the_dashboard_carries_no_id_of_ours(self, double: SandboxDouble, gateway: Gateway) -> None:
        ref = paid(double, gateway).payment_ref or ""

        refund = gateway.fetch_refund(double.refund_from_dashboard(ref))

        assert (refund.refund_id, refund.amount) == (None, PRICE)

    def test_of_nothing_paid_or_in_another_currency_is_refused(self, double: SandboxDouble, gateway: Gateway) -> None:
        checkout = gateway.create_checkout(checkout_request(), "co-1")
        with pytest.raises(CallRefused) as unpaid:
            gateway.refund(refund_request(checkout.ref, 1), "rf-1")
        ref = double.pay(checkout.ref)
        with pytest.raises(CallRefused) as other:
            gateway.refund(refund_request(ref, 1, currency="USD"), "rf-1")

        assert [unpaid.value.code, other.value.code] == ["payment_not_paid", "currency_differs"]


class TestDispute:
    @pytest.mark.parametrize(("won", "state"), [(True, DisputeStatus.WON), (False, DisputeStatus.LOST)])
    def test_opens_and_is_decided(
        self, double: SandboxDouble, gateway: Gateway, won: bool, state: DisputeStatus
    ) -> None:
        ref = paid(double, gateway).payment_ref or ""
        double.refund_from_dashboard(ref, 900)

        dispute_ref = double.open_dispute(ref)
        opened = gateway.fetch_dispute(dispute_ref)
        with pytest.raises(CallRefused):
            gateway.refund(refund_request(ref, 1), "rf-1")
        double.close_dispute(dispute_ref, won=won)

        assert (opened.status, opened.payment_ref, opened.amount) == (DisputeStatus.OPEN, ref, Money(29_000, "RUB"))
        assert gateway.fetch_dispute(dispute_ref).status is state


class TestListing:
    def test_goes_through_what_began_or_changed(self, double: SandboxDouble, gateway: Gateway) -> None:
        began = datetime.now(UTC)
        payment = paid(double, gateway)
        refund_ref = double.refund_from_dashboard(payment.payment_ref or "", 1)

        found = list(gateway.list_recent(began, datetime.now(UTC)))
        nothing = list(gateway.list_recent(began - timedelta(days=2), began - timedelta(days=1)))

        assert [type(one) for one in found] == [GatewayPayment, GatewayRefund]
        assert isinstance(found[1], GatewayRefund)
        assert found[1].ref == refund_ref
        assert nothing == []
