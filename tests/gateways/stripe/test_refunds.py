import pytest

from domain.gateway.dispute import DisputeStatus
from domain.gateway.errors import CallRefused, NotFound
from domain.gateway.refund import GatewayRefundStatus
from domain.money import Money
from tests.gateways.stripe.samples import PRICE, paid, refund_request


class TestRefund:
    def test_gives_a_part_back(self, gateway, double):
        payment = paid(gateway, double)

        refund = gateway.refund(refund_request(payment.payment_ref, 100), "rf-1")

        assert (refund.status, refund.amount, refund.refund_id) == (
            GatewayRefundStatus.SUCCEEDED,
            Money(100, "RUB"),
            "r1",
        )
        assert refund.payment_ref == payment.payment_ref
        assert refund == gateway.fetch_refund(refund.ref)
        assert gateway.fetch_payment(payment.payment_ref).refunded == Money(100, "RUB")
        assert double.books() == {"RUB": (29900, 100)}

    def test_passes_key_and_id_on(self, gateway, double):
        payment = paid(gateway, double)

        gateway.refund(refund_request(payment.payment_ref, 100), "rf-1")

        call = double.recorded[-1]
        assert call.form == {"payment_intent": payment.payment_ref, "amount": "100", "metadata": {"refund_id": "r1"}}
        assert call.headers["idempotency-key"] == "rf-1"

    def test_the_same_key_gives_back_once(self, gateway, double):
        payment = paid(gateway, double)

        first, second = (gateway.refund(refund_request(payment.payment_ref, 100), "rf-1") for _ in range(2))

        assert first == second
        assert double.books() == {"RUB": (29900, 100)}

    def test_two_equal_parts_are_two_refunds(self, gateway, double):
        payment = paid(gateway, double)

        refs = {
            gateway.refund(refund_request(payment.payment_ref, 100, refund_id=f"r{n}"), f"rf-{n}").ref for n in (1, 2)
        }

        assert len(refs) == 2
        assert double.books() == {"RUB": (29900, 200)}

    @pytest.mark.parametrize(
        ("succeeded", "status", "failure"),
        [(True, GatewayRefundStatus.SUCCEEDED, None), (False, GatewayRefundStatus.FAILED, "lost_or_stolen_card")],
    )
    def test_a_pending_refund_ends_later(self, gateway, double, succeeded, status, failure):
        payment = paid(gateway, double)
        double.hold_refunds = True
        pending = gateway.refund(refund_request(payment.payment_ref, 100), "rf-1")

        double.end_refund(pending.ref, succeeded=succeeded)

        ended = gateway.fetch_refund(pending.ref)
        assert pending.status is GatewayRefundStatus.PENDING
        assert (ended.status, ended.failure) == (status, failure)

    def test_a_refund_that_succeeded_may_fail_still(self, gateway, double):
        payment = paid(gateway, double)
        refund = gateway.refund(refund_request(payment.payment_ref, 100), "rf-1")

        double.end_refund(refund.ref, succeeded=False)

        assert gateway.fetch_refund(refund.ref).status is GatewayRefundStatus.FAILED
        assert double.books() == {"RUB": (29900, 0)}

    def test_a_refund_of_the_dashboard_is_not_ours(self, gateway, double):
        payment = paid(gateway, double)

        refund = gateway.fetch_refund(double.refund_from_dashboard(payment.payment_ref))

        assert (refund.refund_id, refund.amount, refund.payment_ref) == (None, PRICE, payment.payment_ref)

    def test_refuses_more_than_is_left(self, gateway, double):
        payment = paid(gateway, double)
        gateway.refund(refund_request(payment.payment_ref, 29000), "rf-1")

        with pytest.raises(CallRefused, match="in amount"):
            gateway.refund(refund_request(payment.payment_ref, 901, refund_id="r2"), "rf-2")

        assert double.books() == {"RUB": (29900, 29000)}

    def test_refuses_when_all_was_given_back(self, gateway, double):
        payment = paid(gateway, double)
        double.refund_from_dashboard(payment.payment_ref)

        with pytest.raises(CallRefused) as raised:
            gateway.refund(refund_request(payment.payment_ref, 1), "rf-1")

        assert raised.value.code == "charge_already_refunded"

    def test_refuses_while_the_payment_is_disputed(self, gateway, double):
        payment = paid(gateway, double)
        double.open_dispute(payment.payment_ref)

        with pytest.raises(CallRefused) as raised:
            gateway.refund(refund_request(payment.payment_ref, 1), "rf-1")

        assert raised.value.code == "charge_disputed"

    def test_raises_not_found_for_an_unknown_payment_or_refund(self, gateway):
        with pytest.raises(NotFound):
            gateway.refund(refund_request("pi_unknown", 1), "rf-1")
        with pytest.raises(NotFound):
            gateway.fetch_refund("re_unknown")
        with pytest.raises(NotFound):
            gateway.fetch_refund("")


class TestDispute:
    def test_an_open_dispute_names_its_payment(self, gateway, double):
        payment = paid(gateway, double)

        dispute = gateway.fetch_dispute(double.open_dispute(payment.payment_ref))

        assert (dispute.status, dispute.payment_ref) == (DisputeStatus.OPEN, payment.payment_ref)
        assert (dispute.amount, dispute.reason) == (PRICE, "fraudulent")

    @pytest.mark.parametrize(("won", "status"), [(True, DisputeStatus.WON), (False, DisputeStatus.LOST)])
    def test_a_closed_dispute_is_won_or_lost(self, gateway, double, won, status):
        ref = double.open_dispute(paid(gateway, double).payment_ref)

        double.close_dispute(ref, won=won)

        assert gateway.fetch_dispute(ref).status is status

    def test_raises_not_found_for_an_unknown_dispute(self, gateway):
        with pytest.raises(NotFound):
            gateway.fetch_dispute("dp_unknown")
