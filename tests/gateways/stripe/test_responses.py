from datetime import date

import pytest

from domain.gateway.decline import Retry
from domain.gateway.dispute import DisputeStatus
from domain.gateway.errors import UnableToReach
from domain.gateway.payment import PaymentStatus
from domain.gateway.refund import GatewayRefundStatus
from domain.money import Money
from gateways.stripe.declines import ADVICE, RETRIES, decline_of
from gateways.stripe.methods import fingerprint_of, saved_method_of
from gateways.stripe.responses import dispute_of, payment_of_intent, payment_of_session, refund_of

INTENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "amount": 1000,
    "currency": "usd",
    "created": 1,
    "status": "processing",
}
SESSION = {
    "id": "cs_1",
    "object": "checkout.session",
    "amount_total": 1000,
    "currency": "usd",
    "created": 1,
    "status": "open",
    "payment_status": "unpaid",
    "payment_intent": None,
}
PAID = {"payment_method": "pm_1", "customer": "cus_1", "setup_future_usage": "off_session"}
REFUND = {"id": "re_1", "object": "refund", "amount": 5, "currency": "usd", "created": 1, "payment_intent": "pi_1"}
DISPUTE = REFUND | {"id": "dp_1", "object": "dispute", "reason": "general"}
OURS = {"order_id": "o1", "attempt": "1"}


class TestPaymentOfIntent:
    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"status": "processing"}, PaymentStatus.PENDING),
            ({"status": "requires_confirmation"}, PaymentStatus.PENDING),
            ({"status": "requires_capture"}, PaymentStatus.PENDING),
            ({"status": "requires_payment_method"}, PaymentStatus.PENDING),
            (
                {"status": "requires_payment_method", "last_payment_error": {"code": "expired_card"}},
                PaymentStatus.FAILED,
            ),
            ({"status": "requires_action"}, PaymentStatus.ACTION_REQUIRED),
            ({"status": "canceled", "cancellation_reason": "abandoned"}, PaymentStatus.FAILED),
            (
                {"status": "canceled", "cancellation_reason": "abandoned", "metadata": OURS},
                PaymentStatus.ACTION_REQUIRED,
            ),
            ({"status": "canceled", "cancellation_reason": "fraudulent", "metadata": OURS}, PaymentStatus.FAILED),
            ({"status": "succeeded"}, PaymentStatus.PAID),
            ({"status": "a_state_of_tomorrow"}, PaymentStatus.PENDING),
        ],
    )
    def test_says_how_far_it_is(self, change, status):
        assert payment_of_intent(INTENT | change).status is status

    def test_what_came_counts_and_not_what_was_asked_for(self):
        payment = payment_of_intent(INTENT | {"status": "succeeded", "amount_received": 900})

        assert payment.price == Money(900, "USD")

    def test_the_moment_of_paying_is_the_charges(self):
        charge = {"id": "ch_1", "created": 99, "amount_refunded": 250}

        payment = payment_of_intent(INTENT | {"status": "succeeded", "latest_charge": charge})

        assert payment.at.timestamp() == 99
        assert payment.refunded == Money(250, "USD")

    def test_the_fee_is_in_the_currency_that_is_paid_out(self):
        charge = {"id": "ch_1", "created": 99, "balance_transaction": {"id": "txn_1", "fee": 59, "currency": "eur"}}
        paid = INTENT | {"status": "succeeded", "latest_charge": charge}

        assert payment_of_intent(paid).fee == Money(59, "EUR")
        assert payment_of_intent(paid | {"latest_charge": charge | {"balance_transaction": "txn_1"}}).fee is None

    @pytest.mark.parametrize("name", ["id", "amount", "currency", "created"])
    def test_does_not_guess_what_is_missing(self, name):
        with pytest.raises(UnableToReach, match=f"has no {name}"):
            payment_of_intent({key: value for key, value in INTENT.items() if key != name})


class TestPaymentOfSession:
    def test_money_counts_even_after_the_end(self):
        session = SESSION | {"status": "expired", "payment_intent": INTENT | {"status": "succeeded"}}

        assert payment_of_session(session).status is PaymentStatus.PAID

    def test_finds_the_order_in_either_of_its_two_places(self):
        assert payment_of_session(SESSION | {"metadata": {"order_id": "o1"}}).order_id == "o1"
        assert payment_of_session(SESSION | {"client_reference_id": "o1", "metadata": None}).order_id == "o1"

    def test_a_payment_that_is_not_expanded_keeps_its_name(self):
        assert payment_of_session(SESSION | {"payment_intent": "pi_1"}).payment_ref == "pi_1"

    def test_an_older_decline_does_not_hide_that_the_buyer_is_asked(self):
        intent = INTENT | {"status": "requires_action", "last_payment_error": {"code": "expired_card"}}

        payment = payment_of_session(SESSION | {"payment_intent": intent, "url": "https://checkout.example"})

        assert (payment.status, payment.action_url) == (PaymentStatus.ACTION_REQUIRED, "https://checkout.example")


