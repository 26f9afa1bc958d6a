from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.gateway.decline import Retry
from domain.gateway.errors import CallRefused, NotFound
from domain.gateway.payment import PaymentStatus
from domain.gateway.requests import Buyer
from domain.money import Money
from tests.gateways.stripe.samples import BUYER, PRICE, checkout_request, paid


class TestCreateCheckout:
    def test_sends_the_buyer_to_stripe(self, gateway, double):
        checkout = gateway.create_checkout(checkout_request(), "co-1")

        assert checkout.ref.startswith("cs_")
        assert checkout.redirect_url == f"{double.url}/c/pay/{checkout.ref}"
        assert abs(checkout.expires_at - datetime.now(UTC) - timedelta(hours=24)) < timedelta(minutes=1)

    def test_asks_for_the_price_and_carries_the_order_everywhere(self, gateway, double):
        gateway.create_checkout(checkout_request(), "co-1")

        form = double.recorded[-1].form
        assert form["line_items"] == [
            {
                "price_data": {"currency": "rub", "unit_amount": "29900", "product_data": {"name": "60 minutes"}},
                "quantity": "1",
            }
        ]
        assert form["client_reference_id"] == "o1"
        assert form["metadata"] == {"order_id": "o1"}
        assert form["payment_intent_data"]["metadata"] == {"order_id": "o1"}
        assert (form["success_url"], form["cancel_url"]) == ("https://shop.example/back", "https://shop.example/away")

    def test_passes_the_key_on_exactly(self, gateway, double):
        gateway.create_checkout(checkout_request(), "co-0f8fad5b-d9cb-469f-a165-70867728950e")

        assert double.recorded[-1].headers["idempotency-key"] == "co-0f8fad5b-d9cb-469f-a165-70867728950e"

    def test_makes_no_customer_when_nothing_is_saved(self, gateway, double):
        checkout = gateway.create_checkout(checkout_request(), "co-1")

        assert checkout.gateway_customer is None
        assert double.count("create_customer") == 0
        assert double.recorded[-1].form["customer_email"] == "buyer@example.com"
        assert "setup_future_usage" not in double.recorded[-1].form["payment_intent_data"]

    def test_makes_a_customer_first_when_the_method_is_saved(self, gateway, double):
        checkout = gateway.create_checkout(checkout_request(saves_method=True), "co-1")

        customer, session = double.recorded
        assert customer.headers["idempotency-key"] == "co-1-cu"
        assert customer.form == {"email": "buyer@example.com", "metadata": {"account_id": "account-1"}}
        assert session.form["customer"] == checkout.gateway_customer == customer.answer["id"]
        assert session.form["payment_intent_data"]["setup_future_usage"] == "off_session"

    def test_uses_the_customer_that_is_known(self, gateway, double):
        known = gateway.create_checkout(checkout_request(saves_method=True), "co-1").gateway_customer

        again = gateway.create_checkout(
            checkout_request(saves_method=True, buyer=replace(BUYER, gateway_customer=known), order="o2"), "co-2"
        )

        assert again.gateway_customer == known
        assert double.count("create_customer") == 1

    def test_makes_a_new_customer_when_the_known_one_was_deleted(self, gateway, double):
        known = gateway.create_checkout(checkout_request(saves_method=True), "co-1").gateway_customer
        double.forget(known)
        request = checkout_request(saves_method=True, buyer=replace(BUYER, gateway_customer=known), order="o2")

        first, second = (gateway.create_checkout(request, "co-2") for _ in range(2))

        assert first == second
        assert first.gateway_customer != known
        assert double.count("create_customer") == 3  # the last one is the second again, by its key

    def test_buys_without_a_customer_when_the_known_one_was_deleted_and_none_is_needed(self, gateway, double):
        request = checkout_request(buyer=replace(BUYER, gateway_customer="cus_deleted"))

        assert gateway.create_checkout(request, "co-1").gateway_customer is None

    def test_the_same_key_opens_one_checkout(self, gateway):
        first, second = (gateway.create_checkout(checkout_request(saves_method=True), "co-1") for _ in range(2))

        assert first == second

    @pytest.mark.parametrize(
        ("locale", "sent"),
        [("ru_RU", "ru"), ("pt-BR", "pt-BR"), ("en-GB", "en-GB"), ("kk", None), (None, None), ("auto", None)],
    )
    def test_shows_the_page_in_a_language_that_stripe_has(self, gateway, double, locale, sent):
        gateway.create_checkout(checkout_request(buyer=replace(BUYER, locale=locale)), "co-1")

        assert double.recorded[-1].form.get("locale") == sent

    def test_a_refusal_has_the_code_and_not_what_we_sent(self, gateway):
        with pytest.raises(CallRefused) as raised:
            gateway.create_checkout(checkout_request(buyer=Buyer("a", "somebody secret@x")), "co-1")

        assert raised.value.code == "invalid_request_error"
        assert "in customer_email" in str(raised.value)
        assert "secret" not in str(raised.value)
        assert raised.value.__suppress_context__


