"""Fetching payments and disputes."""

import pytest

from domain.gateway.dispute import DisputeStatus
from domain.gateway.errors import NotFound
from domain.gateway.payment import PaymentStatus
from domain.money import Money
from gateways.paypal.adapter import PaypalGateway
from gateways.paypal.disputes import dispute_of
from tests.doubles.paypal.double import PaypalDouble
from tests.gateways.paypal.samples import a_key, now, paid, refund_request


def resolved(outcome: str, *, movements: list[tuple[str, str, str]], given: str | None = None) -> dict[str, object]:
    """A dispute of 10.00 that has ended; each movement of our money has a type, a reason and a value."""
    ended: dict[str, object] = {"outcome_code": outcome}
    return {
        "dispute_id": "PP-D-1",
        "status": "RESOLVED",
        "disputed_transactions": [{"seller_transaction_id": "3C679366HH908993F"}],
        "dispute_amount": {"currency_code": "USD", "value": "10.00"},
        "dispute_outcome": ended | ({"amount_refunded": {"currency_code": "USD", "value": given}} if given else {}),
        "money_movements": [
            {
                "affected_party": "SELLER",
                "type": kind,
                "reason": reason,
                "amount": {"currency_code": "USD", "value": value},
            }
            for kind, reason, value in movements
        ],
    }


class TestFetchPayment:
    def test_is_the_same_by_order_and_by_capture(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        payment = paid(gateway, double)
        assert payment.checkout_ref is not None
        assert payment.payment_ref is not None

        assert gateway.fetch_payment(payment.payment_ref) == gateway.fetch_payment(payment.checkout_ref) == payment

    def test_still_finds_money_whose_order_is_forgotten(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        payment = paid(gateway, double)
        assert payment.checkout_ref is not None
        assert payment.payment_ref is not None
        gateway.refund(refund_request(payment), a_key("rf"))
        double.forget_order(payment.checkout_ref)

        found = gateway.fetch_payment(payment.payment_ref)

        assert (found.status, found.order_id, found.checkout_ref) == (
            PaymentStatus.PAID,
            payment.order_id,
            payment.checkout_ref,
        )
        assert found.refunded == Money(1000, "USD")

    @pytest.mark.parametrize("ref", ["5O190127TN364715T", "../payments/captures/1", "a b", "", "x?y=1", "é", "A" * 65])
    def test_finds_nothing_by_what_is_no_id(self, gateway: PaypalGateway, ref: str) -> None:
        with pytest.raises(NotFound):
            gateway.fetch_payment(ref)


class TestFetchDispute:
    def test_names_the_capture_and_its_money(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        payment = paid(gateway, double)
        assert payment.payment_ref is not None

        dispute = gateway.fetch_dispute(double.open_dispute(payment.payment_ref))

        assert (dispute.payment_ref, dispute.amount) == (payment.payment_ref, Money(1000, "USD"))
        assert (dispute.status, dispute.reason) == (DisputeStatus.OPEN, "UNAUTHORISED")

    @pytest.mark.parametrize(("won", "status"), [(True, DisputeStatus.WON), (False, DisputeStatus.LOST)])
    def test_says_how_it_ended(
        self, gateway: PaypalGateway, double: PaypalDouble, won: bool, status: DisputeStatus
    ) -> None:
        payment = paid(gateway, double)
        assert payment.payment_ref is not None
        ref = double.open_dispute(payment.payment_ref)

        double.close_dispute(ref, won=won)

        assert gateway.fetch_dispute(ref).status is status

    @pytest.mark.parametrize(
        ("outcome", "movements", "status"),
        [
            ("CANCELED_BY_BUYER", [], DisputeStatus.WON),
            ("ACCEPTED", [], DisputeStatus.LOST),
            ("RESOLVED_WITH_PAYOUT", [], DisputeStatus.WON),
            ("RESOLVED_WITH_PAYOUT", [{"affected_party": "SELLER", "type": "DEBIT"}], DisputeStatus.LOST),
            ("A_NEW_ONE", [{"affected_party": "BUYER", "type": "CREDIT"}], DisputeStatus.WON),
        ],
    )
    def test_reads_unclear_ends_by_the_money(
        self, outcome: str, movements: list[dict[str, str]], status: DisputeStatus
    ) -> None:
        body = {
            "dispute_id": "PP-D-1",
            "status": "RESOLVED",
            "disputed_transactions": [{"seller_transaction_id": "3C679366HH908993F"}],
            "dispute_amount": {"currency_code": "USD", "value": "10.00"},
            "dispute_outcome": {"outcome_code": outcome},
            "money_movements": movements,
        }

        assert dispute_of(body, now=now()).status is status

    @pytest.mark.parametrize(
        ("movements", "status"),
        [
            ([("DEBIT", "DISPUTE_SETTLEMENT", "10.00"), ("CREDIT", "DISPUTE_SETTLEMENT", "10.00")], DisputeStatus.WON),
            ([("DEBIT", "DISPUTE_FEE", "15.00")], DisputeStatus.WON),
            ([("DEBIT", "CHARGEBACK_FEE", "15.00"), ("DEBIT", "DISPUTE_SETTLEMENT", "10.00")], DisputeStatus.LOST),
        ],
        ids=["taken and given again", "a fee alone", "taken with a fee"],
    )
    def test_takes_neither_a_fee_nor_money_that_came_again_for_a_loss(
        self, movements: list[tuple[str, str, str]], status: DisputeStatus
    ) -> None:
        body = resolved("RESOLVED_WITH_PAYOUT", movements=movements)

        assert dispute_of(body, now=now()).status is status

    @pytest.mark.parametrize(
        ("given", "movements", "lost_minor"),
        [
            (None, [], 1_000),
            ("2.00", [], 200),
            ("10.00", [], 1_000),
            (None, [("DEBIT", "DISPUTE_SETTLEMENT", "3.00"), ("DEBIT", "DISPUTE_FEE", "15.00")], 300),
        ],
        ids=["all", "a part that was given back", "all that was given back", "a part that was taken"],
    )
    def test_loses_what_was_taken_of_it(
        self, given: str | None, movements: list[tuple[str, str, str]], lost_minor: int
    ) -> None:
        body = resolved("ACCEPTED", movements=movements, given=given)

        dispute = dispute_of(body, now=now())

        assert (dispute.status, dispute.amount) == (DisputeStatus.LOST, Money(lost_minor, "USD"))

    @pytest.mark.parametrize(("stage", "is_inquiry"), [("INQUIRY", True), ("CHARGEBACK", False), (None, False)])
    def test_tells_an_inquiry_from_a_claim(self, stage: str | None, is_inquiry: bool) -> None:
        body = {
            "dispute_id": "PP-D-1",
            "status": "OPEN",
            "disputed_transactions": [{"seller_transaction_id": "3C679366HH908993F"}],
            "dispute_amount": {"currency_code": "USD", "value": "10.00"},
            "dispute_life_cycle_stage": stage,
        }

        assert dispute_of(body, now=now()).is_inquiry is is_inquiry

    def test_refuses_a_refund_of_a_part_meanwhile(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        payment = paid(gateway, double)
        assert payment.payment_ref is not None
        double.open_dispute(payment.payment_ref)

        with pytest.raises(Exception, match="TRANSACTION_DISPUTED"):
            gateway.refund(refund_request(payment, 100), a_key("rf"))

    def test_does_not_know_what_is_not_there(self, gateway: PaypalGateway) -> None:
        with pytest.raises(NotFound):
            gateway.fetch_dispute("PP-D-12345")