class TestSavedMethod:
    @pytest.mark.parametrize(
        ("details", "label", "expires_on"),
        [
            (
                {"type": "card", "card": {"brand": "amex", "last4": "0005", "exp_month": 2, "exp_year": 2028}},
                "American Express *0005",
                date(2028, 2, 29),
            ),
            ({"type": "card", "card": {"brand": "eftpos_au", "last4": "1111"}}, "Eftpos au *1111", None),
            ({"type": "sepa_debit", "sepa_debit": {"last4": "3000"}}, "Sepa debit *3000", None),
            ({"type": "link", "link": {}}, "Link", None),
            ({}, "Method", None),
        ],
    )
    def test_is_described_for_people(self, details, label, expires_on):
        method = saved_method_of(PAID, {"payment_method_details": details})

        assert method is not None
        assert (method.token, method.gateway_customer) == ("pm_1", "cus_1")
        assert (method.label, method.expires_on) == (label, expires_on)

    @pytest.mark.parametrize("lacking", ["payment_method", "customer", "setup_future_usage"])
    def test_is_none_when_it_could_not_be_charged(self, lacking):
        assert saved_method_of(PAID | {lacking: None}, {}) is None


class TestBuyerEmail:
    def test_is_what_was_typed_on_the_page_or_stands_with_the_card(self):
        charge = {"created": 1, "billing_details": {"email": "card@b.c"}}
        paid = INTENT | {"status": "succeeded", "latest_charge": charge}
        page = SESSION | {"payment_intent": paid, "customer_details": {"email": "page@b.c"}}

        assert payment_of_intent(paid).buyer_email == "card@b.c"
        assert payment_of_session(page).buyer_email == "page@b.c"
        assert payment_of_session(page | {"customer_details": None}).buyer_email == "card@b.c"
        assert payment_of_session(SESSION | {"customer_details": {"email": "page@b.c"}}).buyer_email is None


class TestFingerprint:
    @pytest.mark.parametrize(
        ("method", "fingerprint"),
        [
            ({"type": "card", "card": {"fingerprint": "Xt5EWLLDS7FjjR1c"}}, "Xt5EWLLDS7FjjR1c"),
            ({"type": "sepa_debit", "sepa_debit": {"fingerprint": "a"}}, "a"),
            ({"type": "card", "card": {"fingerprint": None}}, None),
            ({"type": "link", "link": {}}, None),
            ({}, None),
        ],
    )
    def test_is_that_of_the_card_or_of_the_bank_account(self, method, fingerprint):
        assert fingerprint_of(method) == fingerprint


class TestDeclines:
    @pytest.mark.parametrize(
        ("error", "retry", "code"),
        [
            ({"code": "card_declined", "decline_code": "insufficient_funds"}, Retry.LATER, "insufficient_funds"),
            ({"code": "expired_card"}, Retry.NEW_METHOD, "expired_card"),
            ({"code": "card_declined", "decline_code": "of_tomorrow"}, Retry.LATER, "of_tomorrow"),
            ({}, Retry.LATER, "generic_decline"),
            (
                {"decline_code": "generic_decline", "advice_code": "do_not_try_again"},
                Retry.NEW_METHOD,
                "generic_decline",
            ),
            ({"decline_code": "do_not_honor", "advice_code": "confirm_card_data"}, Retry.NEW_METHOD, "do_not_honor"),
            ({"decline_code": "expired_card", "advice_code": "try_again_later"}, Retry.LATER, "expired_card"),
            ({"decline_code": "expired_card", "advice_code": "of_tomorrow"}, Retry.NEW_METHOD, "expired_card"),
            (
                {"code": "authentication_required", "advice_code": "try_again_later"},
                Retry.CUSTOMER_ACTION,
                "authentication_required",
            ),
        ],
    )
    def test_advice_counts_for_more_than_the_reason(self, error, retry, code):
        decline = decline_of(error)

        assert (decline.retry, decline.code) == (retry, code)

    def test_every_outcome_is_in_the_table(self):
        assert set(RETRIES.values()) == set(Retry)
        assert set(ADVICE.values()) <= set(Retry)


class TestRefundAndDispute:
    @pytest.mark.parametrize(
        ("stripe_status", "status", "failure"),
        [
            ("pending", GatewayRefundStatus.PENDING, None),
            ("requires_action", GatewayRefundStatus.PENDING, None),
            ("succeeded", GatewayRefundStatus.SUCCEEDED, None),
            ("failed", GatewayRefundStatus.FAILED, "failed"),
            ("canceled", GatewayRefundStatus.FAILED, "canceled"),
            ("of_tomorrow", GatewayRefundStatus.PENDING, None),
            (None, GatewayRefundStatus.PENDING, None),
        ],
    )
    def test_a_refund_is_pending_until_it_ends(self, stripe_status, status, failure):
        refund = refund_of(REFUND | {"status": stripe_status})

        assert (refund.status, refund.failure) == (status, failure)

    @pytest.mark.parametrize(
        ("stripe_status", "status"),
        [
            ("needs_response", DisputeStatus.OPEN),
            ("under_review", DisputeStatus.OPEN),
            ("warning_needs_response", DisputeStatus.OPEN),
            ("warning_under_review", DisputeStatus.OPEN),
            ("warning_closed", DisputeStatus.WON),
            ("prevented", DisputeStatus.WON),
            ("won", DisputeStatus.WON),
            ("lost", DisputeStatus.LOST),
            ("of_tomorrow", DisputeStatus.OPEN),
        ],
    )
    def test_a_dispute_is_open_until_it_is_not(self, stripe_status, status):
        dispute = dispute_of(DISPUTE | {"status": stripe_status})
        assert (dispute.status, dispute.is_inquiry) == (status, stripe_status.startswith("warning_"))

    def test_money_without_a_payment_is_named_by_its_charge(self):
        refund = refund_of(REFUND | {"status": "succeeded", "payment_intent": None, "charge": "ch_1"})

        assert refund.payment_ref == "ch_1"