class TestFetchPayment:
    def test_a_new_checkout_is_pending(self, gateway):
        checkout = gateway.create_checkout(checkout_request(), "co-1")

        payment = gateway.fetch_payment(checkout.ref)

        assert payment.status is PaymentStatus.PENDING
        assert (payment.checkout_ref, payment.payment_ref, payment.order_id) == (checkout.ref, None, "o1")
        assert (payment.price, payment.refunded) == (PRICE, Money(0, "RUB"))

    def test_a_paid_one_is_the_same_by_checkout_and_by_payment(self, gateway, double):
        checkout = gateway.create_checkout(checkout_request(saves_method=True), "co-1")
        payment_ref = double.pay(checkout.ref)

        payment = gateway.fetch_payment(checkout.ref)

        assert payment.status is PaymentStatus.PAID
        assert (payment.payment_ref, payment.order_id, payment.price) == (payment_ref, "o1", PRICE)
        assert payment.gateway_customer == checkout.gateway_customer
        assert abs(payment.at - datetime.now(UTC)) < timedelta(minutes=1)
        assert payment == gateway.fetch_payment(payment_ref) == gateway.complete_checkout(checkout.ref, "cp-1")

    def test_a_saved_method_has_a_label_and_a_token(self, gateway, double):
        payment = paid(gateway, double, saves_method=True)

        assert payment.method is not None
        assert payment.method.token.startswith("pm_")
        assert payment.method.gateway_customer == payment.gateway_customer
        assert payment.method.label == "Visa *4242"
        assert payment.method.expires_on == date(2032, 12, 31)

    def test_has_no_method_when_none_was_saved(self, gateway, double):
        assert paid(gateway, double).method is None

    def test_a_decline_ends_nothing_while_the_page_is_open(self, gateway, double):
        checkout = gateway.create_checkout(checkout_request(), "co-1")
        double.decline(checkout.ref, "insufficient_funds")

        by_checkout = gateway.fetch_payment(checkout.ref)

        assert by_checkout.status is PaymentStatus.PENDING
        assert (by_checkout.decline.retry, by_checkout.decline.code) == (Retry.LATER, "insufficient_funds")
        assert by_checkout == gateway.fetch_payment(double.payment_ref_of(checkout.ref))

    def test_a_decline_does_not_hinder_paying(self, gateway, double):
        checkout = gateway.create_checkout(checkout_request(), "co-1")
        double.decline(checkout.ref, "authentication_required")
        double.pay(checkout.ref)

        payment = gateway.fetch_payment(checkout.ref)

        assert (payment.status, payment.decline) == (PaymentStatus.PAID, None)

    def test_waits_for_the_buyer_with_a_way_to_go_on(self, gateway, double):
        checkout = gateway.create_checkout(checkout_request(), "co-1")
        double.need_action(checkout.ref)

        payment = gateway.fetch_payment(checkout.ref)

        assert (payment.status, payment.action_url) == (PaymentStatus.ACTION_REQUIRED, checkout.redirect_url)
        assert payment == gateway.fetch_payment(payment.payment_ref)

    @pytest.mark.parametrize("begun", ["nothing", "decline", "need_action"])
    def test_expires_whatever_was_begun(self, gateway, double, begun):
        checkout = gateway.create_checkout(checkout_request(), "co-1")
        if begun == "decline":
            double.decline(checkout.ref, "expired_card")
        elif begun == "need_action":
            double.need_action(checkout.ref)
        double.expire(checkout.ref)

        payment = gateway.fetch_payment(checkout.ref)

        assert (payment.status, payment.action_url, payment.decline) == (PaymentStatus.EXPIRED, None, None)
        if payment.payment_ref:
            assert payment == gateway.fetch_payment(payment.payment_ref)

    @pytest.mark.parametrize(("succeeded", "status"), [(True, PaymentStatus.PAID), (False, PaymentStatus.FAILED)])
    def test_a_method_that_takes_days_is_pending_until_then(self, gateway, double, succeeded, status):
        checkout = gateway.create_checkout(checkout_request(), "co-1")
        double.pay_slowly(checkout.ref)
        before = gateway.fetch_payment(checkout.ref)

        double.end_slow(checkout.ref, succeeded=succeeded)

        assert (before.status, before.is_under_way) == (PaymentStatus.PENDING, True)
        after = gateway.fetch_payment(checkout.ref)
        assert (after.status, after.is_under_way) == (status, False)

    def test_an_open_page_has_no_money_under_way(self, gateway, double):
        checkout = gateway.create_checkout(checkout_request(), "co-1")
        untouched = gateway.fetch_payment(checkout.ref)
        double.need_action(checkout.ref)

        assert (untouched.is_under_way, gateway.fetch_payment(checkout.ref).is_under_way) == (False, False)

    @pytest.mark.parametrize("ref", ["cs_test_unknown", "pi_unknown", "ch_unknown", "", "../customers", "pi_1?x=1"])
    def test_raises_not_found_for_an_unknown_payment(self, gateway, ref):
        with pytest.raises(NotFound):
            gateway.fetch_payment(ref)
